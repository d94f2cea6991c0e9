/**
 * emptied OLD NEW: a look-up whose snapshot is emptied after it was read, so that it starts anew in another. OLD holds the
 * user ada's groups, the group physics and the host n1, NEW does not; the host storage has three addresses in both. The module's readers
 * are compiled in; no map is current, but where a test makes it so, and `source_enter_slowly` is ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"
#include "../../../src/nss/map.c"
#include "../../../src/nss/current.h"
#include "../../../src/nss/module.h"

/** What is to be emptied when the next strings are copied out of it. */
static struct kb_header *leaving;

static void *copied(void *to, const void *from, size_t size)
{
    memcpy(to, from, size);
    if (leaving != NULL)
        leaving->state = KB_STATE_EMPTIED;
    leaving = NULL;
    return to;
}

#define memcpy copied
#include "../../../src/nss/group.c"
#undef memcpy

struct source public_source, shadow_source;
static struct map maps[2];
static struct slot slot;
static _Atomic uint32_t count;
static unsigned entered;

/** OLD, which is emptied when it is let go; after that NEW. */
enum outcome source_enter_slowly(struct source *source, struct reader *reader)
{
    struct map *map = &maps[entered < 1 ? 0 : 1];
    (void)source;
    entered++;
    count++;
    *reader = (struct reader){.map = map, .slot = &slot, .guests = &count};
    return OUTCOME_FOUND;
}

/** The one thread has the one desk that it may have. */
struct desk *source_find_desk(struct source *source, uintptr_t thread)
{
    struct desk *desk = &source->desks[first_desk(thread)];
    desk->thread = thread;
    return desk;
}

unsigned source_pin(struct source *source, const struct reader *reader)
{
    (void)source, (void)reader;
    return 0;
}

void source_unpin(struct source *source, unsigned slot_number)
{
    (void)source, (void)slot_number;
}

void source_drop(struct source *source)
{
    (void)source;
}

/** A map of a file's bytes, in memory of our own. */
static struct map read_map(const char *path)
{
    struct stat file;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &file) != 0)
        exit(3);
    uint8_t *bytes = malloc((size_t)file.st_size);
    struct map map = {.base = bytes, .identity = {0, 0, (uint64_t)file.st_size}};
    if (read(fd, bytes, (size_t)file.st_size) != file.st_size || !read_header(PUBLIC_SNAPSHOT, &map))
        exit(3);
    close(fd);
    return map;
}

static void test_initgroups(void)
{
    long int start = 1, size = 4;
    gid_t *groups = malloc(4 * sizeof *groups);
    int error = 0;
    entered = 0;
    enum nss_status status = _nss_kickback_initgroups_dyn("ada", 1001, &start, &size, &groups, -1, &error);
    check(entered == 2 && status == NSS_STATUS_NOTFOUND, "entered %u times, status %d", entered, status);
    check(start == 1, "%ld groups are left", start - 1);
    free(groups);
    tested("a user who is in no group any more gets none from the snapshot before, emptied meanwhile");
}

static void test_addresses(void)
{
    char buffer[1024];
    struct gaih_addrtuple first = {.family = AF_UNSPEC}, *addresses = &first;
    int error = 0, host_error = 0;
    entered = 0;
    enum nss_status status =
        _nss_kickback_gethostbyname4_r("n1", &addresses, buffer, sizeof buffer, &error, &host_error, NULL);
    check(entered == 2 && status == NSS_STATUS_NOTFOUND, "entered %u times, status %d", entered, status);
    check(addresses == &first && first.family == AF_UNSPEC && first.next == NULL, "an address is left, of family %d",
          first.family);
    addresses = NULL;
    entered = 0;
    _nss_kickback_gethostbyname4_r("n1", &addresses, buffer, sizeof buffer, &error, &host_error, NULL);
    check(addresses == NULL, "a chain is left");
    tested("nor does getaddrinfo get addresses with a NOTFOUND");
}

static void test_same_addresses(void)
{
    char buffer[1024];
    struct gaih_addrtuple *addresses = NULL;
    int error = 0, host_error = 0, addresses_count = 0;
    entered = 0;
    enum nss_status status =
        _nss_kickback_gethostbyname4_r("storage", &addresses, buffer, sizeof buffer, &error, &host_error, NULL);
    check(entered == 2 && status == NSS_STATUS_SUCCESS, "entered %u times, status %d", entered, status);
    for (struct gaih_addrtuple *one = addresses; one != NULL && addresses_count < 9; one = one->next) {
        addresses_count++;
        check(one->name != NULL && strcmp(one->name, "storage") == 0, "its name is %s", one->name);
    }
    check(addresses_count == 3, "%d addresses", addresses_count);
    tested("a chain of addresses that is made a second time is whole");
}

/** OLD is current, found at once, and emptied while the look-up reads it. */
static void test_at_once(void)
{
    char buffer[1024];
    struct group group;
    int error = 0;
    struct kb_header *old = (struct kb_header *)maps[0].base;
    enum nss_status status;
    old->state = KB_STATE_CURRENT;
    public_source.slots[0].map = maps[0];
    public_source.slots[0].accepted = KB_STATE_CURRENT;
    public_source.current = 1 << 8 | 1;
    /* A second may end in between: then nothing was found at once, and nothing emptied. */
    do {
        entered = 1;
        leaving = old;
        public_source.compared = coarse_second();
        status = _nss_kickback_getgrnam_r("physics", &group, buffer, sizeof buffer, &error);
    } while (leaving != NULL);
    check(entered == 2 && status == NSS_STATUS_NOTFOUND, "entered %u times, status %d", entered, status);
    check(public_source.desks[first_desk(own_address())].busy == 0, "the desk is taken");
    tested("what was found at once in a snapshot that was emptied meanwhile is no answer");
    public_source.current = 0;
}

int main(int arguments_count, char **arguments)
{
    if (arguments_count != 3)
        return 64;
    for (int i = 0; i < 2; i++)
        maps[i] = read_map(arguments[1 + i]);
    ((struct kb_header *)maps[0].base)->state = KB_STATE_EMPTIED;
    test_initgroups();
    test_addresses();
    test_same_addresses();
    test_at_once();
    for (int i = 0; i < 2; i++)
        free((void *)maps[i].base);
    return 0;
}

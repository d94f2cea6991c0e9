/**
 * hollow RUN_DIR SNAPSHOT SHADOW: the module on mapped files that were emptied and whose bodies can't be read: where memory is
 * full, a read of a hole is SIGBUS. Here the file is cut behind its header instead, for the same signal at the same reads.
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "check.h"
#include "publish.h"

#define BUFFER 4096
/** What of a file its publisher leaves. */
#define KEPT 4096
/** So many triples has the netgroup `all`. */
#define TRIPLES 200
/** So many entries are read before a file is emptied: all of them lie behind the header's page. */
#define BEFORE 100

static struct answer answer;
static char buffer[BUFFER];

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

/** A snapshot file at its path. */
struct published {
    const char *path;
    struct bytes bytes;
    int fd;
};

/** Writes the file, by rename. */
static void put(struct published *file)
{
    char temporary[4200];
    snprintf(temporary, sizeof temporary, "%s.new", file->path);
    unlink(temporary);
    file->fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file->fd < 0 || write(file->fd, file->bytes.at, file->bytes.size) != (ssize_t)file->bytes.size ||
        rename(temporary, file->path) != 0)
        exit(3);
}

/** Empties the file so that no byte of its body can be read. */
static void hollow_out(struct published *file)
{
    set_state(file->fd, KB_STATE_EMPTIED);
    if (ftruncate(file->fd, KEPT) != 0)
        exit(3);
    close(file->fd);
}

static void expect(const char *question, enum nss_status status)
{
    ask(question, buffer, sizeof buffer, &answer);
    check(answer.status == status, "%s: status %d", question, answer.status);
}

/** Enumerates while the file is emptied: with nothing at the path, then with its like there. */
static void test_enumeration(struct published *file, const char *database)
{
    char next[32], title[128], last[sizeof answer.text];
    int count = 0, total = 0;
    snprintf(next, sizeof next, "next:%s", database);
    put(file);
    for (ask(next, buffer, sizeof buffer, &answer); answer.status == NSS_STATUS_SUCCESS; total++)
        ask(next, buffer, sizeof buffer, &answer);
    enumerate("end", database);
    for (; count < BEFORE; count++)
        expect(next, NSS_STATUS_SUCCESS);
    memcpy(last, answer.text, sizeof last);
    unlink(file->path);
    hollow_out(file);
    expect(next, NSS_STATUS_UNAVAIL);
    put(file);
    for (ask(next, buffer, sizeof buffer, &answer); answer.status == NSS_STATUS_SUCCESS; count++) {
        check(strcmp(answer.text, last) != 0, "%s came again", last);
        ask(next, buffer, sizeof buffer, &answer);
    }
    check(total > BEFORE && count == total, "%d entries of %d", count, total);
    hollow_out(file);
    enumerate("set", database);
    enumerate("end", database);
    put(file);
    snprintf(title, sizeof title, "an enumeration of %s outlives its emptied file", database);
    tested(title);
    hollow_out(file);
    unlink(file->path);
}

/** Every look-up, of a map that is open and emptied. */
static void test_look_ups(struct published *file)
{
    static const char *const questions[] = {
        "passwd:name:u50", "passwd:id:2050",       "group:name:g50", "group:id:2050", "initgroups:u50",
        "hosts:4:n50",     "hosts:chain:.50",      "hosts:address:10.0.0.50",        "ethers:name:n50",
        "netgroup:all",    "ethers:mac:2:0:0:0:0:32",
        "networks:name:net50", "networks:number:0b000032"};
    put(file);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        expect(questions[i], NSS_STATUS_SUCCESS);
    unlink(file->path);
    hollow_out(file);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        expect(questions[i], NSS_STATUS_UNAVAIL);
    put(file);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        expect(questions[i], NSS_STATUS_SUCCESS);
    tested("look-ups of every kind leave an emptied file alone, and find the next");
    hollow_out(file);
    unlink(file->path);
}

/** A netgroup whose triples are read after its file was emptied. */
static void test_netgroup(struct published *file)
{
    struct __netgrent state = {0};
    int triples = 0, error;
    __typeof__(&_nss_kickback_setnetgrent) set = (__typeof__(set))module_function("setnetgrent");
    __typeof__(&_nss_kickback_getnetgrent_r) get = (__typeof__(get))module_function("getnetgrent_r");
    __typeof__(&_nss_kickback_endnetgrent) end = (__typeof__(end))module_function("endnetgrent");
    put(file);
    check(set("all", &state) == NSS_STATUS_SUCCESS, "no netgroup");
    unlink(file->path);
    hollow_out(file);
    for (;; triples++) {
        enum nss_status small = get(&state, buffer, 1, &error);
        if (get(&state, buffer, sizeof buffer, &error) != NSS_STATUS_SUCCESS)
            break;
        check(small == NSS_STATUS_TRYAGAIN, "a triple in one byte: status %d", small);
    }
    check(triples == TRIPLES, "%d triples", triples);
    end(&state);
    tested("a netgroup that was found is read to its end");
}

int main(int count, char **arguments)
{
    static const char *const databases[] = {"passwd", "group", "hosts", "ethers", "networks"};
    char path[2][4096];
    if (count != 4)
        return 64;
    snprintf(path[0], sizeof path[0], "%s/snapshot.1", arguments[1]);
    snprintf(path[1], sizeof path[1], "%s/private/shadow.1", arguments[1]);
    struct published public = {path[0], file_bytes(arguments[2]), -1}, shadow = {path[1], file_bytes(arguments[3]), -1};
    load_module();
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        test_enumeration(&public, databases[i]);
    test_enumeration(&shadow, "shadow");
    test_look_ups(&public);
    test_netgroup(&public);
    return 0;
}

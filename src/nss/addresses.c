/** The addresses of this machine's interfaces, as the kernel tells them. */
#include "addresses.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cancellation.h"
#include "trust.h"

/** How much of what the kernel tells is taken, in bytes. The same again holds the addresses, which take less room. */
#define ROOM 65536
_Static_assert(sizeof(struct own_address) <= sizeof(struct ifreq), "as many fit into the list as into the answer");

/** Digits of an address in /proc/net/if_inet6, which begins each line. */
#define DIGITS 32

static void add(struct own_addresses *own, int family, const uint8_t *bytes, size_t size)
{
    struct own_address *address = &own->list[own->count];
    if ((own->count + 1) * sizeof *address > ROOM)
        return;
    own->count++;
    *address = (struct own_address){.family = family};
    memcpy(address->bytes, bytes, size);
}

/** Adds the IPv4 addresses: netdevice(7), SIOCGIFCONF. */
static void add_inet(struct own_addresses *own, void *answer)
{
    struct identity ours, found;
    struct ifconf request = {.ifc_len = ROOM, .ifc_buf = answer};
    int fd = above_standard(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd < 0)
        return;
    bool known = identify(fd, "", &ours);
    int result = ioctl(fd, SIOCGIFCONF, &request);
    /* The host program may have closed and reused the number meanwhile. */
    if (!known || (identify(fd, "", &found) && is_same_file(&ours, &found)))
        close(fd);
    size_t count = result == 0 && request.ifc_len > 0 ? (size_t)request.ifc_len / sizeof(struct ifreq) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct sockaddr *address = &request.ifc_req[i].ifr_addr;
        if (address->sa_family == AF_INET)
            add(own, AF_INET, (const uint8_t *)address + offsetof(struct sockaddr_in, sin_addr), sizeof(struct in_addr));
    }
}

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/** Adds the address that a line begins with. */
static void add_line(struct own_addresses *own, const char *line)
{
    uint8_t bytes[DIGITS / 2];
    for (size_t i = 0; i < sizeof bytes; i++) {
        int high = digit_of(line[2 * i]), low = digit_of(line[2 * i + 1]);
        if (high < 0 || low < 0)
            return;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    add(own, AF_INET6, bytes, sizeof bytes);
}

/** Adds the IPv6 addresses: proc_net(5), if_inet6. */
static void add_inet6(struct own_addresses *own, char *text)
{
    size_t size = 0;
    int fd = above_standard(open("/proc/net/if_inet6", O_RDONLY | O_CLOEXEC));
    if (fd < 0)
        return;
    for (ssize_t n = 1; n > 0 && size < ROOM; size += n > 0 ? (size_t)n : 0)
        n = read(fd, text + size, ROOM - size);
    close(fd);
    for (char *line = text, *end; (end = memchr(line, '\n', size)) != NULL; line = end + 1) {
        if (end - line > DIGITS)
            add_line(own, line);
        size -= (size_t)(end + 1 - line);
    }
}

bool addresses_read(struct own_addresses *own)
{
    own->mapped = (size_t)2 * ROOM;
    own->memory = mmap(NULL, own->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (own->memory == MAP_FAILED)
        return false;
    char *answer = own->memory;
    own->list = (struct own_address *)(void *)(answer + ROOM);
    own->count = 0;
    int cancellation = cancellation_off();
    add_inet(own, answer);
    add_inet6(own, answer);
    cancellation_restore(cancellation);
    return true;
}

void addresses_free(struct own_addresses *own)
{
    munmap(own->memory, own->mapped);
}

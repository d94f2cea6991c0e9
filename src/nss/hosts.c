/** hosts: machines by any spelling of their names, and by address (gethostbyname(3), getaddrinfo(3)). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include "asker.h"
#include "enumerate.h"
#include "lookup.h"
#include "module.h"
#include "spelling.h"

/** How many bytes an address of a family has. */
#define ADDRESS_SIZE(family) ((family) == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr))

/** Where a struct hostent is wanted, and with which addresses. */
struct wanted_host {
    struct hostent *result;
    /** AF_INET or AF_INET6; for an enumeration AF_UNSPEC: the part says which. */
    int family;
    /** The one address to show; NULL: all of the family. */
    const void *address;
};

/** Where a chain of addresses is wanted. */
struct wanted_chain {
    /** The caller's own buffer for the first address; NULL: there is none. It holds nothing of use until `head` is it. */
    struct gaih_addrtuple *first;
    /** The first address of the chain that was made. */
    struct gaih_addrtuple *head;
};

/** How many addresses of a family a host has. */
static uint32_t count_of(const struct host *host, int family)
{
    const uint8_t *bytes;
    uint32_t count = 0;
    for (uint32_t i = 0; i < host->address_count; i++)
        count += host_address(host, i, &bytes) == family;
    return count;
}

/** Writes up to `count` addresses of a family side by side, and pointers to them and NULL to `list`. */
static void list_addresses(const struct host *host, int family, uint32_t count, char *addresses, char **list)
{
    const uint8_t *bytes;
    uint32_t n = 0;
    for (uint32_t i = 0; i < host->address_count && n < count; i++) {
        if (host_address(host, i, &bytes) != family)
            continue;
        list[n] = addresses + n * ADDRESS_SIZE(family);
        memcpy(list[n++], bytes, ADDRESS_SIZE(family));
    }
    list[n] = NULL;
}

/** A host as a struct hostent with these addresses. */
static enum outcome fill_family(const struct host *host, int family, const void *address, struct room room,
                                struct hostent *result)
{
    uint32_t count = address != NULL ? 1 : count_of(host, family);
    if (count == 0)
        return OUTCOME_OTHER_FAMILY;
    char **list = room_take_aligned(&room, (count + 1) * sizeof *list);
    char **aliases = list == NULL ? NULL : room_take(&room, host->name_count * sizeof *aliases);
    char *addresses = aliases == NULL ? NULL : room_take(&room, count * ADDRESS_SIZE(family));
    char *strings = addresses == NULL ? NULL : room_take_strings(&room, host->strings, host->strings_size);
    if (strings == NULL)
        return OUTCOME_SMALL;
    if (!point_at_strings(aliases, host->name_count - 1, host->names + 4, strings, host->strings_size))
        return OUTCOME_DAMAGED;
    if (address == NULL)
        list_addresses(host, family, count, addresses, list);
    else {
        memcpy(addresses, address, ADDRESS_SIZE(family));
        list[0] = addresses;
        list[1] = NULL;
    }
    *result = (struct hostent){.h_name = strings,
                               .h_aliases = aliases,
                               .h_addrtype = family,
                               .h_length = (int)ADDRESS_SIZE(family),
                               .h_addr_list = list};
    return OUTCOME_FOUND;
}

/** The family of a part of an enumerated host: IPv4 first; AF_UNSPEC where the host has no such part. */
static int family_of_part(const struct host *host, unsigned part)
{
    bool has4 = count_of(host, AF_INET) > 0, has6 = count_of(host, AF_INET6) > 0;
    if (part == 0)
        return has4 ? AF_INET : has6 ? AF_INET6 : AF_UNSPEC;
    return has4 && has6 ? AF_INET6 : AF_UNSPEC;
}

/** A record as a struct hostent. */
static enum outcome fill_host(const struct record *record, const struct filling *filling)
{
    const struct wanted_host *wanted = filling->result;
    struct host host;
    if (!host_of(record, &host))
        return OUTCOME_DAMAGED;
    bool listing = wanted->family == AF_UNSPEC;
    int family = listing ? family_of_part(&host, filling->part) : wanted->family;
    if (listing && (family == AF_UNSPEC || (host.flags & KB_HOST_FLAG_UNLISTED) != 0))
        return OUTCOME_ABSENT;
    return fill_family(&host, family, wanted->address, filling->room, wanted->result);
}

/** A record as a chain of addresses of all families. */
static enum outcome fill_chain(const struct record *record, const struct filling *filling)
{
    struct wanted_chain *wanted = filling->result;
    struct gaih_addrtuple *first = wanted->first;
    struct room room = filling->room;
    struct host host;
    uint32_t length;
    if (!host_of(record, &host) || !canonical_length(&host, &length))
        return OUTCOME_DAMAGED;
    uint32_t count = count_of(&host, AF_INET) + count_of(&host, AF_INET6);
    if (count == 0)
        return OUTCOME_OTHER_FAMILY;
    struct gaih_addrtuple *tuples = room_take_aligned(&room, (count - (first != NULL)) * sizeof *tuples);
    char *name = tuples == NULL ? NULL : room_take_strings(&room, host.strings, length + 1);
    if (name == NULL)
        return OUTCOME_SMALL;
    struct gaih_addrtuple *tuple = first != NULL ? first : tuples++, *head = tuple;
    for (uint32_t i = 0; i < host.address_count && count > 0; i++) {
        const uint8_t *bytes;
        int family = host_address(&host, i, &bytes);
        if (family != AF_INET && family != AF_INET6)
            continue;
        *tuple = (struct gaih_addrtuple){.next = --count > 0 ? tuples : NULL, .name = name, .family = family};
        memcpy(tuple->addr, bytes, ADDRESS_SIZE(family));
        tuple = tuples++;
    }
    wanted->head = head;
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(HOSTS, NAME, host),
    .asks = ASKED_TEXT,
    .finds = host_named,
    .fills = fill_host,
    .parts = 2,
};
static const struct access chain_by_name = {
    ACCESS_BY(HOSTS, NAME, host),
    .asks = ASKED_TEXT,
    .finds = host_named,
    .fills = fill_chain,
    .parts = 1,
};
static const struct access by_address = {
    ACCESS_BY(HOSTS, ADDRESS, host),
    .asks = ASKED_ADDRESS,
    .finds = host_at,
    .fills = fill_host,
    .parts = 1,
};

/** Looks a name up. */
ALWAYS_INLINE enum outcome look_up_host(const struct access *access, const char *name, struct filling *filling)
{
    size_t length;
    if (!is_host_name(name, &length))
        return OUTCOME_ABSENT;
    struct key key = unhashed_key(name, length);
    return look_up_or(host_of_asker, access, &key, filling);
}

enum nss_status _nss_kickback_gethostbyname3_r(const char *name, int family, struct hostent *result, char *buffer,
                                               size_t buflen, int *errnop, int *h_errnop, int32_t *ttl,
                                               char **canonical)
{
    int saved = errno;
    if (family != AF_INET && family != AF_INET6)
        return conclude_host(OUTCOME_FAMILY, saved, errnop, h_errnop);
    struct wanted_host wanted = {.result = result, .family = family};
    struct filling filling = {.result = &wanted, .room = {buffer, buflen}};
    enum outcome outcome = look_up_host(&by_name, name, &filling);
    if (outcome == OUTCOME_FOUND && ttl != NULL)
        *ttl = 0;
    if (outcome == OUTCOME_FOUND && canonical != NULL)
        *canonical = result->h_name;
    return conclude_host(outcome, saved, errnop, h_errnop);
}

enum nss_status _nss_kickback_gethostbyname2_r(const char *name, int family, struct hostent *result, char *buffer,
                                               size_t buflen, int *errnop, int *h_errnop)
{
    return _nss_kickback_gethostbyname3_r(name, family, result, buffer, buflen, errnop, h_errnop, NULL, NULL);
}

enum nss_status _nss_kickback_gethostbyname_r(const char *name, struct hostent *result, char *buffer, size_t buflen,
                                              int *errnop, int *h_errnop)
{
    return _nss_kickback_gethostbyname3_r(name, AF_INET, result, buffer, buflen, errnop, h_errnop, NULL, NULL);
}

enum nss_status _nss_kickback_gethostbyname4_r(const char *name, struct gaih_addrtuple **addresses, char *buffer,
                                               size_t buflen, int *errnop, int *h_errnop, int32_t *ttl)
{
    int saved = errno;
    struct gaih_addrtuple *first = *addresses, unfilled = first != NULL ? *first : (struct gaih_addrtuple){0};
    struct wanted_chain wanted = {.first = first};
    struct filling filling = {.result = &wanted, .room = {buffer, buflen}};
    enum outcome outcome = look_up_host(&chain_by_name, name, &filling);
    if (outcome == OUTCOME_FOUND)
        *addresses = wanted.head;
    /* glibc looks at the first address whatever the status: one from a snapshot that turned out to be emptied must go. */
    else if (first != NULL)
        *first = unfilled;
    if (outcome == OUTCOME_FOUND && ttl != NULL)
        *ttl = 0;
    return conclude_host(outcome, saved, errnop, h_errnop);
}

/** The IPv4 address in an IPv4-mapped one (::ffff:a.b.c.d, RFC 4291), or NULL. */
static const uint8_t *mapped4(const void *address)
{
    return IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address) ? (const uint8_t *)address + 12 : NULL;
}

enum nss_status _nss_kickback_gethostbyaddr2_r(const void *address, socklen_t length, int family,
                                               struct hostent *result, char *buffer, size_t buflen, int *errnop,
                                               int *h_errnop, int32_t *ttl)
{
    int saved = errno;
    struct in6_addr asked_address;
    if (family != AF_INET && family != AF_INET6)
        return conclude_host(OUTCOME_FAMILY, saved, errnop, h_errnop);
    if (length < ADDRESS_SIZE(family))
        return conclude_host(OUTCOME_ARGUMENT, saved, errnop, h_errnop);
    memcpy(&asked_address, address, ADDRESS_SIZE(family));
    const uint8_t *inner = family == AF_INET6 ? mapped4(&asked_address) : NULL;
    struct key key = inner != NULL ? key_of(inner, sizeof(struct in_addr))
                                   : key_of(&asked_address, ADDRESS_SIZE(family));
    struct wanted_host wanted = {.result = result, .family = family, .address = &asked_address};
    struct filling filling = {.result = &wanted, .room = {buffer, buflen}};
    enum outcome outcome = look_up(&by_address, &key, &filling);
    if (outcome == OUTCOME_FOUND && ttl != NULL)
        *ttl = 0;
    return conclude_host(outcome, saved, errnop, h_errnop);
}

enum nss_status _nss_kickback_gethostbyaddr_r(const void *address, socklen_t length, int family,
                                              struct hostent *result, char *buffer, size_t buflen, int *errnop,
                                              int *h_errnop)
{
    return _nss_kickback_gethostbyaddr2_r(address, length, family, result, buffer, buflen, errnop, h_errnop, NULL);
}

static struct enumeration hosts = {.source = &public_source};

ENUMERATION_ENDS(hosts, _nss_kickback_sethostent, _nss_kickback_endhostent)

enum nss_status _nss_kickback_gethostent_r(struct hostent *result, char *buffer, size_t buflen, int *errnop,
                                           int *h_errnop)
{
    int saved = errno;
    struct wanted_host wanted = {.result = result, .family = AF_UNSPEC};
    struct filling filling = {.result = &wanted, .room = {buffer, buflen}};
    return conclude_host(enumeration_next(&hosts, &by_name, &filling), saved, errnop, h_errnop);
}

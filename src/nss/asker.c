/** Names that mean another host for each machine, worked out from this machine's addresses. */
#include "asker.h"

#include <sys/socket.h>
#include "addresses.h"
#include "spelling.h"

/** How much a host of this kind that has one of our addresses tells of who we are. A companion is a device of a node. */
static int rank_of(uint32_t kind)
{
    return kind == KB_HOST_KIND_NODE ? 3 : kind == KB_HOST_KIND_COMPANION ? 2 : 1;
}

/** Finds the node of a number, which `.NUMBER` always means. */
static enum outcome node_numbered(const struct map *map, int32_t number, struct record *record)
{
    uint8_t name[12], *at = name + sizeof name;
    uint32_t rest = (uint32_t)number;
    if (number < 0)
        return OUTCOME_ABSENT;
    do
        *--at = (uint8_t)('0' + rest % 10);
    while ((rest /= 10) > 0);
    *--at = '.';
    struct key key = unhashed_key(at, (size_t)(name + sizeof name - at));
    return host_named(map, &key, record);
}

/** Finds the host that one of the addresses tells most of. */
static enum outcome host_among(const struct map *map, const struct own_addresses *own, struct record *record)
{
    int best = 0;
    struct host best_host = {.number = KB_HOST_NO_NODE};
    for (size_t i = 0; i < own->count; i++) {
        const struct own_address *address = &own->list[i];
        struct key key = key_of(address->bytes, address->family == AF_INET6 ? 16 : 4);
        struct record found;
        struct host host;
        if (host_at(map, &key, &found) != OUTCOME_FOUND || !host_of(&found, &host) || rank_of(host.kind) <= best)
            continue;
        best = rank_of(host.kind);
        best_host = host;
        *record = found;
    }
    if (best == 0)
        return OUTCOME_ABSENT;
    return best_host.kind == KB_HOST_KIND_COMPANION ? node_numbered(map, best_host.number, record) : OUTCOME_FOUND;
}

enum outcome host_of_asker(const struct map *map, const struct key *key, struct record *record)
{
    static const char first_master[] = "master0";
    struct own_addresses own;
    if (means_master(map, key))
        return host_stored(map, first_master, sizeof first_master - 1, record);
    if (!means_self(map, key) || !addresses_read(&own))
        return OUTCOME_ABSENT;
    enum outcome outcome = host_among(map, &own, record);
    addresses_free(&own);
    return outcome;
}

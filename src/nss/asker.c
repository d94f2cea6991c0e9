/** Names that mean another host for each machine, worked out from this machine's addresses. */
#include "asker.h"

#include <sys/socket.h>
#include "addresses.h"
#include "spelling.h"

/** The bytes of a range of nodes: the first and the last number. */
#define RANGE_SIZE 8

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

/** Finds the stored machine that one of the addresses tells most of. ABSENT: none of them is one's. */
static enum outcome machine_among(const struct map *map, const struct own_addresses *own, struct record *record,
                                  struct host *machine)
{
    int best = 0;
    for (size_t i = 0; i < own->count; i++) {
        const struct own_address *address = &own->list[i];
        struct key key = key_of(address->bytes, address->family == AF_INET6 ? 16 : 4);
        struct record found;
        struct host host;
        if (host_at(map, &key, &found) != OUTCOME_FOUND || !host_of(&found, &host) || rank_of(host.kind) <= best)
            continue;
        best = rank_of(host.kind);
        *machine = host;
        *record = found;
    }
    return best == 0 ? OUTCOME_ABSENT : OUTCOME_FOUND;
}

/** Finds who has these addresses. */
static enum outcome self(const struct map *map, const struct own_addresses *own, struct record *record)
{
    struct host machine;
    enum outcome outcome = machine_among(map, own, record, &machine);
    if (outcome != OUTCOME_FOUND || machine.kind != KB_HOST_KIND_COMPANION)
        return outcome;
    return node_numbered(map, machine.number, record);
}

/** The ranges of nodes and the addresses of a masterorder. False: they do not fit into its record. */
static bool order_of(const struct record *order, const uint8_t **ranges, const uint8_t **addresses)
{
    uint64_t size = (uint64_t)RANGE_SIZE * FIELD16(order->at, masters, range_count);
    *ranges = order->at + sizeof(struct kb_masters);
    *addresses = *ranges + size;
    return size + (uint64_t)sizeof(struct kb_address) * FIELD16(order->at, masters, address_count) <=
           order->size - sizeof(struct kb_masters);
}

/** Whether one of the ranges of a masterorder has this node. */
static bool names_node(const uint8_t *ranges, uint32_t count, int32_t number)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *range = ranges + (size_t)RANGE_SIZE * i;
        if ((int32_t)load32(range) <= number && number <= (int32_t)load32(range + sizeof number))
            return true;
    }
    return false;
}

/**
 * Finds the first master of a node: of the masterorders that name it the last one counts; where none does, the first of all that
 * has a master. A machine that is no node has KB_HOST_NO_NODE as its number.
 */
static enum outcome first_master(const struct map *map, int32_t number, struct record *record)
{
    const struct section *orders = &map->sections[KB_SECTION_MASTERORDER];
    const uint8_t *first = NULL, *ranges, *addresses;
    bool is_named = false;
    struct record order;
    if (orders->health != SECTION_SOUND)
        return orders->health == SECTION_MISSING ? OUTCOME_ABSENT : OUTCOME_DAMAGED;
    for (uint64_t at = 0; at < orders->size; at += order.size) {
        if (!record_at(orders, at, sizeof(struct kb_masters), &order) || !order_of(&order, &ranges, &addresses))
            return OUTCOME_DAMAGED;
        bool names = names_node(ranges, FIELD16(order.at, masters, range_count), number);
        bool has_master = FIELD16(order.at, masters, address_count) > 0;
        if (names || (!is_named && first == NULL && has_master))
            first = has_master ? addresses : NULL;
        is_named = is_named || names;
    }
    if (first == NULL)
        return OUTCOME_ABSENT;
    int family = (int)FIELD16(first, address, family);
    struct key key = key_of(first + offsetof(struct kb_address, bytes), family == AF_INET6 ? 16 : 4);
    return host_at(map, &key, record);
}

/** Finds the first master of who has these addresses. */
static enum outcome master(const struct map *map, const struct own_addresses *own, struct record *record)
{
    struct host machine = {.number = KB_HOST_NO_NODE};
    struct record found;
    machine_among(map, own, &found, &machine);
    return first_master(map, machine.number, record);
}

enum outcome host_of_asker(const struct map *map, const struct key *key, struct record *record)
{
    struct own_addresses own;
    bool is_master = means_master(map, key);
    if ((!is_master && !means_self(map, key)) || !addresses_read(&own))
        return OUTCOME_ABSENT;
    enum outcome outcome = is_master ? master(map, &own, record) : self(map, &own, record);
    addresses_free(&own);
    return outcome;
}

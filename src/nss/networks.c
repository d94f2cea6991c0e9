/** networks: the names of networks, by name and by number (getnetbyname(3)). */
#include <errno.h>
#include <netdb.h>
#include "enumerate.h"
#include "lookup.h"
#include "module.h"

#define FIXED ((uint32_t)sizeof(struct kb_network))

/** Where a record's parts are; all of each lies inside the record. */
struct network {
    const uint8_t *names, *strings;
    uint32_t name_count, strings_size;
};

/** Takes a record apart. False: its parts do not fit into it, or it has no name. */
static bool network_of(const struct record *record, struct network *network)
{
    const uint8_t *at = record->at;
    network->name_count = FIELD32(at, network, name_count);
    network->strings_size = FIELD32(at, network, strings_size);
    uint64_t strings = FIXED + (uint64_t)4 * network->name_count;
    network->names = at + FIXED;
    network->strings = at + strings;
    return network->name_count > 0 && network->strings_size > 0 && strings <= record->size &&
           network->strings_size <= record->size - strings;
}

/** Whether the network has this name, the key being in lower case. */
static bool name_matches(const struct record *record, const struct key *key)
{
    struct network network;
    if (!network_of(record, &network))
        return false;
    for (uint32_t i = 0; i < network.name_count; i++)
        if (string_is_folded(network.strings, network.strings_size, load32(network.names + (size_t)4 * i), key))
            return true;
    return false;
}

static bool number_matches(const struct record *record, const struct key *key)
{
    return FIELD32(record->at, network, number) == load32(key->bytes);
}

/** A record as a struct netent. */
static enum outcome fill_network(const struct record *record, const struct filling *filling)
{
    struct room room = filling->room;
    struct network network;
    if (!network_of(record, &network))
        return OUTCOME_DAMAGED;
    char **aliases = room_take_aligned(&room, (size_t)network.name_count * sizeof *aliases);
    char *strings = aliases == NULL ? NULL : room_take_strings(&room, network.strings, network.strings_size);
    if (strings == NULL)
        return OUTCOME_SMALL;
    if (!point_at_strings(aliases, network.name_count - 1, network.names + 4, strings, network.strings_size))
        return OUTCOME_DAMAGED;
    *(struct netent *)filling->result = (struct netent){
        .n_name = strings,
        .n_aliases = aliases,
        .n_addrtype = AF_INET,
        .n_net = FIELD32(record->at, network, number),
    };
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(NETWORKS, NAME, network),
    .asks = ASKED_NAME,
    .matches = name_matches,
    .fills = fill_network,
    .parts = 1,
};
static const struct access by_number = {
    ACCESS_BY(NETWORKS, ID, network),
    .asks = ASKED_ID,
    .matches = number_matches,
    .fills = fill_network,
    .parts = 1,
};
static struct enumeration networks = {.source = &public_source};

enum nss_status _nss_kickback_getnetbyname_r(const char *name, struct netent *result, char *buffer, size_t buflen,
                                             int *errnop, int *h_errnop)
{
    int saved = errno;
    size_t length;
    uint8_t folded[KB_HOST_NAME_LENGTH_MAX + FOLD_BEHIND];
    if (!is_host_name(name, &length))
        return conclude_host(OUTCOME_ABSENT, saved, errnop, h_errnop);
    fold_bytes(folded, (const uint8_t *)name, (uint32_t)length);
    struct key key = key_of(folded, length);
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude_host(look_up(&by_name, &key, &filling), saved, errnop, h_errnop);
}

enum nss_status _nss_kickback_getnetbyaddr_r(uint32_t number, int type, struct netent *result, char *buffer,
                                             size_t buflen, int *errnop, int *h_errnop)
{
    int saved = errno;
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    bool known = type == AF_INET || type == AF_UNSPEC;
    return conclude_host(known ? look_up_number(&by_number, number, &filling) : OUTCOME_ABSENT, saved, errnop, h_errnop);
}

ENUMERATION_ENDS(networks, _nss_kickback_setnetent, _nss_kickback_endnetent)

enum nss_status _nss_kickback_getnetent_r(struct netent *result, char *buffer, size_t buflen, int *errnop, int *h_errnop)
{
    int saved = errno;
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude_host(enumeration_next(&networks, &by_name, &filling), saved, errnop, h_errnop);
}

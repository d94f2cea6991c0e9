/** ethers: MACs and the names of their machines (ethers(5)). */
#include <errno.h>
#include "asker.h"
#include "enumerate.h"
#include "lookup.h"
#include "module.h"
#include "spelling.h"

#define FIXED ((uint32_t)sizeof(struct kb_ether))

ALWAYS_INLINE bool mac_matches(const struct record *record, const struct key *key)
{
    return memcmp(record->at + offsetof(struct kb_ether, mac), key->bytes, sizeof(struct ether_addr)) == 0;
}

/** Whether the record's name is the key, in any case. */
static bool name_matches(const struct record *record, const struct key *key)
{
    uint32_t size = FIELD16(record->at, ether, strings_size);
    return size <= record->size - FIXED && string_is_folded(record->at + FIXED, size, 0, key);
}

/** Finds the MAC that is stored under a name in lower case. */
static enum outcome find_stored(const struct map *map, const void *name, uint32_t length, struct record *record)
{
    struct key key = key_of(name, length);
    return index_find(map, KB_SECTION_ETHERS, KB_SECTION_ETHERS_BY_NAME, FIXED, &key, name_matches, record);
}

/** Finds the first MAC of a machine, which is stored under its canonical name. */
static enum outcome find_of_machine(const struct map *map, const struct record *machine, struct record *record)
{
    struct host host;
    uint8_t name[KB_HOST_NAME_LENGTH_MAX + FOLD_BEHIND];
    uint32_t length;
    if (!host_of(machine, &host) || !canonical_length(&host, &length))
        return OUTCOME_DAMAGED;
    fold_bytes(name, host.strings, length);
    return find_stored(map, name, length, record);
}

/**
 * Finds the first MAC of the machine that a name means: the one that is stored under that name, else, by its host record, under the
 * canonical name. Every name of a machine whose record is SPLIT that has a MAC has it stored.
 */
static enum outcome find_name(const struct map *map, const struct key *key, struct record *record)
{
    struct record machine;
    struct host host;
    if (try_spellings(map, key, find_stored, record) == OUTCOME_FOUND)
        return OUTCOME_FOUND;
    enum outcome outcome = host_named(map, key, &machine);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    bool split = host_of(&machine, &host) && (host.flags & KB_HOST_FLAG_SPLIT) != 0;
    return split ? OUTCOME_ABSENT : find_of_machine(map, &machine, record);
}

/** Finds the first MAC of what the name means on this machine, where no daemon tells. */
static enum outcome find_asker(const struct map *map, const struct key *key, struct record *record)
{
    struct record machine;
    enum outcome outcome = host_of_asker(map, key, &machine);
    return outcome == OUTCOME_FOUND ? find_of_machine(map, &machine, record) : outcome;
}

/** A record as a struct etherent. */
ALWAYS_INLINE enum outcome fill_ether(const struct record *record, const struct filling *filling)
{
    struct etherent *result = filling->result;
    struct room room = filling->room;
    uint32_t size = FIELD16(record->at, ether, strings_size);
    if (size > record->size - FIXED || size == 0)
        return OUTCOME_DAMAGED;
    char *name = room_take_strings(&room, record->at + FIXED, size);
    if (name == NULL)
        return OUTCOME_SMALL;
    result->e_name = name;
    memcpy(&result->e_addr, record->at + offsetof(struct kb_ether, mac), sizeof result->e_addr);
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(ETHERS, NAME, ether),
    .asks = ASKED_TEXT,
    .finds = find_name,
    .fills = fill_ether,
    .parts = 1,
};
static const struct access by_mac = {
    ACCESS_BY(ETHERS, MAC, ether),
    .asks = ASKED_ADDRESS,
    .matches = mac_matches,
    .fills = fill_ether,
    .parts = 1,
};
static struct enumeration macs = {.source = &public_source};

enum nss_status _nss_kickback_gethostton_r(const char *name, struct etherent *result, char *buffer, size_t buflen,
                                           int *errnop)
{
    int saved = errno;
    size_t length;
    if (!is_host_name(name, &length))
        return conclude(OUTCOME_ABSENT, saved, errnop);
    struct key key = unhashed_key(name, length);
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude(look_up_or(find_asker, &by_name, &key, &filling), saved, errnop);
}

enum nss_status _nss_kickback_getntohost_r(const struct ether_addr *address, struct etherent *result, char *buffer,
                                           size_t buflen, int *errnop)
{
    int saved = errno;
    struct key key = key_of(address, sizeof *address);
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude(look_up(&by_mac, &key, &filling), saved, errnop);
}

ENUMERATION_ENDS(macs, _nss_kickback_setetherent, _nss_kickback_endetherent)

enum nss_status _nss_kickback_getetherent_r(struct etherent *result, char *buffer, size_t buflen, int *errnop)
{
    return enumeration_entry(&macs, &by_mac, result, buffer, buflen, errnop);
}

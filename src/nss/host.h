/** A host record, checked as a whole, for those who look into it. */
#ifndef KICKBACK_HOST_H
#define KICKBACK_HOST_H

#include <netinet/in.h>
#include "index.h"

/** The fixed part of a host record. */
#define HOST_FIXED ((uint32_t)sizeof(struct kb_host))

/** Where a host record's parts are; all of each lies inside the record. */
struct host {
    const uint8_t *addresses, *names, *strings;
    uint32_t address_count, name_count, strings_size;
    int32_t number;
    uint32_t kind, flags;
};

/** Takes a record apart. False: its parts do not fit into it, or it has no name. */
static inline bool host_of(const struct record *record, struct host *host)
{
    const uint8_t *at = record->at;
    host->address_count = FIELD16(at, host, address_count);
    host->name_count = FIELD16(at, host, name_count);
    host->strings_size = FIELD32(at, host, strings_size);
    host->number = (int32_t)FIELD32(at, host, number);
    host->kind = FIELD8(at, host, kind);
    host->flags = FIELD8(at, host, flags);
    uint64_t names = HOST_FIXED + (uint64_t)host->address_count * sizeof(struct kb_address);
    uint64_t strings = names + (uint64_t)4 * host->name_count;
    host->addresses = at + HOST_FIXED;
    host->names = at + names;
    host->strings = at + strings;
    return host->name_count > 0 && host->strings_size > 0 && strings <= record->size &&
           host->strings_size <= record->size - strings;
}

/** The i-th address's family; its bytes are in *bytes. */
static inline int host_address(const struct host *host, uint32_t i, const uint8_t **bytes)
{
    const uint8_t *address = host->addresses + i * sizeof(struct kb_address);
    *bytes = address + offsetof(struct kb_address, bytes);
    return (int)FIELD16(address, address, family);
}

/** Whether a host has an address, whose 4 or 16 bytes are the key. */
ALWAYS_INLINE bool has_address(const struct record *record, const struct key *key)
{
    struct host host;
    bool is6 = key->length == sizeof(struct in6_addr);
    if (!host_of(record, &host))
        return false;
    for (uint32_t i = 0; i < host.address_count; i++) {
        const uint8_t *bytes;
        if (host_address(&host, i, &bytes) != (is6 ? KB_FAMILY_INET6 : KB_FAMILY_INET))
            continue;
        if (is6 ? memcmp(bytes, key->bytes, sizeof(struct in6_addr)) == 0 : load32(bytes) == load32(key->bytes))
            return true;
    }
    return false;
}

/** Finds the host with an address, whose 4 or 16 bytes are the key. Outcomes are those of index_find. */
ALWAYS_INLINE enum outcome host_at(const struct map *map, const struct key *key, struct record *record)
{
    return index_find(map, KB_SECTION_HOSTS, KB_SECTION_HOSTS_BY_ADDRESS, HOST_FIXED, key, has_address, record);
}

/** The length of a host's canonical name. False: it does not end, or is longer than a host name may be. */
static inline bool canonical_length(const struct host *host, uint32_t *length)
{
    uint32_t limit = host->strings_size < KB_HOST_NAME_LENGTH_MAX + 1 ? host->strings_size : KB_HOST_NAME_LENGTH_MAX + 1;
    *length = (uint32_t)strnlen((const char *)host->strings, limit);
    return *length > 0 && *length < limit;
}

#endif

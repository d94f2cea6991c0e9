/** Keys to records: the hash, and the search of an index. Everything that is followed is checked against the map. */
#ifndef KICKBACK_INDEX_H
#define KICKBACK_INDEX_H

#include <stdbool.h>
#include <string.h>
#include "map.h"

/** The longest user, group or netgroup name that is looked up, in bytes. */
#define NAME_LENGTH_MAX 4096

/** Records with the key's hash but another key that a search passes before it calls the index damaged. */
#define COLLISIONS_MAX 64

/** A record's bytes: `size` is at least its structure's fixed part, and all of it can be read. */
struct record {
    const uint8_t *at;
    uint32_t size;
};

/** What a record is searched by: the bytes that the index hashes, and their hash. */
struct key {
    const uint8_t *bytes;
    uint32_t length;
    uint32_t hash;
};

/** Whether a record has a key. It may read record->size bytes. */
typedef bool match(const struct record *record, const struct key *key);

/** One word of a key mixed into the state of MurmurHash3. */
static inline uint32_t hash_mixed(uint32_t word)
{
    uint32_t k = word * 0xcc9e2d51u;
    return (k << 15 | k >> 17) * 0x1b873593u;
}

/** The last `length` % 4 bytes of a key as a number. Without a loop, whose length the processor would have to guess. */
static inline uint32_t hash_rest(const uint8_t *bytes, uint32_t length)
{
    uint32_t rest = length % 4;
    if (length >= 4)
        return rest == 0 ? 0 : load32(bytes + length - 4) >> (32 - 8 * rest);
    uint32_t middle = rest / 2, last = rest - 1;
    return rest == 0 ? 0 : bytes[0] | (uint32_t)bytes[middle] << 8 * middle | (uint32_t)bytes[last] << 8 * last;
}

/** MurmurHash3 x86 32 with seed 0, as src/resolver/snapshot/hash.ts has it. */
static inline uint32_t hash_of(const uint8_t *bytes, uint32_t length)
{
    uint32_t h = 0;
    for (uint32_t i = 0; i + 4 <= length; i += 4) {
        h ^= hash_mixed(load32(bytes + i));
        h = (h << 13 | h >> 19) * 5 + 0xe6546b64u;
    }
    h ^= hash_mixed(hash_rest(bytes, length)) ^ length;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

/** The key of these bytes. */
static inline struct key key_of(const void *bytes, size_t length)
{
    return (struct key){.bytes = bytes, .length = (uint32_t)length, .hash = hash_of(bytes, (uint32_t)length)};
}

/** The same, for a name that is not looked up as it stands. */
static inline struct key unhashed_key(const void *bytes, size_t length)
{
    return (struct key){.bytes = bytes, .length = (uint32_t)length};
}

/** The record that starts `offset` bytes into a section of records. False: it is not inside, or too short. */
static inline bool record_at(const struct section *records, uint64_t offset, uint32_t fixed, struct record *record)
{
    if (records->size < fixed || offset > records->size - fixed)
        return false;
    record->at = records->start + offset;
    record->size = load32(record->at);
    return record->size >= fixed && record->size <= records->size - offset && record->size % KB_LAYOUT_ALIGNMENT == 0;
}

/**
 * Finds the record with this key. `section` is the id of the database's records, `by` the id of the index, `fixed` the
 * size of the record's fixed part. FOUND; ABSENT: there is no such record; UNKNOWN: the snapshot can't say; DAMAGED.
 */
ALWAYS_INLINE enum outcome index_find(const struct map *map, unsigned section, unsigned by, uint32_t fixed,
                                      const struct key *key, match *matches, struct record *record)
{
    const struct section *records = &map->sections[section], *index = &map->sections[by];
    if (records->health != SECTION_SOUND || index->health != SECTION_SOUND)
        return records->health == SECTION_MISSING || index->health == SECTION_MISSING ? OUTCOME_UNKNOWN
                                                                                      : OUTCOME_DAMAGED;
    uint64_t i = key->hash & index->mask;
    unsigned collisions = 0;
    for (uint64_t steps = 0; steps < index->probes; steps++, i = (i + 1) & index->mask) {
        uint64_t slot = load64(index->start + i * sizeof(struct kb_slot)), at = slot >> 32;
        if (at == 0)
            return (records->flags & KB_SECTION_COMPLETE) != 0 ? OUTCOME_ABSENT : OUTCOME_UNKNOWN;
        if ((uint32_t)slot != key->hash)
            continue;
        if (!record_at(records, (at - 1) * KB_LAYOUT_ALIGNMENT, fixed, record))
            return OUTCOME_DAMAGED;
        if (matches(record, key))
            return OUTCOME_FOUND;
        if (++collisions > COLLISIONS_MAX)
            return OUTCOME_DAMAGED;
    }
    return OUTCOME_DAMAGED;
}

/**
 * The same for what is nearly always so: the snapshot is sound, and the first record with the key's hash has the key. UNKNOWN: it is not
 * so, and index_find tells.
 */
ALWAYS_INLINE enum outcome index_find_at_once(const struct map *map, unsigned section, unsigned by, uint32_t fixed,
                                              const struct key *key, match *matches, struct record *record)
{
    const struct section *records = &map->sections[section], *index = &map->sections[by];
    if (records->health != SECTION_SOUND || index->health != SECTION_SOUND)
        return OUTCOME_UNKNOWN;
    uint64_t i = key->hash & index->mask;
    for (unsigned left = index->probes; left > 0; left--, i = (i + 1) & index->mask) {
        uint64_t slot = load64(index->start + i * sizeof(struct kb_slot)), at = slot >> 32;
        if (at == 0)
            return (records->flags & KB_SECTION_COMPLETE) != 0 ? OUTCOME_ABSENT : OUTCOME_UNKNOWN;
        if ((uint32_t)slot == key->hash)
            return record_at(records, (at - 1) * KB_LAYOUT_ALIGNMENT, fixed, record) && matches(record, key)
                       ? OUTCOME_FOUND
                       : OUTCOME_UNKNOWN;
    }
    return OUTCOME_UNKNOWN;
}
_Static_assert(offsetof(struct kb_slot, hash) == 0 && offsetof(struct kb_slot, record) == 4, "a slot is one 64-bit load");

/** A letter made small; only those of ASCII have a case (RFC 4343). */
static inline uint8_t folded_byte(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/** The same for each of eight bytes at once. */
static inline uint64_t folded_bytes(uint64_t bytes)
{
    const uint64_t each = 0x0101010101010101u, lower = bytes & 0x7f * each;
    uint64_t from_a = lower + (0x80 - 'A') * each, past_z = lower + (0x7f - 'Z') * each;
    return bytes | (~bytes & 0x80 * each & (from_a ^ past_z)) >> 2;
}

/** How many bytes behind its own fold_bytes may write. */
#define FOLD_BEHIND 8

/** Up to seven bytes as a number, without reading any behind them. */
static inline uint64_t load_few(const uint8_t *at, uint32_t length)
{
    if (length >= 4)
        return load32(at) | (uint64_t)load32(at + length - 4) << 8 * (length - 4);
    return length == 0 ? 0 : hash_rest(at, length);
}

/** Writes bytes in lower case. In words, since what is hashed next would have to wait until single bytes are written. */
static inline void fold_bytes(uint8_t *to, const uint8_t *from, uint32_t length)
{
    for (; length >= 8; to += 8, from += 8, length -= 8)
        memcpy(to, &(uint64_t){folded_bytes(load64(from))}, 8);
    memcpy(to, &(uint64_t){folded_bytes(load_few(from, length))}, 8);
}

/** Whether `length` bytes that may have capitals are these bytes in lower case. For few bytes, or such as differ at once. */
static inline bool equals_folded(const uint8_t *bytes, const uint8_t *folded, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (folded_byte(bytes[i]) != folded[i])
            return false;
    return true;
}

/** The same for bytes that are nearly always equal: in words. */
ALWAYS_INLINE bool equals_folded_words(const uint8_t *bytes, const uint8_t *folded, uint32_t length)
{
    for (; length >= 8; bytes += 8, folded += 8, length -= 8)
        if (folded_bytes(load64(bytes)) != load64(folded))
            return false;
    return folded_bytes(load_few(bytes, length)) == load_few(folded, length);
}

/** Whether the string at an offset among strings, which take `size` bytes, is the key, which is in lower case. */
static inline bool string_is_folded(const uint8_t *strings, uint32_t size, uint32_t offset, const struct key *key)
{
    return offset < size && key->length < size - offset && strings[offset + key->length] == '\0' &&
           equals_folded_words(strings + offset, key->bytes, key->length);
}

/** Whether the first of a record's strings, which start at `strings`, is the key. */
static inline bool first_string_is(const struct record *record, uint64_t strings, const struct key *key)
{
    if (strings > record->size || key->length >= record->size - strings)
        return false;
    const uint8_t *string = record->at + strings;
    return memcmp(string, key->bytes, key->length) == 0 && string[key->length] == '\0';
}

/** Whether the name is one to look up at all: not empty, not absurdly long. Sets *length. */
static inline bool is_name(const char *name, size_t *length)
{
    *length = strnlen(name, NAME_LENGTH_MAX + 1);
    return *length > 0 && *length <= NAME_LENGTH_MAX;
}

/** The same for a host's name. */
static inline bool is_host_name(const char *name, size_t *length)
{
    *length = strnlen(name, KB_HOST_NAME_LENGTH_MAX + 1);
    return *length > 0 && *length <= KB_HOST_NAME_LENGTH_MAX;
}

#endif

/** Every spelling of a host's name to its record. */
#include "spelling.h"

/** A name in lower case, and room for what fold_bytes writes behind it. */
struct folded {
    uint8_t bytes[KB_HOST_NAME_LENGTH_MAX + FOLD_BEHIND];
    uint32_t length;
};

static const char *const master_spellings[] = KB_SPELLINGS_MASTER;
static const char *const self_spellings[] = KB_SPELLINGS_SELF;

/** Whether a host has this name, as canonical one or as alias. */
ALWAYS_INLINE bool has_name(const struct record *record, const struct key *key)
{
    struct host host;
    if (!host_of(record, &host))
        return false;
    for (uint32_t i = 0; i < host.name_count; i++)
        if (string_is_folded(host.strings, host.strings_size, load32(host.names + (size_t)4 * i), key))
            return true;
    return false;
}

/** host_stored in place: a look-up of a stored name is one piece of code. */
ALWAYS_INLINE enum outcome stored_host(const struct map *map, const void *name, uint32_t length, struct record *record)
{
    struct key key = key_of(name, length);
    return index_find(map, KB_SECTION_HOSTS, KB_SECTION_HOSTS_BY_NAME, HOST_FIXED, &key, has_name, record);
}

enum outcome host_stored(const struct map *map, const void *name, uint32_t length, struct record *record)
{
    return stored_host(map, name, length, record);
}

/** One of a pattern's strings. False: it does not end inside the record. */
static bool pattern_string(const struct record *pattern, uint32_t offset, const uint8_t **string, uint32_t *length)
{
    uint32_t fixed = sizeof(struct kb_pattern), size = FIELD16(pattern->at, pattern, strings_size);
    if (size > pattern->size - fixed || offset >= size)
        return false;
    *string = pattern->at + fixed + offset;
    *length = (uint32_t)strnlen((const char *)*string, size - offset);
    return *length < size - offset;
}

/** The number that digits spell, with a `+` or not before them. False: something else, or 2^31 or more. */
static bool spelled_number(const uint8_t *digits, uint32_t length, uint32_t *number)
{
    uint32_t i = length > 0 && digits[0] == '+' ? 1 : 0;
    *number = 0;
    if (i == length)
        return false;
    for (; i < length; i++) {
        uint32_t digit = (uint32_t)digits[i] - '0';
        if (digit > 9 || *number > (INT32_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return true;
}

/** The number that a name spells by a pattern: prefix, number, suffix. */
static bool fits(const struct record *pattern, const struct folded *name, uint32_t *number)
{
    const uint8_t *prefix, *suffix;
    uint32_t before, after;
    if (!pattern_string(pattern, FIELD16(pattern->at, pattern, prefix), &prefix, &before) ||
        !pattern_string(pattern, FIELD16(pattern->at, pattern, suffix), &suffix, &after))
        return false;
    if (name->length <= before || name->length - before <= after)
        return false;
    return equals_folded(prefix, name->bytes, before) &&
           equals_folded(suffix, name->bytes + name->length - after, after) &&
           spelled_number(name->bytes + before, name->length - before - after, number);
}

/** Adds bytes to a name, in lower case. False: it gets too long. */
static bool append(struct folded *name, const uint8_t *bytes, uint32_t length)
{
    if (length > KB_HOST_NAME_LENGTH_MAX - name->length)
        return false;
    fold_bytes(name->bytes + name->length, bytes, length);
    name->length += length;
    return true;
}

/** Adds a number in at least `width` digits. */
static bool append_number(struct folded *name, uint32_t number, uint32_t width)
{
    uint8_t digits[UINT8_MAX];
    uint32_t at = sizeof digits;
    do
        digits[--at] = (uint8_t)('0' + number % 10);
    while ((number /= 10) != 0 || sizeof digits - at < width);
    return append(name, digits + at, (uint32_t)sizeof digits - at);
}

/** The stored name that a pattern gives to a number. */
static bool target(const struct record *pattern, uint32_t number, struct folded *name)
{
    const uint8_t *prefix, *suffix;
    uint32_t before, after;
    name->length = 0;
    uint32_t width = FIELD8(pattern->at, pattern, target_width);
    int64_t own = (int64_t)number + (int32_t)FIELD32(pattern->at, pattern, target_shift);
    bool plain = width == KB_LAYOUT_PLAIN_WIDTH;
    if (!plain && (own < 0 || own > INT32_MAX))
        return false;
    return pattern_string(pattern, FIELD16(pattern->at, pattern, target_prefix), &prefix, &before) &&
           pattern_string(pattern, FIELD16(pattern->at, pattern, target_suffix), &suffix, &after) &&
           append(name, prefix, before) && (plain || append_number(name, (uint32_t)own, width)) &&
           append(name, suffix, after);
}

/** Finds the host that one pattern leads to, for a name that spells this number by it. */
static enum outcome computed_by(const struct map *map, const struct record *pattern, uint32_t number,
                                struct record *record)
{
    struct folded stored;
    struct host host;
    if (!target(pattern, number, &stored))
        return OUTCOME_ABSENT;
    enum outcome outcome = host_stored(map, stored.bytes, stored.length, record);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    uint32_t kind = FIELD8(pattern->at, pattern, kind);
    /* A later release may have patterns of more kinds: they are not used. */
    bool is_known = kind == KB_HOST_KIND_NODE || kind == KB_HOST_KIND_COMPANION;
    bool is_it = is_known && host_of(record, &host) && host.kind == kind &&
                 host.number == (int64_t)number + (int32_t)FIELD32(pattern->at, pattern, number_shift);
    return is_it ? OUTCOME_FOUND : OUTCOME_ABSENT;
}

/**
 * Patterns that fit one name before the snapshot is called damaged: a number can be that of a node of each range that a checked
 * configuration names for itself, of which there are at most 200. This bounds the searches of one look-up.
 */
#define FITTING_MAX 256

/** Finds the host that the patterns, in order, make of a name. */
static enum outcome computed(const struct map *map, const struct folded *name, struct record *record)
{
    const struct section *patterns = &map->sections[KB_SECTION_PATTERNS];
    struct record pattern;
    enum outcome outcome = OUTCOME_ABSENT;
    unsigned fitting = 0;
    if (patterns->health != SECTION_SOUND)
        return patterns->health == SECTION_MISSING ? OUTCOME_ABSENT : OUTCOME_DAMAGED;
    for (uint64_t at = 0; at < patterns->size; at += pattern.size) {
        if (!record_at(patterns, at, sizeof(struct kb_pattern), &pattern))
            return OUTCOME_DAMAGED;
        uint32_t number;
        if (!fits(&pattern, name, &number))
            continue;
        enum outcome one = ++fitting > FITTING_MAX ? OUTCOME_DAMAGED : computed_by(map, &pattern, number, record);
        if (one == OUTCOME_FOUND || one == OUTCOME_DAMAGED)
            return one;
        outcome = one == OUTCOME_UNKNOWN ? one : outcome;
    }
    return outcome;
}

static bool is_one_of(const char *const *spellings, size_t count, const struct folded *name)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(spellings[i]) == name->length && memcmp(spellings[i], name->bytes, name->length) == 0)
            return true;
    return false;
}

static bool spells_master(const struct folded *name)
{
    return is_one_of(master_spellings, sizeof master_spellings / sizeof *master_spellings, name);
}

static bool spells_self(const struct folded *name)
{
    return is_one_of(self_spellings, sizeof self_spellings / sizeof *self_spellings, name);
}

/** Finds the one master of a cluster that has one for everyone; else the daemon has to say. */
static enum outcome only_master(const struct map *map, struct record *record)
{
    struct host host;
    enum outcome outcome = host_stored(map, master_spellings[0], (uint32_t)strlen(master_spellings[0]), record);
    if (outcome != OUTCOME_FOUND)
        return outcome == OUTCOME_DAMAGED ? outcome : OUTCOME_UNKNOWN;
    return host_of(record, &host) && host.kind == KB_HOST_KIND_MASTER ? OUTCOME_FOUND : OUTCOME_UNKNOWN;
}

/** Finds what a name without domain and final dot means that is not stored; `stored` is what the index said. */
static enum outcome computed_or(enum outcome stored, const struct map *map, const struct folded *name,
                                struct record *record)
{
    if (stored == OUTCOME_DAMAGED)
        return stored;
    if (spells_master(name))
        return only_master(map, record);
    if (spells_self(name))
        return OUTCOME_UNKNOWN;
    enum outcome made = computed(map, name, record);
    return made == OUTCOME_ABSENT ? stored : made;
}

/** A name in lower case and without its final dot. False: what can't be a name. */
ALWAYS_INLINE bool fold(const struct key *key, struct folded *name)
{
    uint32_t length = key->length;
    if (length == 0 || length > KB_HOST_NAME_LENGTH_MAX)
        return false;
    if (key->bytes[length - 1] == '.')
        length--;
    fold_bytes(name->bytes, key->bytes, length);
    name->length = length;
    return length > 0;
}

/** Takes the cluster's domain off a name. False: it does not end so, or what is left is a name of another domain. */
static bool without_domain(const struct map *map, const struct folded *name, struct folded *shorter)
{
    const struct section *domain = &map->sections[KB_SECTION_DOMAIN];
    if (domain->health != SECTION_SOUND || domain->size == 0 || name->length < domain->size + 2)
        return false;
    uint32_t length = name->length - (uint32_t)domain->size - 1;
    if (name->bytes[length] != '.' ||
        !equals_folded(domain->start, name->bytes + length + 1, (uint32_t)domain->size) ||
        memchr(name->bytes + 1, '.', length - 1) != NULL)
        return false;
    *shorter = *name;
    shorter->length = length;
    return true;
}

/** Finds the host that a name means which is not stored as it stands; `stored` is what the index said. */
static __attribute__((noinline)) enum outcome host_named_otherwise(enum outcome stored, const struct map *map,
                                                                   const struct folded *name, struct record *record)
{
    struct folded shorter;
    enum outcome whole = computed_or(stored, map, name, record);
    if (whole == OUTCOME_FOUND || whole == OUTCOME_DAMAGED || !without_domain(map, name, &shorter))
        return whole;
    enum outcome outcome = host_stored(map, shorter.bytes, shorter.length, record);
    if (outcome != OUTCOME_FOUND)
        outcome = computed_or(outcome, map, &shorter, record);
    return outcome == OUTCOME_ABSENT ? whole : outcome;
}

enum outcome host_named(const struct map *map, const struct key *key, struct record *record)
{
    struct folded name;
    if (!fold(key, &name))
        return OUTCOME_ABSENT;
    enum outcome stored = stored_host(map, name.bytes, name.length, record);
    return stored == OUTCOME_FOUND ? stored : host_named_otherwise(stored, map, &name, record);
}

enum outcome try_spellings(const struct map *map, const struct key *key,
                           enum outcome (*stored)(const struct map *map, const void *name, uint32_t length,
                                                  struct record *record),
                           struct record *record)
{
    struct folded name, shorter;
    if (!fold(key, &name))
        return OUTCOME_ABSENT;
    enum outcome outcome = stored(map, name.bytes, name.length, record);
    if (outcome != OUTCOME_ABSENT || !without_domain(map, &name, &shorter))
        return outcome;
    return stored(map, shorter.bytes, shorter.length, record);
}

/** Whether a name, in any of its forms, is one of these spellings. */
static bool means(const struct map *map, const struct key *key, bool (*spells)(const struct folded *name))
{
    struct folded name, shorter;
    return fold(key, &name) && (spells(&name) || (without_domain(map, &name, &shorter) && spells(&shorter)));
}

bool means_master(const struct map *map, const struct key *key)
{
    return means(map, key, spells_master);
}

bool means_self(const struct map *map, const struct key *key)
{
    return means(map, key, spells_self);
}

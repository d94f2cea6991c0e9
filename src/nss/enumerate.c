/** Enumerations: the records of a database in order, one a call. */
#include "enumerate.h"

/*
 *  63     38   37    36..32    31..0
 * ┌─────────┬──────┬──────────┬──────────────────────────────────────────────────────┐
 * │ ordinal │ part │ slot + 1 │ where the record starts in its section, divided by 8 │
 * └─────────┴──────┴──────────┴──────────────────────────────────────────────────────┘
 * 0: not begun. FINISHED: after the last entry. Any other cursor holds a pin on its slot.
 */
#define FINISHED 1u
_Static_assert(SLOTS < 32, "a cursor has five bits for slot + 1");

/** A cursor, taken apart. */
struct position {
    uint64_t ordinal, offset;
    unsigned part, slot;
};

static uint64_t packed(struct position position)
{
    return position.ordinal << 38 | (uint64_t)position.part << 37 | (uint64_t)(position.slot + 1) << 32 |
           position.offset / 8;
}

static struct position unpacked(uint64_t cursor)
{
    unsigned part = cursor >> 37 & 1, slot = (unsigned)(cursor >> 32 & 31) - 1;
    return (struct position){
        .ordinal = cursor >> 38, .offset = (cursor & 0xffffffffu) * 8, .part = part, .slot = slot};
}

static bool is_pinned(uint64_t cursor)
{
    return cursor != 0 && cursor != FINISHED;
}

/** Lets go of what a cursor held that is no longer the enumeration's. */
static void release(struct source *source, uint64_t cursor)
{
    if (!is_pinned(cursor))
        return;
    source_unpin(source, unpacked(cursor).slot);
    if (source == &shadow_source)
        source_drop(source);
}

void enumeration_end(struct enumeration *enumeration)
{
    release(enumeration->source, atomic_exchange(&enumeration->cursor, 0));
}

/**
 * Moves a position past `count` records. False: the section ends before, or is damaged, or the map was emptied. The way may be
 * long, so the state word is looked at before each record: what is read of an emptied file may be SIGBUS.
 */
static bool skip(const struct map *map, const struct section *records, struct position *position, uint64_t count)
{
    struct record record;
    for (; position->ordinal < count; position->ordinal++) {
        if (is_emptied(map_state(map)) || !record_at(records, position->offset, KB_LAYOUT_ALIGNMENT, &record))
            return false;
        position->offset += record.size;
    }
    return true;
}

/** Where to begin in a held map: after as many records as `from` is past, and in its part. */
static uint64_t beginning(const struct map *map, unsigned section, unsigned slot, struct position from)
{
    struct position position = {.slot = slot};
    bool reached = skip(map, &map->sections[section], &position, from.ordinal);
    return reached ? packed(position) | (uint64_t)from.part << 37 : FINISHED;
}

/**
 * Begins in the current map, after as many records as `from` is past and in its part; or again there, where the map of
 * `cursor` was emptied. FOUND: look at the cursor again.
 */
static enum outcome begin(struct enumeration *enumeration, uint64_t cursor, const struct access *access)
{
    struct source *source = enumeration->source;
    struct reader reader;
    struct position from = is_pinned(cursor) ? unpacked(cursor) : (struct position){0};
    enum outcome outcome = source_enter(source, &reader);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    enum health health = (enum health)reader.map->sections[access->section].health;
    if (health != SECTION_SOUND) {
        source_leave(&reader);
        return health == SECTION_MISSING ? OUTCOME_UNAVAILABLE : OUTCOME_DAMAGED;
    }
    unsigned slot = source_pin(source, &reader);
    uint64_t next = beginning(reader.map, access->section, slot, from);
    uint64_t pin = packed((struct position){.slot = slot});
    bool moved = source_leave(&reader) && atomic_compare_exchange_strong(&enumeration->cursor, &cursor, next);
    if (moved)
        release(source, cursor);
    if (!moved || next == FINISHED)
        release(source, pin);
    return OUTCOME_FOUND;
}

/** The cursor after this one, `record` being the record at it. */
static uint64_t following(struct position position, const struct access *access, const struct record *record)
{
    if (++position.part < access->parts)
        return packed(position);
    position.part = 0;
    position.ordinal++;
    position.offset += record->size;
    return packed(position);
}

/** One step in a held map: the entry at the cursor, and in *next where to go on. Nothing is read of an emptied map. */
static enum outcome step(const struct reader *reader, uint64_t cursor, const struct access *access,
                         struct filling *filling, uint64_t *next)
{
    const struct map *map = reader->map;
    struct position position = unpacked(cursor);
    struct filling part = *filling;
    struct record record;
    const struct section *records = &map->sections[access->section];
    *next = FINISHED;
    if (is_emptied(reader->state))
        return OUTCOME_UNAVAILABLE;
    if (position.offset >= records->size)
        return OUTCOME_ABSENT;
    if (!record_at(records, position.offset, access->fixed, &record))
        return OUTCOME_DAMAGED;
    *next = following(position, access, &record);
    part.part = position.part;
    return fill_from(access, &record, reader, &part);
}

enum outcome enumeration_next(struct enumeration *enumeration, const struct access *access,
                              struct filling *filling)
{
    struct source *source = enumeration->source;
    for (;;) {
        uint64_t cursor = atomic_load(&enumeration->cursor), next;
        if (cursor == FINISHED)
            return OUTCOME_ABSENT;
        if (cursor == 0) {
            enum outcome begun = begin(enumeration, cursor, access);
            if (begun != OUTCOME_FOUND)
                return begun;
            continue;
        }
        struct reader reader;
        source_enter_slot(source, unpacked(cursor).slot, &reader);
        if (atomic_load(&enumeration->cursor) != cursor) {
            source_count_out(&reader);
            continue;
        }
        reader.state = map_state(reader.map);
        enum outcome outcome = step(&reader, cursor, access, filling, &next);
        if (!source_leave(&reader)) {
            enum outcome begun = begin(enumeration, cursor, access);
            if (begun != OUTCOME_FOUND)
                return begun;
            continue;
        }
        if (outcome == OUTCOME_SMALL)
            return outcome;
        if (!atomic_compare_exchange_strong(&enumeration->cursor, &cursor, next))
            continue;
        if (next == FINISHED)
            release(source, cursor);
        if (outcome != OUTCOME_ABSENT || next == FINISHED)
            return outcome;
    }
}

#include "current.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

/** What a slot is doing. */
enum phase { FREE, FILLING, LIVE, RETIRED, CLOSING };

/**
 * How often a reader tries again when other threads replace the map under it, or hold all slots. Then it makes do with the map
 * that it has.
 */
#define TRIES 64

struct source public_source = {.kind = PUBLIC_SNAPSHOT};
struct source shadow_source = {.kind = SHADOW_SNAPSHOT};

static unsigned slot_of(uint64_t word)
{
    return (unsigned)(word & 0xff) - 1;
}

static uint64_t next_word(uint64_t word, unsigned slot)
{
    return ((word >> 8) + 1) << 8 | (slot + 1);
}

/** This thread's stripe. Every thread has an errno of its own, so its address tells threads apart at no cost. */
static struct stripe *own_stripe(struct source *source)
{
    uint64_t thread = (uintptr_t)&errno >> 6;
    return &source->stripes[thread * 0x9e3779b97f4a7c15u >> 59];
}
_Static_assert(STRIPES == 32, "own_stripe takes the upper five bits");

/** The time in seconds, from memory that the kernel shares: no system call. */
static uint32_t coarse_second(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint32_t)now.tv_sec;
}

void source_enter_slot(struct source *source, unsigned slot, struct reader *reader)
{
    reader->slot = &source->slots[slot];
    reader->count = &own_stripe(source)->readers[slot];
    atomic_fetch_add(reader->count, 1);
    reader->map = &reader->slot->map;
}

/** What a new pin adds to a slot's pins: one holder, one more time. */
#define PIN ((uint64_t)1 << 32 | 1)

/**
 * Whether nobody is in a slot's map. The counters can't be read at one moment, and a reader may make a pin of its count
 * meanwhile, or a count of its pin. But for that a pin must have been made, and then the slot's pins are not what they were.
 */
static bool is_idle(struct source *source, unsigned slot)
{
    uint64_t pins = atomic_load(&source->slots[slot].pins);
    if ((uint32_t)pins != 0)
        return false;
    for (unsigned i = 0; i < STRIPES; i++)
        if (atomic_load(&source->stripes[i].readers[slot]) != 0)
            return false;
    return atomic_load(&source->slots[slot].pins) == pins;
}

/** Unmaps what is retired and idle. */
static void reap(struct source *source)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *slot = &source->slots[i];
        uint32_t retired = RETIRED;
        if (!atomic_compare_exchange_strong(&slot->phase, &retired, CLOSING))
            continue;
        bool idle = is_idle(source, i);
        if (idle)
            map_close(&slot->map);
        atomic_store(&slot->phase, idle ? FREE : RETIRED);
    }
}

/** Takes a free slot. False: there is none, since so many old maps are still read or enumerated. */
static bool claim(struct source *source, unsigned *slot)
{
    reap(source);
    for (unsigned i = 0; i < SLOTS; i++) {
        uint32_t is_free = FREE;
        if (atomic_compare_exchange_strong(&source->slots[i].phase, &is_free, FILLING)) {
            *slot = i;
            return true;
        }
    }
    return false;
}

/** Makes `map` current in place of `word`. False: another thread was quicker, or no slot is free; *map is closed. */
static bool publish(struct source *source, uint64_t word, struct map *map)
{
    unsigned i;
    if (!claim(source, &i)) {
        map_close(map);
        return false;
    }
    struct slot *slot = &source->slots[i];
    slot->map = *map;
    /* Even a new map may have been superseded since its path was opened: the first reader then looks again. */
    atomic_store(&slot->accepted, (map_state(map) & ~(uint32_t)KB_STATE_MASK) | KB_STATE_CURRENT);
    atomic_store(&slot->phase, LIVE);
    if (atomic_compare_exchange_strong(&source->current, &word, next_word(word, i))) {
        if ((word & 0xff) != 0)
            atomic_store(&source->slots[slot_of(word)].phase, RETIRED);
        reap(source);
        return true;
    }
    atomic_store(&slot->phase, RETIRED);
    reap(source);
    return false;
}

/** Opens the first map. FOUND: look at `current` again. */
static enum outcome open_first(struct source *source, uint64_t word)
{
    struct map map;
    bool same;
    uint32_t second = coarse_second();
    enum outcome outcome = map_open(source->kind, NULL, &map, &same);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    atomic_store(&source->compared, second);
    if (!publish(source, word, &map))
        sched_yield();
    return OUTCOME_FOUND;
}

/** What became of a held map that seemed to be no longer the newest. */
enum renewal {
    /** It is; or there is no other, and it goes on. */
    KEPT,
    /** Look at `current` again. */
    REPLACED,
    /** It is empty and there is no other. */
    LOST,
};

/** Compares the path with the held map and opens what is there if it is another file. */
static enum renewal renew(struct source *source, uint64_t word, const struct reader *reader, enum outcome *why)
{
    struct map map;
    bool same;
    *why = map_open(source->kind, &reader->map->identity, &map, &same);
    if (*why == OUTCOME_FOUND && !same) {
        if (!publish(source, word, &map))
            sched_yield();
        return REPLACED;
    }
    if (is_emptied(reader->state)) {
        *why = *why == OUTCOME_FOUND ? OUTCOME_UNAVAILABLE : *why;
        return LOST;
    }
    atomic_store(&reader->slot->accepted, reader->state);
    return KEPT;
}

/** Whether the path has to be compared, or the state word looked into. */
static bool is_due(struct source *source, const struct reader *reader)
{
    if (reader->state != atomic_load_explicit(&reader->slot->accepted, memory_order_relaxed))
        return true;
    uint32_t second = coarse_second();
    uint32_t compared = atomic_load_explicit(&source->compared, memory_order_relaxed);
    return second != compared && atomic_compare_exchange_strong(&source->compared, &compared, second);
}

/** Counts in at the current map. False: there is none, or it was replaced this moment; *word says which. */
static bool count_in(struct source *source, struct reader *reader, uint64_t *word)
{
    *word = atomic_load(&source->current);
    if ((*word & 0xff) == 0)
        return false;
    source_enter_slot(source, slot_of(*word), reader);
    if (atomic_load(&source->current) != *word) {
        atomic_fetch_sub(reader->count, 1);
        return false;
    }
    reader->state = map_state(reader->map);
    return true;
}

enum outcome source_enter(struct source *source, struct reader *reader)
{
    enum outcome why = OUTCOME_FOUND;
    uint64_t word;
    for (int tries = 0; tries < TRIES; tries++) {
        if (!count_in(source, reader, &word)) {
            if ((word & 0xff) == 0 && (why = open_first(source, word)) != OUTCOME_FOUND)
                return why;
            continue;
        }
        if (!is_due(source, reader) || (tries == TRIES - 1 && !is_emptied(reader->state)))
            return OUTCOME_FOUND;
        enum renewal renewal = renew(source, word, reader, &why);
        if (renewal == KEPT)
            return OUTCOME_FOUND;
        atomic_fetch_sub(reader->count, 1);
        if (renewal == LOST)
            return why;
    }
    return OUTCOME_RESOURCES;
}

unsigned source_pin(struct source *source, const struct reader *reader)
{
    atomic_fetch_add(&reader->slot->pins, PIN);
    return (unsigned)(reader->slot - source->slots);
}

void source_unpin(struct source *source, unsigned slot)
{
    atomic_fetch_sub(&source->slots[slot].pins, 1);
    reap(source);
}

void source_drop(struct source *source)
{
    uint64_t word = atomic_load(&source->current);
    if ((word & 0xff) == 0)
        return;
    if (atomic_compare_exchange_strong(&source->current, &word, (word >> 8) << 8))
        atomic_store(&source->slots[slot_of(word)].phase, RETIRED);
    reap(source);
}

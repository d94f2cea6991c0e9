/** The current snapshot: found without a lock, held while it is read, replaced when its file is. */
#include "current.h"

#include <errno.h>
#include <sched.h>
#include <time.h>
#include "cancellation.h"

/** What a slot is doing. */
enum phase { FREE, FILLING, LIVE, RETIRED, CLOSING };

/**
 * How often a reader tries again when other threads replace the map under it, or hold all slots. Then it makes do with the map
 * that it has.
 */
#define TRIES 64

struct source public_source = {.kind = PUBLIC_SNAPSHOT, .has_desks = true};
struct source shadow_source = {.kind = SHADOW_SNAPSHOT, .has_desks = false};

struct desk *source_find_desk(struct source *source, uintptr_t thread)
{
    for (unsigned i = 0; i < DESKS_TRIED; i++) {
        uintptr_t nobody = 0;
        struct desk *desk = &source->desks[(first_desk(thread) + i) % DESKS];
        uintptr_t owner = atomic_load_explicit(&desk->thread, memory_order_relaxed);
        if (owner == thread || (owner == 0 && atomic_compare_exchange_strong(&desk->thread, &nobody, thread)))
            return desk;
    }
    return NULL;
}

static uint64_t next_word(uint64_t word, unsigned slot)
{
    return ((word >> 8) + 1) << 8 | (slot + 1);
}

/** The time in milliseconds. */
static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/** What a new pin adds to a slot's pins: one holder, one more time. */
#define PIN ((uint64_t)1 << 32 | 1)

/** Whether REST has passed since a slot's map was replaced and since it was last let go by an enumeration. */
static bool is_rested(struct source *source, unsigned slot)
{
    return !source->has_desks || milliseconds() - atomic_load(&source->slots[slot].retired) > REST;
}

/**
 * Whether nobody is in a slot's map. Desks and counters can't be read at one moment, and a reader may make a pin of its hold
 * meanwhile, or a hold of its pin. But for that a pin must have been made, and then the slot's pins are not what they were.
 */
static bool is_idle(struct source *source, unsigned slot)
{
    uint64_t pins = atomic_load(&source->slots[slot].pins);
    if ((uint32_t)pins != 0 || atomic_load(&source->guests[slot]) != 0 || !is_rested(source, slot))
        return false;
    for (unsigned i = 0; i < DESKS; i++)
        if (atomic_load(&source->desks[i].busy) == slot + 1)
            return false;
    return atomic_load(&source->slots[slot].pins) == pins;
}

/** Makes a slot whose map is not current any more, or never was, one to be unmapped. */
static void retire(struct slot *slot)
{
    atomic_store(&slot->retired, milliseconds());
    atomic_store(&slot->phase, RETIRED);
}

/** Unmaps what is retired and idle. */
static void reap(struct source *source)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot *slot = &source->slots[i];
        uint32_t retired = RETIRED;
        if (atomic_load(&slot->phase) != RETIRED || !is_rested(source, i))
            continue;
        if (!atomic_compare_exchange_strong(&slot->phase, &retired, CLOSING))
            continue;
        bool idle = is_idle(source, i);
        if (idle)
            map_close(&slot->map);
        atomic_store(&slot->phase, idle ? FREE : RETIRED);
    }
}

/** Takes a free slot. False: there is none. */
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

/** What became of a held map that seemed to be no longer the newest. */
enum renewal {
    /** It is; or there is no other, and it goes on. */
    KEPT,
    /** Look at `current` again. */
    REPLACED,
    /** It is empty and there is no other; or there is no slot for another. */
    LOST,
};

/** Takes a free slot, if need be after the maps of those that were replaced just now have had their rest. */
static bool claim_soon(struct source *source, unsigned *slot)
{
    if (claim(source, slot))
        return true;
    int cancellation = cancellation_off();
    nanosleep(&(struct timespec){0, (REST + 1) * 1000000L}, NULL);
    cancellation_restore(cancellation);
    return claim(source, slot);
}

/** Makes `map` current in place of `word`. REPLACED: it is, or another thread's is. LOST: no slot is free; *map is closed. */
static enum renewal publish(struct source *source, uint64_t word, struct map *map)
{
    unsigned i;
    if (!claim_soon(source, &i)) {
        map_close(map);
        return LOST;
    }
    struct slot *slot = &source->slots[i];
    slot->map = *map;
    /* Even a new map may have been superseded since its path was opened: the first reader then looks again. */
    atomic_store(&slot->accepted, (map_state(map) & ~(uint32_t)KB_STATE_MASK) | KB_STATE_CURRENT);
    atomic_store(&slot->phase, LIVE);
    bool is_ours = atomic_compare_exchange_strong(&source->current, &word, next_word(word, i));
    if (!is_ours)
        retire(slot);
    else if ((word & 0xff) != 0)
        retire(&source->slots[source_slot(word)]);
    reap(source);
    if (!is_ours)
        sched_yield();
    return REPLACED;
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
    return publish(source, word, &map) == REPLACED ? OUTCOME_FOUND : OUTCOME_RESOURCES;
}

/**
 * Compares the path with the held map and opens what is there if it is another file. Where all slots are held for good (by
 * threads that a fork left behind) the old map goes on until it is emptied, and this is tried once a second.
 */
static enum renewal renew(struct source *source, uint64_t word, const struct reader *reader, enum outcome *why)
{
    struct map map;
    bool same;
    *why = map_open(source->kind, &reader->map->identity, &map, &same);
    reap(source);
    if (*why == OUTCOME_FOUND && !same) {
        if (publish(source, word, &map) == REPLACED)
            return REPLACED;
        *why = OUTCOME_RESOURCES;
    }
    if (is_emptied(reader->state)) {
        *why = *why == OUTCOME_FOUND ? OUTCOME_UNAVAILABLE : *why;
        return LOST;
    }
    atomic_store(&reader->slot->accepted, reader->state);
    return KEPT;
}

/** Whether it is this reader who has to compare the path: something is due, and nobody else took this second's turn. */
static bool takes_turn(struct source *source, const struct reader *reader)
{
    uint32_t second = coarse_second(), compared = atomic_load(&source->compared);
    return reader->state != atomic_load(&reader->slot->accepted) ||
           (second != compared && atomic_compare_exchange_strong(&source->compared, &compared, second));
}

enum outcome source_enter_slowly(struct source *source, struct reader *reader)
{
    enum outcome why = OUTCOME_FOUND;
    uint64_t word;
    for (int tries = 0; tries < TRIES; tries++) {
        if (!source_enter_current(source, reader, &word)) {
            if ((word & 0xff) == 0 && (why = open_first(source, word)) != OUTCOME_FOUND)
                return why;
            continue;
        }
        if (!takes_turn(source, reader) || (tries == TRIES - 1 && !is_emptied(reader->state)))
            return OUTCOME_FOUND;
        enum renewal renewal = renew(source, word, reader, &why);
        if (renewal == KEPT)
            return OUTCOME_FOUND;
        source_count_out(reader);
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
    /* A reader who came by the pin may have sat down at its desk this moment. */
    atomic_store(&source->slots[slot].retired, milliseconds());
    atomic_fetch_sub(&source->slots[slot].pins, 1);
    reap(source);
}

void source_drop(struct source *source)
{
    uint64_t word = atomic_load(&source->current);
    if ((word & 0xff) == 0)
        return;
    if (atomic_compare_exchange_strong(&source->current, &word, (word >> 8) << 8))
        retire(&source->slots[source_slot(word)]);
    reap(source);
}

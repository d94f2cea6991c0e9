/**
 * The snapshot that is current, for readers in any number of threads: found without a lock, held while it is read, replaced
 * when a newer one was published, unmapped when nobody reads it any more.
 *
 * A source has a few slots for maps. `current` is one word: which slot, and a sequence number that makes every value new.
 * A reader counts itself in at its stripe's counter of that slot, looks at `current` again, reads, and counts out. Whoever
 * replaces the map changes `current` first and looks at the counters then, both sequentially consistent: so either the
 * reader sees that the map is no longer current, or the other sees the reader. Nothing here waits, so that a fork at any
 * moment leaves a child at worst with a slot that it can't use.
 */
#ifndef KICKBACK_CURRENT_H
#define KICKBACK_CURRENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "map.h"

/**
 * Maps that a source can hold at once: the current one, one for each of four abandoned enumerations, and those that slow
 * readers are still in. So many counters fill a cache line.
 */
#define SLOTS 16
/** Threads are spread over so many sets of counters, each on a cache line of its own. */
#define STRIPES 32
#define CACHE_LINE 64

/** A place for a map. */
struct slot {
    /** One of the phases in current.c. */
    _Atomic uint32_t phase;
    /** The state word that readers need not look into: that of a current file, or one that turned out to change nothing. */
    _Atomic uint32_t accepted;
    /** In the lower half the enumerations that are in the middle of this map, in the upper how often one began to be. */
    _Atomic uint64_t pins;
    struct map map;
};

/** One stripe's readers of each slot. */
struct stripe {
    _Alignas(CACHE_LINE) _Atomic uint32_t readers[SLOTS];
};

/** Snapshots of one kind, in the order of time. */
struct source {
    /** 0: none; else the sequence number times 256, and the slot plus 1. */
    _Alignas(CACHE_LINE) _Atomic uint64_t current;
    /** The second in which the path was last compared with the current map's file. */
    _Atomic uint32_t compared;
    enum kind kind;
    struct slot slots[SLOTS];
    struct stripe stripes[STRIPES];
};

/** A reader's hold on a map. */
struct reader {
    const struct map *map;
    struct slot *slot;
    _Atomic uint32_t *count;
    /** The state word, read when the reader entered. */
    uint32_t state;
};

/** The public snapshots of this process. */
extern struct source public_source;
/** The shadow snapshots of this process, held only while they are enumerated. */
extern struct source shadow_source;

/**
 * Holds the current map, opening it or a newer one first where that is due. OUTCOME_FOUND, and then source_leave is to
 * be called; else there is none, and the outcome says why.
 */
enum outcome source_enter(struct source *source, struct reader *reader);

/** Holds the map of a slot that is pinned, for one step of an enumeration. The pin must be looked at again afterwards. */
void source_enter_slot(struct source *source, unsigned slot, struct reader *reader);

/** Lets the map go. False: it was being emptied meanwhile, and what was read of it may be zeros. */
static inline bool source_leave(struct reader *reader)
{
    atomic_thread_fence(memory_order_acquire);
    bool whole = !is_emptied(map_state(reader->map));
    atomic_fetch_sub(reader->count, 1);
    return whole;
}

/** Keeps a held map beyond source_leave, until source_unpin. Gives its slot. */
unsigned source_pin(struct source *source, const struct reader *reader);

/** Ends a source_pin. */
void source_unpin(struct source *source, unsigned slot);

/** Stops holding a current map that nobody reads: it is opened anew when it is next wanted. */
void source_drop(struct source *source);

/** Whether a pw_passwd of "*" is to be shown as "x": this machine was granted shadow entries. */
static inline bool shadow_granted(const struct reader *reader)
{
    return reader->map->run_dir && (reader->state & KB_STATE_SHADOW_GRANTED) != 0;
}

#endif

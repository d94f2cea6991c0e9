/** One snapshot, mapped and checked as far as opening checks it: O(1) in its size. */
#ifndef KICKBACK_MAP_H
#define KICKBACK_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include "ids.h"
#include "layout.h"
#include "load.h"
#include "outcome.h"
#include "trust.h"

/** What opening found a section to be. */
enum health {
    /** The snapshot has no such section. */
    SECTION_MISSING,
    /** It is not aligned, not inside the file, or an index whose size is no power of two. */
    SECTION_DAMAGED,
    SECTION_SOUND,
};

/** A section that lies inside the map. Its size is the same on every machine, so that two fill a cache line. */
struct section {
    _Alignas(32) const uint8_t *start;
    uint64_t size;
    /** For an index: the number of slots less one. */
    uint64_t mask;
    uint32_t flags;
    /** For an index: how many of its slots a search may look at. */
    uint16_t probes;
    /** One of enum health. */
    uint16_t health;
};

_Static_assert(sizeof(struct section) == 32, "sections fill cache lines");

/** An open snapshot. Sections are found by id; those of ids that this module does not know are not kept. */
struct map {
    const uint8_t *base;
    struct identity identity;
    /** Whether it was published by a daemon of this machine, so that its state word speaks of this machine. */
    bool run_dir;
    /** Which of its ids are given to anyone on this machine. */
    struct floors floors;
    /** Two to a cache line: a database's records and its index by name. */
    _Alignas(2 * sizeof(struct section)) struct section sections[KB_SECTION_IDS];
};

/** Which snapshot is wanted. */
enum kind { PUBLIC_SNAPSHOT, SHADOW_SNAPSHOT };

/**
 * Opens the first valid snapshot of the stores to look into. Where `known` is not NULL and that is the file in the first store
 * that has a valid one, nothing is opened and *same is set. OUTCOME_FOUND: *map is to be closed by map_close, unless
 * *same. OUTCOME_UNAVAILABLE, OUTCOME_DENIED or OUTCOME_RESOURCES: none.
 */
enum outcome map_open(enum kind kind, const struct identity *known, struct map *map, bool *same);

/** Unmaps a snapshot. */
void map_close(struct map *map);

/** The state word as it is now; see STATES in src/resolver/layout.ts. */
static inline uint32_t map_state(const struct map *map)
{
    return FIELD32(map->base, header, state);
}

/** Whether a state word says that the file's body is gone, or going. */
static inline bool is_emptied(uint32_t state)
{
    return (state & KB_STATE_MASK) == KB_STATE_EMPTIED;
}

#endif

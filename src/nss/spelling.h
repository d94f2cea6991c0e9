/** Every spelling of a host's name to its record; hostNamed of src/resolver/answers/spellings.ts is the same in TypeScript. */
#ifndef KICKBACK_SPELLING_H
#define KICKBACK_SPELLING_H

#include "host.h"

/**
 * Finds the host that a name means, as the caller spelled it: its bytes are in `key`, whose hash is not used. FOUND, ABSENT,
 * DAMAGED; UNKNOWN where the daemon is to be asked: the database is not complete, or the name means another host for
 * each asker.
 */
enum outcome host_named(const struct map *map, const struct key *key, struct record *record);

/** Finds the host with this stored name in lower case, by the index alone. Outcomes are those of index_find. */
enum outcome host_stored(const struct map *map, const void *name, uint32_t length, struct record *record);

/**
 * Tries what a name may be stored as, in lower case: without a final dot, and without the cluster's domain where it ends in that.
 * The first of these that `stored` does not call ABSENT is the outcome.
 */
enum outcome try_spellings(const struct map *map, const struct key *key,
                           enum outcome (*stored)(const struct map *map, const void *name, uint32_t length,
                                                  struct record *record),
                           struct record *record);

/** Whether a name means the asker's master. */
bool means_master(const struct map *map, const struct key *key);

/** Whether a name means the asker itself. */
bool means_self(const struct map *map, const struct key *key);

#endif

/**
 * Enumerations: the records of a database in order, one a call. The place of one is a single word, so that threads share
 * it as glibc's are shared (each entry goes to one of them), nothing is locked, and look-ups between never disturb it.
 * An enumeration keeps the snapshot that it began with; where that is emptied under it, it goes on at the same
 * count of records in the current one.
 */
#ifndef KICKBACK_ENUMERATE_H
#define KICKBACK_ENUMERATE_H

#include "lookup.h"

/** One enumeration. Its cursor is 0 before the first call; see enumerate.c. */
struct enumeration {
    struct source *source;
    _Alignas(8) _Atomic uint64_t cursor;
};

/** Gives the next entry, and moves on unless the outcome is SMALL. ABSENT after the last one. */
enum outcome enumeration_next(struct enumeration *enumeration, const struct access *access,
                              const struct filling *filling);

/** Ends an enumeration; the next call of enumeration_next starts anew. */
void enumeration_end(struct enumeration *enumeration);

#endif

/**
 * Enumerations: the records of a database in order, one a call. The position of one is a single word, so that threads share
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
                              struct filling *filling);

/** Gives the next entry: from the caller's arguments to the status. */
static inline enum nss_status enumeration_entry(struct enumeration *enumeration, const struct access *access, void *result,
                                                char *buffer, size_t buflen, int *errnop)
{
    int saved = errno;
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude(enumeration_next(enumeration, access, &filling), saved, errnop);
}

/** Ends an enumeration; the next call of enumeration_next starts anew. */
void enumeration_end(struct enumeration *enumeration);

/** The entry points that begin an enumeration anew and end it. */
#define ENUMERATION_ENDS(enumeration, set, end) \
    enum nss_status set(int stayopen)           \
    {                                           \
        (void)stayopen;                         \
        return end();                           \
    }                                           \
    enum nss_status end(void)                   \
    {                                           \
        enumeration_end(&enumeration);          \
        return NSS_STATUS_SUCCESS;              \
    }

#endif

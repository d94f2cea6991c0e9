/** How a question came out inside the module, and what NSS is told of it. */
#ifndef KICKBACK_OUTCOME_H
#define KICKBACK_OUTCOME_H

#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdbool.h>

/** How a question, or one step of it, came out. What each tells the caller is the table in outcome.c. */
enum outcome {
    /** Answered. */
    OUTCOME_FOUND,
    /** There is no such entry: a fact. */
    OUTCOME_ABSENT,
    /** A host that we hold, but with no address of the family asked for. */
    OUTCOME_OTHER_FAMILY,
    /** The caller's buffer is too small. */
    OUTCOME_SMALL,
    /** The snapshot can't know: the daemon has to be asked. Never told to a caller. */
    OUTCOME_UNKNOWN,
    /** Nobody is there to answer. */
    OUTCOME_UNAVAILABLE,
    /** This caller may not read the answer. */
    OUTCOME_DENIED,
    /** The snapshot or the daemon's reply is not what it should be. */
    OUTCOME_DAMAGED,
    /** The daemon did not answer in time, or asks to be asked later. */
    OUTCOME_LATE,
    /** This process is out of memory or of file descriptors. */
    OUTCOME_RESOURCES,
    /** An address family that we know nothing of. */
    OUTCOME_FAMILY,
    /** The arguments make no sense. */
    OUTCOME_ARGUMENT,
};

/** What `conclude` does with an outcome that is not FOUND. */
enum nss_status conclude_otherwise(enum outcome outcome, int *errnop);

/**
 * Ends a call that is not a host look-up: gives its status, and sets *errnop unless the outcome is FOUND or ABSENT. errno itself is
 * set back to `saved`, the value at the call's start, before *errnop (often the same variable) is set.
 */
static inline enum nss_status conclude(enum outcome outcome, int saved, int *errnop)
{
    errno = saved;
    return outcome == OUTCOME_FOUND ? NSS_STATUS_SUCCESS : conclude_otherwise(outcome, errnop);
}

/** What `conclude_host` does with an outcome that is not FOUND. */
enum nss_status conclude_host_otherwise(enum outcome outcome, int *errnop, int *h_errnop);

/** Ends a host look-up: as `conclude`, and sets *h_errnop too. */
static inline enum nss_status conclude_host(enum outcome outcome, int saved, int *errnop, int *h_errnop)
{
    errno = saved;
    if (outcome != OUTCOME_FOUND)
        return conclude_host_otherwise(outcome, errnop, h_errnop);
    *h_errnop = NETDB_SUCCESS;
    return NSS_STATUS_SUCCESS;
}

#endif

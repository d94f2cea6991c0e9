/** How a question came out, and what NSS is told of it. */
#include "outcome.h"

/** In place of an errno: it stays as it was found. */
#define AS_FOUND (-1)

/** What NSS is told of one outcome. */
struct verdict {
    enum nss_status status;
    int error;
    int host_error;
};

/*
 * That there is no such entry, or no further one, is no error: errno stays as it was, as with the C library's own files, since
 * programs take a NULL with another errno than they set for a failure (getpwent(3)).
 *
 * ERANGE and NETDB_INTERNAL are for a short buffer alone: glibc enlarges it for these, and gives up on NETDB_INTERNAL
 * otherwise. An outage is never NOTFOUND. A name that we hold in another family ends the search, and errno 0 lets
 * gethostbyname2_r(3) return 0 as it does after NOTFOUND.
 */
static const struct verdict verdicts[] = {
    [OUTCOME_FOUND] = {.status = NSS_STATUS_SUCCESS, .error = AS_FOUND, .host_error = NETDB_SUCCESS},
    [OUTCOME_ABSENT] = {.status = NSS_STATUS_NOTFOUND, .error = AS_FOUND, .host_error = HOST_NOT_FOUND},
    [OUTCOME_OTHER_FAMILY] = {.status = NSS_STATUS_RETURN, .error = 0, .host_error = NO_DATA},
    [OUTCOME_SMALL] = {.status = NSS_STATUS_TRYAGAIN, .error = ERANGE, .host_error = NETDB_INTERNAL},
    [OUTCOME_UNKNOWN] = {.status = NSS_STATUS_UNAVAIL, .error = ECONNREFUSED, .host_error = NO_RECOVERY},
    [OUTCOME_UNAVAILABLE] = {.status = NSS_STATUS_UNAVAIL, .error = ECONNREFUSED, .host_error = NO_RECOVERY},
    [OUTCOME_DENIED] = {.status = NSS_STATUS_UNAVAIL, .error = EACCES, .host_error = NO_RECOVERY},
    [OUTCOME_DAMAGED] = {.status = NSS_STATUS_UNAVAIL, .error = EBADMSG, .host_error = NO_RECOVERY},
    [OUTCOME_LATE] = {.status = NSS_STATUS_TRYAGAIN, .error = EAGAIN, .host_error = TRY_AGAIN},
    [OUTCOME_RESOURCES] = {.status = NSS_STATUS_TRYAGAIN, .error = EAGAIN, .host_error = TRY_AGAIN},
    [OUTCOME_FAMILY] = {.status = NSS_STATUS_UNAVAIL, .error = EAFNOSUPPORT, .host_error = NO_DATA},
    [OUTCOME_ARGUMENT] = {.status = NSS_STATUS_UNAVAIL, .error = EINVAL, .host_error = NO_RECOVERY},
};

enum nss_status conclude_otherwise(enum outcome outcome, int *errnop)
{
    if (verdicts[outcome].error != AS_FOUND)
        *errnop = verdicts[outcome].error;
    return verdicts[outcome].status;
}

enum nss_status conclude_host_otherwise(enum outcome outcome, int *errnop, int *h_errnop)
{
    *h_errnop = verdicts[outcome].host_error;
    return conclude_otherwise(outcome, errnop);
}

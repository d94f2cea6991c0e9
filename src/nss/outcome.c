/** How a question came out, and what NSS is told of it. */
#include "outcome.h"

#include <netdb.h>

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
    [OUTCOME_FOUND] = {NSS_STATUS_SUCCESS, AS_FOUND, NETDB_SUCCESS},
    [OUTCOME_ABSENT] = {NSS_STATUS_NOTFOUND, AS_FOUND, HOST_NOT_FOUND},
    [OUTCOME_OTHER_FAMILY] = {NSS_STATUS_RETURN, 0, NO_DATA},
    [OUTCOME_SMALL] = {NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    [OUTCOME_UNKNOWN] = {NSS_STATUS_UNAVAIL, ECONNREFUSED, NO_RECOVERY},
    [OUTCOME_UNAVAILABLE] = {NSS_STATUS_UNAVAIL, ECONNREFUSED, NO_RECOVERY},
    [OUTCOME_DENIED] = {NSS_STATUS_UNAVAIL, EACCES, NO_RECOVERY},
    [OUTCOME_DAMAGED] = {NSS_STATUS_UNAVAIL, EBADMSG, NO_RECOVERY},
    [OUTCOME_LATE] = {NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    [OUTCOME_RESOURCES] = {NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    [OUTCOME_FAMILY] = {NSS_STATUS_UNAVAIL, EAFNOSUPPORT, NO_DATA},
    [OUTCOME_ARGUMENT] = {NSS_STATUS_UNAVAIL, EINVAL, NO_RECOVERY},
};

enum nss_status conclude_otherwise(enum outcome outcome, int *errnop)
{
    if (verdicts[outcome].error != AS_FOUND)
        *errnop = verdicts[outcome].error;
    return verdicts[outcome].status;
}

enum nss_status conclude_host(enum outcome outcome, int saved, int *errnop, int *h_errnop)
{
    *h_errnop = verdicts[outcome].host_error;
    return conclude(outcome, saved, errnop);
}

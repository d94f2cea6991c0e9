#include "outcome.h"

#include <netdb.h>

/** What NSS is told of one outcome. */
struct verdict {
    enum nss_status status;
    int error;
    int host_error;
};

/*
 * ERANGE and NETDB_INTERNAL are for a short buffer alone: glibc enlarges it for these, and gives up on NETDB_INTERNAL
 * otherwise. An outage is never NOTFOUND. A name that we hold in another family ends the search, and errno 0 lets
 * gethostbyname2_r(3) return 0 as it does after NOTFOUND.
 */
static const struct verdict verdicts[] = {
    [OUTCOME_FOUND] = {NSS_STATUS_SUCCESS, 0, NETDB_SUCCESS},
    [OUTCOME_ABSENT] = {NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
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
    *errnop = verdicts[outcome].error;
    return verdicts[outcome].status;
}

enum nss_status conclude_host(enum outcome outcome, int saved, int *errnop, int *h_errnop)
{
    *h_errnop = verdicts[outcome].host_error;
    return conclude(outcome, saved, errnop);
}

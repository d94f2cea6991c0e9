/** initgroups: initgroups_dyn of the module, called as glibc calls it. User `many` is in 300 groups, 9001 and up. */
#include <stdlib.h>
#include "call.h"
#include "check.h"

#define GROUPS 300

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

/** Calls it with `taken` of `size` places taken; frees the array. Gives the number taken afterwards. */
static long collect(gid_t primary, long taken, long size, long limit, enum nss_status *status)
{
    __typeof__(&_nss_kickback_initgroups_dyn) f = (__typeof__(f))module_function("initgroups_dyn");
    gid_t *groups = calloc((size_t)size + 1, sizeof *groups);
    long start = taken, given = size;
    int error = 77;
    for (long i = 0; i < taken; i++)
        groups[i] = 1 + (gid_t)i;
    *status = f("many", primary, &start, &size, &groups, limit, &error);
    check(size >= given && start <= size && (limit <= 0 || size <= (given > limit ? given : limit)),
          "start %ld, size %ld, limit %ld", start, size, limit);
    for (long i = 0; i < taken; i++)
        check(groups[i] == 1 + (gid_t)i, "what was there was changed");
    for (long i = taken; i < start; i++)
        check(groups[i] > 9000 && groups[i] <= 9000 + GROUPS && groups[i] != primary, "gid %u", groups[i]);
    free(groups);
    return start;
}

int main(void)
{
    enum nss_status status;
    load_module();
    for (long size = 1; size < 20; size++)
        check(collect(5, 1, size, -1, &status) == 1 + GROUPS && status == NSS_STATUS_SUCCESS, "size %ld", size);
    check(collect(5, 0, 0, 0, &status) == GROUPS && status == NSS_STATUS_SUCCESS, "no place at first");
    tested("initgroups_dyn honours *start and enlarges the array");
    for (long limit = 1; limit < 20; limit++)
        check(collect(5, 1, 1, limit, &status) == limit && status == NSS_STATUS_SUCCESS, "limit %ld", limit);
    check(collect(5, 1, 1, 1000, &status) == 1 + GROUPS, "a limit that is not reached");
    check(collect(5, 8, 16, 4, &status) == 16 && status == NSS_STATUS_SUCCESS, "a limit below the size");
    tested("the limit is a hard cap, and no error");
    check(collect(9001, 1, 1, -1, &status) == GROUPS && collect(9300, 1, 1, -1, &status) == GROUPS, "the primary gid");
    tested("the primary gid is not repeated");
    return 0;
}

/** initgroups: the groups that name a user as member (getgrouplist(3)). */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include "lookup.h"
#include "module.h"

#define FIXED ((uint32_t)sizeof(struct kb_initgroups))

/** The caller's array: `taken` of `*size` elements are taken, and it may grow to `limit` elements (0 or less: any number). */
struct gids {
    gid_t primary;
    long int taken, *start, *size, limit;
    gid_t **groups;
};

ALWAYS_INLINE bool name_matches(const struct record *record, const struct key *key)
{
    return first_string_is(record, FIXED + (uint64_t)4 * FIELD32(record->at, initgroups, gid_count), key);
}

/** Makes room for one more gid. FOUND; SMALL: the limit is reached; RESOURCES. */
ALWAYS_INLINE enum outcome grow(const struct gids *gids)
{
    if (*gids->start < *gids->size)
        return OUTCOME_FOUND;
    if (gids->limit > 0 && *gids->size >= gids->limit)
        return OUTCOME_SMALL;
    long int size = *gids->size > 0 ? 2 * *gids->size : 16;
    if (gids->limit > 0 && size > gids->limit)
        size = gids->limit;
    gid_t *groups = realloc(*gids->groups, (size_t)size * sizeof *groups);
    if (groups == NULL)
        return OUTCOME_RESOURCES;
    *gids->groups = groups;
    *gids->size = size;
    return OUTCOME_FOUND;
}

/** Adds a record's gids to the caller's. What does not fit under the limit is left out: a hard cap, and no error. */
ALWAYS_INLINE enum outcome fill_gids(const struct record *record, const struct filling *filling)
{
    const struct gids *gids = filling->result;
    uint32_t count = FIELD32(record->at, initgroups, gid_count);
    if (count > (record->size - FIXED) / 4)
        return OUTCOME_DAMAGED;
    *gids->start = gids->taken;
    for (uint32_t i = 0; i < count; i++) {
        gid_t gid = load32(record->at + FIXED + (size_t)4 * i);
        if (!is_given(&filling->floors->gid, gid) || gid == gids->primary)
            continue;
        enum outcome outcome = grow(gids);
        if (outcome != OUTCOME_FOUND)
            return outcome == OUTCOME_SMALL ? OUTCOME_FOUND : outcome;
        (*gids->groups)[(*gids->start)++] = gid;
    }
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(INITGROUPS, NAME, initgroups),
    .asks = ASKED_NAME,
    .matches = name_matches,
    .fills = fill_gids,
    .parts = 1,
};

enum nss_status _nss_kickback_initgroups_dyn(const char *user, gid_t group, long int *start, long int *size,
                                             gid_t **groups, long int limit, int *errnop)
{
    int saved = errno;
    size_t length;
    if (!is_name(user, &length))
        return conclude(OUTCOME_ABSENT, saved, errnop);
    struct gids gids = {
        .primary = group, .taken = *start, .start = start, .size = size, .limit = limit, .groups = groups};
    struct key key = key_of(user, length);
    struct filling filling = {.result = &gids};
    enum outcome outcome = look_up(&by_name, &key, &filling);
    /* What was added from a snapshot that turned out to be emptied is not used. */
    if (outcome != OUTCOME_FOUND)
        *start = gids.taken;
    return conclude(outcome, saved, errnop);
}

/** group: groups by name and by gid (getgrnam(3)). */
#include <grp.h>
#include "enumerate.h"
#include "lookup.h"
#include "module.h"

#define FIXED ((uint32_t)sizeof(struct kb_group))

/** Where a group's strings start: behind the offsets of its members. */
static uint64_t strings_at(const struct record *record)
{
    return FIXED + (uint64_t)4 * FIELD32(record->at, group, member_count);
}

ALWAYS_INLINE bool name_matches(const struct record *record, const struct key *key)
{
    return first_string_is(record, strings_at(record), key);
}

ALWAYS_INLINE bool gid_matches(const struct record *record, const struct key *key)
{
    return FIELD32(record->at, group, gid) == load32(key->bytes);
}

/** A record as a struct group. There is none if the gid is not given. */
ALWAYS_INLINE enum outcome fill_group(const struct record *record, const struct filling *filling)
{
    const uint8_t *at = record->at;
    struct room room = filling->room;
    uint32_t count = FIELD32(at, group, member_count), size = FIELD32(at, group, strings_size);
    uint32_t password = FIELD32(at, group, passwd);
    uint64_t start = FIXED + (uint64_t)4 * count;
    gid_t gid = FIELD32(at, group, gid);
    if (start > record->size || size > record->size - start || password >= size)
        return OUTCOME_DAMAGED;
    if (!is_given(&filling->floors->gid, gid))
        return OUTCOME_ABSENT;
    char **members = room_take_aligned(&room, ((size_t)count + 1) * sizeof *members);
    char *strings = members == NULL ? NULL : room_take_strings(&room, at + start, size);
    if (strings == NULL)
        return OUTCOME_SMALL;
    if (!point_at_strings(members, count, at + FIXED, strings, size))
        return OUTCOME_DAMAGED;
    *(struct group *)filling->result =
        (struct group){.gr_name = strings, .gr_passwd = strings + password, .gr_gid = gid, .gr_mem = members};
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(GROUP, NAME, group),
    .asks = ASKED_NAME,
    .matches = name_matches,
    .fills = fill_group,
    .parts = 1,
};
static const struct access by_gid = {
    ACCESS_BY(GROUP, ID, group),
    .asks = ASKED_ID,
    .matches = gid_matches,
    .fills = fill_group,
    .parts = 1,
};
static struct enumeration groups = {.source = &public_source};

enum nss_status _nss_kickback_getgrnam_r(const char *name, struct group *result, char *buffer, size_t buflen,
                                         int *errnop)
{
    return look_up_name(&by_name, name, result, buffer, buflen, errnop);
}

enum nss_status _nss_kickback_getgrgid_r(gid_t gid, struct group *result, char *buffer, size_t buflen, int *errnop)
{
    return look_up_id(&by_gid, gid, result, buffer, buflen, errnop);
}

ENUMERATION_ENDS(groups, _nss_kickback_setgrent, _nss_kickback_endgrent)

enum nss_status _nss_kickback_getgrent_r(struct group *result, char *buffer, size_t buflen, int *errnop)
{
    return enumeration_entry(&groups, &by_name, result, buffer, buflen, errnop);
}

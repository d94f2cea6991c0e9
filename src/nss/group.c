/** group: groups by name and by gid (getgrnam(3)). */
#include <errno.h>
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

static bool name_matches(const struct record *record, const struct key *key)
{
    return first_string_is(record, strings_at(record), key);
}

static bool gid_matches(const struct record *record, const struct key *key)
{
    return FIELD32(record->at, group, gid) == load32(key->bytes);
}

/** Puts pointers to the members, and NULL, at `members`. False: an offset leads outside the strings. */
static bool point_at_members(char **members, uint32_t count, const uint8_t *offsets, char *strings, uint32_t size)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = load32(offsets + (size_t)4 * i);
        if (offset >= size)
            return false;
        members[i] = strings + offset;
    }
    members[count] = NULL;
    return true;
}

/** A record as a struct group. There is none if the gid is not given. */
static enum outcome fill_group(const struct record *record, const struct filling *filling)
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
    if (!point_at_members(members, count, at + FIXED, strings, size))
        return OUTCOME_DAMAGED;
    *(struct group *)filling->result =
        (struct group){.gr_name = strings, .gr_passwd = strings + password, .gr_gid = gid, .gr_mem = members};
    return OUTCOME_FOUND;
}

static enum outcome find_name(const struct map *map, const struct key *key, struct record *record)
{
    return index_find(map, KB_SECTION_GROUP, KB_SECTION_GROUP_BY_NAME, FIXED, key, name_matches, record);
}

static enum outcome find_gid(const struct map *map, const struct key *key, struct record *record)
{
    return index_find(map, KB_SECTION_GROUP, KB_SECTION_GROUP_BY_ID, FIXED, key, gid_matches, record);
}

static const struct access by_name = {
    .database = KB_DATABASE_GROUP,
    .section = KB_SECTION_GROUP,
    .fixed = FIXED,
    .finds = find_name,
    .matches = name_matches,
    .fills = fill_group,
    .parts = 1,
};
static const struct access by_gid = {
    .database = KB_DATABASE_GROUP,
    .section = KB_SECTION_GROUP,
    .fixed = FIXED,
    .finds = find_gid,
    .matches = gid_matches,
    .fills = fill_group,
    .parts = 1,
};

enum nss_status _nss_kickback_getgrnam_r(const char *name, struct group *result, char *buffer, size_t buflen,
                                         int *errnop)
{
    int saved = errno;
    size_t length;
    if (!is_name(name, &length))
        return conclude(OUTCOME_ABSENT, saved, errnop);
    struct key key = key_of(name, length);
    struct asked asked = {.type = ASKED_NAME, .bytes = name, .length = length};
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude(look_up(&by_name, &key, &asked, &filling), saved, errnop);
}

enum nss_status _nss_kickback_getgrgid_r(gid_t gid, struct group *result, char *buffer, size_t buflen, int *errnop)
{
    int saved = errno;
    if (!is_id(gid))
        return conclude(OUTCOME_ABSENT, saved, errnop);
    uint32_t id = gid;
    struct key key = key_of(&id, sizeof id);
    struct asked asked = {.type = ASKED_ID, .id = id};
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude(look_up(&by_gid, &key, &asked, &filling), saved, errnop);
}

static struct enumeration groups = {.source = &public_source};

enum nss_status _nss_kickback_setgrent(int stayopen)
{
    (void)stayopen;
    enumeration_end(&groups);
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_kickback_endgrent(void)
{
    enumeration_end(&groups);
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_kickback_getgrent_r(struct group *result, char *buffer, size_t buflen, int *errnop)
{
    int saved = errno;
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    return conclude(enumeration_next(&groups, &by_name, &filling), saved, errnop);
}

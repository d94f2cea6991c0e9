/**
 * shadow: password hashes, for those who may read them (getspnam(3)). The snapshot is unmapped after each look-up: a
 * process that gives its privileges up must not keep everyone's hashes in its memory.
 */
#include <errno.h>
#include <shadow.h>
#include "enumerate.h"
#include "lookup.h"
#include "module.h"
#include "passwd.h"

#define FIXED ((uint32_t)sizeof(struct kb_shadow))

static bool name_matches(const struct record *record, const struct key *key)
{
    return first_string_is(record, FIXED, key);
}

/** A record as a struct spwd. Root's is never given, whatever a snapshot says, nor that of a user who is not. */
static enum outcome fill_shadow(const struct record *record, const struct filling *filling)
{
    const uint8_t *at = record->at;
    struct room room = filling->room;
    uint32_t size = FIELD16(at, shadow, strings_size), password = FIELD16(at, shadow, passwd);
    uint32_t flag = FIELD32(at, shadow, flag);
    if (size > record->size - FIXED || password >= size)
        return OUTCOME_DAMAGED;
    char *strings = room_take_strings(&room, at + FIXED, size);
    if (strings == NULL)
        return OUTCOME_SMALL;
    if (strcmp(strings, "root") == 0 || is_user_kept_back(strings))
        return OUTCOME_ABSENT;
    *(struct spwd *)filling->result = (struct spwd){
        .sp_namp = strings,
        .sp_pwdp = strings + password,
        .sp_lstchg = (int32_t)FIELD32(at, shadow, last_change),
        .sp_min = (int32_t)FIELD32(at, shadow, min),
        .sp_max = (int32_t)FIELD32(at, shadow, max),
        .sp_warn = (int32_t)FIELD32(at, shadow, warn),
        .sp_inact = (int32_t)FIELD32(at, shadow, inactive),
        .sp_expire = (int32_t)FIELD32(at, shadow, expire),
        .sp_flag = flag == UINT32_MAX ? ~0ul : flag,
    };
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(SHADOW, NAME, shadow),
    .asks = ASKED_NAME,
    .matches = name_matches,
    .fills = fill_shadow,
    .parts = 1,
};

/** Looks up in a map that is opened for this one look-up. */
static enum outcome look_up_once(const struct key *key, struct filling *filling)
{
    for (int tries = 0; tries < RETRIES; tries++) {
        struct map map;
        struct record record;
        bool same;
        enum outcome outcome = map_open(SHADOW_SNAPSHOT, NULL, &map, &same);
        if (outcome != OUTCOME_FOUND)
            return outcome;
        outcome = access_find(&by_name, &map, key, &record);
        if (outcome == OUTCOME_FOUND)
            outcome = fill_from(&by_name, &record, NULL, filling);
        atomic_thread_fence(memory_order_acquire);
        bool whole = !is_emptied(map_state(&map));
        map_close(&map);
        if (whole)
            return outcome;
    }
    return OUTCOME_UNAVAILABLE;
}

enum nss_status _nss_kickback_getspnam_r(const char *name, struct spwd *result, char *buffer, size_t buflen,
                                         int *errnop)
{
    int saved = errno;
    size_t length;
    if (!is_name(name, &length) || strcmp(name, "root") == 0)
        return conclude(OUTCOME_ABSENT, saved, errnop);
    struct key key = key_of(name, length);
    struct filling filling = {.result = result, .room = {buffer, buflen}};
    enum outcome outcome = look_up_once(&key, &filling);
    if (is_for_daemon(outcome)) {
        enum outcome answer = look_up_asked(&by_name, &key, &filling);
        outcome = answer == OUTCOME_UNAVAILABLE && outcome == OUTCOME_DENIED ? outcome : answer;
    }
    return conclude(outcome, saved, errnop);
}

static struct enumeration entries = {.source = &shadow_source};

ENUMERATION_ENDS(entries, _nss_kickback_setspent, _nss_kickback_endspent)

enum nss_status _nss_kickback_getspent_r(struct spwd *result, char *buffer, size_t buflen, int *errnop)
{
    return enumeration_entry(&entries, &by_name, result, buffer, buflen, errnop);
}

/** passwd: users by name and by uid (getpwnam(3)). */
#include <pwd.h>
#include "enumerate.h"
#include "lookup.h"
#include "module.h"
#include "passwd.h"

#define FIXED ((uint32_t)sizeof(struct kb_passwd))

ALWAYS_INLINE bool name_matches(const struct record *record, const struct key *key)
{
    return first_string_is(record, FIXED, key);
}

ALWAYS_INLINE bool uid_matches(const struct record *record, const struct key *key)
{
    return FIELD32(record->at, passwd, uid) == load32(key->bytes);
}

/** Whether pw_passwd is "*", as every record has it; shows it as "x" where the user's shadow entry can be had. */
ALWAYS_INLINE bool show_password(char *password, bool granted)
{
    if (password[0] != '*' || password[1] != '\0')
        return false;
    if (granted)
        password[0] = 'x';
    return true;
}

/**
 * A record as a struct passwd. There is none if uid or primary gid is not given: a user without a primary group can't be, and
 * another group in its place would be one that nobody chose.
 */
ALWAYS_INLINE enum outcome fill_passwd(const struct record *record, const struct filling *filling)
{
    const uint8_t *at = record->at;
    struct room room = filling->room;
    uint32_t size = FIELD16(at, passwd, strings_size), password = FIELD16(at, passwd, passwd);
    uint32_t gecos = FIELD16(at, passwd, gecos), dir = FIELD16(at, passwd, dir), shell = FIELD16(at, passwd, shell);
    uid_t uid = FIELD32(at, passwd, uid);
    gid_t gid = FIELD32(at, passwd, gid);
    if (size > record->size - FIXED || password + 1 >= size || gecos >= size || dir >= size || shell >= size)
        return OUTCOME_DAMAGED;
    if (!is_given(&filling->floors->uid, uid) || !is_given(&filling->floors->gid, gid))
        return OUTCOME_ABSENT;
    char *strings = room_take_strings(&room, at + FIXED, size);
    if (strings == NULL)
        return OUTCOME_SMALL;
    if (!show_password(strings + password, filling->granted))
        return OUTCOME_DAMAGED;
    *(struct passwd *)filling->result = (struct passwd){
        .pw_name = strings,
        .pw_passwd = strings + password,
        .pw_uid = uid,
        .pw_gid = gid,
        .pw_gecos = strings + gecos,
        .pw_dir = strings + dir,
        .pw_shell = strings + shell,
    };
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(PASSWD, NAME, passwd),
    .asks = ASKED_NAME,
    .matches = name_matches,
    .fills = fill_passwd,
    .parts = 1,
};
static const struct access by_uid = {
    ACCESS_BY(PASSWD, ID, passwd),
    .asks = ASKED_ID,
    .matches = uid_matches,
    .fills = fill_passwd,
    .parts = 1,
};
static struct enumeration users = {.source = &public_source};

bool is_user_kept_back(const char *name)
{
    size_t length;
    struct passwd unused;
    struct filling filling = {.result = &unused};
    if (!is_name(name, &length))
        return true;
    struct key key = key_of(name, length);
    return look_up_mapped(&by_name, &key, &filling) == OUTCOME_ABSENT;
}

enum nss_status _nss_kickback_getpwnam_r(const char *name, struct passwd *result, char *buffer, size_t buflen,
                                         int *errnop)
{
    return look_up_name(&by_name, name, result, buffer, buflen, errnop);
}

enum nss_status _nss_kickback_getpwuid_r(uid_t uid, struct passwd *result, char *buffer, size_t buflen, int *errnop)
{
    return look_up_id(&by_uid, uid, result, buffer, buflen, errnop);
}

ENUMERATION_ENDS(users, _nss_kickback_setpwent, _nss_kickback_endpwent)

enum nss_status _nss_kickback_getpwent_r(struct passwd *result, char *buffer, size_t buflen, int *errnop)
{
    return enumeration_entry(&users, &by_name, result, buffer, buflen, errnop);
}

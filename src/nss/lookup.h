/**
 * The way of every look-up: the current map first; if it can't know, the daemon; both give a record, which fills the
 * caller's structure.
 */
#ifndef KICKBACK_LOOKUP_H
#define KICKBACK_LOOKUP_H

#include "current.h"
#include "ids.h"
#include "index.h"
#include "question.h"
#include "room.h"

/** How often a look-up starts anew because its map was emptied under it. Each time there was a newer one. */
#define RETRIES 64

/** What a record is made into: the caller's structure, and the caller's buffer behind it. */
struct filling {
    /** Whether a pw_passwd of "*" is to be shown as "x". */
    bool granted;
    /** Which ids are given to anyone on this machine. */
    const struct floors *floors;
    /** Which part of the record, in an enumeration that gives a record in several (struct access, parts). */
    unsigned part;
    void *result;
    struct room room;
};

/**
 * Makes a record into the caller's structure. The record may turn to zeros meanwhile: whatever it holds, only the record
 * is read and only the room is written. FOUND, SMALL, DAMAGED, or ABSENT where the entry must not be given to anyone.
 */
typedef enum outcome fill(const struct record *record, const struct filling *filling);

/** Finds a record in a map. Outcomes are those of index_find. */
typedef enum outcome find(const struct map *map, const struct key *key, struct record *record);

/** How one database's records are found by one kind of key. */
struct access {
    /** The database's number, the ids of its section of records and of the index, and the size of the fixed part of its records. */
    unsigned database, section, by;
    uint32_t fixed;
    /** What the key is on the wire. */
    enum asked_type asks;
    /** NULL: the record that the index has under the key. */
    find *finds;
    /** Whether a daemon's record has the key that was asked for. NULL: a daemon knows more names than the record tells. */
    match *matches;
    fill *fills;
    /** Of an enumeration: how many entries a record may make; `fills` gives ABSENT for a part that it has not. */
    unsigned parts;
};

/** How an access begins that looks up in the index of a DATABASE by one kind of KEY, whose records are struct kb_TYPE. */
#define ACCESS_BY(DATABASE, KEY, TYPE)                                                       \
    .database = KB_DATABASE_##DATABASE, .section = KB_SECTION_##DATABASE,                    \
    .by = KB_SECTION_##DATABASE##_BY_##KEY, .fixed = sizeof(struct kb_##TYPE)

/** Finds the record of a key in a map. */
ALWAYS_INLINE enum outcome access_find(const struct access *access, const struct map *map, const struct key *key,
                                       struct record *record)
{
    if (access->finds != NULL)
        return access->finds(map, key, record);
    return index_find(map, access->section, access->by, access->fixed, key, access->matches, record);
}

/**
 * Fills from a record of a daemon, with the room as it was at first. What this machine says of ids it has from the map that `reader` holds;
 * NULL: there is none. An account that is in no map has no shadow entry either: its pw_passwd stays "*".
 */
ALWAYS_INLINE enum outcome fill_alone(const struct access *access, const struct record *record, const struct reader *reader,
                                      bool granted, struct filling *filling)
{
    filling->granted = granted;
    filling->floors = reader != NULL ? &reader->map->floors : &least_floors;
    return access->fills(record, filling);
}

/** Fills from a record of a map, as fill_alone does. Where shadow was granted all users of the map have shadow entries. */
ALWAYS_INLINE enum outcome fill_from(const struct access *access, const struct record *record, const struct reader *reader,
                                     struct filling *filling)
{
    return fill_alone(access, record, reader, reader != NULL && shadow_granted(reader), filling);
}

/** Looks up in the current map if it is there and nothing is due. UNKNOWN: that can't tell. */
ALWAYS_INLINE enum outcome look_up_at_once(const struct access *access, const struct key *key,
                                           struct filling *filling)
{
    struct reader reader;
    struct record record;
    if (!source_enter_at_once(&public_source, &reader))
        return OUTCOME_UNKNOWN;
    enum outcome outcome = access->finds != NULL
                               ? access->finds(reader.map, key, &record)
                               : index_find_at_once(reader.map, access->section, access->by, access->fixed, key,
                                                    access->matches, &record);
    if (outcome == OUTCOME_FOUND)
        outcome = fill_from(access, &record, &reader, filling);
    return source_leave(&reader) ? outcome : OUTCOME_UNKNOWN;
}

/** Looks up in the current map alone. Besides index_find's and fill's outcomes: those of source_enter. */
ALWAYS_INLINE enum outcome look_up_mapped(const struct access *access, const struct key *key,
                                          struct filling *filling)
{
    for (int tries = 0; tries < RETRIES; tries++) {
        struct reader reader;
        struct record record;
        enum outcome outcome = source_enter(&public_source, &reader);
        if (outcome != OUTCOME_FOUND)
            return outcome;
        outcome = access_find(access, reader.map, key, &record);
        if (outcome == OUTCOME_FOUND)
            outcome = fill_from(access, &record, &reader, filling);
        if (source_leave(&reader))
            return outcome;
    }
    return OUTCOME_UNAVAILABLE;
}

/** Asks the daemon what the map could not know, and fills from its record. */
enum outcome look_up_asked(const struct access *access, const struct key *key, struct filling *filling);

/** Whether the daemon is to be asked after this outcome of the map. */
static inline bool is_for_daemon(enum outcome outcome)
{
    return outcome == OUTCOME_UNKNOWN || outcome == OUTCOME_UNAVAILABLE || outcome == OUTCOME_DENIED ||
           outcome == OUTCOME_RESOURCES;
}

/**
 * Looks up whatever it takes: opens or compares the map where that is due, and asks the daemon where the map can't know. What
 * `key` and `result` point to is the caller's. Never gives UNKNOWN.
 */
enum outcome look_up_fully(const struct access *access, struct key key, void *result, struct room room);

/** The same to the status, as `conclude` gives it. */
enum nss_status look_up_to_status(const struct access *access, struct key key, void *result, struct room room, int *errnop);

/**
 * Looks up by `key`. Never gives UNKNOWN. What is nearly always enough is one piece of code; all else is behind one call, which takes
 * values, so that nothing needs to be in memory for it.
 */
ALWAYS_INLINE enum outcome look_up(const struct access *access, const struct key *key, struct filling *filling)
{
    enum outcome outcome = look_up_at_once(access, key, filling);
    return outcome != OUTCOME_UNKNOWN ? outcome : look_up_fully(access, *key, filling->result, filling->room);
}

/** Looks up by a key: from the caller's structure and buffer to the status. */
ALWAYS_INLINE enum nss_status look_up_account(const struct access *access, const struct key *key, void *result,
                                              struct room room, int *errnop)
{
    struct filling filling = {.result = result, .room = room};
    enum outcome outcome = look_up_at_once(access, key, &filling);
    if (outcome == OUTCOME_FOUND)
        return NSS_STATUS_SUCCESS;
    if (outcome != OUTCOME_UNKNOWN)
        return conclude_otherwise(outcome, errnop);
    return look_up_to_status(access, *key, result, room, errnop);
}

/** Looks up by a name of any bytes: from the caller's arguments to the status. */
ALWAYS_INLINE enum nss_status look_up_name(const struct access *access, const char *name, void *result, char *buffer,
                                           size_t buflen, int *errnop)
{
    size_t length;
    if (!is_name(name, &length))
        return NSS_STATUS_NOTFOUND;
    struct key key = key_of(name, length);
    return look_up_account(access, &key, result, (struct room){buffer, buflen}, errnop);
}

/** Looks up by a number, as `filling` says. */
ALWAYS_INLINE enum outcome look_up_number(const struct access *access, uint32_t number, struct filling *filling)
{
    struct key key = key_of(&number, sizeof number);
    return look_up(access, &key, filling);
}

/** Looks up by a uid or gid: from the caller's arguments to the status. */
ALWAYS_INLINE enum nss_status look_up_id(const struct access *access, uint32_t id, void *result, char *buffer,
                                         size_t buflen, int *errnop)
{
    struct key key = key_of(&id, sizeof id);
    return is_id(id) ? look_up_account(access, &key, result, (struct room){buffer, buflen}, errnop) : NSS_STATUS_NOTFOUND;
}

/** What look_up_or does where the current map could not tell at once. */
enum outcome look_up_or_fully(find *finds, const struct access *access, const struct key *key, struct filling *filling);

/**
 * Looks up; where neither map nor daemon could tell, `finds` tells what holds then. ABSENT, or nothing for it to look in, from `finds`
 * leaves the outcome as it was.
 */
ALWAYS_INLINE enum outcome look_up_or(find *finds, const struct access *access, const struct key *key,
                                      struct filling *filling)
{
    enum outcome outcome = look_up_at_once(access, key, filling);
    return outcome != OUTCOME_UNKNOWN ? outcome : look_up_or_fully(finds, access, key, filling);
}

#endif

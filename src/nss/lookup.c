/** The way of a look-up: the map first, the daemon where the map can't know. */
#include "lookup.h"

/** Fills from a daemon's record. The rule of ids is that of the current map, if there is one. */
static enum outcome fill_from_reply(const struct access *access, const struct record *record,
                                    struct filling *filling)
{
    for (int tries = 0; tries < RETRIES; tries++) {
        struct reader reader;
        if (source_enter(&public_source, &reader) != OUTCOME_FOUND)
            break;
        enum outcome outcome = fill_alone(access, record, &reader, false, filling);
        if (source_leave(&reader))
            return outcome;
    }
    return fill_alone(access, record, NULL, false, filling);
}

/** A key as the protocol has it. */
static struct asked asked_of(const struct access *access, const struct key *key)
{
    if (access->asks == ASKED_ID)
        return (struct asked){.type = ASKED_ID, .id = load32(key->bytes)};
    return (struct asked){.type = access->asks, .bytes = key->bytes, .length = key->length};
}

enum outcome look_up_asked(const struct access *access, const struct key *key, struct filling *filling)
{
    struct reply reply;
    struct asked asked = asked_of(access, key);
    enum outcome outcome = question_ask(access->database, &asked, &reply);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    bool is_it = reply.record.size >= access->fixed && (access->matches == NULL || access->matches(&reply.record, key));
    outcome = is_it ? fill_from_reply(access, &reply.record, filling) : OUTCOME_DAMAGED;
    /* A hash must not stay in the memory of a process that may give its privileges up. */
    if (outcome == OUTCOME_SMALL && access->database != KB_DATABASE_SHADOW)
        reply_keep(&reply);
    else
        reply_free(&reply);
    return outcome;
}

enum outcome look_up_fully(const struct access *access, struct key key, void *result, struct room room)
{
    struct filling filling = {.result = result, .room = room};
    enum outcome outcome = look_up_mapped(access, &key, &filling);
    return is_for_daemon(outcome) ? look_up_asked(access, &key, &filling) : outcome;
}

enum nss_status look_up_to_status(const struct access *access, struct key key, void *result, struct room room, int *errnop)
{
    int saved = errno;
    return conclude(look_up_fully(access, key, result, room), saved, errnop);
}

enum outcome look_up_or_fully(find *finds, const struct access *access, const struct key *key, struct filling *filling)
{
    enum outcome outcome = look_up_fully(access, *key, filling->result, filling->room);
    if (outcome != OUTCOME_LATE && !is_for_daemon(outcome))
        return outcome;
    struct access alone = *access;
    alone.finds = finds;
    enum outcome other = look_up_mapped(&alone, key, filling);
    return other == OUTCOME_ABSENT || is_for_daemon(other) ? outcome : other;
}

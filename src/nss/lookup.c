#include "lookup.h"

enum outcome look_up_asked(const struct access *access, const struct asked *asked, const struct key *key, bool granted,
                           const struct filling *filling)
{
    struct reply reply;
    enum outcome outcome = question_ask(access->database, asked, &reply);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    bool is_it = reply.record.size >= access->fixed && (access->matches == NULL || access->matches(&reply.record, key));
    outcome = is_it ? fill_from(access, &reply.record, granted, filling) : OUTCOME_DAMAGED;
    /* A hash must not stay in the memory of a process that may give its privileges up. */
    if (outcome == OUTCOME_SMALL && access->database != KB_DATABASE_SHADOW)
        reply_keep(&reply);
    else
        reply_free(&reply);
    return outcome;
}

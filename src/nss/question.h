/** Questions to the daemon in the kickback protocol (docs/protocol.md), and what is read of its replies. */
#ifndef KICKBACK_QUESTION_H
#define KICKBACK_QUESTION_H

#include <stddef.h>
#include <stdint.h>
#include "index.h"
#include "socket.h"

/** What a question's key is on the wire. */
enum asked_type { ASKED_NAME, ASKED_TEXT, ASKED_ID, ASKED_ADDRESS };

/** A question's key: bytes of a name (ASKED_TEXT where the protocol wants text: host names), an id, or an address or MAC. */
struct asked {
    enum asked_type type;
    const void *bytes;
    size_t length;
    uint32_t id;
};

/** A record from the daemon, in memory of its own. */
struct reply {
    struct body body;
    struct record record;
};

/**
 * Asks for one record of a database (one of KB_DATABASE_). FOUND: *reply is to be freed or kept. ABSENT, or an outcome of
 * socket_ask. A reply that was kept for this question by this thread moments ago is taken instead of asking.
 */
enum outcome question_ask(unsigned database, const struct asked *asked, struct reply *reply);

/** Frees a reply. */
void reply_free(struct reply *reply);

/**
 * Keeps a reply whose record did not fit into the caller's buffer, for the caller's next try: huge groups are fetched once,
 * not once for each doubling. One is kept in a process; the next that is kept, or any other question, frees it.
 */
void reply_keep(struct reply *reply);

#endif

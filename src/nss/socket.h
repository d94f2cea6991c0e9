/** One question to the daemon: one connection, one deadline for all of it, nothing kept. */
#ifndef KICKBACK_SOCKET_H
#define KICKBACK_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include "outcome.h"

/** How long a question may take in all, connecting included. */
#define DEADLINE_MILLISECONDS 1000

/** Which of the daemon's sockets: that for everyone, or that for those who may read shadow entries. */
enum door { PUBLIC_DOOR, PRIVATE_DOOR };

/** The body of a reply, in memory of its own behind `offset` spare bytes. */
struct body {
    uint8_t *memory;
    size_t mapped;
    const uint8_t *at;
    uint32_t length;
};

/** Frees a body. */
void body_free(struct body *body);

/** Whether a frame's body is the reply that is waited for. */
typedef bool awaited(const uint8_t *body, uint32_t length);

/**
 * Sends the parts of a request and reads frames until `is_awaited`; *body is then to be freed, and begins `spare` bytes
 * into its memory. FOUND, UNAVAILABLE, DENIED, DAMAGED, LATE or RESOURCES. Never asks the process itself or its parent,
 * who would wait for themselves: a daemon that looks names up.
 */
enum outcome socket_ask(enum door door, const struct iovec *parts, int count, awaited *is_awaited, size_t spare,
                        struct body *body);

#endif

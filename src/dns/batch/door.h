/** A UDP socket whose requests come and whose replies go many at a time. Knows no Node. */
#ifndef KICKBACK_DOOR_H
#define KICKBACK_DOOR_H

#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "askers.h"
#include "replies.h"

/** How many requests are taken at a time. */
#define BATCH 64
/** How many bytes of a request lie in its slot: more lie elsewhere, and are rare. */
#define REQUEST_NEAR 640
/** The most bytes of a request: of any datagram. */
#define REQUEST_MAX 65536

/** Where a request came from and which address it was sent to: what its reply needs. The layout is known to batch-socket.ts. */
struct peer {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address;
	/** The address that was asked, where the socket has many: in6_addr, or in_addr in the first four bytes. */
	uint8_t local[16];
	uint32_t interface;
	uint8_t has_local;
	uint8_t unused[15];
};

/** A request as it came. */
struct slot {
	struct peer peer;
	uint8_t request[REQUEST_NEAR];
};

/** What a door counts; shared with JavaScript as doubles. */
struct door_counts {
	/** Requests that were answered here, and batches that held one. */
	double answered;
	double batches;
	/** Replies that the system did not take. */
	double unsent;
	/** Those that were answered here, by response code. */
	double replies[16];
};

/** The rest of a request that is longer than a slot has room for. */
typedef uint8_t far_part[REQUEST_MAX - REQUEST_NEAR];

/** The buffers of all requests of a batch; shared with JavaScript. */
struct door_batch {
	struct slot slots[BATCH];
	uint8_t replies[BATCH][UDP_MAX];
	/** By request: its length and one; 0 where nobody else need look at it. */
	uint32_t waiting[BATCH];
	/** By request: the length of its reply; 0 for none. */
	uint32_t lengths[BATCH];
};

/** What a door answers from by itself. */
struct door_table {
	struct replies *replies;
	struct askers *askers;
};

/** How a door is opened. */
struct door_settings {
	/** Where: address and port, in text. */
	const char *host;
	uint16_t port;
	/** Whether others may have the same address and port, and share the requests. */
	bool shared;
	/** How many bytes of requests may wait in the system. */
	int receive_buffer;
};

/** Opens a socket at an address. Gives the descriptor, or -1 and errno. `wild` says whether it is bound to all addresses. */
int door_open(const struct door_settings *settings, bool *wild);

/** The port that a socket has; 0 if it has none. */
uint16_t door_port(int fd);

/** Takes the pending error of a socket (SO_ERROR) and clears it. Returns an errno; 0 for none. */
int door_error(int fd);

/** Memory for the long requests of a batch; NULL where there is none. What is not written takes none. */
far_part *far_new(void);

/** Gives it back. */
void far_free(far_part *far);

/** A socket and its buffers. */
struct door {
	int fd;
	/** Whether it is bound to all addresses. */
	bool wild;
	struct door_batch *batch;
	far_part *far;
	struct door_counts *counts;
};

/**
 * Takes requests that wait, and writes the replies that a table has (NULL for none); `waiting` has the others. Gives how many came; -1 and
 * errno if the system says no. A request that was sent to many machines at once is dropped.
 */
int door_receive(struct door *door, const struct door_table *table);

/**
 * Sends the replies of the first `count` requests. 0, or the errno of the last one that could not go; those for which the system had no
 * room are counted instead.
 */
int door_reply(struct door *door, int count);

/** Sends one reply to a peer from before. As door_reply. */
int door_send(struct door *door, const struct peer *peer, const uint8_t *reply, size_t size);

#endif

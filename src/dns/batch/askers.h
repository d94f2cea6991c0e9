/** The addresses that may ask, as far as they have asked: a table of fixed size. Knows no sockets and no Node. */
#ifndef KICKBACK_ASKERS_H
#define KICKBACK_ASKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What an address gets. */
enum admission {
	/** It is not known: somebody else decides. */
	UNKNOWN = 0,
	/** Replies that are short beside their requests. */
	SHORT = 1,
	/** Replies of any length. */
	WHOLE = 2,
};

/** Addresses of 16 bytes, those of IPv4 as IPv6 maps them. Not for several threads at once. */
struct askers;

/** An empty table; NULL where there is no memory. */
struct askers *askers_new(void);

/** Gives its memory back. */
void askers_free(struct askers *askers);

/** Remembers an address, perhaps in place of another one. */
void askers_admit(struct askers *askers, const uint8_t address[16], enum admission admission);

/** What an address gets. */
enum admission askers_find(const struct askers *askers, const uint8_t address[16]);

#endif

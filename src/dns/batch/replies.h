/** Ready replies to plain questions, found by the question's bytes: the rules of answer/ready.ts in C. Knows no sockets and no Node. */
#ifndef KICKBACK_REPLIES_H
#define KICKBACK_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most bytes of a reply by UDP. */
#define UDP_MAX 1232

/** Ready replies. Not for several threads at once. */
struct replies;

/** An empty table; NULL where there is no memory. */
struct replies *replies_new(void);

/** Gives all its memory back. */
void replies_free(struct replies *replies);

/**
 * Keeps a plain reply, one without OPT whose header says what every asker is told. `passing`: the name is one that anybody can invent, so its
 * reply takes the place of another one. `serial_at`: where the serial of its SOA record stands, 0 if it has none. Whatever is no reply with one question
 * of class IN, has no serial there, or finds no memory, is not kept.
 */
void replies_keep(struct replies *replies, const uint8_t *plain, size_t size, bool passing, size_t serial_at);

/** From now on, the SOA records in replies have this serial. */
void replies_renumber(struct replies *replies, uint32_t serial);

/** How many replies are ready, without the passing ones. */
uint32_t replies_count(const struct replies *replies);

/**
 * Writes the reply to a request by UDP and gives its size, where the request is a plain question (with an OPT record without options, or
 * none) whose reply is ready and fits; else 0, whatever the bytes. `reply` has room for UDP_MAX bytes.
 */
size_t replies_find(const struct replies *replies, const uint8_t *request, size_t size, uint8_t *reply);

#endif

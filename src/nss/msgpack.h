/**
 * As much of msgpack as the module reads (https://github.com/msgpack/msgpack/blob/master/spec.md): maps, strings, bytes and
 * integers out of bytes that anyone may have sent. Nothing before `at` or from `end` on is read, and nothing recurses.
 */
#ifndef KICKBACK_MSGPACK_H
#define KICKBACK_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A message under reading: what is left of it. */
struct msgpack {
    const uint8_t *at, *end;
};

/** Reads the head of a map: its number of pairs of key and value. False: there is no map here. */
bool msgpack_map(struct msgpack *message, uint32_t *pairs);

/** Reads a string or bytes; they stay where they are in the message. False: there are none here. */
bool msgpack_bytes(struct msgpack *message, const uint8_t **bytes, uint32_t *length);

/** Reads an integer of any width. False: there is none here, or it is above INT64_MAX. */
bool msgpack_integer(struct msgpack *message, int64_t *value);

/** Reads over one value of any type, with all that is in it. False: the message ends within. */
bool msgpack_skip(struct msgpack *message);

#endif

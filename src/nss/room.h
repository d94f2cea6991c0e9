/** The caller's buffer, given out from its start. */
#ifndef KICKBACK_ROOM_H
#define KICKBACK_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "load.h"

/** What is left of a caller's buffer. */
struct room {
    char *at;
    size_t left;
};

/** Takes `size` bytes. NULL: there are not so many. */
static inline void *room_take(struct room *room, size_t size)
{
    if (size > room->left)
        return NULL;
    void *taken = room->at;
    room->at += size;
    room->left -= size;
    return taken;
}

/** Takes `size` bytes that start where any pointer may stand; what is skipped to get there counts. */
static inline void *room_take_aligned(struct room *room, size_t size)
{
    size_t padding = -(uintptr_t)room->at % sizeof(void *);
    if (padding > room->left || size > room->left - padding)
        return NULL;
    room_take(room, padding);
    return room_take(room, size);
}

/**
 * Takes room for strings that stand side by side, and copies them; the last byte becomes NUL whatever it was, so every
 * offset below `size` is a string. `size` is at least 1.
 */
static inline char *room_take_strings(struct room *room, const uint8_t *strings, size_t size)
{
    char *copy = room_take(room, size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, strings, size);
    copy[size - 1] = '\0';
    return copy;
}

/** Puts pointers to `count` of these strings, and NULL, at `list`. False: one of the offsets (32 bits each) leads outside them. */
static inline bool point_at_strings(char **list, uint32_t count, const uint8_t *offsets, char *strings, uint32_t size)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = load32(offsets + (size_t)4 * i);
        if (offset >= size)
            return false;
        list[i] = strings + offset;
    }
    list[count] = NULL;
    return true;
}

#endif

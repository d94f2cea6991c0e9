/**
 * Which uids and gids leave the module, whatever snapshot or daemon they come from: never root's, never "no id", and none of
 * the system's own below the machine's floors but those that its settings name.
 */
#ifndef KICKBACK_IDS_H
#define KICKBACK_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "layout.h"
#include "load.h"

/** What a machine says of one kind of id. */
struct floor {
    /** Ids from here up are given. At least KB_FLOOR_LEAST. */
    uint32_t least;
    /** How many ids below it are exceptions, which are given; they are at `exceptions`, 32 bits each, ascending. */
    uint32_t exception_count;
    const uint8_t *exceptions;
};

/** What a machine says of both kinds. */
struct floors {
    struct floor uid, gid;
};

/** What holds where nobody said anything. */
static const struct floors least_floors = {.uid = {.least = KB_FLOOR_LEAST}, .gid = {.least = KB_FLOOR_LEAST}};

/** Whether this can be anyone's id: not root's, nor (uid_t)-1, which setreuid(2) and chown(2) take for "leave it as it is". */
static inline bool is_id(uint32_t id)
{
    return id + 1 > 1;
}

/** Whether an id is among the exceptions. */
static inline bool is_excepted(const struct floor *floor, uint32_t id)
{
    uint32_t from = 0, to = floor->exception_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2, exception = load32(floor->exceptions + (size_t)4 * middle);
        if (exception == id)
            return true;
        if (exception < id)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

/** Whether an id is given to anyone. */
static inline bool is_given(const struct floor *floor, uint32_t id)
{
    return is_id(id) && (id >= floor->least || is_excepted(floor, id));
}

#endif

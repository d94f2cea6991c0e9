/**
 * Numbers out of bytes that may stand at any address and may turn to zeros while they are read (see current.h). Each load
 * reads memory exactly once, so that what was checked is what is used.
 */
#ifndef KICKBACK_LOAD_H
#define KICKBACK_LOAD_H

#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "snapshots are little-endian, and so must be the machine"
#endif

/** The way of a look-up is one piece of code for each access, whose functions are then no calls: a sixth of its instructions less. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

struct load16 {
    uint16_t value;
} __attribute__((packed, may_alias));
struct load32 {
    uint32_t value;
} __attribute__((packed, may_alias));
struct load64 {
    uint64_t value;
} __attribute__((packed, may_alias));

/** The 16-bit number at `at`. */
static inline uint32_t load16(const uint8_t *at)
{
    return ((const volatile struct load16 *)at)->value;
}

/** The 32-bit number at `at`. */
static inline uint32_t load32(const uint8_t *at)
{
    return ((const volatile struct load32 *)at)->value;
}

/** The 64-bit number at `at`. */
static inline uint64_t load64(const uint8_t *at)
{
    return ((const volatile struct load64 *)at)->value;
}

/** A field of the structure `struct kb_TYPE` that starts at `at`. */
#define FIELD8(at, type, field) (*(const volatile uint8_t *)((at) + offsetof(struct kb_##type, field)))
#define FIELD16(at, type, field) load16((at) + offsetof(struct kb_##type, field))
#define FIELD32(at, type, field) load32((at) + offsetof(struct kb_##type, field))
#define FIELD64(at, type, field) load64((at) + offsetof(struct kb_##type, field))

#endif

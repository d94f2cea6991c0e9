/**
 * The snapshot that is current, for readers in any number of threads: found without a lock, held while it is read, replaced
 * when a newer one was published, unmapped when nobody reads it any more.
 *
 * A source has a few slots for maps. `current` is one word: which slot, and a sequence number that makes every value new.
 * A reader says at its desk which slot it enters, looks at `current` again, reads, and says that it left. Whoever replaces
 * the map changes `current`, and looks at the desks no sooner than REST later: either the reader saw that the map is no
 * longer current, or the other sees the reader.
 *
 * Why REST: the reader's store and its second look are not ordered by a fence, since a fence costs as much as the look-up
 * (it keeps the processor from overlapping the cache misses of one look-up with the next). A processor holds a store back
 * for nanoseconds to microseconds, and no longer than to the next interrupt; a thread that is switched out or a guest that
 * is stopped has none left. REST is a thousand times that. Readers without a desk are counted, with fences.
 *
 * Why not membarrier(2), by the thread that replaces the map: its private expedited barrier would prove in microseconds what REST
 * only waits for. But a process has to register for it first. In a process of several threads that waits until the kernel has seen
 * all of them, 6 to 38 ms as measured on Linux 6.18, in the middle of a look-up; REST makes no look-up wait. It is also a system call
 * that programs which call the C library's files never make: a seccomp filter with SECCOMP_RET_KILL would end them for it, and
 * nothing that a program may always call tells of such a filter beforehand. And REST would have to stay for older kernels.
 *
 * Nothing here waits for another thread, so that a fork at any moment leaves a child at worst with a slot that it can't use.
 */
#ifndef KICKBACK_CURRENT_H
#define KICKBACK_CURRENT_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "map.h"
#include "seconds.h"

/**
 * Maps that a source can hold at once: the current one, one for each of four abandoned enumerations, and those that slow
 * readers are still in.
 */
#define SLOTS 16
/** Threads that have a desk of their own; those beyond share counters. */
#define DESKS 256
/** How many desks a thread may choose from. */
#define DESKS_TRIED 4
/** How long after a map was replaced the desks are looked at, in milliseconds. */
#define REST 10
#define CACHE_LINE 64

/** What holds a map. */
struct slot {
    /** One of the phases in current.c. */
    _Alignas(CACHE_LINE) _Atomic uint32_t phase;
    /** The state word that readers need not look into: that of a current file, or one that turned out to change nothing. */
    _Atomic uint32_t accepted;
    /** In the lower half the enumerations that are in the middle of this map, in the upper how often one began to be. */
    _Alignas(8) _Atomic uint64_t pins;
    /** When the map was replaced or last let go by an enumeration, in milliseconds of CLOCK_MONOTONIC. */
    _Alignas(8) _Atomic int64_t retired;
    struct map map;
};

/**
 * Where one thread says which slot it is in, so that it needs no counter that others write. It belongs to the first thread
 * that comes by, or to a later one at the same address; nobody gives it back.
 */
struct desk {
    /** The thread's own_address. 0: of no thread. */
    _Alignas(CACHE_LINE) _Atomic uintptr_t thread;
    /** The slot plus 1 that the thread is in. 0: none. */
    _Atomic uint32_t busy;
};

/** Snapshots of one kind, in the order of time. */
struct source {
    /** 0: none; else the sequence number times 256, and the slot plus 1. */
    _Alignas(CACHE_LINE) _Atomic uint64_t current;
    /** The second in which the path was last compared with the current map's file. */
    _Atomic uint32_t compared;
    enum kind kind;
    /** Whether readers have desks. Without them an old map is unmapped at once. */
    bool has_desks;
    /** Readers of each slot that have no desk, or are at it already (a signal's handler in the middle of a look-up). */
    _Alignas(CACHE_LINE) _Atomic uint32_t guests[SLOTS];
    struct slot slots[SLOTS];
    struct desk desks[DESKS];
};

/** A reader's hold on a map. */
struct reader {
    const struct map *map;
    struct slot *slot;
    /** The reader's desk; NULL: it is one of the slot's guests. */
    struct desk *desk;
    _Atomic uint32_t *guests;
    /** The state word, read when the reader entered. */
    uint32_t state;
};

/** The public snapshots of this process. */
extern struct source public_source;
/** The shadow snapshots of this process, held only while they are enumerated. */
extern struct source shadow_source;

/** Ends a hold without looking at the map again. */
ALWAYS_INLINE void source_count_out(const struct reader *reader)
{
    if (reader->desk != NULL)
        atomic_store_explicit(&reader->desk->busy, 0, memory_order_release);
    else
        atomic_fetch_sub(reader->guests, 1);
}

/** The slot of a value of `current` that has one. */
static inline unsigned source_slot(uint64_t word)
{
    return (unsigned)(word & 0xff) - 1;
}

/** An address that no other thread has meanwhile: where it has what is its own (TLS), or its errno. It costs no call where it can. */
static inline uintptr_t own_address(void)
{
#if (defined __x86_64__ || defined __aarch64__) && defined __has_builtin
#if __has_builtin(__builtin_thread_pointer)
    return (uintptr_t)__builtin_thread_pointer();
#endif
#endif
    return (uintptr_t)&errno;
}

/** Where the desks begin that a thread may have. */
static inline unsigned first_desk(uintptr_t thread)
{
    return (unsigned)((uint64_t)(thread >> 6) * 0x9e3779b97f4a7c15u >> 56);
}
_Static_assert(DESKS == 256, "first_desk takes the upper eight bits");

/** This thread's desk, which it takes if it has none yet; NULL: those that it may have belong to others. */
struct desk *source_find_desk(struct source *source, uintptr_t thread);

/** This thread's desk, or NULL. */
ALWAYS_INLINE struct desk *own_desk(struct source *source)
{
    uintptr_t thread = own_address();
    struct desk *desk = &source->desks[first_desk(thread)];
    if (atomic_load_explicit(&desk->thread, memory_order_relaxed) == thread)
        return desk;
    return source_find_desk(source, thread);
}

/** Holds the map of a slot that is pinned, for one step of an enumeration. The pin must be looked at again afterwards. */
ALWAYS_INLINE void source_enter_slot(struct source *source, unsigned slot, struct reader *reader)
{
    reader->slot = &source->slots[slot];
    reader->map = &reader->slot->map;
    reader->guests = &source->guests[slot];
    reader->desk = source->has_desks ? own_desk(source) : NULL;
    if (reader->desk != NULL && atomic_load_explicit(&reader->desk->busy, memory_order_relaxed) == 0) {
        atomic_store_explicit(&reader->desk->busy, slot + 1, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
        return;
    }
    reader->desk = NULL;
    atomic_fetch_add(reader->guests, 1);
}

/** Enters the current map. False: there is none, or it was replaced this moment; *word says which. */
ALWAYS_INLINE bool source_enter_current(struct source *source, struct reader *reader, uint64_t *word)
{
    *word = atomic_load(&source->current);
    if ((*word & 0xff) == 0)
        return false;
    source_enter_slot(source, source_slot(*word), reader);
    if (atomic_load(&source->current) != *word) {
        source_count_out(reader);
        return false;
    }
    reader->state = map_state(reader->map);
    return true;
}

/** Whether nothing is due: the state word says nothing new, and the path was compared in this second. */
ALWAYS_INLINE bool source_is_settled(const struct source *source, const struct reader *reader, uint32_t second)
{
    return reader->state == atomic_load_explicit(&reader->slot->accepted, memory_order_relaxed) &&
           second == atomic_load_explicit(&source->compared, memory_order_relaxed);
}

/**
 * Holds the current map if it is there, nothing is due, and this thread sits at no desk yet but has one. False: source_enter
 * is to be called. The clock is asked first, as long as there is little that the processor would have to remember meanwhile.
 */
ALWAYS_INLINE bool source_enter_at_once(struct source *source, struct reader *reader)
{
    uint32_t second = coarse_second();
    struct desk *desk = own_desk(source);
    uint64_t word = atomic_load(&source->current);
    if (desk == NULL || atomic_load_explicit(&desk->busy, memory_order_relaxed) != 0 || (word & 0xff) == 0)
        return false;
    atomic_store_explicit(&desk->busy, source_slot(word) + 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    struct slot *slot = &source->slots[source_slot(word)];
    /* Else the compiler works its address out anew at each use. */
    __asm__("" : "+r"(slot));
    *reader = (struct reader){.map = &slot->map, .slot = slot, .desk = desk};
    if (atomic_load(&source->current) == word) {
        reader->state = map_state(reader->map);
        if (source_is_settled(source, reader, second))
            return true;
    }
    source_count_out(reader);
    return false;
}

/** What source_enter does where the map is not there, or may not be the newest. */
enum outcome source_enter_slowly(struct source *source, struct reader *reader);

/**
 * Holds the current map, opening it or a newer one first where that is due. OUTCOME_FOUND, and then source_leave is to
 * be called; else there is none, and the outcome says why.
 */
ALWAYS_INLINE enum outcome source_enter(struct source *source, struct reader *reader)
{
    uint64_t word;
    if (source_enter_current(source, reader, &word)) {
        if (source_is_settled(source, reader, coarse_second()))
            return OUTCOME_FOUND;
        source_count_out(reader);
    }
    return source_enter_slowly(source, reader);
}

/** Lets the map go. False: it was being emptied meanwhile, and what was read of it may be zeros. */
ALWAYS_INLINE bool source_leave(struct reader *reader)
{
    atomic_thread_fence(memory_order_acquire);
    bool whole = !is_emptied(map_state(reader->map));
    source_count_out(reader);
    return whole;
}

/** Keeps a held map beyond source_leave, until source_unpin. Gives its slot. */
unsigned source_pin(struct source *source, const struct reader *reader);

/** Ends a source_pin. */
void source_unpin(struct source *source, unsigned slot);

/** Stops holding a current map that nobody reads: it is opened anew when it is next wanted. */
void source_drop(struct source *source);

/** Whether a pw_passwd of "*" is to be shown as "x": this machine was granted shadow entries. */
static inline bool shadow_granted(const struct reader *reader)
{
    return reader->map->run_dir && (reader->state & KB_STATE_SHADOW_GRANTED) != 0;
}

#endif

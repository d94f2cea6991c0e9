/** The time in seconds, from memory that the kernel shares: no system call (vdso(7)). */
#ifndef KICKBACK_SECONDS_H
#define KICKBACK_SECONDS_H

#include <stdint.h>
#include <time.h>

/** Seconds of CLOCK_MONOTONIC_COARSE, which is some milliseconds late. */
static inline uint32_t coarse_second(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint32_t)now.tv_sec;
}

#endif

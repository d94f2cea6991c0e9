/**
 * Threads that are cancelled (pthread_cancel(3)) inside the module: not while it makes system calls that are cancellation points
 * (pthreads(7)), since the descriptors and the reader's count that it holds then would stay for good.
 */
#ifndef KICKBACK_CANCELLATION_H
#define KICKBACK_CANCELLATION_H

#include <pthread.h>
#include <stddef.h>

/** Puts cancellation off. Gives what cancellation_restore wants. */
static inline int cancellation_off(void)
{
    int before;
    return pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0 ? before : PTHREAD_CANCEL_ENABLE;
}

/** Lets the thread be cancelled again, if it could be before. */
static inline void cancellation_restore(int before)
{
    pthread_setcancelstate(before, NULL);
}

#endif

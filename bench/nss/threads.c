/*
 * threads SERVICE: nanoseconds of CPU time that a getpwuid_r takes in one thread and in each of eight. Beside the one the other
 * processors are busy with what shares nothing, so that eight are not told as dearer for the speed that the machine then has.
 */
#define _GNU_SOURCE
#include <nss.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOKUPS 300000
#define WARM 20000
#define ROUNDS 5

extern int __nss_configure_lookup(const char *database, const char *services);

static double cost[8];

static void look_up(unsigned *state)
{
    struct passwd user, *found;
    char buffer[1024];
    *state = *state * 1664525 + 1013904223;
    getpwuid_r(100000 + (*state >> 8) % 1000, &user, buffer, sizeof buffer, &found);
}

static double own_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static void *measure(void *argument)
{
    uintptr_t number = (uintptr_t)argument;
    unsigned state = (unsigned)number * 77 + 1;
    for (int i = 0; i < WARM; i++)
        look_up(&state);
    double start = own_time();
    for (int i = 0; i < LOOKUPS; i++)
        look_up(&state);
    cost[number] = (own_time() - start) / LOOKUPS;
    return NULL;
}

static int by_size(const void *one, const void *other)
{
    return *(const double *)one > *(const double *)other ? 1 : -1;
}

/** Starts as many processes that look up by themselves as there are processors besides one, which end with this one. */
static void keep_others_busy(pid_t *busy, long count)
{
    for (long i = 0; i < count; i++) {
        busy[i] = fork();
        if (busy[i] != 0)
            continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (unsigned state = (unsigned)i;;)
            look_up(&state);
    }
}

/** The median over rounds of the mean over threads. */
static double cost_with(int threads)
{
    double rounds[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t all[8];
        rounds[round] = 0;
        for (uintptr_t i = 0; i < (uintptr_t)threads; i++)
            pthread_create(&all[i], NULL, measure, (void *)i);
        for (int i = 0; i < threads; i++) {
            pthread_join(all[i], NULL);
            rounds[round] += cost[i] / threads;
        }
    }
    qsort(rounds, ROUNDS, sizeof *rounds, by_size);
    return rounds[ROUNDS / 2];
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 64;
    __nss_configure_lookup("passwd", arguments[1]);
    long others = sysconf(_SC_NPROCESSORS_ONLN) - 1;
    pid_t busy[others > 0 ? others : 1];
    keep_others_busy(busy, others);
    double one = cost_with(1);
    for (long i = 0; i < others; i++)
        if (busy[i] > 0 && kill(busy[i], SIGKILL) == 0)
            waitpid(busy[i], NULL, 0);
    double eight = cost_with(8);
    printf("%.0f ns in one thread, %.0f ns in each of eight (%.2f)\n", one, eight, eight / one);
    return 0;
}

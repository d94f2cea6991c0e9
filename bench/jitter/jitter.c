/*
 * A job of fixed work, as a tightly coupled job has it between two barriers: jitter SECONDS MICROSECONDS does the same piece of work again and
 * again and measures each. One piece takes about so many microseconds where nothing disturbs it. Prints one line:
 * PIECES LEAST MEDIAN P99 P99.9 P99.99 LONGEST DELAYED LOST, times in microseconds; DELAYED is how many pieces took a tenth longer than the
 * median, LOST which part of the time went beyond the median, in millionths.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The work: each step needs the one before, and no memory. */
static volatile uint64_t result;
static void work(uint64_t steps)
{
	uint64_t value = result | 1;
	for (uint64_t i = 0; i < steps; i++)
		value = value * 6364136223846793005u + 1442695040888963407u;
	result = value;
}

static uint64_t measured(uint64_t steps)
{
	uint64_t begun = now_ns();
	work(steps);
	return now_ns() - begun;
}

/* How many steps take so long where nothing disturbs: by the fastest of some tries. */
static uint64_t steps_for(uint64_t ns)
{
	const uint64_t tried = 100000;
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 2000; i++)
	{
		uint64_t took = measured(tried);
		least = took < least ? took : least;
	}
	return tried * ns / least;
}

static int ascending(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	return left < right ? -1 : left > right;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 64;
	uint64_t seconds = strtoull(argv[1], NULL, 10), piece = strtoull(argv[2], NULL, 10) * 1000;
	uint64_t steps = steps_for(piece), most = seconds * 1200000000u / piece, count = 0;
	uint32_t *times = malloc(most * sizeof *times);
	if (times == NULL || mlockall(MCL_CURRENT) != 0)
		return 1;
	for (uint64_t end = now_ns() + seconds * 1000000000u; count < most && now_ns() < end; count++)
		times[count] = (uint32_t)measured(steps);
	qsort(times, count, sizeof *times, ascending);
	double median = times[count / 2], sum = 0, beyond = 0;
	uint64_t delayed = 0;
	for (uint64_t i = 0; i < count; i++)
	{
		sum += times[i];
		beyond += times[i] > median ? times[i] - median : 0;
		delayed += times[i] > median * 1.1;
	}
	printf("%lu", (unsigned long)count);
	const double parts[] = {0, 0.5, 0.99, 0.999, 0.9999};
	for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
		printf(" %.1f", times[(uint64_t)((double)count * parts[i])] / 1000.0);
	printf(" %.1f %lu %.0f\n", times[count - 1] / 1000.0, (unsigned long)delayed, beyond * 1e6 / sum);
	return 0;
}

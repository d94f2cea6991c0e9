/* A correct program on a machine: asks the C library, which asks our module alone, so many questions a second, until stdin ends, and
 * then prints what came of it as JSON. `once USER` prints the home of a user, as a setuid program would look it up. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../nss/programs/names.h"

extern int __nss_configure_lookup(const char *, const char *);

struct question {
	const char *db, *key, *wanted;
};

/* What the example promises; `?` stands for the machine's own address. */
static const struct question questions[] = {
	{"user", "ada", "1000 1000 /home/ada"},
	{"uid", "1003", "1003 2000 /home/katherine"},
	{"uid", "1500", "1500 1500 /srv/pipeline"},
	{"user", "nosuch", ""},
	{"group", "physics", "2000 ada,katherine"},
	{"gid", "2001", "2001 grace,ada"},
	{"gid", "4242", ""},
	{"groups", "ada", "1000 2000 2001"},
	{"host", "n15", "10.20.30.115"},
	{"host", "n0015", "10.20.30.115"},
	{"host", "smartswitch", "10.20.30.5"},
	{"host", "n99", ""},
	{"host", "master", "10.20.30.1"},
	{"host", "self", "?"},
	{"address", "10.20.30.5", "smartswitch"},
	{"address", "10.20.30.131", "n31"},
	{"netgroup", "n15", "1"},
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Milliseconds that a process's main thread has waited for a processor so far (schedstat, proc(5)). */
static double waited_by(const char *pid)
{
	char path[64];
	unsigned long long ran, waited = 0;
	snprintf(path, sizeof path, "/proc/%s/schedstat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &ran, &waited) != 2)
		waited = 0;
	fclose(file);
	return (double)waited / 1e6;
}

static double waited(char **pids)
{
	double sum = waited_by("self");
	for (; *pids; pids++)
		sum += waited_by(*pids);
	return sum;
}

#define LATE_MS 1000
/* The module itself gives up about then, and what it could not ask is not there: that is late, and not wrong. */
#define GIVEN_UP_MS 900

int main(int argc, char **argv)
{
	static const char *const databases[] = {"passwd", "group", "initgroups", "hosts", "netgroup"};
	for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
		__nss_configure_lookup(databases[i], "kickback");
	char got[128] = "", faults[4096] = "";
	if (argc == 3 && !strcmp(argv[1], "once")) {
		look_up("user", argv[2], got, sizeof got);
		puts(got);
		return 0;
	}
	/* RATE, the machine's address, and the processes that an answer waits for */
	double rate = atof(argv[1]), worst = 0, worst_own = 0, next = now();
	char **pids = argv + 3;
	unsigned long asked = 0, wrong = 0, late = 0, starved = 0;
	struct pollfd end = {.fd = 0, .events = POLLIN};
	for (;; asked++) {
		next += 1000 / rate;
		double wait = next - now();
		if (wait < -1000)
			next = now();
		if (poll(&end, 1, wait > 0 ? (int)wait : 0))
			break;
		const struct question *one = &questions[asked % (sizeof questions / sizeof *questions)];
		double start = now(), before = waited(pids);
		look_up(one->db, one->key, got, sizeof got);
		double took = now() - start, own = took - (waited(pids) - before);
		int is_wrong = strcmp(got, *one->wanted == '?' ? argv[2] : one->wanted) != 0;
		int is_given_up = is_wrong && !*got && took > GIVEN_UP_MS;
		worst = took > worst ? took : worst;
		worst_own = own > worst_own ? own : worst_own;
		if (!is_wrong && took <= LATE_MS)
			continue;
		if (own <= GIVEN_UP_MS && (!is_wrong || is_given_up)) {
			starved++;
			continue;
		}
		wrong += (unsigned long)(is_wrong && !is_given_up);
		late += is_given_up || took > LATE_MS;
		if (strlen(faults) < 3000)
			snprintf(faults + strlen(faults), 250, "%s %s: '%s' after %.0f ms, %.0f of them its own; ", one->db, one->key, got, took, own);
	}
	printf("{\"module\":{\"asked\":%lu,\"answered\":%lu,\"wrong\":%lu,\"late\":%lu,\"starved\":%lu,\"again\":0,", asked, asked, wrong,
		late, starved);
	printf("\"worst\":%.0f,\"worstOwn\":%.0f,\"faults\":\"%s\"}}\n", worst, worst_own, faults);
	return 0;
}

/* A correct program on a machine: asks the C library, which asks our module alone, so many questions a second, until stdin ends, and
 * then prints what came of it as JSON. `once USER` prints the home of a user, as a setuid program would look it up. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
	{"group", "physics", "2000"},
	{"gid", "2001", "2001"},
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

static void user_of(const struct passwd *pw, char *out, size_t size)
{
	if (pw)
		snprintf(out, size, "%u %u %s", pw->pw_uid, pw->pw_gid, pw->pw_dir);
}

static int by_number(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;
	return (x > y) - (x < y);
}

static void groups_of(const char *name, char *out, size_t size)
{
	gid_t all[64];
	int count = 64;
	if (getgrouplist(name, 1000, all, &count) < 0)
		return;
	qsort(all, (size_t)count, sizeof *all, by_number);
	for (int i = 0; i < count; i++)
		snprintf(out + strlen(out), size - strlen(out), "%s%u", i ? " " : "", all[i]);
}

static void host_of(const char *name, char *out, size_t size)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *all;
	if (getaddrinfo(name, NULL, &hints, &all))
		return;
	getnameinfo(all->ai_addr, all->ai_addrlen, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(all);
}

static void name_of(const char *address, char *out, size_t size)
{
	struct in_addr in;
	inet_pton(AF_INET, address, &in);
	struct hostent *entry = gethostbyaddr(&in, sizeof in, AF_INET);
	if (entry)
		snprintf(out, size, "%s", entry->h_name);
}

static void ask(const struct question *one, char *out, size_t size)
{
	const struct group *gr;
	*out = '\0';
	if (!strcmp(one->db, "user"))
		user_of(getpwnam(one->key), out, size);
	else if (!strcmp(one->db, "uid"))
		user_of(getpwuid((uid_t)atoi(one->key)), out, size);
	else if (!strcmp(one->db, "group") || !strcmp(one->db, "gid")) {
		gr = strcmp(one->db, "gid") ? getgrnam(one->key) : getgrgid((gid_t)atoi(one->key));
		if (gr)
			snprintf(out, size, "%u", gr->gr_gid);
	} else if (!strcmp(one->db, "groups"))
		groups_of(one->key, out, size);
	else if (!strcmp(one->db, "host"))
		host_of(one->key, out, size);
	else if (!strcmp(one->db, "address"))
		name_of(one->key, out, size);
	else
		snprintf(out, size, "%d", innetgr("cluster", one->key, NULL, NULL));
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	static const char *const databases[] = {"passwd", "group", "initgroups", "hosts", "netgroup"};
	for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
		__nss_configure_lookup(databases[i], "kickback");
	char got[128] = "", faults[4096] = "";
	if (argc == 3 && !strcmp(argv[1], "once")) {
		user_of(getpwnam(argv[2]), got, sizeof got);
		puts(got);
		return 0;
	}
	double rate = atof(argv[1]), worst = 0, next = now();
	unsigned long asked = 0, wrong = 0, late = 0;
	struct pollfd end = {.fd = 0, .events = POLLIN};
	for (;; asked++) {
		next += 1000 / rate;
		double wait = next - now();
		if (wait < -1000)
			next = now();
		if (poll(&end, 1, wait > 0 ? (int)wait : 0))
			break;
		const struct question *one = &questions[asked % (sizeof questions / sizeof *questions)];
		double start = now();
		ask(one, got, sizeof got);
		double took = now() - start;
		int is_wrong = strcmp(got, *one->wanted == '?' ? argv[2] : one->wanted) != 0;
		worst = took > worst ? took : worst;
		wrong += (unsigned long)is_wrong;
		late += took > 1000;
		if ((is_wrong || took > 1000) && strlen(faults) < 3000)
			snprintf(faults + strlen(faults), 250, "%s %s: '%s' after %.0f ms; ", one->db, one->key, got, took);
	}
	printf("{\"module\":{\"asked\":%lu,\"wrong\":%lu,\"late\":%lu,\"worst\":%.1f,\"faults\":\"%s\"}}\n", asked, wrong, late, worst, faults);
	return 0;
}

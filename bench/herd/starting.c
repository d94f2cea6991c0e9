/*
 * Many processes start at once, and each asks what a job asks at its start: starting PROCESSES AT_ONCE USERS NODES FIRST_UID.
 * Prints how many got a wrong answer or none. A process is this program again, so that it loads and maps all anew.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* 0 if a process that starts finds its user, the groups and a host. */
static int ask(unsigned user, unsigned node, unsigned first_uid)
{
	char name[32], host[32];
	snprintf(name, sizeof name, "u%u", user);
	snprintf(host, sizeof host, "n%u", node);
	struct passwd *found = getpwuid(first_uid + user);
	if (found == NULL || strcmp(found->pw_name, name) != 0)
		return 1;
	if (initgroups(name, found->pw_gid) != 0 || getgroups(0, NULL) < 2)
		return 2;
	struct addrinfo *address = NULL;
	if (getaddrinfo(host, NULL, &(struct addrinfo){.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, &address) != 0)
		return 3;
	freeaddrinfo(address);
	return 0;
}

static int ended(void)
{
	int status = 0;
	return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "ask") == 0)
		return ask(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	if (argc != 6)
		return 64;
	long processes = atol(argv[1]), at_once = atol(argv[2]), users = atol(argv[3]), nodes = atol(argv[4]);
	long running = 0, wrong = 0;
	for (long i = 0; i < processes; i++) {
		char user[24], node[24];
		pid_t pid;
		snprintf(user, sizeof user, "%ld", i * 7919 % users);
		snprintf(node, sizeof node, "%ld", i * 104729 % nodes);
		char *words[] = {argv[0], "ask", user, node, argv[5], NULL};
		if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, words, environ) != 0) {
			wrong++;
			continue;
		}
		if (++running >= at_once) {
			wrong += ended();
			running--;
		}
	}
	while (running-- > 0)
		wrong += ended();
	printf("%ld\n", wrong);
	return 0;
}

/*
 * Programs that look names up all the time: caller USER UID HOST ADDRESS. A thousand times a second it asks the C library for the user
 * or for the host, in this process; fifty times a second it starts a program that asks for both and ends. Whatever is not exactly the
 * answer counts as failed, and is said on standard error. For each line of standard input it prints the counts so far, as
 * `asked N failed N started N slowest MICROSECONDS`; at the end of the input it ends. Look-ups that came late are made up for, so that a
 * slow one lowers no rate.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PER_SECOND 1000
/* Each so many look-ups a program is started. */
#define PROGRAM_EACH 20

static const char *user, *host, *address;
static uid_t uid;
static unsigned long asked, failed, started, slowest;

static int is_user_right(void)
{
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry != NULL && entry->pw_uid == uid)
        return 1;
    fprintf(stderr, "getpwnam(%s): %s\n", user, entry != NULL ? "another user" : errno == 0 ? "no such user" : strerror(errno));
    return 0;
}

static int is_host_right(void)
{
    char text[INET6_ADDRSTRLEN] = "";
    const struct hostent *entry = gethostbyname(host);
    if (entry != NULL)
        inet_ntop(entry->h_addrtype, entry->h_addr_list[0], text, sizeof text);
    if (strcmp(text, address) == 0)
        return 1;
    fprintf(stderr, "gethostbyname(%s): %s\n", host, entry != NULL ? text : hstrerror(h_errno));
    return 0;
}

/* Starts this program again, for one look-up of each kind. */
static void start_program(char **arguments)
{
    pid_t child = fork();
    if (child == 0)
    {
        setenv("CALLER_ONCE", "1", 1);
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    if (child > 0)
        started++;
    else
        failed++;
}

/* Counts the programs that have ended and did not find what they asked for. */
static void collect_programs(int how)
{
    int status;
    while (waitpid(-1, &status, how) > 0)
        if (status != 0)
            failed++;
}

/* Answers a line of standard input with the counts; 0 at its end. */
static int tell(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char line[64];
    if (poll(&input, 1, 0) <= 0)
        return 1;
    if (read(STDIN_FILENO, line, sizeof line) <= 0)
        return 0;
    printf("asked %lu failed %lu started %lu slowest %lu\n", asked, failed, started, slowest);
    fflush(stdout);
    return 1;
}

static unsigned long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)now.tv_sec * 1000000 + (unsigned long)now.tv_nsec / 1000;
}

/* One look-up, of the user and of the host in turn. */
static void ask(void)
{
    unsigned long start = now_us();
    failed += !(asked++ % 2 == 0 ? is_user_right() : is_host_right());
    unsigned long took = now_us() - start;
    if (took > slowest)
        slowest = took;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 64;
    user = argv[1];
    uid = (uid_t)strtoul(argv[2], NULL, 10);
    host = argv[3];
    address = argv[4];
    if (getenv("CALLER_ONCE") != NULL)
        return is_user_right() && is_host_right() ? 0 : 1;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (tell())
    {
        ask();
        if (asked % PROGRAM_EACH == 0)
            start_program(argv);
        collect_programs(WNOHANG);
        next.tv_nsec += 1000000000 / PER_SECOND;
        if (next.tv_nsec >= 1000000000)
            next.tv_nsec -= 1000000000, next.tv_sec++;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    collect_programs(0);
    return failed == 0 ? 0 : 1;
}

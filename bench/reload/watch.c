/* Asks the module until it has an answer, and prints when that was: watch passwd NAME | hosts NAME | ethers MAC. Seconds of CLOCK_MONOTONIC.
 * Gives up after a minute. */
#include <grp.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern int __nss_configure_lookup(const char *, const char *);

static int is_there(const char *database, const char *key)
{
    char buffer[4096];
    if (strcmp(database, "passwd") == 0) {
        struct passwd entry, *found = NULL;
        return getpwnam_r(key, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL;
    }
    if (strcmp(database, "hosts") == 0) {
        struct hostent entry, *found = NULL;
        int error;
        return gethostbyname2_r(key, AF_INET, &entry, buffer, sizeof buffer, &found, &error) == 0 && found != NULL;
    }
    struct ether_addr mac;
    return ether_aton_r(key, &mac) != NULL && ether_ntohost(buffer, &mac) == 0;
}

int main(int argc, char **argv)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    struct timespec now;
    if (argc != 3) return 64;
    __nss_configure_lookup(argv[1], "kickback");
    is_there(argv[1], argv[2]);
    alarm(60);
    printf("ready\n");
    fflush(stdout);
    while (!is_there(argv[1], argv[2])) nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
    return 0;
}

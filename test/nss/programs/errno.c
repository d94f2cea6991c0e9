/**
 * errno: what errno is after an enumeration's last entry and after a look-up of nobody, through the C library's functions: with the
 * module the same as with the C library's own `files`.
 */
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

extern int __nss_configure_lookup(const char *database, const char *services);

/** What errno is before each call. A call that does not touch it leaves this. */
#define BEFORE 77
#define OUTCOMES 32

/** What came of each call: its result, and errno. */
static struct outcome {
    int result, error;
} outcomes[OUTCOMES];
static int count;

#define NOTE(call)                                     \
    do {                                               \
        errno = BEFORE;                                \
        int result = (call);                           \
        outcomes[count++] = (struct outcome){result, errno}; \
    } while (0)

/** Calls until it gives nothing, and once more. */
#define EXHAUST(get)        \
    do {                    \
        while ((get) != NULL) \
            continue;       \
        NOTE((get) != NULL); \
    } while (0)

/** The same by the functions that end in _r. */
#define EXHAUST_R(get)      \
    do {                    \
        int result = 0;     \
        while (result == 0) { \
            errno = BEFORE; \
            result = (get); \
        }                   \
        NOTE(get);          \
    } while (0)

/** Room for a group of 20,000 members. */
static char buffer[1 << 20];

static void note_enumerations(void)
{
    struct passwd user, *found_user;
    struct group group, *found_group;
    struct hostent host, *found_host;
    struct netent network, *found_network;
    int host_error;
    setpwent();
    EXHAUST(getpwent());
    setpwent();
    EXHAUST_R(getpwent_r(&user, buffer, sizeof buffer, &found_user));
    endpwent();
    setgrent();
    EXHAUST(getgrent());
    setgrent();
    EXHAUST_R(getgrent_r(&group, buffer, sizeof buffer, &found_group));
    endgrent();
    sethostent(0);
    EXHAUST(gethostent());
    sethostent(0);
    EXHAUST_R(gethostent_r(&host, buffer, sizeof buffer, &found_host, &host_error));
    endhostent();
    setnetent(0);
    EXHAUST(getnetent());
    setnetent(0);
    EXHAUST_R(getnetent_r(&network, buffer, sizeof buffer, &found_network, &host_error));
    endnetent();
}

static void note_shadow(void)
{
    struct spwd entry, *found;
    setspent();
    EXHAUST(getspent());
    setspent();
    EXHAUST_R(getspent_r(&entry, buffer, sizeof buffer, &found));
    endspent();
    NOTE(getspnam("nobody-of-this-name") != NULL);
}

static void note_look_ups(void)
{
    gid_t groups[8];
    int room = 8;
    struct addrinfo *list;
    NOTE(getpwnam("nobody-of-this-name") != NULL);
    NOTE(getpwuid(4242424) != NULL);
    NOTE(getgrnam("nobody-of-this-name") != NULL);
    NOTE(getgrgid(4242424) != NULL);
    NOTE(getgrouplist("nobody-of-this-name", 4242424, groups, &room));
    NOTE(gethostbyname("nobody-of-this-name") != NULL);
    NOTE(gethostbyname2("nobody-of-this-name", AF_INET6) != NULL);
    NOTE(gethostbyaddr("\1\2\3\4", 4, AF_INET) != NULL);
    NOTE(getnetbyname("nobody-of-this-name") != NULL);
    NOTE(getnetbyaddr(0x7b7b7b7b, AF_INET) != NULL);
    NOTE(getaddrinfo("nobody-of-this-name", NULL, NULL, &list));
}

/** Everything with this service, in a child. */
static bool note_all(const char *service)
{
    static const char *const databases[] = {"passwd", "group", "shadow", "hosts", "networks", "initgroups"};
    int ends[2];
    count = 0;
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
            __nss_configure_lookup(databases[i], service);
        note_enumerations();
        note_look_ups();
        if (access("/etc/shadow", R_OK) == 0)
            note_shadow();
        _exit(write(ends[1], outcomes, sizeof outcomes) == sizeof outcomes ? count : 0);
    }
    int status = -1;
    bool whole = read(ends[0], outcomes, sizeof outcomes) == sizeof outcomes;
    waitpid(child, &status, 0);
    close(ends[0]);
    close(ends[1]);
    count = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return whole && count > 0;
}

static void test_like_files(void)
{
    struct outcome files[OUTCOMES];
    check(note_all("files"), "files did not end");
    memcpy(files, outcomes, sizeof files);
    int calls = count;
    check(note_all("kickback") && count == calls, "%d calls of %d", count, calls);
    for (int i = 0; i < calls; i++)
        check(outcomes[i].result == files[i].result && outcomes[i].error == files[i].error,
              "call %d: result %d, errno %d; files: result %d, errno %d", i, outcomes[i].result, outcomes[i].error,
              files[i].result, files[i].error);
    tested("after the last entry, and after nobody was found, errno is what the C library's files leave");
}

/** A machine may have neither /etc/ethers nor /etc/netgroup; where it has, files leave errno alone. */
static void test_untouched(void)
{
    struct ether_addr mac = {{7, 7, 7, 7, 7, 7}};
    char name[1024], *host, *user, *domain;
    __nss_configure_lookup("ethers", "kickback");
    __nss_configure_lookup("netgroup", "kickback");
    count = 0;
    NOTE(ether_hostton("nobody-of-this-name", &mac) != 0 ? 0 : 1);
    NOTE(ether_ntohost(name, &mac) != 0 ? 0 : 1);
    NOTE(setnetgrent("nobody-of-this-name"));
    NOTE(getnetgrent(&host, &user, &domain));
    endnetgrent();
    NOTE(innetgr("cluster", "nobody-of-this-name", NULL, NULL));
    setnetgrent("cluster");
    while (getnetgrent(&host, &user, &domain) == 1)
        continue;
    NOTE(getnetgrent(&host, &user, &domain));
    endnetgrent();
    for (int i = 0; i < count; i++)
        check(outcomes[i].result == 0 && outcomes[i].error == BEFORE, "call %d: result %d, errno %d", i,
              outcomes[i].result, outcomes[i].error);
    tested("nor do ethers and netgroups touch it");
}

int main(void)
{
    test_like_files();
    test_untouched();
    return 0;
}

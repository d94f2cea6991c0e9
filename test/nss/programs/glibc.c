/** glibc: the module through the C library's own functions, with its service forced (__nss_configure_lookup). */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "check.h"

extern int __nss_configure_lookup(const char *database, const char *services);

static void test_errno(void)
{
    struct passwd user, *found = &user;
    char small[8], large[1024];
    errno = 77;
    int result = getpwnam_r("ada", &user, small, sizeof small, &found);
    check(result == ERANGE && found == NULL, "a short buffer: result %d", result);
    errno = 77;
    result = getpwnam_r("ada", &user, large, sizeof large, &found);
    check(result == 0 && found == &user && (errno == 77 || errno == 0), "found: result %d, errno %d", result, errno);
    result = getpwnam_r("nix", &user, large, sizeof large, &found);
    check(result == 0 && found == NULL, "absent: result %d", result);
    check(getpwnam("ada") != NULL && getpwuid(1001) != NULL && getgrgid(2002) != NULL, "the plain functions");
    tested("a short buffer is ERANGE to the caller of glibc, and success leaves errno alone");
}

static void test_huge_group(void)
{
    struct group *crowd = getgrnam("crowd");
    int members = 0;
    while (crowd != NULL && crowd->gr_mem[members] != NULL)
        members++;
    check(members == 20000, "%d members", members);
    check(crowd != NULL && strcmp(crowd->gr_mem[19999], "member-19999") == 0, "the last one");
    tested("getgrnam enlarges its buffer until 20,000 members fit");
}

static void test_groups(void)
{
    gid_t groups[16] = {0};
    int count = 16;
    check(getgrouplist("grace", 2000, groups, &count) == 2 && groups[0] == 2000 && groups[1] == 2002,
          "%d groups: %u %u", count, groups[0], groups[1]);
    count = 1;
    check(getgrouplist("grace", 5, groups, &count) == -1 && count == 3, "with one place: %d", count);
    tested("getgrouplist gives each group once, the primary one first");
}

static void test_limit(void)
{
    int count = 2;
    gid_t groups[2];
    check(getgrouplist("many", 1, groups, &count) == -1 && count > 2, "%d", count);
    count = 70000;
    gid_t *all = calloc(70000, sizeof *all);
    check(getgrouplist("many", 1, all, &count) == 301 && count == 301 && all[300] == 9300, "%d", count);
    free(all);
    tested("getgrouplist gives a user of 300 groups all of them");
}

static void test_hosts(void)
{
    struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME}, *list;
    char text[INET6_ADDRSTRLEN];
    int result = getaddrinfo("sw", NULL, &wanted, &list);
    check(result == 0 && strcmp(list->ai_canonname, "switch") == 0, "getaddrinfo: %d", result);
    freeaddrinfo(list);
    result = getaddrinfo("storage", NULL, &wanted, &list);
    int count = 0;
    for (struct addrinfo *one = list; result == 0 && one != NULL; one = one->ai_next)
        count++;
    check(result == 0 && count == 3, "getaddrinfo: %d, %d addresses", result, count);
    freeaddrinfo(list);
    wanted.ai_family = AF_INET6;
    wanted.ai_flags = AI_V4MAPPED;
    result = getaddrinfo("n15", NULL, &wanted, &list);
    check(result == 0 && inet_ntop(AF_INET6, &((struct sockaddr_in6 *)(void *)list->ai_addr)->sin6_addr, text, sizeof text) != NULL &&
              strcmp(text, "::ffff:10.0.0.15") == 0, "getaddrinfo, mapped: %d", result);
    freeaddrinfo(list);
    wanted.ai_flags = 0;
    result = getaddrinfo("n15", NULL, &wanted, &list);
    check(result == EAI_NONAME || result == EAI_NODATA, "getaddrinfo, another family: %d", result);
    struct hostent *host = gethostbyname("core");
    check(host != NULL && strcmp(host->h_name, "switch") == 0 && strcmp(host->h_aliases[1], "sw") == 0, "gethostbyname");
    check(gethostbyname2("n15", AF_INET6) == NULL && h_errno == NO_DATA, "gethostbyname2: h_errno %d", h_errno);
    check(gethostbyname("nix") == NULL && h_errno == HOST_NOT_FOUND, "gethostbyname: h_errno %d", h_errno);
    tested("getaddrinfo and gethostbyname give canonical names, aliases, all families");
}

static void test_addresses(void)
{
    char name[256];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a00000f)};
    struct ether_addr mac;
    int result = getnameinfo((struct sockaddr *)&address, sizeof address, name, sizeof name, NULL, 0, NI_NAMEREQD);
    check(result == 0 && strcmp(name, "n15") == 0, "getnameinfo: %d", result);
    check(ether_hostton("node-15", &mac) == 0 && mac.ether_addr_octet[5] == 15, "ether_hostton");
    check(ether_ntohost(name, &mac) == 0 && strcmp(name, "n15") == 0, "ether_ntohost");
    check(ether_hostton("nix", &mac) != 0, "ether_hostton of nobody");
    tested("addresses and MACs through glibc");
}

static void test_netgroups(void)
{
    char *host, *user, *domain;
    check(innetgr("cluster", "n15", NULL, NULL) == 1 && innetgr("cluster", "n1.cluster.internal", NULL, NULL) == 1, "in");
    check(innetgr("cluster", "n9", NULL, NULL) == 0 && innetgr("nix", "n1", NULL, NULL) == 0, "not in");
    check(innetgr("mixed", "n1", "ada", "anything") == 0 && innetgr("mixed", "n1", "eve", NULL) == 0, "user and domain");
    check(setnetgrent("cluster") == 1, "setnetgrent");
    int count = 0;
    while (getnetgrent(&host, &user, &domain) == 1) {
        check(user == NULL && domain == NULL && host != NULL, "a triple");
        check(innetgr("mixed", "n1", "ada", NULL) == 1, "innetgr in the middle of an enumeration");
        check(++count < 100, "no end");
    }
    endnetgrent();
    check(count == 3, "%d triples", count);
    tested("netgroups keep their state apart, and end");
}

/** A triple (n1,-,) as netgroup(5) has it: a machine of every domain, and no user. */
static void test_no_user(void)
{
    char *host, *user, *domain;
    check(innetgr("machines", "n1", NULL, NULL) == 1 && innetgr("machines", "N1", NULL, "anywhere") == 1, "the machine");
    check(innetgr("machines", "n2", NULL, NULL) == 0, "another machine");
    check(innetgr("machines", NULL, "ada", NULL) == 0 && innetgr("machines", "n1", "ada", NULL) == 0, "a user");
    check(innetgr("machines", "n1", "", NULL) == 0, "a user without a name");
    check(innetgr("machines", NULL, NULL, NULL) == 1, "anything");
    check(setnetgrent("machines") == 1 && getnetgrent(&host, &user, &domain) == 1, "no triple");
    check(strcmp(host, "n1") == 0 && strcmp(user, "-") == 0 && domain == NULL, "another triple");
    check(getnetgrent(&host, &user, &domain) == 0, "more triples");
    endnetgrent();
    tested("a triple with - in place of the user holds no user");
}

static void test_shadow(void)
{
    struct spwd *entry = getspnam("ada");
    check(entry != NULL && strcmp(entry->sp_pwdp, "$6$salt$hash") == 0 && entry->sp_max == 99999, "getspnam");
    check(getspnam("nix") == NULL && getspnam("root") == NULL, "absent");
    int count = 0;
    setspent();
    while (getspent() != NULL)
        count++;
    endspent();
    check(count == 1, "%d entries", count);
    tested("shadow entries through glibc");
}

static void test_networks(void)
{
    struct netent *network = getnetbyname("CLUSTER-NET");
    check(network != NULL && strcmp(network->n_name, "private") == 0 && network->n_net == 0x0a090000, "getnetbyname");
    check(network->n_addrtype == AF_INET && strcmp(network->n_aliases[0], "Cluster-Net") == 0, "aliases");
    network = getnetbyaddr(inet_network("169.254.0.0"), AF_INET);
    check(network != NULL && strcmp(network->n_name, "link") == 0 && network->n_aliases[0] == NULL, "getnetbyaddr");
    check(getnetbyaddr(inet_network("169.254"), AF_INET) == NULL, "an incomplete number is not shifted");
    check(getnetbyaddr(0x0a090000, AF_UNSPEC) != NULL && getnetbyaddr(0x0a090000, AF_INET6) == NULL, "families");
    check(getnetbyname("nix") == NULL, "absent");
    int count = 0;
    for (setnetent(1); getnetent() != NULL; count++)
        check(getnetbyname("link") != NULL, "a look-up inside");
    endnetent();
    check(count == 2, "%d networks", count);
    tested("networks through glibc");
}

static void test_enumeration(void)
{
    int users = 0, groups = 0, hosts = 0;
    setpwent();
    while (getpwent() != NULL) {
        check(getpwnam("ada") != NULL, "a look-up inside");
        users++;
    }
    endpwent();
    for (setgrent(); getgrent() != NULL;)
        groups++;
    endgrent();
    for (sethostent(1); gethostent() != NULL;)
        hosts++;
    endhostent();
    check(users == 4 && groups == 304 && hosts == 7, "%d users, %d groups, %d hosts", users, groups, hosts);
    tested("enumerations through glibc, with look-ups inside");
}

int main(void)
{
    static const char *const databases[] = {"passwd", "group", "shadow", "hosts", "ethers", "netgroup", "networks",
                                            "initgroups"};
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        __nss_configure_lookup(databases[i], "kickback");
    test_errno();
    test_huge_group();
    test_groups();
    test_limit();
    test_hosts();
    test_addresses();
    test_netgroups();
    test_no_user();
    test_shadow();
    test_networks();
    test_enumeration();
    return 0;
}

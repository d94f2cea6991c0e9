/**
 * libFuzzer on the snapshot reader: any bytes as a snapshot, in memory of exactly their length, and all questions of it. Every
 * function that the module exports runs on it as in a process, but for opening the file.
 */
#include <stdlib.h>
#include <string.h>

#define map_open opened_from_file
#define map_close closed_file
#include "../../../src/nss/map.c"
#undef map_open
#undef map_close

#include "../../../src/nss/current.h"
#include "../../../src/nss/module.h"
#include "../../../src/nss/socket.h"

#define BUFFER 512

/** The input at hand. */
static const uint8_t *input;
static size_t input_size;

enum outcome map_open(enum kind kind, const struct identity *known, struct map *map, bool *same)
{
    *same = known != NULL;
    if (*same)
        return OUTCOME_FOUND;
    if (input_size < sizeof(struct kb_header))
        return OUTCOME_UNAVAILABLE;
    map->base = input;
    map->identity = (struct identity){1, 1, input_size};
    map->run_dir = true;
    return !is_emptied(map_state(map)) && read_header(kind, map) ? OUTCOME_FOUND : OUTCOME_UNAVAILABLE;
}

void map_close(struct map *map)
{
    (void)map;
}

/** There is no daemon. */
enum outcome socket_ask(enum door door, const struct iovec *parts, int count, awaited *is_awaited, size_t spare,
                        struct body *body)
{
    (void)door, (void)parts, (void)count, (void)is_awaited, (void)spare, (void)body;
    return OUTCOME_UNAVAILABLE;
}

void body_free(struct body *body)
{
    (void)body;
}

/** Names that the corpus has, and some that it computes. */
static const char *const names[] = {"ada", "grace", "empty", "physics", "cluster", "mixed", "nix"};
static const char *const hosts[] = {"n15", "node-15", "sw", "storage", "six", ".15", "n+0015.cluster.internal.", "master",
                                    "self", "n1", "nix"};

/** Reads every byte of a string, so that ASan sees it. */
static size_t touch(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static void touch_all(char **list)
{
    while (*list != NULL)
        touch(*list++);
}

static void ask_names(const char *name, char *buffer)
{
    struct passwd user;
    struct group group;
    struct spwd shadow;
    struct netent network;
    struct __netgrent netgroup = {0};
    gid_t *gids = malloc(sizeof *gids);
    long int start = 0, size = 1;
    int error, host_error;
    if (_nss_kickback_getpwnam_r(name, &user, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(user.pw_name), touch(user.pw_passwd), touch(user.pw_gecos), touch(user.pw_dir), touch(user.pw_shell);
    if (_nss_kickback_getgrnam_r(name, &group, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(group.gr_name), touch(group.gr_passwd), touch_all(group.gr_mem);
    if (_nss_kickback_getspnam_r(name, &shadow, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(shadow.sp_namp), touch(shadow.sp_pwdp);
    if (_nss_kickback_getnetbyname_r(name, &network, buffer, BUFFER, &error, &host_error) == NSS_STATUS_SUCCESS)
        touch(network.n_name), touch_all(network.n_aliases);
    _nss_kickback_initgroups_dyn(name, 1000, &start, &size, &gids, 64, &error);
    if (_nss_kickback_setnetgrent(name, &netgroup) == NSS_STATUS_SUCCESS) {
        while (_nss_kickback_getnetgrent_r(&netgroup, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
            touch(netgroup.val.triple.host), touch(netgroup.val.triple.user), touch(netgroup.val.triple.domain);
        _nss_kickback_endnetgrent(&netgroup);
    }
    free(gids);
}

static void touch_host(const struct hostent *host)
{
    touch(host->h_name);
    touch_all(host->h_aliases);
    for (char **address = host->h_addr_list; *address != NULL; address++)
        touch((char[17]){(*address)[0], (*address)[host->h_length - 1]});
}

static void ask_host(const char *name, char *buffer)
{
    struct hostent host;
    struct etherent ether;
    struct gaih_addrtuple *chain = NULL;
    int error, host_error;
    if (_nss_kickback_gethostbyname2_r(name, AF_INET, &host, buffer, BUFFER, &error, &host_error) == NSS_STATUS_SUCCESS)
        touch_host(&host);
    if (_nss_kickback_gethostbyname2_r(name, AF_INET6, &host, buffer, BUFFER, &error, &host_error) ==
        NSS_STATUS_SUCCESS)
        touch_host(&host);
    if (_nss_kickback_gethostbyname4_r(name, &chain, buffer, BUFFER, &error, &host_error, NULL) == NSS_STATUS_SUCCESS)
        for (; chain != NULL; chain = chain->next)
            touch(chain->name);
    if (_nss_kickback_gethostton_r(name, &ether, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(ether.e_name);
}

static void ask_numbers(char *buffer)
{
    static const unsigned char address[16] = {10, 9, 1, 1}, mac[6] = {2, 0, 0, 0, 0, 15};
    static const unsigned char address6[16] = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6};
    struct passwd user;
    struct group group;
    struct hostent host;
    struct etherent ether;
    int error, host_error;
    _nss_kickback_getpwuid_r(1000, &user, buffer, BUFFER, &error);
    _nss_kickback_getgrgid_r(2000, &group, buffer, BUFFER, &error);
    _nss_kickback_gethostbyaddr_r(address, 4, AF_INET, &host, buffer, BUFFER, &error, &host_error);
    _nss_kickback_gethostbyaddr_r(address6, 16, AF_INET6, &host, buffer, BUFFER, &error, &host_error);
    _nss_kickback_getntohost_r((const struct ether_addr *)mac, &ether, buffer, BUFFER, &error);
}

/** Enumerates everything; entries that are too large for the buffer end it. */
static void enumerate_all(char *buffer)
{
    struct passwd user;
    struct group group;
    struct hostent host;
    struct etherent ether;
    struct spwd shadow;
    int error, host_error;
    while (_nss_kickback_getpwent_r(&user, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(user.pw_shell);
    while (_nss_kickback_getgrent_r(&group, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch_all(group.gr_mem);
    while (_nss_kickback_gethostent_r(&host, buffer, BUFFER, &error, &host_error) == NSS_STATUS_SUCCESS)
        touch_host(&host);
    while (_nss_kickback_getetherent_r(&ether, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(ether.e_name);
    while (_nss_kickback_getspent_r(&shadow, buffer, BUFFER, &error) == NSS_STATUS_SUCCESS)
        touch(shadow.sp_pwdp);
    _nss_kickback_endpwent();
    _nss_kickback_endgrent();
    _nss_kickback_endhostent();
    _nss_kickback_endetherent();
    _nss_kickback_endspent();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Memory of exactly this length, aligned as a map is. */
    uint8_t *copy = aligned_alloc(8, (size + 7) & ~(size_t)7);
    char *buffer = malloc(BUFFER);
    memcpy(copy, data, size);
    input = copy;
    input_size = size & ~(size_t)7;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ask_names(names[i], buffer);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        ask_host(hosts[i], buffer);
    ask_numbers(buffer);
    enumerate_all(buffer);
    source_drop(&public_source);
    source_drop(&shadow_source);
    free(buffer);
    free(copy);
    return 0;
}

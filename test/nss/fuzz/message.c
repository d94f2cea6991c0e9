/** libFuzzer on the message reader: any bytes as the body of a daemon's reply, and the record in it filled in. */
#include <stdlib.h>
#include <string.h>
#include "../../../src/nss/map.h"
#include "../../../src/nss/module.h"
#include "../../../src/nss/socket.h"

#define BUFFER 512

static const uint8_t *input;
static size_t input_size;

/** There is no snapshot. */
enum outcome map_open(enum kind kind, const struct identity *known, struct map *map, bool *same)
{
    (void)kind, (void)known, (void)map, (void)same;
    return OUTCOME_UNAVAILABLE;
}

void map_close(struct map *map)
{
    (void)map;
}

void body_free(struct body *body)
{
    free(body->memory);
}

/** Every frame is the input, once. */
enum outcome socket_ask(enum door door, const struct iovec *parts, int count, awaited *is_awaited, size_t spare,
                        struct body *body)
{
    (void)door, (void)parts, (void)count;
    body->mapped = spare + input_size;
    body->memory = malloc(body->mapped);
    body->length = (uint32_t)input_size;
    body->at = body->memory + spare;
    memcpy(body->memory + spare, input, input_size);
    if (is_awaited(body->at, body->length))
        return OUTCOME_FOUND;
    body_free(body);
    return OUTCOME_DAMAGED;
}

static void ask_accounts(char *buffer, size_t room)
{
    struct passwd user;
    struct group group;
    struct spwd shadow;
    gid_t *gids = malloc(sizeof *gids);
    long int start = 0, size = 1;
    int error;
    _nss_kickback_getpwnam_r("ada", &user, buffer, room, &error);
    _nss_kickback_getpwuid_r(1000, &user, buffer, room, &error);
    _nss_kickback_getgrnam_r("physics", &group, buffer, room, &error);
    _nss_kickback_getspnam_r("ada", &shadow, buffer, room, &error);
    _nss_kickback_initgroups_dyn("grace", 1, &start, &size, &gids, 0, &error);
    free(gids);
}

static void ask_names(char *buffer, size_t room)
{
    struct hostent host;
    struct etherent ether;
    struct gaih_addrtuple *chain = NULL;
    struct __netgrent netgroup = {0};
    int error, host_error;
    _nss_kickback_gethostbyname_r("self", &host, buffer, room, &error, &host_error);
    _nss_kickback_gethostbyname4_r("self", &chain, buffer, room, &error, &host_error, NULL);
    _nss_kickback_gethostbyaddr_r("\12\0\0\17", 4, AF_INET, &host, buffer, room, &error, &host_error);
    _nss_kickback_gethostton_r("n15", &ether, buffer, room, &error);
    if (_nss_kickback_setnetgrent("cluster", &netgroup) == NSS_STATUS_SUCCESS)
        while (_nss_kickback_getnetgrent_r(&netgroup, buffer, room, &error) == NSS_STATUS_SUCCESS)
            continue;
    _nss_kickback_endnetgrent(&netgroup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *buffer = malloc(BUFFER);
    input = data;
    input_size = size;
    if (size > 0) {
        ask_accounts(buffer, BUFFER);
        ask_accounts(buffer, 16);
        ask_accounts(buffer, BUFFER);
        ask_names(buffer, BUFFER);
        ask_names(buffer, 16);
    }
    free(buffer);
    return 0;
}

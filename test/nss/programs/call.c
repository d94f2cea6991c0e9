/** The calls of the C library by which test programs ask the module. */
#include "call.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *module;

void load_module(void)
{
    const char *path = getenv("KICKBACK_MODULE");
    module = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module != NULL)
        return;
    printf("not ok the module loads: %s\n", path == NULL ? "KICKBACK_MODULE is not set" : dlerror());
    exit(1);
}

void *module_function(const char *name)
{
    char symbol[64];
    snprintf(symbol, sizeof symbol, "_nss_kickback_%s", name);
    return dlsym(module, symbol);
}

/** Declares and finds a function of the module as the variable `f`. */
#define FUNCTION(name) __typeof__(&_nss_kickback_##name) f = (__typeof__(&_nss_kickback_##name))module_function(#name)

/** The call at hand, for the checks of form. */
struct asking {
    const char *question;
    char *buffer;
    size_t size;
    struct answer *answer;
    size_t written;
};

static void require(const struct asking *asking, bool holds, const char *what)
{
    if (!holds)
        misformed(asking->question, what);
}

__attribute__((format(printf, 2, 3))) static void write_text(struct asking *asking, const char *format, ...)
{
    va_list arguments;
    size_t left = sizeof asking->answer->text - asking->written;
    va_start(arguments, format);
    int n = vsnprintf(asking->answer->text + asking->written, left, format, arguments);
    va_end(arguments);
    if (n > 0)
        asking->written += (size_t)n < left ? (size_t)n : left - 1;
}

/** Whether bytes lie in the caller's buffer. */
static bool is_inside(const struct asking *asking, const void *start, size_t size)
{
    uintptr_t from = (uintptr_t)start, buffer = (uintptr_t)asking->buffer;
    return from >= buffer && from - buffer <= asking->size && size <= asking->size - (from - buffer);
}

/** A string of the answer: not NULL, inside the buffer with its NUL. */
static void string(struct asking *asking, const char *text)
{
    require(asking, text != NULL, "a string is NULL");
    if (text == NULL)
        return;
    bool inside = is_inside(asking, text, 1);
    require(asking, inside, "a string is outside the buffer");
    if (!inside)
        return;
    size_t room = asking->size - (size_t)(text - asking->buffer);
    require(asking, memchr(text, '\0', room) != NULL, "a string does not end inside the buffer");
    write_text(asking, ":%s", text);
}

/** A list of strings, NULL at its end: aligned, inside the buffer. */
static void strings(struct asking *asking, char **list)
{
    require(asking, (uintptr_t)list % sizeof *list == 0, "an array of pointers is not aligned");
    write_text(asking, ":[");
    for (;; list++) {
        if (!is_inside(asking, list, sizeof *list)) {
            require(asking, false, "an array of pointers leaves the buffer");
            break;
        }
        if (*list == NULL)
            break;
        string(asking, *list);
    }
    write_text(asking, "]");
}

static void passwd_text(struct asking *asking, const struct passwd *user)
{
    write_text(asking, "%u:%u", user->pw_uid, user->pw_gid);
    string(asking, user->pw_name);
    string(asking, user->pw_passwd);
    string(asking, user->pw_gecos);
    string(asking, user->pw_dir);
    string(asking, user->pw_shell);
}

static void group_text(struct asking *asking, const struct group *group)
{
    write_text(asking, "%u", group->gr_gid);
    string(asking, group->gr_name);
    string(asking, group->gr_passwd);
    strings(asking, group->gr_mem);
}

static void shadow_text(struct asking *asking, const struct spwd *entry)
{
    string(asking, entry->sp_namp);
    string(asking, entry->sp_pwdp);
    write_text(asking, ":%ld:%ld:%ld:%ld:%ld:%ld:%lu", entry->sp_lstchg, entry->sp_min, entry->sp_max, entry->sp_warn,
               entry->sp_inact, entry->sp_expire, entry->sp_flag);
}

static void address_text(struct asking *asking, int family, const void *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    require(asking, inet_ntop(family, address, text, sizeof text) != NULL, "a family is unknown");
    write_text(asking, " %s", text);
}

static void host_text(struct asking *asking, const struct hostent *host)
{
    bool is6 = host->h_addrtype == AF_INET6;
    require(asking, host->h_length == (is6 ? 16 : 4), "h_length does not fit the family");
    string(asking, host->h_name);
    strings(asking, host->h_aliases);
    require(asking, (uintptr_t)host->h_addr_list % sizeof(char *) == 0, "h_addr_list is not aligned");
    for (char **list = host->h_addr_list;; list++) {
        if (!is_inside(asking, list, sizeof *list)) {
            require(asking, false, "h_addr_list leaves the buffer");
            return;
        }
        if (*list == NULL)
            return;
        bool inside = is_inside(asking, *list, (size_t)(is6 ? 16 : 4));
        require(asking, inside && (uintptr_t)*list % 4 == 0, "an address is outside the buffer or not aligned");
        if (inside)
            address_text(asking, is6 ? AF_INET6 : AF_INET, *list);
    }
}

static void chain_text(struct asking *asking, const struct gaih_addrtuple *first, const struct gaih_addrtuple *given)
{
    for (const struct gaih_addrtuple *tuple = first; tuple != NULL; tuple = tuple->next) {
        bool mine = tuple == given || (is_inside(asking, tuple, sizeof *tuple) && (uintptr_t)tuple % sizeof(char *) == 0);
        require(asking, mine, "a tuple is outside the buffer or not aligned");
        if (!mine)
            return;
        string(asking, tuple->name);
        address_text(asking, tuple->family, tuple->addr);
    }
}

static void ether_text(struct asking *asking, const struct etherent *entry)
{
    const uint8_t *mac = entry->e_addr.ether_addr_octet;
    write_text(asking, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    string(asking, entry->e_name);
}

/** The text after a prefix of the question, or NULL. */
static const char *after(const struct asking *asking, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(asking->question, prefix, length) == 0 ? asking->question + length : NULL;
}

static bool ask_passwd(struct asking *asking)
{
    const char *key;
    struct passwd user;
    struct answer *answer = asking->answer;
    if ((key = after(asking, "passwd:name:")) != NULL) {
        FUNCTION(getpwnam_r);
        answer->status = f(key, &user, asking->buffer, asking->size, &answer->error);
    } else if ((key = after(asking, "passwd:id:")) != NULL) {
        FUNCTION(getpwuid_r);
        answer->status = f((uid_t)strtoul(key, NULL, 10), &user, asking->buffer, asking->size, &answer->error);
    } else if (after(asking, "next:passwd") != NULL) {
        FUNCTION(getpwent_r);
        answer->status = f(&user, asking->buffer, asking->size, &answer->error);
    } else
        return false;
    if (answer->status == NSS_STATUS_SUCCESS)
        passwd_text(asking, &user);
    return true;
}

static bool ask_group(struct asking *asking)
{
    const char *key;
    struct group group;
    struct answer *answer = asking->answer;
    if ((key = after(asking, "group:name:")) != NULL) {
        FUNCTION(getgrnam_r);
        answer->status = f(key, &group, asking->buffer, asking->size, &answer->error);
    } else if ((key = after(asking, "group:id:")) != NULL) {
        FUNCTION(getgrgid_r);
        answer->status = f((gid_t)strtoul(key, NULL, 10), &group, asking->buffer, asking->size, &answer->error);
    } else if (after(asking, "next:group") != NULL) {
        FUNCTION(getgrent_r);
        answer->status = f(&group, asking->buffer, asking->size, &answer->error);
    } else
        return false;
    if (answer->status == NSS_STATUS_SUCCESS)
        group_text(asking, &group);
    return true;
}

static bool ask_shadow(struct asking *asking)
{
    const char *key;
    struct spwd entry;
    struct answer *answer = asking->answer;
    if ((key = after(asking, "shadow:")) != NULL) {
        FUNCTION(getspnam_r);
        answer->status = f(key, &entry, asking->buffer, asking->size, &answer->error);
    } else if (after(asking, "next:shadow") != NULL) {
        FUNCTION(getspent_r);
        answer->status = f(&entry, asking->buffer, asking->size, &answer->error);
    } else
        return false;
    if (answer->status == NSS_STATUS_SUCCESS)
        shadow_text(asking, &entry);
    return true;
}

/** gethostbyname4_r, with a tuple of the caller's for the first address, as getaddrinfo(3) gives one. */
static bool ask_chain(struct asking *asking)
{
    const char *key = after(asking, "hosts:chain:");
    struct answer *answer = asking->answer;
    struct gaih_addrtuple given, *chain = &given;
    int32_t ttl = -1;
    FUNCTION(gethostbyname4_r);
    if (key == NULL)
        return false;
    answer->status = f(key, &chain, asking->buffer, asking->size, &answer->error, &answer->host_error, &ttl);
    require(asking, answer->status != NSS_STATUS_SUCCESS || ttl == 0, "the ttl was not set");
    if (answer->status == NSS_STATUS_SUCCESS)
        chain_text(asking, chain, &given);
    return true;
}

static enum nss_status ask_address(struct asking *asking, const char *key, struct hostent *host)
{
    struct answer *answer = asking->answer;
    struct in6_addr address;
    int32_t ttl;
    int family = strchr(key, ':') != NULL ? AF_INET6 : AF_INET;
    FUNCTION(gethostbyaddr2_r);
    inet_pton(family, key, &address);
    return f(&address, family == AF_INET6 ? 16 : 4, family, host, asking->buffer, asking->size, &answer->error,
             &answer->host_error, &ttl);
}

static enum nss_status ask_family(struct asking *asking, const char *key, int family, struct hostent *host)
{
    struct answer *answer = asking->answer;
    int32_t ttl = -1;
    char *canonical = NULL;
    FUNCTION(gethostbyname3_r);
    enum nss_status status = f(key, family, host, asking->buffer, asking->size, &answer->error, &answer->host_error,
                               &ttl, &canonical);
    require(asking, status != NSS_STATUS_SUCCESS || (ttl == 0 && canonical == host->h_name), "ttl or name were not set");
    return status;
}

static bool ask_hosts(struct asking *asking)
{
    const char *key;
    struct hostent host;
    struct answer *answer = asking->answer;
    if ((key = after(asking, "hosts:4:")) != NULL)
        answer->status = ask_family(asking, key, AF_INET, &host);
    else if ((key = after(asking, "hosts:6:")) != NULL)
        answer->status = ask_family(asking, key, AF_INET6, &host);
    else if ((key = after(asking, "hosts:address:")) != NULL)
        answer->status = ask_address(asking, key, &host);
    else if ((key = after(asking, "hosts:plain:")) != NULL) {
        FUNCTION(gethostbyname_r);
        answer->status = f(key, &host, asking->buffer, asking->size, &answer->error, &answer->host_error);
    } else if (after(asking, "next:hosts") != NULL) {
        FUNCTION(gethostent_r);
        answer->status = f(&host, asking->buffer, asking->size, &answer->error, &answer->host_error);
    } else
        return false;
    if (answer->status == NSS_STATUS_SUCCESS)
        host_text(asking, &host);
    return true;
}

static bool ask_ethers(struct asking *asking)
{
    const char *key;
    struct etherent entry;
    struct answer *answer = asking->answer;
    if ((key = after(asking, "ethers:name:")) != NULL) {
        FUNCTION(gethostton_r);
        answer->status = f(key, &entry, asking->buffer, asking->size, &answer->error);
    } else if ((key = after(asking, "ethers:mac:")) != NULL) {
        FUNCTION(getntohost_r);
        struct ether_addr mac;
        if (ether_aton_r(key, &mac) == NULL)
            return false;
        answer->status = f(&mac, &entry, asking->buffer, asking->size, &answer->error);
    } else if (after(asking, "next:ethers") != NULL) {
        FUNCTION(getetherent_r);
        answer->status = f(&entry, asking->buffer, asking->size, &answer->error);
    } else
        return false;
    if (answer->status == NSS_STATUS_SUCCESS)
        ether_text(asking, &entry);
    return true;
}

static void network_text(struct asking *asking, const struct netent *network)
{
    require(asking, network->n_addrtype == AF_INET, "n_addrtype is no AF_INET");
    write_text(asking, "%08x", network->n_net);
    string(asking, network->n_name);
    strings(asking, network->n_aliases);
}

static bool ask_networks(struct asking *asking)
{
    const char *key;
    struct netent network;
    struct answer *answer = asking->answer;
    if ((key = after(asking, "networks:name:")) != NULL) {
        FUNCTION(getnetbyname_r);
        answer->status = f(key, &network, asking->buffer, asking->size, &answer->error, &answer->host_error);
    } else if ((key = after(asking, "networks:number:")) != NULL) {
        FUNCTION(getnetbyaddr_r);
        answer->status = f((uint32_t)strtoul(key, NULL, 16), AF_INET, &network, asking->buffer, asking->size,
                           &answer->error, &answer->host_error);
    } else if ((key = after(asking, "networks:family:")) != NULL) {
        FUNCTION(getnetbyaddr_r);
        answer->status = f(0x0a090000, atoi(key), &network, asking->buffer, asking->size, &answer->error,
                           &answer->host_error);
    } else if (after(asking, "next:networks") != NULL) {
        FUNCTION(getnetent_r);
        answer->status = f(&network, asking->buffer, asking->size, &answer->error, &answer->host_error);
    } else
        return false;
    if (answer->status == NSS_STATUS_SUCCESS)
        network_text(asking, &network);
    return true;
}

/** All triples of a netgroup; the status is that of setnetgrent, or of the triple that came out wrong. */
static bool ask_netgroup(struct asking *asking)
{
    const char *key = after(asking, "netgroup:");
    struct answer *answer = asking->answer;
    struct __netgrent state = {0};
    __typeof__(&_nss_kickback_endnetgrent) end = (__typeof__(end))module_function("endnetgrent");
    __typeof__(&_nss_kickback_getnetgrent_r) get = (__typeof__(get))module_function("getnetgrent_r");
    FUNCTION(setnetgrent);
    if (key == NULL)
        return false;
    answer->status = f(key, &state);
    while (answer->status == NSS_STATUS_SUCCESS) {
        enum nss_status next = get(&state, asking->buffer, asking->size, &answer->error);
        if (next == NSS_STATUS_SUCCESS) {
            const char *fields[] = {state.val.triple.host, state.val.triple.user, state.val.triple.domain};
            write_text(asking, "(");
            for (int i = 0; i < 3; i++)
                if (fields[i] == NULL)
                    write_text(asking, ",");
                else
                    string(asking, fields[i]);
            write_text(asking, ")");
        } else if (next == NSS_STATUS_RETURN)
            break;
        else
            answer->status = next;
    }
    end(&state);
    return true;
}

static bool ask_initgroups(struct asking *asking)
{
    const char *key = after(asking, "initgroups:");
    struct answer *answer = asking->answer;
    long int start = 1, size = 1;
    gid_t *groups = malloc(sizeof *groups);
    FUNCTION(initgroups_dyn);
    if (key == NULL) {
        free(groups);
        return false;
    }
    groups[0] = 4242;
    answer->status = f(key, 4242, &start, &size, &groups, -1, &answer->error);
    require(asking, start <= size && groups[0] == 4242, "the caller's array was spoilt");
    for (long int i = 1; i < start; i++)
        write_text(asking, " %u", groups[i]);
    free(groups);
    return true;
}

void ask(const char *question, char *buffer, size_t size, struct answer *answer)
{
    struct asking asking = {question, buffer, size, answer, 0};
    const int found = 77;
    answer->status = NSS_STATUS_UNAVAIL;
    answer->error = answer->host_error = -1;
    answer->text[0] = '\0';
    errno = found;
    bool known = ask_passwd(&asking) || ask_group(&asking) || ask_hosts(&asking) || ask_chain(&asking) ||
                 ask_ethers(&asking) || ask_networks(&asking) || ask_netgroup(&asking) || ask_initgroups(&asking) ||
                 ask_shadow(&asking);
    require(&asking, known, "no such question");
    require(&asking, answer->status != NSS_STATUS_SUCCESS || errno == found, "errno was changed on success");
    require(&asking, answer->status != NSS_STATUS_SUCCESS || answer->error == -1, "*errnop was set on success");
}

void enumerate(const char *what, const char *database)
{
    static const char *const names[][2] = {
        {"passwd", "pwent"}, {"group", "grent"}, {"hosts", "hostent"}, {"ethers", "etherent"}, {"shadow", "spent"},
        {"networks", "netent"}};
    char name[32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i][0], database) != 0)
            continue;
        snprintf(name, sizeof name, "%s%s", what, names[i][1]);
        if (strcmp(what, "set") == 0) {
            __typeof__(&_nss_kickback_setpwent) set = (__typeof__(set))module_function(name);
            set(0);
        } else {
            __typeof__(&_nss_kickback_endpwent) end = (__typeof__(end))module_function(name);
            end();
        }
    }
}

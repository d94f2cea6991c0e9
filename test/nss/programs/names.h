/*
 * Look-ups as programs make them, through the C library: a question is a word for the kind and a key, an answer is one line of text, and
 * empty where there is no such name.
 */
#ifndef NAMES_H
#define NAMES_H

#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the groups of a user begin: that of her entry. */
#define OWN_GROUP 1000

static inline void user_of(const struct passwd *pw, char *out, size_t size)
{
    if (pw)
        snprintf(out, size, "%u %u %s", pw->pw_uid, pw->pw_gid, pw->pw_dir);
}

/* Adds a word to a text that ends with the separator, or is empty. */
static inline void add_word(char *out, size_t size, const char *separator, const char *word)
{
    size_t used = strlen(out);
    if (used < size)
        snprintf(out + used, size - used, "%s%s", separator, word);
}

static inline void group_of(const struct group *gr, char *out, size_t size)
{
    if (!gr)
        return;
    snprintf(out, size, "%u", gr->gr_gid);
    for (char **member = gr->gr_mem; *member; member++)
        add_word(out, size, member == gr->gr_mem ? " " : ",", *member);
}

static inline int by_number(const void *a, const void *b)
{
    gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;
    return (x > y) - (x < y);
}

static inline void groups_of(const char *name, char *out, size_t size)
{
    gid_t all[64];
    char number[16];
    int count = 64;
    if (getgrouplist(name, OWN_GROUP, all, &count) < 0)
        return;
    qsort(all, (size_t)count, sizeof *all, by_number);
    for (int i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%u", all[i]);
        add_word(out, size, i ? " " : "", number);
    }
}

static inline void host_of(const char *name, char *out, size_t size)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *all;
    if (getaddrinfo(name, NULL, &hints, &all))
        return;
    getnameinfo(all->ai_addr, all->ai_addrlen, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(all);
}

static inline void name_of(const char *address, char *out, size_t size)
{
    struct in_addr in;
    inet_pton(AF_INET, address, &in);
    struct hostent *entry = gethostbyaddr(&in, sizeof in, AF_INET);
    if (entry)
        snprintf(out, size, "%s", entry->h_name);
}

/* Looks a key up: user, uid, group, gid, groups (of a user), host, address, netgroup (whether a host is in `cluster`: 1 or 0). */
static inline void look_up(const char *kind, const char *key, char *out, size_t size)
{
    *out = '\0';
    if (!strcmp(kind, "user"))
        user_of(getpwnam(key), out, size);
    else if (!strcmp(kind, "uid"))
        user_of(getpwuid((uid_t)atoi(key)), out, size);
    else if (!strcmp(kind, "group"))
        group_of(getgrnam(key), out, size);
    else if (!strcmp(kind, "gid"))
        group_of(getgrgid((gid_t)atoi(key)), out, size);
    else if (!strcmp(kind, "groups"))
        groups_of(key, out, size);
    else if (!strcmp(kind, "host"))
        host_of(key, out, size);
    else if (!strcmp(kind, "address"))
        name_of(key, out, size);
    else
        snprintf(out, size, "%d", innetgr("cluster", key, NULL, NULL));
}

#endif

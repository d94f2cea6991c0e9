/**
 * What glibc finds in the module (nss(5), "NSS Module Interface" of the GNU C library manual): every function is named
 * _nss_kickback_ and what glibc adds, and gives NSS_STATUS_SUCCESS, NOTFOUND, UNAVAIL or TRYAGAIN; host look-ups also
 * RETURN. All that is returned lives in the caller's buffer; where that is too short the status is TRYAGAIN with ERANGE
 * in *errnop (and NETDB_INTERNAL in *h_errnop), and the same call with a larger one succeeds. On success, and where there
 * is no such entry or no further one, errno is as it was found; *errnop is what glibc makes the thread's errno otherwise. Any
 * thread may call any of them at any time.
 */
#ifndef KICKBACK_MODULE_H
#define KICKBACK_MODULE_H

#include <grp.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define MODULE_API __attribute__((visibility("default")))

/** An entry of ethers(5), as glibc's ether_hostton(3) takes it from modules. */
struct etherent {
    const char *e_name;
    struct ether_addr e_addr;
};

/** What glibc keeps between the calls for one netgroup (its inet/netgroup.h). The module may use data to position. */
struct __netgrent {
    enum { triple_val, group_val } type;
    union {
        struct {
            const char *host;
            const char *user;
            const char *domain;
        } triple;
        const char *group;
    } val;
    char *data;
    size_t data_size;
    union {
        char *cursor;
        unsigned long int position;
    } insertion;
    int first;
    void *known_groups;
    void *needed_groups;
    void *nip;
};

/** A user by name (getpwnam_r(3)). pw_passwd is "*", or "x" where this machine was granted shadow entries and the user is in the snapshot. */
MODULE_API enum nss_status _nss_kickback_getpwnam_r(const char *name, struct passwd *result, char *buffer,
                                                    size_t buflen, int *errnop);
/** A user by uid (getpwuid_r(3)). Never found, by name neither: users whose uid or gid is 0, -1 or below this machine's floors. */
MODULE_API enum nss_status _nss_kickback_getpwuid_r(uid_t uid, struct passwd *result, char *buffer, size_t buflen,
                                                    int *errnop);
/** Starts the enumeration of users anew (setpwent(3)). */
MODULE_API enum nss_status _nss_kickback_setpwent(int stayopen);
/** The next user of this process's enumeration; after ERANGE the same one again. */
MODULE_API enum nss_status _nss_kickback_getpwent_r(struct passwd *result, char *buffer, size_t buflen, int *errnop);
/** Ends the enumeration of users. */
MODULE_API enum nss_status _nss_kickback_endpwent(void);

/** A group by name (getgrnam_r(3)), with all its members. */
MODULE_API enum nss_status _nss_kickback_getgrnam_r(const char *name, struct group *result, char *buffer, size_t buflen,
                                                    int *errnop);
/** A group by gid (getgrgid_r(3)). Never found, by name neither: gids of 0, -1 or below this machine's floor. */
MODULE_API enum nss_status _nss_kickback_getgrgid_r(gid_t gid, struct group *result, char *buffer, size_t buflen,
                                                    int *errnop);
/** Starts the enumeration of groups anew (setgrent(3)). */
MODULE_API enum nss_status _nss_kickback_setgrent(int stayopen);
/** The next group of this process's enumeration; after ERANGE the same one again. */
MODULE_API enum nss_status _nss_kickback_getgrent_r(struct group *result, char *buffer, size_t buflen, int *errnop);
/** Ends the enumeration of groups. */
MODULE_API enum nss_status _nss_kickback_endgrent(void);
/**
 * Adds the groups that name `user` as member, except for `group` and gids that getgrgid_r never finds, to (*groups)[*start...], which has *size elements
 * and is enlarged with realloc(3) up to `limit` elements (0 or less: no limit). Groups beyond the limit are left out.
 */
MODULE_API enum nss_status _nss_kickback_initgroups_dyn(const char *user, gid_t group, long int *start, long int *size,
                                                        gid_t **groups, long int limit, int *errnop);

/** A shadow entry by name (getspnam_r(3)), for those who may read it. Root's is never found. */
MODULE_API enum nss_status _nss_kickback_getspnam_r(const char *name, struct spwd *result, char *buffer, size_t buflen,
                                                    int *errnop);
/** Starts the enumeration of shadow entries anew (setspent(3)). */
MODULE_API enum nss_status _nss_kickback_setspent(int stayopen);
/** The next shadow entry of this process's enumeration; after ERANGE the same one again. */
MODULE_API enum nss_status _nss_kickback_getspent_r(struct spwd *result, char *buffer, size_t buflen, int *errnop);
/** Ends the enumeration of shadow entries. */
MODULE_API enum nss_status _nss_kickback_endspent(void);

/** A host's IPv4 addresses by any of its names and spellings (gethostbyname_r(3)). */
MODULE_API enum nss_status _nss_kickback_gethostbyname_r(const char *name, struct hostent *result, char *buffer,
                                                         size_t buflen, int *errnop, int *h_errnop);
/**
 * A host's addresses of one family (AF_INET, AF_INET6). A host that has none of that family ends the search: status
 * RETURN, NO_DATA.
 */
MODULE_API enum nss_status _nss_kickback_gethostbyname2_r(const char *name, int family, struct hostent *result,
                                                          char *buffer, size_t buflen, int *errnop, int *h_errnop);
/** The same; sets *ttl to 0 and *canonical to the canonical name if they are not NULL. */
MODULE_API enum nss_status _nss_kickback_gethostbyname3_r(const char *name, int family, struct hostent *result,
                                                          char *buffer, size_t buflen, int *errnop, int *h_errnop,
                                                          int32_t *ttl, char **canonical);
/** A host's addresses of all families, for getaddrinfo(3). The first goes into **addresses unless that is NULL. */
MODULE_API enum nss_status _nss_kickback_gethostbyname4_r(const char *name, struct gaih_addrtuple **addresses,
                                                          char *buffer, size_t buflen, int *errnop, int *h_errnop,
                                                          int32_t *ttl);
/** The host with an address (gethostbyaddr_r(3)): that address alone, the canonical name, all aliases. */
MODULE_API enum nss_status _nss_kickback_gethostbyaddr_r(const void *address, socklen_t length, int family,
                                                         struct hostent *result, char *buffer, size_t buflen,
                                                         int *errnop, int *h_errnop);
/** The same; sets *ttl to 0 if it is not NULL. */
MODULE_API enum nss_status _nss_kickback_gethostbyaddr2_r(const void *address, socklen_t length, int family,
                                                          struct hostent *result, char *buffer, size_t buflen,
                                                          int *errnop, int *h_errnop, int32_t *ttl);
/** Starts the enumeration of hosts anew (sethostent(3)). */
MODULE_API enum nss_status _nss_kickback_sethostent(int stayopen);
/** The next host of this process's enumeration: once for each family it has addresses of, IPv4 first. */
MODULE_API enum nss_status _nss_kickback_gethostent_r(struct hostent *result, char *buffer, size_t buflen, int *errnop,
                                                      int *h_errnop);
/** Ends the enumeration of hosts. */
MODULE_API enum nss_status _nss_kickback_endhostent(void);

/** A machine's first MAC, by any of its names and spellings (ether_hostton(3)). */
MODULE_API enum nss_status _nss_kickback_gethostton_r(const char *name, struct etherent *result, char *buffer,
                                                      size_t buflen, int *errnop);
/** The canonical name of the machine with a MAC (ether_ntohost(3)). */
MODULE_API enum nss_status _nss_kickback_getntohost_r(const struct ether_addr *address, struct etherent *result,
                                                      char *buffer, size_t buflen, int *errnop);
/** Starts the enumeration of MACs anew. */
MODULE_API enum nss_status _nss_kickback_setetherent(int stayopen);
/** The next MAC of this process's enumeration; after ERANGE the same one again. */
MODULE_API enum nss_status _nss_kickback_getetherent_r(struct etherent *result, char *buffer, size_t buflen,
                                                       int *errnop);
/** Ends the enumeration of MACs. */
MODULE_API enum nss_status _nss_kickback_endetherent(void);

/** A network by its name or an alias, in any case (getnetbyname_r(3)). */
MODULE_API enum nss_status _nss_kickback_getnetbyname_r(const char *name, struct netent *result, char *buffer,
                                                        size_t buflen, int *errnop, int *h_errnop);
/** A network by its number in host byte order (getnetbyaddr_r(3)); `type` is AF_INET, or AF_UNSPEC for any. */
MODULE_API enum nss_status _nss_kickback_getnetbyaddr_r(uint32_t number, int type, struct netent *result, char *buffer,
                                                        size_t buflen, int *errnop, int *h_errnop);
/** Starts the enumeration of networks anew (setnetent(3)). */
MODULE_API enum nss_status _nss_kickback_setnetent(int stayopen);
/** The next network of this process's enumeration; after ERANGE the same one again. */
MODULE_API enum nss_status _nss_kickback_getnetent_r(struct netent *result, char *buffer, size_t buflen, int *errnop,
                                                     int *h_errnop);
/** Ends the enumeration of networks. */
MODULE_API enum nss_status _nss_kickback_endnetent(void);

/** Finds a netgroup (setnetgrent(3)) and keeps all of it in `result`, until endnetgrent. */
MODULE_API enum nss_status _nss_kickback_setnetgrent(const char *name, struct __netgrent *result);
/** The netgroup's next triple; after ERANGE the same one again. RETURN after the last one. */
MODULE_API enum nss_status _nss_kickback_getnetgrent_r(struct __netgrent *result, char *buffer, size_t buflen,
                                                       int *errnop);
/** Frees what setnetgrent keeps. */
MODULE_API enum nss_status _nss_kickback_endnetgrent(struct __netgrent *result);

#endif

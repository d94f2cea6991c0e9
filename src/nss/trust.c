/** Which files the module believes: by their owner and mode. */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/** The uid that stands for every uid that a user namespace has no number for (user_namespaces(7)). */
#define OVERFLOW_UID 65534u

/* The system call that fills the C library's struct stat; if none does (64-bit time on a 32-bit machine) it is statx(2). */
#if defined SYS_newfstatat
#define SYS_FSTATAT SYS_newfstatat
#elif defined SYS_fstatat64 && !(defined _TIME_BITS && _TIME_BITS == 64)
#define SYS_FSTATAT SYS_fstatat64
#endif

/** What is asked of a file's inode. */
struct status {
    mode_t mode;
    uid_t owner;
    struct identity identity;
};

static const struct store standard_stores[] = {
    {.path = "/run/kickback", .run_dir = true},
    {.path = "/var/lib/kickback"},
    {.path = "/usr/share/kickback"},
};

bool store_at(unsigned n, struct store *store)
{
    const char *chosen = secure_getenv(RUN_DIR_VARIABLE);
    if (chosen != NULL && *chosen != '\0') {
        *store = (struct store){.path = chosen, .chosen = true, .run_dir = true};
        return n == 0;
    }
    if (n >= sizeof standard_stores / sizeof *standard_stores)
        return false;
    *store = standard_stores[n];
    return true;
}

int above_standard(int fd)
{
    if (fd < 0)
        return -errno;
    if (fd > STDERR_FILENO)
        return fd;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    close(fd);
    return copy < 0 ? -error : copy;
}

/** Reads a small file of /proc whole; 0 if it can't be read or is larger than `size` - 1. */
static size_t read_small(const char *path, char *text, size_t size)
{
    int fd = above_standard(open(path, O_RDONLY | O_CLOEXEC));
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, size);
    close(fd);
    if (n <= 0 || (size_t)n >= size)
        return 0;
    text[n] = '\0';
    return (size_t)n;
}

/** One line of /proc/self/uid_map: `count` uids from `inside` on are those from `outside` on in the parent namespace. */
struct uid_range {
    uint64_t inside, outside, count;
};

/**
 * Reads the next number and moves *text past it. False: there is none. (strtoul has another name, and a newer symbol, for
 * those who are compiled with glibc 2.38 or later.)
 */
static bool next_number(const char **text, uint64_t *number)
{
    const char *at = *text;
    *number = 0;
    while (*at == ' ' || *at == '\n')
        at++;
    for (*text = at; **text >= '0' && **text <= '9'; ++*text)
        *number = *number * 10 + (uint64_t)(**text - '0');
    return *text != at;
}

/** Reads the next line of the map and moves *text past it. */
static bool next_range(const char **text, struct uid_range *range)
{
    return next_number(text, &range->inside) && next_number(text, &range->outside) && next_number(text, &range->count);
}

/** What a file's owner is that shows the overflow uid. */
enum overflow {
    /** An account of this user namespace, or we can't tell. */
    OVERFLOW_ACCOUNT,
    /** An account of this user namespace, or somebody outside it. */
    OVERFLOW_EITHER,
    /** Somebody outside: no account in here has this uid. */
    OVERFLOW_OUTSIDE,
};

static enum overflow overflow_owner(void)
{
    char map[1024];
    const char *text = map;
    struct uid_range range;
    if (read_small("/proc/self/uid_map", map, sizeof map) == 0)
        return OVERFLOW_ACCOUNT;
    while (next_range(&text, &range))
        if (range.inside <= OVERFLOW_UID && OVERFLOW_UID - range.inside < range.count)
            return range.inside == range.outside ? OVERFLOW_ACCOUNT : OVERFLOW_EITHER;
    return OVERFLOW_OUTSIDE;
}

/*
 * In a rootless user namespace the real root has no number, and root's files show the overflow uid. It counts as root at
 * the fixed stores alone, whose parents only root can write, and only if it can't mean an account of the namespace:
 * that uid belongs to no user in here, or nobody in here can write the file because the mount is read-only.
 */
static bool trusted_owner(uid_t uid, const struct store *store, bool read_only)
{
    if (uid == 0)
        return true;
    if (store->chosen)
        return uid == geteuid();
    if (uid != OVERFLOW_UID)
        return false;
    enum overflow owner = overflow_owner();
    return owner == OVERFLOW_OUTSIDE || (owner == OVERFLOW_EITHER && read_only);
}

bool trusted_user(uid_t uid, const struct store *store)
{
    return trusted_owner(uid, store, false);
}

/** What the file `name` in a folder is, or `folder` itself where `name` is empty; links are not followed. */
static bool status_of(int folder, const char *name, struct status *status)
{
    int flags = AT_SYMLINK_NOFOLLOW | (*name == '\0' ? AT_EMPTY_PATH : 0);
#ifdef SYS_FSTATAT
    /* fstatat(2) itself: the C library has it under another name since 2.33, and sandboxes know it better than statx(2). */
    struct stat file;
    if (syscall(SYS_FSTATAT, folder, name, &file, flags) != 0)
        return false;
    struct identity identity = {.device = file.st_dev, .inode = file.st_ino, .size = (uint64_t)file.st_size};
    *status = (struct status){.mode = file.st_mode, .owner = file.st_uid, .identity = identity};
#else
    struct statx file;
    if (statx(folder, name, flags, STATX_BASIC_STATS, &file) != 0)
        return false;
    uint64_t device = (uint64_t)file.stx_dev_major << 32 | file.stx_dev_minor;
    struct identity identity = {.device = device, .inode = file.stx_ino, .size = file.stx_size};
    *status = (struct status){.mode = file.stx_mode, .owner = file.stx_uid, .identity = identity};
#endif
    return true;
}

/** Whether the open file is of this type, and owner and mode let nobody else write it. 0 or -errno. */
static int examine(int fd, mode_t type, const struct store *store, struct identity *identity)
{
    struct status file;
    struct statvfs mount;
    if (!status_of(fd, "", &file))
        return -EIO;
    if ((file.mode & S_IFMT) != type || (file.mode & (S_IWGRP | S_IWOTH)) != 0)
        return -EPERM;
    bool read_only = file.owner != 0 && fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
    if (!trusted_owner(file.owner, store, read_only))
        return -EPERM;
    *identity = file.identity;
    return 0;
}

/** Opens and examines; closes again what is not trusted. */
static int trusted(int parent, const char *name, int flags, mode_t type, const struct store *store,
                   struct identity *identity)
{
    int fd = above_standard(openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC));
    if (fd < 0)
        return fd;
    int error = examine(fd, type, store, identity);
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

int trusted_folder(int parent, const char *name, const struct store *store)
{
    struct identity identity;
    return trusted(parent, name, O_PATH | O_DIRECTORY, S_IFDIR, store, &identity);
}

int trusted_file(int folder, const char *name, const struct store *store, struct identity *identity)
{
    return trusted(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, S_IFREG, store, identity);
}

bool identify(int folder, const char *name, struct identity *identity)
{
    struct status file;
    if (!status_of(folder, name, &file))
        return false;
    *identity = file.identity;
    return true;
}

/** Which files the module believes: those that only root (or, where said, the process's own user) can have written. */
#ifndef KICKBACK_TRUST_H
#define KICKBACK_TRUST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Names the run dir in place of /run/kickback; not looked at in privileged programs (AT_SECURE, secure_getenv(3)). */
#define RUN_DIR_VARIABLE "KICKBACK_RUN_DIR"

/** Where snapshots are stored on this machine: a folder. */
struct store {
    const char *path;
    /** Whether RUN_DIR_VARIABLE named it: then the effective uid may own it too. */
    bool chosen;
    /** Whether it is a run dir, where a daemon of this machine publishes. */
    bool run_dir;
};

/** A file's identity on this machine. */
struct identity {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
};

/**
 * The n-th store to look into for snapshots: /run/kickback, /var/lib/kickback, /usr/share/kickback, or the one that
 * RUN_DIR_VARIABLE names and no other. False if there is no n-th.
 */
bool store_at(unsigned n, struct store *store);

/**
 * Opens the folder `name`, below `parent` (AT_FDCWD: a path), if it is to be trusted: no symbolic link, owned by root,
 * not writable by group or others. Gives a descriptor of 3 or more (O_PATH) or -errno; -EPERM: not trusted.
 */
int trusted_folder(int parent, const char *name, const struct store *store);

/**
 * Opens the regular file `name` in a trusted folder for reading, never waiting, never following a link, under the same
 * rules. Gives a descriptor of 3 or more and the file's identity, or -errno.
 */
int trusted_file(int folder, const char *name, const struct store *store, struct identity *identity);

/**
 * The identity, except for the size, of the file `name` in a folder; where the name is empty, of the descriptor itself. False
 * if there is none or it can't be told.
 */
bool identify(int folder, const char *name, struct identity *identity);

/** Whether two identities are those of one file, whatever its size was. */
static inline bool is_same_file(const struct identity *one, const struct identity *other)
{
    return one->device == other->device && one->inode == other->inode;
}

/** Whether a process of this effective uid may answer for a service in this store. */
bool trusted_user(uid_t uid, const struct store *store);

/** A descriptor of 3 or more for the same file: `fd` itself or, for 0 to 2, a copy, `fd` closed. -errno where none is left. */
int above_standard(int fd);

#endif

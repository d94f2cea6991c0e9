/*
 * A disk that fails: preloaded into a program, it has what the program does to files below two folders fail. The file that FAULTS_DISK
 * names says how, and may change at any time: see `struct order`. FAULTS_RUN and FAULTS_STATE are the folders.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Which folders; the error (errno(3)), 0 for none; how many calls are let pass first, and how many fail then; how many calls there were. */
struct order
{
    volatile int32_t folders, error, pass, fail, seen;
};
enum
{
    RUN = 1,
    STATE = 2
};

static struct order *order;
static const char *folders[2];

__attribute__((constructor)) static void map_file(void)
{
    const char *path = getenv("FAULTS_DISK");
    int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *at = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    folders[0] = getenv("FAULTS_RUN");
    folders[1] = getenv("FAULTS_STATE");
    if (at != MAP_FAILED)
        order = at;
}

static int is_below(const char *path)
{
    for (int i = 0; i < 2; i++)
        if ((order->folders & (1 << i)) && folders[i] != NULL && strncmp(path, folders[i], strlen(folders[i])) == 0)
            return 1;
    return 0;
}

/* What a call does: a full disk refuses bytes and names, a read-only one all changes but bytes to a file that is open, a broken one all. */
enum what
{
    BYTES = 1,
    NAMES = 2,
    CHANGES = 4
};

static int fails(const char *path, enum what what)
{
    if (order == NULL || order->folders == 0 || !is_below(path))
        return 0;
    int error = order->error;
    if ((error == ENOSPC && what == CHANGES) || (error == EROFS && what == BYTES))
        return 0;
    int number = __atomic_fetch_add(&order->seen, 1, __ATOMIC_SEQ_CST);
    if (error == 0 || number < order->pass || number - order->pass >= order->fail)
        return 0;
    errno = error;
    return 1;
}

static int file_fails(int file, enum what what)
{
    char link[32], path[4096];
    struct stat found;
    if (order == NULL || fstat(file, &found) != 0 || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode)))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = '\0';
    return fails(path, what);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPENS(name)                                                                                                                        \
    int name(const char *path, int flags, ...)                                                                                             \
    {                                                                                                                                      \
        va_list rest;                                                                                                                      \
        va_start(rest, flags);                                                                                                             \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                                            \
        va_end(rest);                                                                                                                      \
        if ((flags & O_ACCMODE) != O_RDONLY && fails(path, flags & O_CREAT ? NAMES : CHANGES))                                             \
            return -1;                                                                                                                     \
        return REAL(name)(path, flags, mode);                                                                                              \
    }
#define OF_FILE(type, name, what, parameters, ...)                                                                                         \
    type name parameters { return file_fails(file, what) ? -1 : REAL(name)(__VA_ARGS__); }
#define OF_PATH(type, name, what, parameters, ...)                                                                                         \
    type name parameters { return fails(path, what) ? -1 : REAL(name)(__VA_ARGS__); }

OPENS(open)
OPENS(open64)
OF_FILE(ssize_t, write, BYTES, (int file, const void *bytes, size_t size), file, bytes, size)
OF_FILE(ssize_t, pwrite64, BYTES, (int file, const void *bytes, size_t size, off64_t at), file, bytes, size, at)
OF_FILE(ssize_t, writev, BYTES, (int file, const struct iovec *parts, int count), file, parts, count)
OF_FILE(ssize_t, pwritev64, BYTES, (int file, const struct iovec *parts, int count, off64_t at), file, parts, count, at)
OF_FILE(int, fsync, BYTES, (int file), file)
OF_FILE(int, fdatasync, BYTES, (int file), file)
OF_FILE(int, ftruncate64, CHANGES, (int file, off64_t size), file, size)
OF_FILE(int, fchmod, CHANGES, (int file, mode_t mode), file, mode)
OF_FILE(int, fchown, CHANGES, (int file, uid_t uid, gid_t gid), file, uid, gid)
OF_PATH(int, rename, NAMES, (const char *path, const char *to), path, to)
OF_PATH(int, unlink, CHANGES, (const char *path), path)
OF_PATH(int, chmod, CHANGES, (const char *path, mode_t mode), path, mode)
OF_PATH(int, chown, CHANGES, (const char *path, uid_t uid, gid_t gid), path, uid, gid)

/* What has a name already is told so, on a broken disk too. */
int mkdir(const char *path, mode_t mode)
{
    return access(path, F_OK) != 0 && fails(path, NAMES) ? -1 : REAL(mkdir)(path, mode);
}

int link(const char *path, const char *to)
{
    return access(to, F_OK) != 0 && fails(to, NAMES) ? -1 : REAL(link)(path, to);
}

char *mkdtemp(char *path)
{
    return fails(path, NAMES) ? NULL : REAL(mkdtemp)(path);
}

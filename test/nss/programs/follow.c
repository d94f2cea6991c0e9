/** follow RUN_DIR: how a mapped snapshot follows what happens at its path. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "call.h"
#include "check.h"
#include "publish.h"

static struct answer answer;
static char path[4096], aside[4200];

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

/** Whether ada is found; `why` says what the case is. */
static void expect(enum nss_status status, const char *why)
{
    char buffer[1024];
    ask("passwd:name:ada", buffer, sizeof buffer, &answer);
    check(answer.status == status, "%s: status %d, errno %d", why, answer.status, answer.error);
}

/** Waits until the coarse clock is in another second: the module compares the path once in each. */
static void next_second(void)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &start);
    do {
        nanosleep(&(struct timespec){0, 20000000}, NULL);
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    } while (now.tv_sec == start.tv_sec);
}

/** Writes a snapshot to the path by rename and says nothing in the old file. Gives the new file. */
static int replace_silently(struct bytes bytes)
{
    unlink(aside);
    int fd = open(aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, bytes.at, bytes.size) != (ssize_t)bytes.size || rename(aside, path) != 0)
        exit(3);
    return fd;
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 64;
    snprintf(path, sizeof path, "%s/snapshot.1", arguments[1]);
    snprintf(aside, sizeof aside, "%s.aside", path);
    struct bytes whole = file_bytes(path), without = file_bytes(path);
    for (char *name = without.at; (name = memmem(name, without.size - (size_t)(name - without.at), "ada", 4)) != NULL;)
        memcpy(name, "eve", 3);
    load_module();
    int old = open(path, O_RDWR | O_CLOEXEC);
    expect(NSS_STATUS_SUCCESS, "at first");
    set_state(old, KB_STATE_SUPERSEDED);
    expect(NSS_STATUS_SUCCESS, "superseded, but still what is at the path");
    next_second();
    expect(NSS_STATUS_SUCCESS, "the same a second later");
    tested("a superseded file that is the one at the path is current");

    rename(path, aside);
    next_second();
    expect(NSS_STATUS_SUCCESS, "no file at the path");
    replace_silently((struct bytes){whole.at, 100});
    next_second();
    expect(NSS_STATUS_SUCCESS, "no valid file at the path");
    tested("if reopening fails the old map still answers");

    int next = replace_silently(without);
    next_second();
    expect(NSS_STATUS_NOTFOUND, "another file at the path, the old one's state word untouched");
    tested("the path is compared once a second, for what the state word can't tell");

    unlink(path);
    set_state(next, KB_STATE_EMPTIED);
    expect(NSS_STATUS_UNAVAIL, "emptied, and nothing at the path");
    replace_silently(whole);
    expect(NSS_STATUS_SUCCESS, "a new file at the path");
    tested("an emptied map answers nothing, and a new file is found at once");
    return 0;
}

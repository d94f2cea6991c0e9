/** Publishes snapshots as a daemon does: rename, then the old file's state word, later its body. */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../../src/nss/layout.h"

/** A snapshot in memory. */
struct bytes {
    char *at;
    size_t size;
};

/** What a publisher holds open: the file at the path, and the one before it. */
struct publisher {
    const char *folder;
    int current, superseded;
    size_t superseded_size, current_size;
};

/** Reads a file whole; ends the program if it can't. */
static inline struct bytes file_bytes(const char *path)
{
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0) {
        perror(path);
        exit(2);
    }
    struct bytes bytes = {malloc((size_t)file.st_size + 1), (size_t)file.st_size};
    if (read(fd, bytes.at, bytes.size) != (ssize_t)bytes.size)
        exit(2);
    close(fd);
    return bytes;
}

/** Sets the low byte of a file's state word. */
static inline void set_state(int fd, uint8_t state)
{
    if (fd >= 0 && pwrite(fd, &state, 1, offsetof(struct kb_header, state)) != 1)
        exit(3);
}

/** Publishes bytes: whole, by rename; marks the file before superseded, and empties the one before that. */
static inline void publish(struct publisher *publisher, struct bytes bytes)
{
    char path[4096], temporary[4200];
    snprintf(path, sizeof path, "%s/snapshot.1", publisher->folder);
    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, bytes.at, bytes.size) != (ssize_t)bytes.size || rename(temporary, path) != 0)
        exit(3);
    set_state(publisher->current, KB_STATE_SUPERSEDED);
    if (publisher->superseded >= 0) {
        set_state(publisher->superseded, KB_STATE_EMPTIED);
        if (publisher->superseded_size > 4096)
            fallocate(publisher->superseded, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096,
                      (off_t)publisher->superseded_size - 4096);
        close(publisher->superseded);
    }
    publisher->superseded = publisher->current;
    publisher->superseded_size = publisher->current_size;
    publisher->current = fd;
    publisher->current_size = bytes.size;
}

#endif

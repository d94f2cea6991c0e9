/** What the programs of this folder that ask a socket share: a clock, a file of frames, and the socket. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/** Frames, one after the other, each with the length of its body before it. */
struct frames {
  unsigned char *bytes;
  size_t size;
};

/** Says what the system says of this, and ends. */
static void die(const char *what) {
  perror(what);
  exit(1);
}

/** CLOCK_MONOTONIC in nanoseconds. */
static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/** How long a frame is with the four bytes of its length. */
static size_t whole(const unsigned char *head) {
  return 4 + ((size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]);
}

/** The frames of a file. Ends where it can't be read. */
static struct frames frames_of(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat state;
  if (file < 0 || fstat(file, &state) < 0) die(path);
  size_t size = (size_t)state.st_size;
  struct frames frames = {malloc(size), size};
  if (frames.bytes == NULL || read(file, frames.bytes, size) != (ssize_t)size) die(path);
  close(file);
  return frames;
}

/** A connection to the socket at a path. Ends where there is none. */
static int connected(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int link = socket(AF_UNIX, SOCK_STREAM, 0);
  if (link < 0 || connect(link, (struct sockaddr *)&address, sizeof address) < 0) die(path);
  return link;
}

/*
 * Asks what is in a file of frames, again and again, with so many questions open: load SOCKET FRAMES WINDOW MILLISECONDS. Prints how many were
 * answered, and nanoseconds.
 */
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

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static size_t body(const unsigned char *head) {
  return (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
}

int main(int argc, char **argv) {
  if (argc != 5) return 64;
  int file = open(argv[2], O_RDONLY);
  struct stat state;
  if (file < 0 || fstat(file, &state) < 0) die(argv[2]);
  size_t size = (size_t)state.st_size;
  unsigned char *frames = malloc(size);
  if (frames == NULL || read(file, frames, size) != (ssize_t)size) die(argv[2]);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int link = socket(AF_UNIX, SOCK_STREAM, 0);
  if (link < 0 || connect(link, (struct sockaddr *)&address, sizeof address) < 0) die(argv[1]);
  uint64_t window = strtoull(argv[3], NULL, 10);
  uint64_t begun = now();
  uint64_t end = begun + strtoull(argv[4], NULL, 10) * 1000000u;
  uint64_t asked = 0, answered = 0;
  size_t at = 0, held = 0;
  static unsigned char replies[1 << 20];
  while (now() < end) {
    size_t from = at;
    while (asked - answered < window && at < size) {
      at += 4 + body(frames + at);
      asked++;
    }
    for (size_t sent = from; sent < at;) {
      ssize_t count = write(link, frames + sent, at - sent);
      if (count < 0) die("write");
      sent += (size_t)count;
    }
    if (at >= size) {
      at = 0;
      if (asked - answered < window) continue;
    }
    ssize_t count = read(link, replies + held, sizeof replies - held);
    if (count <= 0) die("read");
    held += (size_t)count;
    size_t done = 0;
    while (held - done >= 4 && held - done >= 4 + body(replies + done)) {
      done += 4 + body(replies + done);
      answered++;
    }
    held -= done;
    memmove(replies, replies + done, held);
  }
  printf("%llu %llu\n", (unsigned long long)answered, (unsigned long long)(now() - begun));
  return 0;
}

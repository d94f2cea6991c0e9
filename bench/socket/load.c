/*
 * Asks what is in a file of frames, again and again, with so many questions open: load SOCKET FRAMES WINDOW MILLISECONDS. Prints how many were
 * answered, and nanoseconds.
 */
#include "frames.h"

int main(int argc, char **argv) {
  if (argc != 5) return 64;
  struct frames all = frames_of(argv[2]);
  const unsigned char *frames = all.bytes;
  size_t size = all.size;
  int link = connected(argv[1]);
  uint64_t window = strtoull(argv[3], NULL, 10);
  uint64_t begun = now();
  uint64_t end = begun + strtoull(argv[4], NULL, 10) * 1000000u;
  uint64_t asked = 0, answered = 0;
  size_t at = 0, held = 0;
  static unsigned char replies[1 << 20];
  while (now() < end) {
    size_t from = at;
    while (asked - answered < window && at < size) {
      at += whole(frames + at);
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
    while (held - done >= 4 && held - done >= whole(replies + done)) {
      done += whole(replies + done);
      answered++;
    }
    held -= done;
    memmove(replies, replies + done, held);
  }
  printf("%llu %llu\n", (unsigned long long)answered, (unsigned long long)(now() - begun));
  return 0;
}

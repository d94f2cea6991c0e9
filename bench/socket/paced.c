/*
 * Asks what is in a file of frames at a steady rate, one after the other: paced SOCKET FRAMES RATE SECONDS. Prints microseconds: the median, what 99 and
 * 99.9 of 100 do not pass, and the longest. A question that has to wait for the answer before it counts from when it was due.
 */
#include "frames.h"

static void until(uint64_t due) {
  struct timespec time = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static int compare(const void *one, const void *other) {
  uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  if (argc != 5) return 64;
  struct frames all = frames_of(argv[2]);
  const unsigned char *frames = all.bytes;
  size_t size = all.size;
  int link = connected(argv[1]);
  uint64_t each = 1000000000u / strtoull(argv[3], NULL, 10);
  size_t count = strtoull(argv[4], NULL, 10) * 1000000000u / each, at = 0;
  uint64_t *taken = malloc(count * sizeof *taken);
  static unsigned char reply[1 << 20];
  uint64_t begun = now();
  for (size_t i = 0; i < count; i++) {
    uint64_t due = begun + i * each;
    until(due);
    size_t length = whole(frames + at);
    if (write(link, frames + at, length) != (ssize_t)length) die("write");
    at = at + length < size ? at + length : 0;
    for (size_t held = 0; held < 4 || held < whole(reply);) {
      ssize_t came = read(link, reply + held, sizeof reply - held);
      if (came <= 0) die("read");
      held += (size_t)came;
    }
    taken[i] = now() - due;
  }
  qsort(taken, count, sizeof *taken, compare);
  printf("%.1f %.1f %.1f %.1f\n", (double)taken[count / 2] / 1e3, (double)taken[count * 99 / 100] / 1e3,
         (double)taken[count * 999 / 1000] / 1e3, (double)taken[count - 1] / 1e3);
  return 0;
}

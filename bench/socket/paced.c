/*
 * Asks what is in a file of frames at a steady rate, one after the other: paced SOCKET FRAMES RATE SECONDS. Prints microseconds: the median, what 99 and
 * 99.9 of 100 do not pass, and the longest. A question counts from when it was sent, but from when it was due where the answer before it came later than that.
 * So how late this program was woken to ask is in none of them: what 99 of 100 do not pass and the most are printed behind them, and whether it has the
 * priority of real time, with which it is also woken at once for the answer.
 */
#include <sched.h>

#include "frames.h"

static void until(uint64_t due) {
  struct timespec time = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/** Sleeps until a question is due; how late that was. Not at all, and 0, where it is overdue already. */
static uint64_t woken(uint64_t due) {
  if (now() >= due) return 0;
  until(due);
  return now() - due;
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
  uint64_t *taken = calloc(count, sizeof *taken), *late = calloc(count, sizeof *late);
  if (count == 0 || taken == NULL || late == NULL) die("memory");
  struct sched_param priority = {.sched_priority = 10};
  int is_prompt = sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
  static unsigned char reply[1 << 20];
  uint64_t begun = now();
  for (size_t i = 0; i < count; i++) {
    uint64_t due = begun + i * each;
    late[i] = woken(due);
    size_t length = whole(frames + at);
    if (write(link, frames + at, length) != (ssize_t)length) die("write");
    at = at + length < size ? at + length : 0;
    for (size_t held = 0; held < 4 || held < whole(reply);) {
      ssize_t came = read(link, reply + held, sizeof reply - held);
      if (came <= 0) die("read");
      held += (size_t)came;
    }
    taken[i] = now() - due - late[i];
  }
  qsort(taken, count, sizeof *taken, compare);
  qsort(late, count, sizeof *late, compare);
  printf("%.1f %.1f %.1f %.1f %.1f %.1f %d\n", (double)taken[count / 2] / 1e3, (double)taken[count * 99 / 100] / 1e3,
         (double)taken[count * 999 / 1000] / 1e3, (double)taken[count - 1] / 1e3, (double)late[count * 99 / 100] / 1e3,
         (double)late[count - 1] / 1e3, is_prompt);
  return 0;
}

/*
 * Asks at a steady rate, and sleeps in between: paced PORT FILE RATE SECONDS. A reply came when the kernel got it (SO_TIMESTAMPNS), so the figures don't
 * hold how late this program was woken; that is told beside them, as is whether it has the priority of real time, with which it is woken at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>

#include "questions.h"

enum { IDS = 65536, SOCKETS = 10 };

/** How long replies are waited for after the last question, in nanoseconds. */
static const uint64_t PATIENCE = 1000000000u;
/** How late a reply can be told to be, in nanoseconds. */
static const uint64_t LATEST = 4000000000u;

static uint64_t sent[IDS];
static struct {
  uint32_t *taken;
  size_t count, ok, unknown;
} replies;

static void until(uint64_t due) {
  struct timespec time = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) continue;
}

/** When the kernel got a message, on the clock of this machine. */
static uint64_t arrival(struct msghdr *message) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    struct timespec time;
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    memcpy(&time, CMSG_DATA(part), sizeof time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
  }
  return clock_of(CLOCK_REALTIME);
}

/** Takes what has come to a socket. */
static void take(int link) {
  for (;;) {
    unsigned char packet[1500];
    char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec room = {packet, sizeof packet};
    struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(link, &message, MSG_DONTWAIT);
    if (length < 12) return;
    uint64_t *begun = &sent[packet[0] << 8 | packet[1]];
    if (*begun == 0) continue;
    uint64_t came = arrival(&message), took = came > *begun ? came - *begun : 0;
    *begun = 0;
    replies.taken[replies.count++] = (uint32_t)(took > LATEST ? LATEST : took);
    replies.ok += (packet[3] & 15) == 0;
    replies.unknown += (packet[3] & 15) == 3;
  }
}

static double microseconds(const uint32_t *sorted, size_t count, double part) {
  size_t at = (size_t)((double)count * part);
  return sorted[at < count ? at : count - 1] / 1e3;
}

int main(int argc, char **argv) {
  static struct questions questions;
  if (argc != 5) return 64;
  read_questions(argv[2], &questions);
  double rate = atof(argv[3]);
  size_t count = (size_t)(rate * atof(argv[4]));
  if (count == 0) return 64;
  int link[SOCKETS], on = 1;
  for (int i = 0; i < SOCKETS; i++) {
    link[i] = socket_to(atoi(argv[1]));
    if (setsockopt(link[i], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) die("SO_TIMESTAMPNS");
  }
  replies.taken = calloc(count, sizeof *replies.taken);
  uint32_t *late = calloc(count, sizeof *late);
  if (replies.taken == NULL || late == NULL) die("memory");
  mlockall(MCL_CURRENT);
  struct sched_param priority = {.sched_priority = 10};
  int is_prompt = sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
  uint64_t begun = clock_of(CLOCK_MONOTONIC);
  for (size_t i = 0; i < count; i++) {
    uint64_t due = begun + (uint64_t)((double)i * 1e9 / rate);
    until(due);
    uint64_t woken = clock_of(CLOCK_MONOTONIC) - due;
    late[i] = (uint32_t)(woken > LATEST ? LATEST : woken);
    int which = (int)(i % (size_t)questions.count);
    unsigned char packet[QUESTION_MAX];
    memcpy(packet, questions.packet[which], questions.length[which]);
    packet[0] = (unsigned char)(i >> 8);
    packet[1] = (unsigned char)i;
    sent[i % IDS] = clock_of(CLOCK_REALTIME);
    send(link[i % SOCKETS], packet, questions.length[which], 0);
    for (int j = 0; j < SOCKETS; j++) take(link[j]);
  }
  for (uint64_t end = clock_of(CLOCK_MONOTONIC) + PATIENCE; replies.count < count && clock_of(CLOCK_MONOTONIC) < end;) {
    until(clock_of(CLOCK_MONOTONIC) + 1000000u);
    for (int j = 0; j < SOCKETS; j++) take(link[j]);
  }
  if (replies.count == 0) {
    fprintf(stderr, "no replies\n");
    return 1;
  }
  qsort(replies.taken, replies.count, sizeof *replies.taken, compare);
  qsort(late, count, sizeof *late, compare);
  printf("p50_us=%.1f p99_us=%.1f p999_us=%.1f max_us=%.0f answered=%zu/%zu ok=%.1f%% nx=%.1f%% late_p99_us=%.1f late_max_us=%.0f prompt=%d\n",
         microseconds(replies.taken, replies.count, 0.5), microseconds(replies.taken, replies.count, 0.99),
         microseconds(replies.taken, replies.count, 0.999), microseconds(replies.taken, replies.count, 1), replies.count, count,
         100.0 * (double)replies.ok / (double)replies.count, 100.0 * (double)replies.unknown / (double)replies.count,
         microseconds(late, count, 0.99), microseconds(late, count, 1), is_prompt);
  return 0;
}

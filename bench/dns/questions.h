/** What the programs of this folder that ask have in common: clocks, a file of questions, and how what was measured is ordered. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { QUESTIONS_MAX = 20000, QUESTION_MAX = 400 };

/** Questions as packets, whose id is 0. */
struct questions {
  unsigned char *packet[QUESTIONS_MAX];
  size_t length[QUESTIONS_MAX];
  int count;
};

/** Says what the system says of this, and ends. */
static void die(const char *what) {
  perror(what);
  exit(1);
}

/** A clock in nanoseconds. */
static uint64_t clock_of(clockid_t id) {
  struct timespec time;
  clock_gettime(id, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/** A question of a name for one of the types that the data has, as a packet; its length. */
static size_t question_of(const char *name, const char *type, unsigned char *packet) {
  static const unsigned char head[12] = {[2] = 0, 0, 0, 1};
  memcpy(packet, head, sizeof head);
  unsigned char *at = packet + sizeof head;
  while (*name != '\0') {
    size_t label = strcspn(name, ".");
    *at++ = (unsigned char)label;
    memcpy(at, name, label);
    at += label;
    name += label + (name[label] == '.');
  }
  *at++ = 0;
  *at++ = 0;
  *at++ = strcmp(type, "A") == 0 ? 1 : strcmp(type, "PTR") == 0 ? 12 : 28;
  *at++ = 0;
  *at++ = 1;
  return (size_t)(at - packet);
}

/** Reads a file with a name and a type in each line. Ends where it can't be read or holds none. */
static void read_questions(const char *path, struct questions *all) {
  char name[300], type[10];
  FILE *file = fopen(path, "r");
  if (file == NULL) die(path);
  while (all->count < QUESTIONS_MAX && fscanf(file, "%299s %9s", name, type) == 2) {
    unsigned char packet[QUESTION_MAX];
    size_t length = question_of(name, type, packet);
    all->packet[all->count] = memcpy(malloc(length), packet, length);
    all->length[all->count++] = length;
  }
  fclose(file);
  if (all->count == 0) {
    fprintf(stderr, "%s: no questions\n", path);
    exit(1);
  }
}

/** A socket that talks to this port of loopback alone. */
static int socket_to(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int room = 1 << 20;
  int link = socket(AF_INET, SOCK_DGRAM, 0);
  if (link < 0 || connect(link, (struct sockaddr *)&address, sizeof address) < 0) die("socket");
  setsockopt(link, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  return link;
}

/** Orders uint32_t for qsort(3). */
static int compare(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
  return (a > b) - (a < b);
}

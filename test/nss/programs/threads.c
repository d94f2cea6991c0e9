/**
 * threads RUN_DIR ROUNDS SNAPSHOT SNAPSHOT: threads look up and enumerate while the snapshots take turns, so many times. User
 * uN has uid 100000+N and the home /home/uN in both; the gecos is `generation G` for all users of one snapshot.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include "call.h"
#include "check.h"
#include "publish.h"

#define LOOKERS 4
#define WALKERS 2
#define USERS 64
#define BUFFER 4096

static _Atomic int over;
static _Atomic long looked, walked;

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

/** One look-up of a user, which must be right in one generation or the other. Gives the generation, 0: wrong. */
static int look(struct answer *answer, unsigned n)
{
    char question[64], buffer[BUFFER], name[32], home[32];
    unsigned uid, gid, generation = 0;
    snprintf(question, sizeof question, n % 2 == 0 ? "passwd:name:u%u" : "passwd:id:%u", n % 2 == 0 ? n : 100000 + n);
    ask(question, buffer, sizeof buffer, answer);
    bool is_read = sscanf(answer->text, "%u:%u:%31[^:]:*:generation %u:%31[^:]:", &uid, &gid, name, &generation, home) == 5;
    check(answer->status == NSS_STATUS_SUCCESS && is_read && uid == 100000 + n && (unsigned)atoi(name + 1) == n &&
              strncmp(home, "/home/u", 7) == 0 && (unsigned)atoi(home + 7) == n,
          "%s: status %d, errno %d: %s", question, answer->status, answer->error, answer->text);
    return (int)generation;
}

static void *look_up(void *argument)
{
    struct answer *answer = malloc(sizeof *answer);
    unsigned n = (unsigned)(uintptr_t)argument;
    for (; !over; n = (n * 5 + 1) % USERS, looked++)
        look(answer, n);
    free(answer);
    return NULL;
}

/** Enumerates together with the other walkers, in any order of set, next and end. */
static void *walk(void *argument)
{
    struct answer *answer = malloc(sizeof *answer);
    char buffer[BUFFER];
    for (unsigned n = (unsigned)(uintptr_t)argument; !over; n++, walked++) {
        ask("next:passwd", buffer, sizeof buffer, answer);
        bool fine = answer->status == NSS_STATUS_NOTFOUND ||
                    (answer->status == NSS_STATUS_SUCCESS && strstr(answer->text, ":generation ") != NULL);
        check(fine, "enumeration: status %d, errno %d: %s", answer->status, answer->error, answer->text);
        if (answer->status != NSS_STATUS_SUCCESS || n % 97 == 0)
            enumerate(n % 3 == 0 ? "end" : "set", "passwd");
    }
    free(answer);
    return NULL;
}

/** A child in the middle of everything looks up, too, and sees what was published after it was born. */
static void fork_in_the_middle(struct publisher *publisher, struct bytes next, int generation)
{
    int ready[2];
    char byte;
    if (pipe(ready) != 0)
        exit(3);
    pid_t child = fork();
    if (child == 0) {
        struct answer *answer = malloc(sizeof *answer);
        fault[0] = '\0';
        close(ready[1]);
        bool told = read(ready[0], &byte, 1) == 0;
        _exit(told && look(answer, 7) == generation && fault[0] == '\0' ? 0 : 1);
    }
    publish(publisher, next);
    close(ready[0]);
    close(ready[1]);
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    check(status == 0, "a child ended with status %d", status);
}

int main(int count, char **arguments)
{
    if (count != 5)
        return 64;
    struct publisher publisher = {arguments[1], -1, -1, 0, 0};
    struct bytes snapshots[] = {file_bytes(arguments[3]), file_bytes(arguments[4])};
    int rounds = atoi(arguments[2]);
    pthread_t threads[LOOKERS + WALKERS];
    struct answer *answer = malloc(sizeof *answer);
    load_module();
    publish(&publisher, snapshots[0]);
    for (uintptr_t i = 0; i < LOOKERS + WALKERS; i++)
        pthread_create(&threads[i], NULL, i < LOOKERS ? look_up : walk, (void *)i);
    for (int round = 1; round <= rounds; round++) {
        int generation = round % 2 + 1;
        if (round % 50 == 0 && getenv("NO_FORK") == NULL)
            fork_in_the_middle(&publisher, snapshots[round % 2], generation);
        else
            publish(&publisher, snapshots[round % 2]);
        int seen = look(answer, (unsigned)round % USERS);
        check(seen == generation, "round %d: generation %d is published, %d answers", round, generation, seen);
    }
    over = 1;
    for (int i = 0; i < LOOKERS + WALKERS; i++)
        pthread_join(threads[i], NULL);
    check(looked > rounds && walked > 0, "%ld look-ups, %ld steps", looked, walked);
    tested("every look-up while snapshots are replaced is right, and the first one after is of the new one");
    free(answer);
    return 0;
}

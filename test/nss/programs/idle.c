/**
 * idle FOLDER PROCESSES GENERATIONS SNAPSHOT SNAPSHOT: so many idle processes hold the snapshots of FOLDER, a file system of its own,
 * while two take turns there. Each process looks up now and then; prints the most that the file system held, in snapshots, and
 * the number of look-ups.
 */
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include "call.h"
#include "check.h"
#include "publish.h"

#define BUFFER 1024

/** What all processes share. */
struct shared {
    /** The number of publications; negative while the next one is on its way, when either is right. */
    _Atomic int round;
    _Atomic long looked, wrong;
    _Atomic bool over;
};

static struct shared *shared;

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

/** One look-up; right is the user of the generation that is published now, or one that was while it ran. */
static void look(struct answer *answer, unsigned n)
{
    char question[64], buffer[BUFFER];
    int before = shared->round;
    snprintf(question, sizeof question, "passwd:id:%u", 100000 + n);
    ask(question, buffer, sizeof buffer, answer);
    int after = shared->round;
    unsigned generation = 0;
    const char *gecos = strstr(answer->text, ":generation ");
    bool found = answer->status == NSS_STATUS_SUCCESS && gecos != NULL && sscanf(gecos, ":generation %u", &generation) == 1;
    bool newest = after != before || before < 0 || (int)generation == before % 2 + 1;
    shared->looked++;
    if (!found || !newest)
        shared->wrong++;
}

/** An idle process: it wakes every now and then and looks up. */
static void idle(unsigned number, unsigned users)
{
    struct answer *answer = malloc(sizeof *answer);
    for (unsigned wake = number; !shared->over; wake += 7919) {
        look(answer, wake % users);
        usleep(200000 + wake * 37 % 800000);
    }
    _exit(0);
}

/** How much of its file system is in use, in bytes. */
static double used(const char *folder)
{
    struct statvfs file_system;
    statvfs(folder, &file_system);
    return (double)(file_system.f_blocks - file_system.f_bfree) * (double)file_system.f_frsize;
}

int main(int count, char **arguments)
{
    if (count != 6)
        return 64;
    struct publisher publisher = {arguments[1], -1, -1, 0, 0};
    struct bytes snapshots[] = {file_bytes(arguments[4]), file_bytes(arguments[5])};
    int processes = atoi(arguments[2]), generations = atoi(arguments[3]);
    double most = 0;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    load_module();
    publish(&publisher, snapshots[0]);
    for (int i = 0; i < processes; i++)
        if (fork() == 0)
            idle((unsigned)i, 100000);
    for (int round = 1; round < generations; round++) {
        shared->round = -round;
        publish(&publisher, snapshots[round % 2]);
        shared->round = round;
        double now = used(arguments[1]);
        most = now > most ? now : most;
        usleep(5000);
    }
    shared->over = true;
    while (wait(NULL) > 0)
        continue;
    printf("%.2f snapshots, %ld look-ups, %ld wrong\n", most / (double)snapshots[0].size, shared->looked, shared->wrong);
    return 0;
}

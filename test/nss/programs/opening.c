/**
 * opening RUN_DIR OLD NEW: a snapshot file that is emptied after its path was opened and before it is looked into. src/nss/map.c is
 * compiled in; each opening of a file ends with what another process does meanwhile.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "../../../src/nss/trust.h"
#include "check.h"
#include "publish.h"

static struct publisher publisher;
static struct bytes next;
/** How many more files are emptied once they are open. */
static int left, openings;

static int open_and_empty(int folder, const char *name, const struct store *store, struct identity *identity)
{
    int fd = trusted_file(folder, name, store, identity);
    openings++;
    if (left-- > 0) {
        /* Twice: a publisher empties the file before the one that it supersedes. */
        publish(&publisher, next);
        publish(&publisher, next);
    }
    return fd;
}

#define trusted_file open_and_empty
#include "../../../src/nss/map.c"
#undef trusted_file

/** The generation of what map_open finds while so many files are emptied; 0: nothing. */
static uint64_t opened(int emptied, enum outcome *outcome)
{
    struct map map;
    bool same;
    left = emptied;
    openings = 0;
    *outcome = map_open(PUBLIC_SNAPSHOT, NULL, &map, &same);
    if (*outcome != OUTCOME_FOUND)
        return 0;
    uint64_t generation = FIELD64(map.base, header, generation);
    check(!is_emptied(map_state(&map)), "an emptied map is given");
    map_close(&map);
    return generation;
}

/** With one of stdin, stdout and stderr closed, and the others not. */
static void test_closed_standard(void)
{
    bool is_above[3], is_closed[3], is_on_exec[3];
    for (int number = 0; number < 3; number++) {
        int kept = fcntl(number, F_DUPFD_CLOEXEC, 10);
        close(number);
        int fd = above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
        is_above[number] = fd > 2;
        is_closed[number] = fcntl(number, F_GETFD) == -1;
        is_on_exec[number] = (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
        close(fd);
        dup2(kept, number);
        close(kept);
    }
    for (int number = 0; number < 3; number++)
        check(is_above[number] && is_closed[number] && is_on_exec[number], "in place of %d", number);
    tested("no file takes the number of stdin, stdout or stderr");
}

int main(int count, char **arguments)
{
    enum outcome outcome;
    if (count != 4)
        return 64;
    setenv(RUN_DIR_VARIABLE, arguments[1], 1);
    publisher = (struct publisher){arguments[1], -1, -1, 0, 0};
    struct bytes first = file_bytes(arguments[2]);
    publish(&publisher, first);
    next = file_bytes(arguments[3]);
    uint64_t generation = opened(0, &outcome);
    check(generation == 1 && openings == 1, "generation %d after %d openings", (int)generation, openings);
    generation = opened(1, &outcome);
    check(generation == 2 && openings == 2, "generation %d after %d openings, outcome %d", (int)generation, openings, outcome);
    generation = opened(5, &outcome);
    check(generation == 2 && openings == 6, "generation %d after %d openings, outcome %d", (int)generation, openings, outcome);
    tested("a file that is emptied while it is opened is opened anew, and the newer one is found");
    opened(1 << 20, &outcome);
    check(outcome == OUTCOME_UNAVAILABLE && openings < 100, "outcome %d after %d openings", outcome, openings);
    tested("that ends, whatever goes on at the path");
    test_closed_standard();
    free(first.at);
    free(next.at);
    return 0;
}

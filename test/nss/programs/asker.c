/**
 * Asks the module what its standard input says, a command a line, and prints a line for each:
 *
 *   ask SIZE QUESTION     -> STATUS ERRNO H_ERRNO ANSWER, with a buffer of SIZE bytes
 *   sweep LIMIT QUESTION  -> SIZE ANSWER: the least size that suffices, after every size below it at every alignment
 *   set DB, end DB        -> ok
 *   all DB                -> the number of entries, then each entry on a line
 *
 * Faults of form are printed in place of the answer, as FAULT WHAT.
 */
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "call.h"
#include "check.h"

#define GUARD 64
#define GUARD_BYTE 0x5a

static struct answer answer;

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

static const char *status_name(enum nss_status status)
{
    switch (status) {
    case NSS_STATUS_TRYAGAIN:
        return "TRYAGAIN";
    case NSS_STATUS_UNAVAIL:
        return "UNAVAIL";
    case NSS_STATUS_NOTFOUND:
        return "NOTFOUND";
    case NSS_STATUS_SUCCESS:
        return "SUCCESS";
    case NSS_STATUS_RETURN:
        return "RETURN";
    default:
        return "NONSENSE";
    }
}

/** Prints the fault at hand in place of an answer. */
static bool print_fault(void)
{
    if (fault[0] == '\0')
        return false;
    printf("FAULT %s\n", fault);
    fault[0] = '\0';
    return true;
}

static void ask_once(size_t size, const char *question)
{
    char *buffer = malloc(size + 1);
    ask(question, buffer, size, &answer);
    if (!print_fault())
        printf("%s %d %d %s\n", status_name(answer.status), answer.error, answer.host_error, answer.text);
    free(buffer);
}

/** Whether what is before and behind the buffer was left alone. */
static bool is_untouched(const char *guards, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (guards[i] != GUARD_BYTE)
            return false;
    return true;
}

/** Whether a short buffer was told as glibc wants it: ERRANGE, and NETDB_INTERNAL for hosts alone. */
static bool is_short(void)
{
    bool host = answer.host_error != -1;
    return answer.status == NSS_STATUS_TRYAGAIN && answer.error == ERANGE &&
           (!host || answer.host_error == NETDB_INTERNAL);
}

/** The least size from which on the question is answered, at this alignment. */
static size_t sweep_at(const char *question, unsigned alignment, size_t limit)
{
    size_t least = limit + 1;
    size_t extent = limit + 2 * GUARD + 16;
    char *memory = malloc(extent);
    for (size_t size = 0; size <= limit; size++) {
        char *buffer = (char *)(((uintptr_t)memory + GUARD + 7) & ~(uintptr_t)7) + alignment;
        memset(memory, GUARD_BYTE, extent);
        ask(question, buffer, size, &answer);
        bool alone = is_untouched(memory, (size_t)(buffer - memory)) && is_untouched(buffer + size, GUARD);
        check(alone, "%s: with %zu bytes at %u, written outside the buffer", question, size, alignment);
        if (answer.status == NSS_STATUS_SUCCESS && least > limit)
            least = size;
        check(answer.status == NSS_STATUS_SUCCESS ? size >= least : is_short() && least > limit,
              "%s: with %zu bytes at %u, status %s, errno %d, h_errno %d", question, size, alignment,
              status_name(answer.status), answer.error, answer.host_error);
    }
    check(least <= limit, "%s: %zu bytes are not enough", question, limit);
    free(memory);
    return least;
}

static void sweep(size_t limit, const char *question)
{
    size_t least = 0;
    char first[sizeof answer.text] = "";
    for (unsigned alignment = 0; alignment < 8; alignment++) {
        size_t needed = sweep_at(question, alignment, limit);
        if (alignment == 0)
            memcpy(first, answer.text, sizeof first);
        check(strcmp(first, answer.text) == 0, "%s: another answer at alignment %u", question, alignment);
        least = needed > least ? needed : least;
    }
    if (!print_fault())
        printf("%zu %s\n", least, answer.text);
}

/** Enumerates with a buffer that is always too short first: the same entry comes again (glibc bug 18991). */
static void all(const char *database)
{
    char question[64], *list = NULL, *buffer = malloc(1 << 20);
    size_t size = 0, count = 0;
    FILE *out = open_memstream(&list, &size);
    snprintf(question, sizeof question, "next:%s", database);
    enumerate("set", database);
    for (;;) {
        ask(question, buffer, 1, &answer);
        bool is_end = !is_short();
        ask(question, buffer, 1 << 20, &answer);
        if (answer.status != NSS_STATUS_SUCCESS)
            break;
        check(!is_end, "a buffer of one byte was enough");
        fprintf(out, "%s\n", answer.text);
        count++;
    }
    enumerate("end", database);
    fclose(out);
    if (!print_fault())
        printf("%zu %s\n%s", count, status_name(answer.status), list);
    free(list);
    free(buffer);
}

static void obey(char *line)
{
    char *word = strtok(line, " "), *rest = strtok(NULL, " ");
    if (rest == NULL)
        printf("FAULT no such command\n");
    else if (strcmp(word, "ask") == 0)
        ask_once(strtoul(rest, NULL, 10), rest + strlen(rest) + 1);
    else if (strcmp(word, "sweep") == 0)
        sweep(strtoul(rest, NULL, 10), rest + strlen(rest) + 1);
    else if (strcmp(word, "all") == 0)
        all(rest);
    else {
        enumerate(word, rest);
        printf("ok\n");
    }
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    load_module();
    while ((length = getline(&line, &room, stdin)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
        fflush(stdout);
    }
    free(line);
    return 0;
}

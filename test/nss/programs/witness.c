/*
 * A witness of what the C library of a machine answers, all the time. Standard input says what there is to ask, and what is true:
 *
 *   q ordered|any KIND KEY   a question, as names.h takes them; the questions are numbered from 0
 *   a NUMBER ANSWER          an answer that is true of it from now on, beside those of before; none may follow the number
 *   (an empty line)          prints `asked N wrong N started N behind N`
 *
 * An answer that nobody has said is wrong. Those of an ordered question follow each other: who was given one is never given an earlier
 * one again. A program that is started for one question (each WITNESS_EACH questions one is) may see a newer answer than this process, so
 * those are counted for themselves. `behind` are the ordered questions whose newest answer was not given to both. What is wrong is said on
 * standard error. It ends at the end of its input.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "names.h"

#define PER_SECOND 100
#define WITNESS_EACH 10
#define QUESTIONS_MAX 512
#define ANSWERS_MAX 64
#define ANSWER_SIZE 256

struct question
{
    bool is_ordered;
    char kind[16], key[64];
    int count;
    char *answers[ANSWERS_MAX];
    /* The place of the last answer to this process, and to those that it starts. */
    int given, given_started;
};

static struct question questions[QUESTIONS_MAX];
static int question_count;
static unsigned long asked, wrong, started;

static void fail(const char *why, const char *line)
{
    fprintf(stderr, "%s: %s\n", why, line);
    exit(64);
}

static void add_question(const char *line)
{
    char order[16];
    if (question_count == QUESTIONS_MAX)
        fail("too many questions", line);
    struct question *one = &questions[question_count++];
    if (sscanf(line, "q %15s %15s %63s", order, one->kind, one->key) != 3)
        fail("no question", line);
    one->is_ordered = strcmp(order, "ordered") == 0;
}

/* Of many answers the oldest are forgotten: long before that everybody has had a newer one. */
static void add_answer(char *line)
{
    char *rest;
    long number = strtol(line + 2, &rest, 10);
    if (number < 0 || number >= question_count)
        fail("no such question", line);
    struct question *one = &questions[number];
    if (one->count == ANSWERS_MAX)
    {
        free(one->answers[0]);
        memmove(one->answers, one->answers + 1, (ANSWERS_MAX - 1) * sizeof *one->answers);
        one->count--;
        one->given -= one->given > 0;
        one->given_started -= one->given_started > 0;
    }
    one->answers[one->count++] = strdup(*rest == ' ' ? rest + 1 : rest);
}

/* Whether an answer is the newest one, or says the same: who was given none of those between has missed nothing that is true now. */
static bool is_newest(const struct question *one, int given)
{
    return strcmp(one->answers[given], one->answers[one->count - 1]) == 0;
}

static int behind(void)
{
    int sum = 0;
    for (int i = 0; i < question_count; i++)
    {
        const struct question *one = &questions[i];
        sum += one->is_ordered && !(is_newest(one, one->given) && is_newest(one, one->given_started));
    }
    return sum;
}

/* Does what a line says. */
static void obey(char *line)
{
    if (*line == 'q')
        add_question(line);
    else if (*line == 'a')
        add_answer(line);
    else
    {
        printf("asked %lu wrong %lu started %lu behind %d\n", asked, wrong, started, behind());
        fflush(stdout);
    }
}

/* Reads the lines that are there; 0 at the end. */
static int listen_to(FILE *input)
{
    static char *line;
    static size_t room;
    struct pollfd ready = {.fd = fileno(input), .events = POLLIN};
    /* The stream has no buffer of its own, so that poll(2) knows of all that is there. */
    while (poll(&ready, 1, 0) > 0)
    {
        if (getline(&line, &room, input) <= 0)
            return 0;
        line[strcspn(line, "\n")] = '\0';
        obey(line);
    }
    return 1;
}

/* The answer that a program is given which is started for it. */
static void look_up_started(const struct question *one, char *out, size_t size)
{
    int ends[2], status = 0;
    size_t length = 0;
    ssize_t got;
    *out = '\0';
    if (pipe(ends) != 0)
        fail("pipe", strerror(errno));
    pid_t child = fork();
    if (child < 0)
        fail("fork", strerror(errno));
    if (child == 0)
    {
        dup2(ends[1], STDOUT_FILENO);
        execl("/proc/self/exe", "witness", one->kind, one->key, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (length < size - 1 && (got = read(ends[0], out + length, size - 1 - length)) > 0)
        length += (size_t)got;
    out[length] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    if (status != 0)
        snprintf(out, size, "ended with status %d", status);
    started++;
}

/* Counts an answer; `given` is the place of the last one to who asked. */
static void judge(const struct question *one, const char *answer, int *given, const char *who)
{
    for (int i = one->is_ordered ? *given : 0; i < one->count; i++)
        if (strcmp(one->answers[i], answer) == 0)
        {
            *given = i;
            return;
        }
    wrong++;
    fprintf(stderr, "%s %s, %s: '%s' after '%s', the newest is '%s'\n", one->kind, one->key, who, answer, one->answers[*given],
            one->answers[one->count - 1]);
}

static void ask(void)
{
    char answer[ANSWER_SIZE];
    struct question *one = &questions[asked++ % (unsigned long)question_count];
    look_up(one->kind, one->key, answer, sizeof answer);
    judge(one, answer, &one->given, "all the time");
    if (asked % WITNESS_EACH != 0)
        return;
    one = &questions[started % (unsigned long)question_count];
    look_up_started(one, answer, sizeof answer);
    judge(one, answer, &one->given_started, "started for it");
}

int main(int argc, char **argv)
{
    if (argc == 3)
    {
        char answer[ANSWER_SIZE];
        look_up(argv[1], argv[2], answer, sizeof answer);
        printf("%s", answer);
        return 0;
    }
    setvbuf(stdin, NULL, _IONBF, 0);
    struct timespec pause = {.tv_nsec = 1000000000 / PER_SECOND};
    while (listen_to(stdin))
    {
        if (question_count > 0 && questions[question_count - 1].count > 0)
            ask();
        nanosleep(&pause, NULL);
    }
    return 0;
}

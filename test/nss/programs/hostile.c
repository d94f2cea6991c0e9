/**
 * hostile RUN_DIR SNAPSHOT QUESTIONS HOW: the module on damaged snapshots. HOW is `bytes` (every byte changed in four ways) or
 * `lengths` (every shorter file). After each, all questions of the file are asked and everything is enumerated: whatever
 * comes is well-formed, and a damaged header gives nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "call.h"
#include "check.h"
#include "publish.h"

#define BUFFER 4096
#define QUESTIONS 64

static char *questions[QUESTIONS];
static int question_count;
static struct answer answer;
static size_t position;

void misformed(const char *question, const char *what)
{
    check(false, "at %zu, %s: %s", position, question, what);
}

static void read_questions(const char *path)
{
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    while (file != NULL && question_count < QUESTIONS && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        questions[question_count++] = strdup(line);
    }
    free(line);
}

/** Whether a status is one that the module may give. */
static bool is_status(enum nss_status status)
{
    return status >= NSS_STATUS_TRYAGAIN && status <= NSS_STATUS_RETURN;
}

/** Asks everything; `none`: nothing may be answered. */
static void ask_all(bool none)
{
    static const char *const databases[] = {"passwd", "group", "hosts", "ethers", "shadow", "networks"};
    char buffer[BUFFER], next[32];
    for (int i = 0; i < question_count; i++) {
        ask(questions[i], buffer, sizeof buffer, &answer);
        check(is_status(answer.status), "at %zu, %s: status %d", position, questions[i], answer.status);
        check(!none || answer.status != NSS_STATUS_SUCCESS, "at %zu, %s: %s", position, questions[i], answer.text);
    }
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++) {
        int steps = 0;
        snprintf(next, sizeof next, "next:%s", databases[i]);
        do
            ask(next, buffer, sizeof buffer, &answer);
        while (answer.status == NSS_STATUS_SUCCESS && ++steps < 10000);
        check(steps < 10000, "at %zu, %s does not end", position, next);
        enumerate("end", databases[i]);
    }
}


/** Whether the module must refuse the whole file when this byte is another: magic, layout, size, kind, count. */
static bool is_vital(size_t at)
{
    return at < offsetof(struct kb_header, layout) + 4 ||
           (at >= offsetof(struct kb_header, size) && at < offsetof(struct kb_header, section_count));
}

static void change_bytes(struct publisher *publisher, struct bytes snapshot)
{
    static const unsigned char masks[] = {0xff, 0x01, 0x80, 0x10};
    for (position = 0; position < snapshot.size; position++) {
        for (size_t i = 0; i < sizeof masks; i++) {
            snapshot.at[position] ^= (char)masks[i];
            publish(publisher, snapshot);
            ask_all(is_vital(position));
            snapshot.at[position] ^= (char)masks[i];
        }
    }
    tested("every byte of a snapshot changed in four ways: answers are well-formed or none");
}

static void shorten(struct publisher *publisher, struct bytes snapshot)
{
    for (position = 0; position < snapshot.size; position++) {
        publish(publisher, (struct bytes){snapshot.at, position});
        ask_all(true);
    }
    tested("a snapshot of any shorter length is no snapshot");
}

int main(int count, char **arguments)
{
    if (count != 5)
        return 64;
    struct publisher publisher = {arguments[1], -1, -1, 0, 0};
    struct bytes snapshot = file_bytes(arguments[2]);
    read_questions(arguments[3]);
    load_module();
    if (strcmp(arguments[4], "bytes") == 0)
        change_bytes(&publisher, snapshot);
    else
        shorten(&publisher, snapshot);
    publish(&publisher, snapshot);
    ask(questions[0], (char[BUFFER]){0}, BUFFER, &answer);
    check(answer.status == NSS_STATUS_SUCCESS, "%s: status %d", questions[0], answer.status);
    tested("the whole snapshot then answers again");
    return 0;
}

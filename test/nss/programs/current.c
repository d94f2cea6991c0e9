/**
 * current: what src/nss/current.c and enumerate.c do when other threads come between two of their steps. Both are compiled in
 * here, with maps that are made up and with hooks after each atomic load and addition, where "another thread" acts.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "check.h"

/** What another thread does after an atomic step at this address; NULL: nothing. It is called once. */
static void (*between)(void);
/** The address, and how many steps there are to let pass first. */
static const volatile void *where;
static int passes;

static void step_done(const volatile void *at)
{
    void (*act)(void) = between;
    if (act == NULL || at != where || passes-- > 0)
        return;
    between = NULL;
    act();
}

#undef atomic_load
#define atomic_load(at)                                                                  \
    __extension__({                                                                      \
        __auto_type loaded = atomic_load_explicit(at, memory_order_seq_cst);             \
        step_done(at);                                                                   \
        loaded;                                                                          \
    })
#undef atomic_fetch_add
#define atomic_fetch_add(at, number)                                                     \
    __extension__({                                                                      \
        __auto_type before = atomic_fetch_add_explicit(at, number, memory_order_seq_cst); \
        step_done(at);                                                                   \
        before;                                                                          \
    })

#include "../../../src/nss/current.c"
#include "../../../src/nss/enumerate.c"

/** A file of a header and so many records of eight bytes. */
#define RECORDS 5
#define MAPS 4
#define PAGE 4096

/** The records have a page of their own, which can't be read once the file is emptied. */
struct file {
    _Alignas(PAGE) struct kb_header header;
    _Alignas(PAGE) uint32_t records[2 * RECORDS];
};

static struct file files[MAPS];
/** Which file is at the path; which maps are open. */
static unsigned at_path;
static int opened[MAPS], closed[MAPS];

enum outcome map_open(enum kind kind, const struct identity *known, struct map *map, bool *same)
{
    struct file *file = &files[at_path];
    (void)kind;
    *same = known != NULL && known->inode == at_path;
    if (*same)
        return OUTCOME_FOUND;
    *map = (struct map){.base = (const uint8_t *)file, .identity = {0, at_path, sizeof *file}};
    map->sections[KB_SECTION_PASSWD] = (struct section){
        .start = (const uint8_t *)file->records, .size = sizeof file->records, .health = SECTION_SOUND};
    opened[at_path]++;
    return OUTCOME_FOUND;
}

void map_close(struct map *map)
{
    closed[map->identity.inode]++;
}

/** Puts the next file at the path and says so in the one before. */
static void publish_next(void)
{
    files[at_path++].header.state = KB_STATE_SUPERSEDED;
}

/** Says that a file is emptied, and takes its records away: a read of them is a signal. */
static void empty(unsigned n)
{
    files[n].header.state = KB_STATE_EMPTIED;
    mprotect(files[n].records, PAGE, PROT_NONE);
}

static void begin_test(void)
{
    /* No desks: then nothing rests, and each step is one that the hooks see. */
    memset(&public_source, 0, sizeof public_source);
    memset(opened, 0, sizeof opened);
    memset(closed, 0, sizeof closed);
    for (unsigned n = 0; n < MAPS; n++) {
        files[n].header.state = KB_STATE_CURRENT;
        mprotect(files[n].records, PAGE, PROT_READ | PROT_WRITE);
        for (unsigned i = 0; i < RECORDS; i++)
            files[n].records[2 * i] = 8, files[n].records[2 * i + 1] = 100 * n + i;
    }
    at_path = 0;
    between = NULL;
}

static struct reader other;
static unsigned pinned;

static void other_ends(void)
{
    source_enter_slot(&public_source, pinned, &other);
    source_unpin(&public_source, pinned);
}

/** The other thread makes its reading an enumeration... */
static void other_pins(void)
{
    pinned = source_pin(&public_source, &other);
    source_leave(&other);
}

/** ... and, when the last counter was looked at, reads a step of it, while a third one ends it. */
static void other_pins_and_reads(void)
{
    other_pins();
    where = &public_source.desks[DESKS - 1].busy;
    passes = 0;
    between = other_ends;
}

/** A reader of the first map; a second map is current. */
static void hold_old_map(void)
{
    struct reader reader;
    begin_test();
    check(source_enter(&public_source, &other) == OUTCOME_FOUND, "no first map");
    publish_next();
    check(source_enter(&public_source, &reader) == OUTCOME_FOUND && source_leave(&reader), "no second map");
    check(opened[1] == 1 && closed[0] == 0, "%d opened, %d closed", opened[1], closed[0]);
    where = &other.slot->pins;
    passes = 0;
}

static void test_pin_while_reaping(void)
{
    hold_old_map();
    between = other_pins;
    reap(&public_source);
    check(between == NULL, "nobody came between");
    check(closed[0] == 0, "closed while it was pinned");
    source_unpin(&public_source, pinned);
    reap(&public_source);
    check(closed[0] == 1, "closed %d times in the end", closed[0]);
    tested("a map is not closed when its reader makes a pin of its count meanwhile");
}

static void test_pin_and_step_while_reaping(void)
{
    hold_old_map();
    between = other_pins_and_reads;
    reap(&public_source);
    check(between == NULL, "nobody came between");
    check(closed[0] == 0, "closed while it was read");
    source_leave(&other);
    reap(&public_source);
    check(closed[0] == 1, "closed %d times in the end", closed[0]);
    tested("nor when it makes a count of the pin again");
}

/** Gives the records' numbers; there is nothing to fill. */
static enum outcome fill_number(const struct record *record, const struct filling *filling)
{
    *(uint32_t *)filling->result = load32(record->at + 4);
    return OUTCOME_FOUND;
}

static const struct access numbers = {.section = KB_SECTION_PASSWD, .fixed = 8, .fills = fill_number, .parts = 1};
static struct enumeration walk = {.source = &public_source};

/** Both the map that is enumerated and the one after it are emptied before the place is found in the second. */
static void empty_second(void)
{
    publish_next();
    empty(1);
}

static void test_emptied_while_beginning(void)
{
    uint32_t number = 0;
    struct filling filling = {.result = &number};
    begin_test();
    for (unsigned i = 0; i < 2; i++)
        check(enumeration_next(&walk, &numbers, &filling) == OUTCOME_FOUND && number == i, "%u at %u", number, i);
    publish_next();
    empty(0);
    where = &public_source.slots[1].pins;
    passes = 0;
    between = empty_second;
    enum outcome outcome = enumeration_next(&walk, &numbers, &filling);
    check(between == NULL, "nobody came between");
    check(outcome == OUTCOME_FOUND && number == 202, "outcome %d, entry %u", outcome, number);
    for (unsigned i = 3; i < RECORDS; i++)
        check(enumeration_next(&walk, &numbers, &filling) == OUTCOME_FOUND && number == 200 + i, "%u at %u", number, i);
    check(enumeration_next(&walk, &numbers, &filling) == OUTCOME_ABSENT, "more entries than there are");
    enumeration_end(&walk);
    publish_next();
    check(enumeration_next(&walk, &numbers, &filling) == OUTCOME_FOUND && number == 300, "anew: %u", number);
    enumeration_end(&walk);
    for (unsigned n = 0; n < MAPS - 1; n++)
        check(opened[n] == closed[n], "map %u: opened %d times, closed %d times", n, opened[n], closed[n]);
    tested("an enumeration loses no entry where two maps in a row are emptied under it");
}

static void test_no_slot(void)
{
    struct reader reader;
    begin_test();
    for (int i = 1; i < SLOTS; i++) {
        public_source.slots[i].phase = RETIRED;
        public_source.slots[i].pins = PIN;
    }
    check(source_enter(&public_source, &other) == OUTCOME_FOUND, "no first map");
    publish_next();
    for (int i = 0; i < 3; i++)
        check(source_enter(&public_source, &reader) == OUTCOME_FOUND && reader.map->identity.inode == 0 &&
                  source_leave(&reader), "no old map");
    check(opened[1] > 0 && opened[1] < 4 && closed[1] == opened[1], "opened %d times for three look-ups", opened[1]);
    empty(0);
    enum outcome outcome = source_enter(&public_source, &reader);
    check(outcome == OUTCOME_RESOURCES, "outcome %d where the old map is emptied", outcome);
    source_leave(&other);
    tested("where all slots are held for good the old map goes on, at no more than its usual cost");
}

int main(void)
{
    test_no_slot();
    test_pin_while_reaping();
    test_pin_and_step_while_reaping();
    test_emptied_while_beginning();
    /* The search for leaks at exit reads all there is. */
    begin_test();
    return 0;
}

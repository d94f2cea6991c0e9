/**
 * sockets RUN_DIR SNAPSHOT: the module and daemons of every kind. RUN_DIR holds no snapshot, so every question goes to
 * RUN_DIR/socket, where a child of ours answers as each test wants. In the last test SNAPSHOT is put there, which knows nobody, is
 * not complete, and says of ids: uids from 500 and gids from 1000, besides them uid 20 and gid 6.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../../src/nss/layout.h"
#include "call.h"
#include "check.h"

#define BUFFER 4096
#define MEMBERS 20000

static struct answer answer;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/** What the children count: questions that came whole. */
static _Atomic int *questions;

void misformed(const char *question, const char *what)
{
    check(false, "%s: %s", question, what);
}

/** A message or record under construction. */
struct bytes {
    unsigned char *at;
    size_t size, room;
};

/** The bytes of a literal. */
#define BYTES(literal) ((struct bytes){(unsigned char *)(literal), sizeof(literal) - 1, 0})

static void add(struct bytes *bytes, const void *more, size_t size)
{
    while (bytes->room < bytes->size + size) {
        bytes->room = 2 * (bytes->size + size);
        bytes->at = realloc(bytes->at, bytes->room);
    }
    memcpy(bytes->at + bytes->size, more, size);
    bytes->size += size;
}

static void add_number(struct bytes *bytes, uint32_t number, int width)
{
    add(bytes, &number, (size_t)width);
}

static void pad(struct bytes *record)
{
    while (record->size % 8 != 0)
        add(record, "", 1);
    memcpy(record->at, &(uint32_t){(uint32_t)record->size}, 4);
}

/** A user's record, as docs/snapshot.md has it. */
static struct bytes user_of_group(const char *name, uint32_t uid, uint32_t gid)
{
    struct bytes record = {0};
    uint32_t length = (uint32_t)strlen(name);
    add_number(&record, 0, 4);
    add_number(&record, uid, 4);
    add_number(&record, gid, 4);
    add_number(&record, length + 14, 2);
    for (uint32_t offset = 0; offset < 4; offset++)
        add_number(&record, length + 1 + (uint32_t[]){0, 2, 4, 9}[offset], 2);
    add_number(&record, 0, 2);
    add(&record, name, length + 1);
    add(&record, "*\0G\0/dir\0/sh", 13);
    pad(&record);
    return record;
}

static struct bytes user_record(const char *name, uint32_t uid)
{
    return user_of_group(name, uid, uid);
}

/** The record of a user's groups. */
static struct bytes initgroups_record(const char *name, const uint32_t *gids, uint32_t count)
{
    struct bytes record = {0};
    uint32_t length = (uint32_t)strlen(name);
    add_number(&record, 0, 4);
    add_number(&record, count, 4);
    add_number(&record, length + 1, 4);
    for (uint32_t i = 0; i < count; i++)
        add_number(&record, gids[i], 4);
    add(&record, name, length + 1);
    pad(&record);
    return record;
}

/** A group's record with so many members, all of one name. */
static struct bytes group_record(const char *name, uint32_t gid, uint32_t members)
{
    struct bytes record = {0};
    uint32_t length = (uint32_t)strlen(name);
    add_number(&record, 0, 4);
    add_number(&record, gid, 4);
    add_number(&record, members, 4);
    add_number(&record, length + 1, 4);
    add_number(&record, length + 3 + 7 * members, 4);
    for (uint32_t i = 0; i < members; i++)
        add_number(&record, length + 3 + 7 * i, 4);
    add(&record, name, length + 1);
    add(&record, "*", 2);
    for (uint32_t i = 0; i < members; i++)
        add(&record, "member", 7);
    pad(&record);
    return record;
}

/** Puts a frame's length before a message. */
static struct bytes framed(struct bytes message)
{
    unsigned char head[] = {(unsigned char)(message.size >> 24), (unsigned char)(message.size >> 16),
                            (unsigned char)(message.size >> 8), (unsigned char)message.size};
    struct bytes frame = {0};
    add(&frame, head, 4);
    add(&frame, message.at, message.size);
    return frame;
}

/** A reply {ID: 1, extra: [nil, {}], status: STATUS, record: RECORD}, with the widest numbers that there are. */
static struct bytes reply(int status, const struct bytes *record)
{
    struct bytes message = {0};
    unsigned char length[] = {0xc6, 0, 0, 0, 0};
    add(&message, "\xde\0", 2);
    add(&message, record == NULL ? "\3" : "\4", 1);
    struct bytes fields = BYTES("\xa2id\xcf\0\0\0\0\0\0\0\1\xa5" "extra\x92\xc0\x80\xa6status\xd3");
    add(&message, fields.at, fields.size);
    for (int shift = 56; shift >= 0; shift -= 8)
        add(&message, &(unsigned char){(unsigned char)((long long)status >> shift)}, 1);
    if (record != NULL) {
        for (int i = 0; i < 4; i++)
            length[1 + i] = (unsigned char)(record->size >> (24 - 8 * i));
        add(&message, "\xd9\6record", 8);
        add(&message, length, 5);
        add(&message, record->at, record->size);
    }
    return framed(message);
}

/** What a daemon does with a connection, once a question has come. */
typedef void serve(int connection, const void *what);

static void send_bytes(int connection, const void *what)
{
    const struct bytes *bytes = what;
    for (size_t sent = 0; sent < bytes->size;) {
        ssize_t n = send(connection, bytes->at + sent, bytes->size - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        sent += (size_t)n;
    }
}

/** Sends a byte now and then, for longer than anybody waits. */
static void drip(int connection, const void *what)
{
    const struct bytes *bytes = what;
    for (size_t i = 0; i < bytes->size; i++) {
        if (send(connection, bytes->at + i, 1, MSG_NOSIGNAL) != 1)
            return;
        nanosleep(&(struct timespec){0, 300000000}, NULL);
    }
}

/** Sends the same for ever. */
static void flood(int connection, const void *what)
{
    const struct bytes *bytes = what;
    while (send(connection, bytes->at, bytes->size, MSG_NOSIGNAL) == (ssize_t)bytes->size)
        continue;
}

/** Sends bytes, and nothing more until the other end is gone. */
static void send_and_wait(int connection, const void *what)
{
    char byte;
    send_bytes(connection, what);
    while (read(connection, &byte, 1) > 0)
        continue;
}

/** Says nothing until the other end is gone. */
static void keep_silent(int connection, const void *what)
{
    char byte;
    (void)what;
    while (read(connection, &byte, 1) > 0)
        continue;
}

static void hang_up(int connection, const void *what)
{
    (void)connection;
    (void)what;
}

/** Reads HELLO and the question: two frames, each a map, and nothing after them. */
static bool read_question(int connection)
{
    unsigned char bytes[8192];
    size_t size = 0;
    for (int frames = 0; frames < 2;) {
        ssize_t n = read(connection, bytes + size, sizeof bytes - size);
        if (n <= 0)
            return false;
        size += (size_t)n;
        size_t first = 4 + ((size_t)bytes[2] << 8) + bytes[3];
        if (size < first + 4)
            continue;
        size_t both = first + 4 + ((size_t)bytes[first + 2] << 8) + bytes[first + 3];
        if (size > both || bytes[4] != 0x83 || (size == both && bytes[first + 4] != 0x84)) {
            fputs("not ok - what the module sent is no HELLO and LOOKUP\n", stdout);
            exit(3);
        }
        frames = size == both ? 2 : 1;
    }
    ++*questions;
    return true;
}

static int listening(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(address.sun_path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0)
        exit(3);
    return fd;
}

/** Starts a daemon in a child. */
static pid_t started(serve *with, const void *what)
{
    int listener;
    *questions = 0;
    listener = -1;
    int ready[2];
    if (pipe(ready) != 0)
        exit(3);
    pid_t child = fork();
    if (child == 0) {
        listener = listening();
        close(ready[0]);
        close(ready[1]);
        alarm(20);
        for (;;) {
            int connection = accept(listener, NULL, NULL);
            if (connection >= 0 && read_question(connection))
                with(connection, what);
            close(connection);
        }
    }
    char byte;
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 0)
        exit(3);
    close(ready[0]);
    return child;
}

static void stop(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/** Asks a question while a daemon serves so. */
static void expect_of(const char *question, const char *case_name, serve *with, const void *what, enum nss_status status,
                      int error)
{
    char buffer[BUFFER];
    pid_t child = started(with, what);
    ask(question, buffer, sizeof buffer, &answer);
    stop(child);
    check(answer.status == status && (error == 0 || answer.error == error), "%s: status %d, errno %d: %s", case_name,
          answer.status, answer.error, answer.text);
}

/** Asks for the user zed. */
static void expect(const char *case_name, serve *with, const void *what, enum nss_status status, int error)
{
    expect_of("passwd:name:zed", case_name, with, what, status, error);
}

/** A daemon gives ids that no account has, or the system's own. */
static void test_ids(void)
{
    static const uint32_t refused[] = {0, 1, 6, 42, 99, UINT32_MAX}, gids[] = {42, 6, 100, 0, 99, 2000, UINT32_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char question[32];
        struct bytes records[] = {user_of_group("zed", refused[i], 2000), user_of_group("zed", 1500, refused[i]),
                                  group_record("crew", refused[i], 1)};
        struct bytes uid = reply(1, &records[0]), primary = reply(1, &records[1]), gid = reply(1, &records[2]);
        snprintf(question, sizeof question, "passwd:id:%u", refused[i]);
        expect("a low uid", send_bytes, &uid, NSS_STATUS_NOTFOUND, -1);
        expect_of(question, "a low uid, by uid", send_bytes, &uid, NSS_STATUS_NOTFOUND, -1);
        expect("a low primary gid", send_bytes, &primary, NSS_STATUS_NOTFOUND, -1);
        snprintf(question, sizeof question, "group:id:%u", refused[i]);
        expect_of("group:name:crew", "a low gid", send_bytes, &gid, NSS_STATUS_NOTFOUND, -1);
        expect_of(question, "a low gid, by gid", send_bytes, &gid, NSS_STATUS_NOTFOUND, -1);
    }
    struct bytes record = initgroups_record("zed", gids, sizeof gids / sizeof *gids), groups = reply(1, &record);
    expect_of("initgroups:zed", "groups", send_bytes, &groups, NSS_STATUS_SUCCESS, 0);
    check(strcmp(answer.text, " 100 2000") == 0, "groups: %s", answer.text);
    tested("no id that is the system's own comes from a daemon, in no place of a record");
}

static void test_answers(void)
{
    struct bytes zed = user_record("zed", 1500), other = user_record("zoe", 1500), root = user_record("zed", 0);
    struct bytes found = reply(1, &zed), absent = reply(0, NULL), later = reply(-2, NULL), none = reply(-1, NULL);
    struct bytes wrong = reply(1, &other), evil = reply(1, &root);
    struct bytes hello = framed(BYTES("\x82\xa2id\0\xa6status\1")), both = {0};
    struct bytes denied = framed(BYTES("\x83\xa2id\1\xa6status\xff\xa5" "error\xa6" "denied"));
    add(&both, hello.at, hello.size);
    add(&both, found.at, found.size);
    expect("a record", send_bytes, &found, NSS_STATUS_SUCCESS, 0);
    check(strcmp(answer.text, "1500:1500:zed:*:G:/dir:/sh") == 0, "a record: %s", answer.text);
    expect("a record after HELLO's reply", send_bytes, &both, NSS_STATUS_SUCCESS, 0);
    expect("no such user", send_bytes, &absent, NSS_STATUS_NOTFOUND, -1);
    expect("ask later", send_bytes, &later, NSS_STATUS_TRYAGAIN, EAGAIN);
    expect("out of service", send_bytes, &none, NSS_STATUS_UNAVAIL, 0);
    expect("denied", send_bytes, &denied, NSS_STATUS_UNAVAIL, EACCES);
    expect("another user's record", send_bytes, &wrong, NSS_STATUS_UNAVAIL, 0);
    expect("uid 0", send_bytes, &evil, NSS_STATUS_NOTFOUND, 0);
    tested("what a daemon says is told as what it is");
}

/** Asks one daemon while what it sends, in memory shared with it, is cut at every byte and changed at every byte. */
static void cut_and_change(struct bytes found)
{
    char buffer[BUFFER];
    unsigned char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct bytes *sent = (struct bytes *)shared;
    *sent = (struct bytes){shared + 64, found.size, 0};
    memcpy(sent->at, found.at, found.size);
    pid_t child = started(send_bytes, sent);
    for (sent->size = 1; sent->size < found.size; sent->size++) {
        ask("passwd:name:zed", buffer, sizeof buffer, &answer);
        check(answer.status == NSS_STATUS_UNAVAIL, "%zu bytes of a reply: status %d", sent->size, answer.status);
    }
    for (size_t at = 0; at < found.size; at++) {
        sent->at[at] ^= 0xff;
        ask("passwd:name:zed", buffer, sizeof buffer, &answer);
        sent->at[at] ^= 0xff;
    }
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    check(answer.status == NSS_STATUS_SUCCESS, "the whole reply: status %d", answer.status);
    stop(child);
    munmap(shared, 8192);
}

/** A record that is eight bytes longer, by its own word and by the message's, than the message that it is in. */
static struct bytes overlong_reply(void)
{
    struct bytes record = user_record("zed", 1500), frame;
    memcpy(record.at, &(uint32_t){(uint32_t)record.size + 8}, 4);
    frame = reply(1, &record);
    frame.at[frame.size - record.size - 1] += 8;
    return frame;
}

static void test_nonsense(void)
{
    struct bytes overlong = overlong_reply();
    struct bytes zed = user_record("zed", 1500), found = reply(1, &zed);
    struct bytes other = framed(BYTES("\x82\xa2id\0\xa6status\1"));
    const struct bytes nonsense[] = {
        BYTES("\0\0\0\0"),         BYTES("\xff\xff\xff\xff"),
        BYTES("\1\0\0\1"),         BYTES("\0\0\0\1\xc1"),
        BYTES("\0\0\0\1\x8f"),     BYTES("\0\0\0\5\xdf\xff\xff\xff\xff"),
        BYTES("\0\0\0\5\xdd\xff\xff\xff\xff"),
        BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        expect("nonsense", send_bytes, &nonsense[i], NSS_STATUS_UNAVAIL, 0);
    expect("a record longer than its message", send_bytes, &overlong, NSS_STATUS_UNAVAIL, EBADMSG);
    expect("hangs up", hang_up, NULL, NSS_STATUS_UNAVAIL, 0);
    cut_and_change(found);
    expect("other replies for ever", flood, &other, NSS_STATUS_UNAVAIL, 0);
    tested("any bytes from a socket, cut anywhere, changed anywhere, endless, are no answer and do no harm");
}

/** A record without anything but a name: of a user in no group, and of a netgroup without triples alike. */
static struct bytes named_record(const char *name)
{
    return initgroups_record(name, NULL, 0);
}

/** A daemon answers with a record of another key: near enough to the one asked for, but not it. */
static void test_other_keys(void)
{
    static const char *const names[] = {"zedd", "ze", "", "Zed", "zed "};
    static const uint32_t ids[] = {1501, 1500 + 256, 1500u << 16 | 1500};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct bytes records[] = {user_record(names[i], 1500), group_record(names[i], 1500, 1), named_record(names[i])};
        struct bytes user = reply(1, &records[0]), group = reply(1, &records[1]), named = reply(1, &records[2]);
        expect_of("passwd:name:zed", names[i], send_bytes, &user, NSS_STATUS_UNAVAIL, EBADMSG);
        expect_of("group:name:zed", names[i], send_bytes, &group, NSS_STATUS_UNAVAIL, EBADMSG);
        expect_of("initgroups:zed", names[i], send_bytes, &named, NSS_STATUS_UNAVAIL, EBADMSG);
        expect_of("netgroup:zed", names[i], send_bytes, &named, NSS_STATUS_UNAVAIL, 0);
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct bytes records[] = {user_record("zed", ids[i]), group_record("zed", ids[i], 1)};
        struct bytes user = reply(1, &records[0]), group = reply(1, &records[1]);
        expect_of("passwd:id:1500", "another uid", send_bytes, &user, NSS_STATUS_UNAVAIL, EBADMSG);
        expect_of("group:id:1500", "another gid", send_bytes, &group, NSS_STATUS_UNAVAIL, EBADMSG);
    }
    struct bytes right = named_record("zed"), found = reply(1, &right);
    expect_of("initgroups:zed", "the right name", send_bytes, &found, NSS_STATUS_SUCCESS, 0);
    expect_of("netgroup:zed", "the right name, without triples", send_bytes, &found, NSS_STATUS_NOTFOUND, 0);
    tested("a daemon's record of another name or id is no answer, however near it is");
}

/** Frames that claim more than a reply may be are refused on their head; those that don't are waited for. */
static void test_claimed_length(void)
{
    static const struct {
        const char *head;
        enum nss_status status;
        int error;
    } claims[] = {
        {"\1\0\0\1", NSS_STATUS_UNAVAIL, EBADMSG}, {"\x7f\xff\xff\xff", NSS_STATUS_UNAVAIL, EBADMSG},
        {"\xff\xff\xff\xff", NSS_STATUS_UNAVAIL, EBADMSG}, {"\0\0\0\0", NSS_STATUS_UNAVAIL, EBADMSG},
        {"\1\0\0\0", NSS_STATUS_TRYAGAIN, EAGAIN},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct bytes head = {(unsigned char *)claims[i].head, 4, 0};
        expect("a length", send_and_wait, &head, claims[i].status, claims[i].error);
    }
    tested("a frame that claims more than 16 MiB, or nothing, is refused on its fourth byte");
}

static void test_deadline(void)
{
    struct bytes zed = user_record("zed", 1500), found = reply(1, &zed);
    struct bytes huge = framed((struct bytes){calloc(1, 1 << 20), 1 << 20, 0});
    struct bytes promise = {huge.at, 5000, 0};
    expect("silent", keep_silent, NULL, NSS_STATUS_TRYAGAIN, EAGAIN);
    expect("a byte now and then", drip, &found, NSS_STATUS_TRYAGAIN, EAGAIN);
    expect("a frame that does not come", drip, &promise, NSS_STATUS_TRYAGAIN, EAGAIN);
    tested("a daemon that is silent or slow is given up, TRYAGAIN");
}

/** A daemon that is stopped (SIGSTOP) and whose backlog is full: connect itself would wait. */
static void test_full_backlog(void)
{
    char buffer[BUFFER];
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), waiting[64], count = 0;
    unlink(address.sun_path);
    pid_t child = fork();
    if (child == 0) {
        bind(listener, (struct sockaddr *)&address, sizeof address);
        listen(listener, 1);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(child, NULL, WUNTRACED);
    for (; count < 64; count++) {
        waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(waiting[count], (struct sockaddr *)&address, sizeof address) != 0)
            break;
    }
    check(count < 64 && errno == EAGAIN, "the backlog did not fill");
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    check(answer.status == NSS_STATUS_TRYAGAIN && answer.error == EAGAIN, "status %d, errno %d", answer.status,
          answer.error);
    for (; count >= 0; count--)
        close(waiting[count]);
    close(listener);
    stop(child);
    tested("a stopped daemon with a full backlog is given up, TRYAGAIN");
}

/** glibc asks again with twice the buffer each time, from 1 KiB to more than 300; the daemon is asked once. */
static void test_huge_group(void)
{
    struct bytes record = group_record("crowd", 7000, MEMBERS), found = reply(1, &record);
    pid_t child = started(send_bytes, &found);
    size_t size = 1024;
    for (char *buffer = NULL;; size *= 2) {
        buffer = realloc(buffer, size);
        ask("group:name:crowd", buffer, size, &answer);
        if (answer.status == NSS_STATUS_SUCCESS || size > 1 << 22)
            break;
        check(answer.error == ERANGE, "with %zu bytes: status %d, errno %d", size, answer.status, answer.error);
    }
    check(answer.status == NSS_STATUS_SUCCESS, "status %d", answer.status);
    check(*questions == 1, "asked %d times", *questions);
    ask("group:id:7000", (char[16]){0}, 16, &answer);
    ask("group:name:crowd", (char[16]){0}, 16, &answer);
    check(*questions == 3, "asked %d times for two questions more", *questions);
    ask("group:name:crowe", (char[16]){0}, 16, &answer);
    ask("group:id:7000", (char[16]){0}, 16, &answer);
    ask("group:id:7001", (char[16]){0}, 16, &answer);
    check(*questions == 6, "asked %d times for three questions more", *questions);
    stop(child);
    tested("a huge group is fetched once, however often the buffer is enlarged");
}

/** A shadow record, as docs/snapshot.md has it. */
static struct bytes shadow_record(const char *name)
{
    struct bytes record = {0};
    uint32_t length = (uint32_t)strlen(name);
    for (int i = 0; i < 8; i++)
        add_number(&record, 0, 4);
    add_number(&record, length + 8, 2);
    add_number(&record, length + 1, 2);
    add(&record, name, length + 1);
    add(&record, "$6$a$b", 7);
    pad(&record);
    return record;
}

/** What did not fit is fetched again, where it is a hash. */
static void test_shadow_not_kept(const char *folder)
{
    struct sockaddr_un public_address = address;
    struct bytes record = shadow_record("zed"), found = reply(1, &record);
    char buffer[BUFFER], path[4096];
    snprintf(path, sizeof path, "%s/private", folder);
    mkdir(path, 0700);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/private/socket", folder);
    pid_t child = started(send_bytes, &found);
    ask("shadow:zed", buffer, 4, &answer);
    check(answer.status == NSS_STATUS_TRYAGAIN && answer.error == ERANGE, "status %d, errno %d", answer.status,
          answer.error);
    ask("shadow:zed", buffer, sizeof buffer, &answer);
    check(answer.status == NSS_STATUS_SUCCESS, "status %d, errno %d", answer.status, answer.error);
    check(*questions == 2, "asked %d times", *questions);
    stop(child);
    address = public_address;
    tested("no password hash stays in memory between questions");
}

static _Atomic int heard;

/** Listens in this very process: the question must not come. */
static void *listen_here(void *argument)
{
    int listener = *(int *)argument, connection = accept(listener, NULL, NULL);
    char byte;
    heard = (int)read(connection, &byte, 1);
    close(connection);
    return NULL;
}

static void test_own_daemon(void)
{
    char buffer[BUFFER];
    pthread_t thread;
    int listener = listening();
    heard = -1;
    pthread_create(&thread, NULL, listen_here, &listener);
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    pthread_join(thread, NULL);
    check(answer.status == NSS_STATUS_UNAVAIL && heard == 0, "status %d, %d bytes heard", answer.status, heard);
    pid_t child;
    pthread_create(&thread, NULL, listen_here, &listener);
    child = fork();
    if (child == 0) {
        ask("passwd:name:zed", buffer, sizeof buffer, &answer);
        _exit(answer.status == NSS_STATUS_UNAVAIL ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    pthread_join(thread, NULL);
    check(status == 0 && heard == 0, "a child of the daemon: status %d, %d bytes heard", status, heard);
    close(listener);
    tested("a daemon that looks a name up does not ask itself, nor does its child ask it");
}

/** Asks as the first process of a pid namespace: both its parent and the daemon outside are process 0 to it. */
static void ask_as_first_process(void)
{
    char buffer[BUFFER];
    pid_t first = fork();
    if (first == 0) {
        ask("passwd:name:zed", buffer, sizeof buffer, &answer);
        _exit(getpid() == 1 && answer.status == NSS_STATUS_SUCCESS ? 0 : 1);
    }
    int status = -1;
    waitpid(first, &status, 0);
    _exit(status == 0 ? 0 : 1);
}

static void test_container(void)
{
    struct bytes zed = user_record("zed", 1500), found = reply(1, &zed);
    pid_t daemon = started(send_bytes, &found), outside = fork();
    if (outside == 0) {
        if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
            _exit(77);
        ask_as_first_process();
    }
    int status = -1;
    waitpid(outside, &status, 0);
    stop(daemon);
    bool is_allowed = !WIFEXITED(status) || WEXITSTATUS(status) != 77;
    check(!is_allowed || status == 0, "ended with status %d", status);
    tested(is_allowed ? "a container's first process asks a daemon outside, which is not its parent"
                      : "no pid namespace can be made here");
}

static void *ask_once(void *argument)
{
    char buffer[BUFFER];
    struct answer *own = argument;
    ask("passwd:name:zed", buffer, sizeof buffer, own);
    return NULL;
}

/** A thread that is cancelled while it waits for a daemon. */
static void test_cancelled(void)
{
    pthread_t thread;
    pid_t child = started(keep_silent, NULL);
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pthread_create(&thread, NULL, ask_once, &answer);
    for (int tries = 0; tries < 5000 && *questions == 0; tries++)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    check(*questions == 1, "%d questions have come", *questions);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    check(after == before + 1, "descriptor %d after %d", after, before);
    close(before);
    close(after);
    stop(child);
    tested("a thread that is cancelled in a question leaves no descriptor");
}

/** What another thread finds among the descriptors while a question waits. */
static _Atomic int sockets_seen, bad_descriptors;

/** Looks for the module's socket, from this number on: it must be above 2 and close on exec. */
static void *watch_descriptors(void *argument)
{
    int seen = 0, first = *(int *)argument;
    for (int tries = 0; tries < 200 && seen == 0; tries++) {
        for (int fd = first; fd < 64; fd++) {
            struct stat file;
            if (fstat(fd, &file) != 0 || !S_ISSOCK(file.st_mode))
                continue;
            seen++;
            if (fd < 3 || (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
                bad_descriptors++;
        }
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    sockets_seen = seen;
    return NULL;
}

static void test_closed_standard(void)
{
    char buffer[BUFFER];
    pthread_t thread;
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    pid_t child = started(keep_silent, NULL);
    close(0);
    close(1);
    close(2);
    pthread_create(&thread, NULL, watch_descriptors, &(int){0});
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    pthread_join(thread, NULL);
    int lowest = open("/dev/null", O_RDWR);
    dup2(output, 1);
    dup2(output, 2);
    close(output);
    stop(child);
    check(sockets_seen > 0 && bad_descriptors == 0, "%d sockets seen, %d of them bad", sockets_seen, bad_descriptors);
    check(lowest == 0, "descriptor %d was the lowest free one", lowest);
    tested("with stdin, stdout and stderr closed the socket is above 2 and closes on exec");
}

/** The same with all three open: then the socket's own flags count. */
static void test_exec(void)
{
    char buffer[BUFFER];
    pthread_t thread;
    pid_t child = started(keep_silent, NULL);
    sockets_seen = bad_descriptors = 0;
    pthread_create(&thread, NULL, watch_descriptors, &(int){3});
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    pthread_join(thread, NULL);
    stop(child);
    check(sockets_seen > 0 && bad_descriptors == 0, "%d sockets seen, %d of them bad", sockets_seen, bad_descriptors);
    tested("no program that the process starts has the socket");
}

/** Closes every descriptor above 2, as daemons do, and takes all numbers for files of its own. */
static void *take_all_descriptors(void *argument)
{
    int *own = argument;
    for (int tries = 0; tries < 400; tries++) {
        struct stat file;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        for (int fd = 3; fd < 32; fd++)
            if (fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode)) {
                for (int other = 3; other < 32; other++)
                    close(other);
                for (int other = 3; other < 32; other++)
                    own[other] = open("/dev/zero", O_RDWR | O_CLOEXEC);
                return NULL;
            }
    }
    return NULL;
}

static void test_reused_descriptors(void)
{
    char buffer[BUFFER];
    int own[32] = {0};
    pthread_t thread;
    pid_t child = started(keep_silent, NULL);
    pthread_create(&thread, NULL, take_all_descriptors, own);
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    pthread_join(thread, NULL);
    int kept = 0;
    for (int fd = 3; fd < 32; fd++) {
        struct stat file;
        kept += own[fd] == fd && fstat(fd, &file) == 0 && S_ISCHR(file.st_mode);
        close(fd);
    }
    stop(child);
    check(kept == 29, "%d of 29 descriptors that took the numbers are still open", kept);
    check(answer.status == NSS_STATUS_UNAVAIL || answer.status == NSS_STATUS_TRYAGAIN, "status %d", answer.status);
    tested("a descriptor that was closed and reused under us is left alone");
}

static void test_no_descriptors(void)
{
    char buffer[BUFFER];
    struct rlimit limit, none;
    getrlimit(RLIMIT_NOFILE, &limit);
    none = limit;
    none.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &none);
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    setrlimit(RLIMIT_NOFILE, &limit);
    check(answer.status == NSS_STATUS_TRYAGAIN && answer.error == EAGAIN, "status %d, errno %d", answer.status,
          answer.error);
    tested("with RLIMIT_NOFILE met the answer is TRYAGAIN");
}

/** A descriptor leak would show after so many questions. */
static void test_leaks(void)
{
    struct bytes absent = reply(0, NULL);
    char buffer[BUFFER];
    pid_t child = started(send_bytes, &absent);
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 100; i++)
        ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    check(after == before + 1, "descriptor %d after %d", after, before);
    check(*questions == 100, "%d questions", *questions);
    close(before);
    close(after);
    stop(child);
    tested("nothing is kept between questions: one connection each, no descriptor left");
}

/** Whether the user zed of these ids comes from a daemon. */
static bool is_given(uint32_t uid, uint32_t gid)
{
    char buffer[BUFFER];
    struct bytes record = user_of_group("zed", uid, gid), found = reply(1, &record);
    pid_t child = started(send_bytes, &found);
    ask("passwd:name:zed", buffer, sizeof buffer, &answer);
    check(*questions == 1, "the daemon was asked %d times", *questions);
    stop(child);
    return answer.status == NSS_STATUS_SUCCESS;
}

static void test_ids_of_snapshot(const char *folder, const char *snapshot)
{
    static const uint32_t gids[] = {6, 7, 999, 1000};
    char path[4096];
    snprintf(path, sizeof path, "%s/snapshot.1", folder);
    check(rename(snapshot, path) == 0, "rename: errno %d", errno);
    check(is_given(500, 1000) && is_given(20, 6), "ids of the machine's are not given");
    check(!is_given(499, 1000) && !is_given(21, 1000), "a uid below the floor is given");
    check(!is_given(500, 999) && !is_given(500, 20), "a primary gid below the floor is given");
    struct bytes record = initgroups_record("zed", gids, sizeof gids / sizeof *gids), groups = reply(1, &record);
    expect_of("initgroups:zed", "groups", send_bytes, &groups, NSS_STATUS_SUCCESS, 0);
    check(strcmp(answer.text, " 6 1000") == 0, "groups: %s", answer.text);
    tested("what the machine says of ids in its snapshot holds for a daemon's records too");
}

/** An account that a daemon alone knows is in no shadow file: with an x in place of * PAM would ask for its entry, and let nobody in. */
static void test_password_of_unlisted(const char *folder)
{
    char path[4096];
    uint32_t state = KB_STATE_SHADOW_GRANTED;
    snprintf(path, sizeof path, "%s/snapshot.1", folder);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    check(pwrite(fd, &state, sizeof state, offsetof(struct kb_header, state)) == sizeof state, "pwrite: errno %d", errno);
    close(fd);
    check(is_given(500, 1000), "the user is not given");
    check(strstr(answer.text, "zed:*:") != NULL, "the password is not *: %s", answer.text);
    tested("an account that is in no snapshot has the password *, also where shadow was granted");
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 64;
    signal(SIGPIPE, SIG_DFL);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", arguments[1]);
    questions = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    load_module();
    test_answers();
    test_ids();
    test_nonsense();
    test_other_keys();
    test_claimed_length();
    test_deadline();
    test_full_backlog();
    test_huge_group();
    test_shadow_not_kept(arguments[1]);
    test_own_daemon();
    test_leaks();
    test_container();
    test_cancelled();
    test_closed_standard();
    test_exec();
    test_reused_descriptors();
    test_no_descriptors();
    test_ids_of_snapshot(arguments[1], arguments[2]);
    test_password_of_unlisted(arguments[1]);
    return 0;
}

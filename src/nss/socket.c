/** One connection to the daemon for one question, with one deadline. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "cancellation.h"
#include "protocol.h"
#include "trust.h"

/** Frames that are read before the awaited one; a daemon sends one, its reply to HELLO. */
#define FRAMES_MAX 16

/** A connection, and what tells that its descriptor is still ours. */
struct connection {
    int fd;
    struct identity identity;
    /** When to give up, in nanoseconds of CLOCK_MONOTONIC. */
    int64_t deadline;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/** What is left until the deadline, in microseconds; 0 or less: nothing. */
static int64_t remaining(const struct connection *connection)
{
    return (connection->deadline - now()) / 1000;
}

static enum outcome outcome_of(int error)
{
    switch (error) {
    case EAGAIN:
    case ETIMEDOUT:
        return OUTCOME_LATE;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
        return OUTCOME_RESOURCES;
    case EACCES:
        return OUTCOME_DENIED;
    default:
        return OUTCOME_UNAVAILABLE;
    }
}

/** Whether the descriptor is the socket that we made: the host program may close and reuse numbers as it likes. */
static bool is_ours(const struct connection *connection)
{
    struct identity found;
    return identify(connection->fd, "", &found) && is_same_file(&found, &connection->identity);
}

static void hang_up(struct connection *connection)
{
    if (is_ours(connection))
        close(connection->fd);
}

/** The address of the daemon's socket. False: the path is longer than a socket's may be. */
static bool address_of(enum door door, struct store *store, struct sockaddr_un *address)
{
    const char *name = door == PRIVATE_DOOR ? "/" KB_FOLDER_PRIVATE "/" KB_FOLDER_SOCKET : "/" KB_FOLDER_SOCKET;
    store_at(0, store);
    size_t folder = strnlen(store->path, sizeof address->sun_path);
    if (folder + strlen(name) >= sizeof address->sun_path)
        return false;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, store->path, folder);
    memcpy(address->sun_path + folder, name, strlen(name) + 1);
    return true;
}

/** Whether the other end may be believed, and can answer while this process waits. */
static bool is_daemon(int fd, const struct store *store)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    /* 0: a process outside of this pid namespace, whose first process has 0 as its parent, too. */
    bool is_self = peer.pid != 0 && (peer.pid == getpid() || peer.pid == getppid());
    return trusted_user(peer.uid, store) && !is_self;
}

/*
 * A non-blocking connect to a Unix socket whose backlog is full fails with EAGAIN, and nothing tells when to try again. So
 * the connect blocks, and SO_SNDTIMEO bounds it.
 */
static int connect_within(const struct connection *connection, const struct sockaddr_un *address)
{
    for (;;) {
        int64_t left = remaining(connection);
        if (left <= 0)
            return -EAGAIN;
        struct timeval limit = {(time_t)(left / 1000000), (suseconds_t)(left % 1000000)};
        if (setsockopt(connection->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
            return -errno;
        if (connect(connection->fd, (const struct sockaddr *)address, sizeof *address) == 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/** Connects to the daemon. FOUND: the connection is to be hung up. */
static enum outcome call(enum door door, struct connection *connection)
{
    struct store store;
    struct sockaddr_un address;
    if (!address_of(door, &store, &address))
        return OUTCOME_UNAVAILABLE;
    connection->deadline = now() + DEADLINE_MILLISECONDS * 1000000LL;
    connection->fd = above_standard(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connection->fd < 0)
        return outcome_of(-connection->fd);
    if (!identify(connection->fd, "", &connection->identity)) {
        close(connection->fd);
        return OUTCOME_UNAVAILABLE;
    }
    int error = connect_within(connection, &address);
    if (error == 0 && is_daemon(connection->fd, &store))
        return OUTCOME_FOUND;
    hang_up(connection);
    return error == 0 ? OUTCOME_UNAVAILABLE : outcome_of(-error);
}

/** Sends a request. It is small and the socket is fresh, so it goes in one piece or not at all. */
static enum outcome send_request(const struct connection *connection, const struct iovec *parts, int count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (!is_ours(connection))
        return OUTCOME_UNAVAILABLE;
    ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EINTR ? OUTCOME_LATE : outcome_of(errno);
    return (size_t)sent == size ? OUTCOME_FOUND : OUTCOME_LATE;
}

/** Reads exactly `size` bytes. */
static enum outcome read_exactly(const struct connection *connection, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        int64_t left = remaining(connection);
        struct pollfd poller = {.fd = connection->fd, .events = POLLIN};
        if (left <= 0 || !is_ours(connection))
            return left <= 0 ? OUTCOME_LATE : OUTCOME_UNAVAILABLE;
        int ready = poll(&poller, 1, (int)((left + 999) / 1000));
        if (ready <= 0)
            continue;
        ssize_t n = recv(connection->fd, bytes, size, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return OUTCOME_UNAVAILABLE;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return OUTCOME_FOUND;
}

void body_free(struct body *body)
{
    munmap(body->memory, body->mapped);
}

/** Reads one frame into memory of its own. */
static enum outcome read_frame(const struct connection *connection, size_t spare, struct body *body)
{
    uint8_t head[KB_PROTOCOL_FRAME_HEAD];
    enum outcome outcome = read_exactly(connection, head, sizeof head);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    body->length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    if (body->length == 0 || body->length > KB_PROTOCOL_REPLY_MAX)
        return OUTCOME_DAMAGED;
    body->mapped = spare + body->length;
    void *memory = mmap(NULL, body->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return OUTCOME_RESOURCES;
    body->memory = memory;
    body->at = body->memory + spare;
    outcome = read_exactly(connection, body->memory + spare, body->length);
    if (outcome != OUTCOME_FOUND)
        body_free(body);
    return outcome;
}

/** Reads frames until the awaited one. */
static enum outcome read_reply(const struct connection *connection, awaited *is_awaited, size_t spare,
                               struct body *body)
{
    for (int frames = 0; frames < FRAMES_MAX; frames++) {
        enum outcome outcome = read_frame(connection, spare, body);
        if (outcome != OUTCOME_FOUND)
            return outcome;
        if (is_awaited(body->at, body->length))
            return OUTCOME_FOUND;
        body_free(body);
    }
    return OUTCOME_DAMAGED;
}

enum outcome socket_ask(enum door door, const struct iovec *parts, int count, awaited *is_awaited, size_t spare,
                        struct body *body)
{
    struct connection connection;
    int cancellation = cancellation_off();
    enum outcome outcome = call(door, &connection);
    if (outcome == OUTCOME_FOUND) {
        outcome = send_request(&connection, parts, count);
        if (outcome == OUTCOME_FOUND)
            outcome = read_reply(&connection, is_awaited, spare, body);
        hang_up(&connection);
    }
    cancellation_restore(cancellation);
    return outcome;
}

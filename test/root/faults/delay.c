/*
 * A slow cable: delay LEFT RIGHT MILLISECONDS takes each frame that comes in at one of two network interfaces, keeps it for so long, and
 * sends it out at the other. With the frame goes what the kernel has left to do about it (checksums, segments): virtio_net's header. A
 * frame that finds no place is lost, as in any switch. It says `ready` and runs until it is killed.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX (66 * 1024)
#define PLACES 256

struct frame
{
    long due;
    size_t length;
    char bytes[FRAME_MAX];
};

/* Frames from one side to the other, in the order in which they came. */
struct way
{
    int from, to;
    unsigned long first, next;
    struct frame frames[PLACES];
};

static struct way ways[2];

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int opened(const char *name)
{
    int on = 1;
    int end = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
    if (end < 0 || setsockopt(end, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0 ||
        setsockopt(end, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
        bind(end, (struct sockaddr *)&address, sizeof address) != 0)
    {
        perror(name);
        exit(1);
    }
    return end;
}

static void take(struct way *way, long delay)
{
    struct frame lost, *frame = way->next - way->first < PLACES ? &way->frames[way->next % PLACES] : &lost;
    ssize_t length = recv(way->from, frame->bytes, sizeof frame->bytes, MSG_DONTWAIT);
    if (length <= 0 || frame == &lost)
        return;
    frame->length = (size_t)length;
    frame->due = now_ms() + delay;
    way->next++;
}

static void send_due(struct way *way)
{
    for (; way->first < way->next && way->frames[way->first % PLACES].due <= now_ms(); way->first++)
    {
        const struct frame *frame = &way->frames[way->first % PLACES];
        /* What can't be sent is lost. */
        if (send(way->to, frame->bytes, frame->length, MSG_DONTWAIT) < 0)
            continue;
    }
}

/* How long nothing is due, in milliseconds; -1: nothing is on its way. */
static int idle_ms(void)
{
    long least = -1;
    for (int i = 0; i < 2; i++)
    {
        struct way *way = &ways[i];
        if (way->first == way->next)
            continue;
        long left = way->frames[way->first % PLACES].due - now_ms();
        left = left < 0 ? 0 : left;
        least = least < 0 || left < least ? left : least;
    }
    return (int)least;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 64;
    int left = opened(argv[1]), right = opened(argv[2]);
    long delay = atol(argv[3]);
    ways[0].from = ways[1].to = left;
    ways[1].from = ways[0].to = right;
    puts("ready");
    fflush(stdout);
    for (;;)
    {
        struct pollfd ends[2] = {{.fd = left, .events = POLLIN}, {.fd = right, .events = POLLIN}};
        poll(ends, 2, idle_ms());
        for (int i = 0; i < 2; i++)
        {
            if (ends[i].revents != 0)
                take(&ways[i], delay);
            send_due(&ways[i]);
        }
    }
}

/** A UDP socket whose requests come by recvmmsg(2) and whose replies go by sendmmsg(2), each from the address that was asked. */
#include "door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Room for where a datagram went (ip(7), ipv6(7)). */
union control {
	struct cmsghdr header;
	char four[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char six[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static bool set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static int closed(int fd)
{
	int reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

/* An address and its length; 0 for what is none. */
static socklen_t parsed(const char *host, uint16_t port, struct sockaddr_storage *address, bool *wild)
{
	memset(address, 0, sizeof *address);
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		*wild = four->sin_addr.s_addr == htonl(INADDR_ANY);
		return sizeof *four;
	}
	if (inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
		return 0;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	*wild = IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr);
	return sizeof *six;
}

int door_open(const struct door_settings *settings, bool *wild)
{
	struct sockaddr_storage address;
	socklen_t size = parsed(settings->host, settings->port, &address, wild);
	if (size == 0) {
		errno = EINVAL;
		return -1;
	}
	int family = address.ss_family;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* The system gives what it allows. */
	set(fd, SOL_SOCKET, SO_RCVBUF, settings->receive_buffer);
	if ((family == AF_INET6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) ||
	    (settings->shared && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1)) ||
	    (*wild && family == AF_INET && !set(fd, IPPROTO_IP, IP_PKTINFO, 1)) ||
	    (*wild && family == AF_INET6 && !set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)) ||
	    bind(fd, (struct sockaddr *)&address, size) != 0)
		return closed(fd);
	return fd;
}

uint16_t door_port(int fd)
{
	struct sockaddr_in6 address = { 0 };
	socklen_t size = sizeof address;
	/* The port stands at the same place in both families. */
	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin6_port) : 0;
}

int door_error(int fd)
{
	int reason = 0;
	socklen_t size = sizeof reason;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 ? reason : errno;
}

far_part *far_new(void)
{
	void *far = mmap(NULL, BATCH * sizeof(far_part), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return far == MAP_FAILED ? NULL : far;
}

void far_free(far_part *far)
{
	if (far != NULL)
		munmap(far, BATCH * sizeof(far_part));
}

/* Notes to which address a datagram went. False if it went to many: a reply would come from an address that nobody asked. */
static bool located(struct peer *peer, struct msghdr *message)
{
	peer->has_local = 0;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(header), sizeof info);
			/* They differ where the datagram was for all machines of a network, or for a group. */
			if (info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr)
				return false;
			memcpy(peer->local, &info.ipi_addr, sizeof info.ipi_addr);
			peer->interface = 0;
			peer->has_local = 1;
		} else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(header), sizeof info);
			if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
				return false;
			memcpy(peer->local, &info.ipi6_addr, sizeof info.ipi6_addr);
			/* Only these need it: all others go by the routes, which may be others than the datagram came by. */
			peer->interface = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
			peer->has_local = 1;
		}
	}
	return true;
}

/* Says which address a reply is to come from. */
static void put_source(const struct peer *peer, struct msghdr *message, union control *control)
{
	if (!peer->has_local)
		return;
	memset(control, 0, sizeof *control);
	message->msg_control = control;
	struct cmsghdr *header = &control->header;
	if (peer->address.any.sa_family == AF_INET) {
		struct in_pktinfo info = { 0 };
		memcpy(&info.ipi_spec_dst, peer->local, sizeof info.ipi_spec_dst);
		message->msg_controllen = sizeof control->four;
		*header = (struct cmsghdr){ .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info) };
		memcpy(CMSG_DATA(header), &info, sizeof info);
	} else {
		struct in6_pktinfo info = { .ipi6_ifindex = peer->interface };
		memcpy(&info.ipi6_addr, peer->local, sizeof info.ipi6_addr);
		message->msg_controllen = sizeof control->six;
		*header = (struct cmsghdr){ .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info) };
		memcpy(CMSG_DATA(header), &info, sizeof info);
	}
}

static socklen_t address_size(const struct peer *peer)
{
	return peer->address.any.sa_family == AF_INET ? sizeof peer->address.four : sizeof peer->address.six;
}

static void address_of(const struct peer *peer, uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (peer->address.any.sa_family == AF_INET) {
		memcpy(address, mapped, sizeof mapped);
		memcpy(address + sizeof mapped, &peer->address.four.sin_addr, 4);
	} else {
		memcpy(address, &peer->address.six.sin6_addr, 16);
	}
}

/* How many times as long as its request a reply may be for whom it may be short only (reply-rates.ts). */
enum { FREE_TIMES = 3 };

/* The size of the reply to a request, which is written; 0 where it is not ready, or others have to look at who asks. */
static size_t answered(const struct door_table *table, const struct slot *slot, size_t size, uint8_t *reply)
{
	/* The port stands at the same place in both families. Nobody is there at port 0. */
	if (size > REQUEST_NEAR || slot->peer.address.four.sin_port == 0)
		return 0;
	uint8_t address[16];
	address_of(&slot->peer, address);
	enum admission admission = askers_find(table->askers, address);
	if (admission == UNKNOWN)
		return 0;
	size_t length = replies_find(table->replies, slot->request, size, reply);
	return admission == WHOLE || length <= FREE_TIMES * size ? length : 0;
}

/* Takes what waits; where each request went is in its control. */
static int received(const struct door *door, struct mmsghdr messages[BATCH], union control controls[BATCH])
{
	struct iovec parts[BATCH][2];
	for (int i = 0; i < BATCH; i++) {
		struct slot *slot = &door->batch->slots[i];
		parts[i][0] = (struct iovec){ slot->request, REQUEST_NEAR };
		parts[i][1] = (struct iovec){ door->far[i], sizeof door->far[i] };
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &slot->peer.address,
			.msg_namelen = sizeof slot->peer.address,
			.msg_iov = parts[i],
			.msg_iovlen = 2,
			.msg_control = door->wild ? &controls[i] : NULL,
			.msg_controllen = door->wild ? sizeof controls[i] : 0,
		};
	}
	int count;
	do
		count = recvmmsg(door->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	while (count < 0 && errno == EINTR);
	return count;
}

int door_receive(struct door *door, const struct door_table *table)
{
	struct mmsghdr messages[BATCH];
	union control controls[BATCH];
	struct door_batch *batch = door->batch;
	int count = received(door, messages, controls);
	bool is_any = false;
	for (int i = 0; i < count; i++) {
		struct slot *slot = &batch->slots[i];
		size_t size = messages[i].msg_len;
		batch->waiting[i] = batch->lengths[i] = 0;
		slot->peer.has_local = 0;
		if (door->wild && !located(&slot->peer, &messages[i].msg_hdr))
			continue;
		size_t length = table == NULL ? 0 : answered(table, slot, size, batch->replies[i]);
		if (length == 0) {
			batch->waiting[i] = (uint32_t)size + 1;
			continue;
		}
		batch->lengths[i] = (uint32_t)length;
		is_any = true;
		door->counts->answered++;
		door->counts->replies[batch->replies[i][3] & 15]++;
	}
	door->counts->batches += is_any;
	return count;
}

/* Whether the system has no room now, as opposed to a reply that can't go at all. */
static bool is_full(int reason)
{
	return reason == EAGAIN || reason == EWOULDBLOCK || reason == ENOBUFS || reason == ENOMEM;
}

/* Sends messages, passing over those that can't go. */
static int sent(int fd, struct mmsghdr *messages, int count, struct door_counts *counts)
{
	int last = 0;
	for (int at = 0; at < count;) {
		int done = sendmmsg(fd, messages + at, (unsigned)(count - at), MSG_DONTWAIT);
		if (done > 0) {
			at += done;
			continue;
		}
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && is_full(errno)) {
			counts->unsent += count - at;
			return last;
		}
		last = done < 0 ? errno : last;
		at++;
	}
	return last;
}

int door_reply(struct door *door, int count)
{
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	union control controls[BATCH];
	struct door_batch *batch = door->batch;
	int replies = 0;
	for (int i = 0; i < count && i < BATCH; i++) {
		if (batch->lengths[i] == 0 || batch->lengths[i] > UDP_MAX)
			continue;
		struct peer *peer = &batch->slots[i].peer;
		parts[replies] = (struct iovec){ batch->replies[i], batch->lengths[i] };
		messages[replies].msg_hdr = (struct msghdr){
			.msg_name = &peer->address,
			.msg_namelen = address_size(peer),
			.msg_iov = &parts[replies],
			.msg_iovlen = 1,
		};
		put_source(peer, &messages[replies].msg_hdr, &controls[replies]);
		replies++;
	}
	return sent(door->fd, messages, replies, door->counts);
}

int door_send(struct door *door, const struct peer *peer, const uint8_t *reply, size_t size)
{
	struct peer to = *peer;
	union control control;
	struct iovec part = { (void *)(uintptr_t)reply, size };
	struct mmsghdr message = { .msg_hdr = {
		.msg_name = &to.address,
		.msg_namelen = address_size(&to),
		.msg_iov = &part,
		.msg_iovlen = 1,
	} };
	put_source(&to, &message.msg_hdr, &control);
	return sent(door->fd, &message, 1, door->counts);
}

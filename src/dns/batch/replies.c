/**
 * Ready replies. What was answered once is kept as bytes, and patched for who asks: a reply points into its question and repeats its
 * length, so that only the id, one flag and the letter case of the question differ from asker to asker. The serial of a SOA record is put in as
 * a reply is sent: so a generation that changes nothing else has the same ready replies.
 *
 *   slots    hash 32, position 32 | ...                   open addressing; position 0 is an empty slot
 *   slabs    size 16, serial's place 16, reply | ...      no reply crosses the end of its slab; place 0 is no serial
 *   passing  size 16, serial's place 16, reply | ...      one place for all questions whose hashes end alike
 *
 * Memory is taken where a reply is kept, never where one is looked up, and has a bound.
 */
#include "replies.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLAB_BITS = 20,
	SLAB_SIZE = 1 << SLAB_BITS,
	/* When the last of this many slabs has been begun, all replies are made anew. */
	SLABS_MAX = 64,
	FEWEST_SLOTS = 1 << 10,
	/* The first bytes stay empty, for position 0. */
	FIRST_POSITION = 8,
	REPLY_MAX = 0xffff,
	PASSING_PLACES = 1 << 12,
	PASSING_MAX = 382,
	HEADER = 12,
	LABEL_MAX = 63,
	NAME_MAX = 255,
	OPT_SIZE = 11,
	UDP_PLAIN = 512,
	TYPE_OPT = 41,
	BIT_QR = 0x80,
	OPCODE_BITS = 0x78,
	BIT_RD = 0x01,
	BIT_DO = 0x80,
	/* How many bytes a serial has. */
	SERIAL = 4,
};

struct slot {
	uint32_t hash;
	uint32_t position;
};

/* What stands before a reply. */
struct prefix {
	uint16_t size;
	uint16_t serial_at;
};

struct passing {
	struct prefix prefix;
	uint8_t reply[PASSING_MAX];
};

struct replies {
	struct slot *slots;
	uint32_t mask;
	uint32_t count;
	uint8_t *slabs[SLABS_MAX];
	uint32_t slab_count;
	uint32_t end;
	uint8_t serial[SERIAL];
	struct passing *passing;
};

/* A question that was read: where it ends, 0 for none, and its hash. */
struct question {
	size_t end;
	uint32_t hash;
};

static uint8_t folded(uint8_t byte)
{
	return (uint8_t)(byte - 'A') < 26 ? byte + 32 : byte;
}

static struct question scanned(const uint8_t *message, size_t size)
{
	const struct question none = { 0, 0 };
	/* FNV-1a, 32 bits. */
	const uint32_t factor = 0x01000193;
	uint32_t hash = 0x811c9dc5;
	size_t at = HEADER;
	for (;;) {
		if (at >= size)
			return none;
		uint8_t length = message[at];
		hash = (hash ^ length) * factor;
		if (length == 0)
			break;
		size_t stop = at + 1 + length;
		if (length > LABEL_MAX || stop >= size)
			return none;
		for (at++; at < stop; at++)
			hash = (hash ^ folded(message[at])) * factor;
	}
	size_t end = at + 5;
	if (end > size || at + 1 - HEADER > NAME_MAX || message[end - 2] != 0 || message[end - 1] != 1)
		return none;
	hash = (hash ^ message[end - 3]) * factor;
	return (struct question){ end, hash ^ (hash >> 15) };
}

/* Whether a stored reply, whose question is in small letters, has the question of a message. */
static bool is_answer(const uint8_t *stored, size_t size, const uint8_t *message, size_t end)
{
	if (size < end)
		return false;
	size_t name_stop = end - 4;
	for (size_t at = HEADER; at < name_stop; at++)
		if (folded(message[at]) != stored[at])
			return false;
	return stored[name_stop] == message[name_stop] && stored[name_stop + 1] == message[name_stop + 1];
}

static struct prefix prefix_at(const uint8_t *place)
{
	struct prefix prefix;
	memcpy(&prefix, place, sizeof prefix);
	return prefix;
}

static uint8_t *place_of(const struct replies *replies, uint32_t position)
{
	return replies->slabs[position >> SLAB_BITS] + (position & (SLAB_SIZE - 1));
}

/* The reply to a question that was scanned, and what stands before it; NULL if there is none. */
static const uint8_t *found(const struct replies *replies, const uint8_t *message, struct question question, struct prefix *prefix)
{
	for (uint32_t slot = question.hash & replies->mask;; slot = (slot + 1) & replies->mask) {
		const struct slot *here = &replies->slots[slot];
		if (here->position == 0)
			return NULL;
		if (here->hash != question.hash)
			continue;
		const uint8_t *place = place_of(replies, here->position);
		*prefix = prefix_at(place);
		if (is_answer(place + sizeof *prefix, prefix->size, message, question.end))
			return place + sizeof *prefix;
	}
}

static const uint8_t *found_passing(const struct replies *replies, const uint8_t *message, struct question question, struct prefix *prefix)
{
	if (replies->passing == NULL)
		return NULL;
	const struct passing *place = &replies->passing[question.hash & (PASSING_PLACES - 1)];
	*prefix = place->prefix;
	return is_answer(place->reply, prefix->size, message, question.end) ? place->reply : NULL;
}

struct replies *replies_new(void)
{
	struct replies *replies = calloc(1, sizeof *replies);
	if (replies == NULL)
		return NULL;
	replies->slots = calloc(FEWEST_SLOTS, sizeof *replies->slots);
	replies->mask = FEWEST_SLOTS - 1;
	replies->end = FIRST_POSITION;
	if (replies->slots != NULL)
		return replies;
	free(replies);
	return NULL;
}

static void free_slabs(struct replies *replies)
{
	for (uint32_t i = 0; i < replies->slab_count; i++)
		free(replies->slabs[i]);
	replies->slab_count = 0;
}

void replies_free(struct replies *replies)
{
	if (replies == NULL)
		return;
	free_slabs(replies);
	free(replies->passing);
	free(replies->slots);
	free(replies);
}

uint32_t replies_count(const struct replies *replies)
{
	return replies->count;
}

static void insert(struct slot *slots, uint32_t mask, struct slot entry)
{
	uint32_t slot = entry.hash & mask;
	while (slots[slot].position != 0)
		slot = (slot + 1) & mask;
	slots[slot] = entry;
}

/* Other slots in place of those that there are; false where there is no memory. */
static bool resized(struct replies *replies, uint32_t count)
{
	struct slot *slots = calloc(count, sizeof *slots);
	if (slots == NULL)
		return false;
	for (uint32_t i = 0; i <= replies->mask; i++)
		if (replies->slots[i].position != 0)
			insert(slots, count - 1, replies->slots[i]);
	free(replies->slots);
	replies->slots = slots;
	replies->mask = count - 1;
	return true;
}

static void clear(struct replies *replies)
{
	free_slabs(replies);
	replies->count = 0;
	replies->end = FIRST_POSITION;
	memset(replies->slots, 0, ((size_t)replies->mask + 1) * sizeof *replies->slots);
}

/* Copies a reply, with its question in small letters and RD off. */
static void store(uint8_t *stored, const uint8_t *plain, size_t size, size_t end)
{
	memcpy(stored, plain, size);
	stored[2] &= (uint8_t)~BIT_RD;
	for (size_t at = HEADER; at < end - 4; at++)
		stored[at] = folded(stored[at]);
}

static void keep_passing(struct replies *replies, const uint8_t *plain, struct prefix prefix, struct question question)
{
	if (prefix.size > PASSING_MAX)
		return;
	if (replies->passing == NULL)
		replies->passing = calloc(PASSING_PLACES, sizeof *replies->passing);
	if (replies->passing == NULL)
		return;
	struct passing *place = &replies->passing[question.hash & (PASSING_PLACES - 1)];
	store(place->reply, plain, prefix.size, question.end);
	place->prefix = prefix;
}

/* Where so many bytes go: a position, or 0 where there is no memory. */
static uint32_t taken(struct replies *replies, size_t size)
{
	uint32_t left = SLAB_SIZE - (replies->end & (SLAB_SIZE - 1));
	if ((replies->end >> SLAB_BITS) < replies->slab_count && left < size)
		replies->end += left;
	uint32_t position = replies->end;
	if ((position >> SLAB_BITS) == replies->slab_count) {
		if (replies->slab_count == SLABS_MAX)
			return 0;
		uint8_t *slab = malloc(SLAB_SIZE);
		if (slab == NULL)
			return 0;
		replies->slabs[replies->slab_count++] = slab;
	}
	replies->end += (uint32_t)size;
	return position;
}

void replies_renumber(struct replies *replies, uint32_t serial)
{
	const uint8_t bytes[SERIAL] = { serial >> 24 & 0xff, serial >> 16 & 0xff, serial >> 8 & 0xff, serial & 0xff };
	memcpy(replies->serial, bytes, sizeof bytes);
}

void replies_keep(struct replies *replies, const uint8_t *plain, size_t size, bool passing, size_t serial_at)
{
	if (size > REPLY_MAX)
		return;
	struct question question = scanned(plain, size);
	/* A serial is behind the question: what is before it is the asker's. */
	if (serial_at != 0 && (serial_at < question.end || serial_at > REPLY_MAX || serial_at + SERIAL > size))
		return;
	const struct prefix prefix = { (uint16_t)size, (uint16_t)serial_at };
	struct prefix held;
	if (question.end == 0 || found(replies, plain, question, &held) != NULL)
		return;
	if (passing) {
		keep_passing(replies, plain, prefix, question);
		return;
	}
	if (replies->slab_count >= SLABS_MAX)
		clear(replies);
	if (2 * replies->count >= replies->mask + 1 && !resized(replies, 2 * (replies->mask + 1)))
		return;
	uint32_t position = taken(replies, size + sizeof prefix);
	if (position == 0)
		return;
	uint8_t *place = place_of(replies, position);
	memcpy(place, &prefix, sizeof prefix);
	store(place + sizeof prefix, plain, size, question.end);
	insert(replies->slots, replies->mask, (struct slot){ question.hash, position });
	replies->count++;
}

/* Whether a header is that of one question and at most one additional record. */
static bool is_plain(const uint8_t *request, size_t size)
{
	static const uint8_t one_question[7] = { 0, 1, 0, 0, 0, 0, 0 };
	return size > HEADER + 4 && (request[2] & (BIT_QR | OPCODE_BITS)) == 0 &&
	       memcmp(request + 4, one_question, sizeof one_question) == 0 && request[11] <= 1;
}

/* The most bytes of the reply where an OPT record of our version without options ends the request, else 0. */
static size_t plain_opt_limit(const uint8_t *opt, size_t size)
{
	if (size != OPT_SIZE || opt[0] != 0 || opt[1] != 0 || opt[2] != TYPE_OPT || opt[6] != 0 || opt[9] != 0 || opt[10] != 0)
		return 0;
	size_t limit = (size_t)opt[3] << 8 | opt[4];
	return limit < UDP_PLAIN ? UDP_PLAIN : limit > UDP_MAX ? UDP_MAX : limit;
}

size_t replies_find(const struct replies *replies, const uint8_t *request, size_t size, uint8_t *reply)
{
	if (!is_plain(request, size))
		return 0;
	struct question question = scanned(request, size);
	if (question.end == 0)
		return 0;
	bool with_opt = request[11] == 1;
	size_t limit = with_opt ? plain_opt_limit(request + question.end, size - question.end) :
				  size == question.end ? UDP_PLAIN : 0;
	if (limit == 0)
		return 0;
	struct prefix prefix = { 0, 0 };
	const uint8_t *stored = found(replies, request, question, &prefix);
	if (stored == NULL)
		stored = found_passing(replies, request, question, &prefix);
	size_t plain = prefix.size;
	size_t whole = with_opt ? plain + OPT_SIZE : plain;
	if (stored == NULL || whole > limit)
		return 0;
	memcpy(reply, stored, plain);
	memcpy(reply, request, 2);
	reply[2] |= request[2] & BIT_RD;
	memcpy(reply + HEADER, request + HEADER, question.end - HEADER);
	if (prefix.serial_at != 0)
		memcpy(reply + prefix.serial_at, replies->serial, SERIAL);
	if (!with_opt)
		return whole;
	const uint8_t opt[OPT_SIZE] = { 0, 0, TYPE_OPT, UDP_MAX >> 8, UDP_MAX & 255, 0, 0, request[question.end + 7] & BIT_DO };
	memcpy(reply + plain, opt, sizeof opt);
	reply[11] = 1;
	return whole;
}

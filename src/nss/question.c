/** Questions to the daemon in the kickback protocol. */
#include "question.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "msgpack.h"
#include "protocol.h"
#include "seconds.h"

/** The id of our HELLO, and that of the question after it. */
#define HELLO_ID 0
#define QUESTION_ID 1

/** How long a reply that did not fit is worth keeping, in seconds of a coarse clock. */
#define KEPT_SECONDS 2

/** What a reply's memory begins with: which question it answers, for reply_keep. */
struct label {
    const void *thread;
    uint32_t second;
    struct body body;
    struct record record;
    uint32_t database, type, id, length;
    uint8_t bytes[];
};

static _Atomic(struct label *) kept;

static const uint8_t hello[] = KB_HELLO_FRAME;
static const char *const database_names[] = KB_DATABASE_NAMES;

/** The most bytes of a LOOKUP's frame, except for its key's: head, map, id, op, db with its name, and the head of the key. */
#define LOOKUP_MAX                                                                                            \
    (KB_PROTOCOL_FRAME_HEAD + 1 + sizeof KB_FIELD_ID + 1 + sizeof KB_FIELD_OP + 1 + sizeof KB_FIELD_DB + 1 +  \
     KB_DATABASE_NAME_LENGTH_MAX + sizeof KB_FIELD_KEY + 5)
_Static_assert(KB_DATABASE_NAME_LENGTH_MAX < 32, "put_text writes short strings");

/** A message under construction. */
struct writer {
    uint8_t bytes[LOOKUP_MAX];
    size_t size;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
    memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

static void put_byte(struct writer *writer, unsigned byte)
{
    writer->bytes[writer->size++] = (uint8_t)byte;
}

/** Puts the `width` lower bytes of a number, most significant first. */
static void put_number(struct writer *writer, uint32_t number, int width)
{
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
        put_byte(writer, number >> shift);
}

/** Puts a string of less than 32 bytes. */
static void put_text(struct writer *writer, const char *text)
{
    put_byte(writer, 0xa0 | (unsigned)strlen(text));
    put(writer, text, strlen(text));
}

/** Puts the key, or as much of it as is not its bytes. */
static void put_key(struct writer *writer, const struct asked *asked)
{
    if (asked->type == ASKED_ID) {
        put_byte(writer, 0xce);
        put_number(writer, asked->id, 4);
    } else {
        put_byte(writer, asked->type == ASKED_TEXT ? 0xda : 0xc5);
        put_number(writer, (uint32_t)asked->length, 2);
    }
}

/** Puts a LOOKUP's frame, except for the bytes of its key: {id: 1, op: LOOKUP, db: ..., key: ...}. */
static void put_lookup(struct writer *writer, unsigned database, const struct asked *asked)
{
    writer->size = KB_PROTOCOL_FRAME_HEAD;
    put_byte(writer, 0x84);
    put_text(writer, KB_FIELD_ID);
    put_byte(writer, QUESTION_ID);
    put_text(writer, KB_FIELD_OP);
    put_byte(writer, KB_OPERATION_LOOKUP);
    put_text(writer, KB_FIELD_DB);
    put_text(writer, database_names[database]);
    put_text(writer, KB_FIELD_KEY);
    put_key(writer, asked);
    struct writer head = {.size = 0};
    put_number(&head, (uint32_t)(writer->size - KB_PROTOCOL_FRAME_HEAD + asked->length), KB_PROTOCOL_FRAME_HEAD);
    memcpy(writer->bytes, head.bytes, head.size);
}

/** What is read of a reply. */
struct fields {
    int64_t id, status;
    bool denied;
    const uint8_t *record;
    uint32_t record_size;
};

static bool is_text(const uint8_t *bytes, uint32_t length, const char *text)
{
    return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

/** Reads one field's value into *fields, or over it. */
static bool read_field(struct msgpack *message, const uint8_t *name, uint32_t length, struct fields *fields)
{
    const uint8_t *error;
    uint32_t size;
    if (is_text(name, length, KB_FIELD_ID))
        return msgpack_integer(message, &fields->id);
    if (is_text(name, length, KB_FIELD_STATUS))
        return msgpack_integer(message, &fields->status);
    if (is_text(name, length, KB_FIELD_RECORD))
        return msgpack_bytes(message, &fields->record, &fields->record_size);
    if (!is_text(name, length, KB_FIELD_ERROR))
        return msgpack_skip(message);
    if (!msgpack_bytes(message, &error, &size))
        return false;
    fields->denied = is_text(error, size, KB_ERROR_DENIED);
    return true;
}

/** Reads a reply. False: it is none. */
static bool read_fields(const uint8_t *body, uint32_t length, struct fields *fields)
{
    struct msgpack message = {body, body + length};
    uint32_t pairs, size;
    const uint8_t *name;
    *fields = (struct fields){.id = -1, .status = KB_STATUS_UNAVAIL};
    if (!msgpack_map(&message, &pairs))
        return false;
    for (; pairs > 0; pairs--)
        if (!msgpack_bytes(&message, &name, &size) || !read_field(&message, name, size, fields))
            return false;
    return true;
}

/** Whether a frame is not the reply to HELLO: that to the question, or nonsense. */
static bool is_answer(const uint8_t *body, uint32_t length)
{
    struct fields fields;
    return !read_fields(body, length, &fields) || fields.id != HELLO_ID;
}

/** The record of a reply, checked as far as its size. */
static enum outcome record_of(const struct body *body, struct record *record)
{
    struct fields fields;
    if (!read_fields(body->at, body->length, &fields) || fields.id != QUESTION_ID)
        return OUTCOME_DAMAGED;
    switch (fields.status) {
    case KB_STATUS_SUCCESS:
        break;
    case KB_STATUS_NOTFOUND:
        return OUTCOME_ABSENT;
    case KB_STATUS_TRYAGAIN:
        return OUTCOME_LATE;
    default:
        return fields.denied ? OUTCOME_DENIED : OUTCOME_UNAVAILABLE;
    }
    if (fields.record == NULL || fields.record_size < KB_LAYOUT_ALIGNMENT || load32(fields.record) != fields.record_size)
        return OUTCOME_DAMAGED;
    *record = (struct record){.at = fields.record, .size = fields.record_size};
    return OUTCOME_FOUND;
}

/** Writes into a reply's spare bytes which question it answers. */
static void write_label(struct label *label, unsigned database, const struct asked *asked)
{
    *label = (struct label){
        .thread = &errno, .database = database, .type = asked->type, .id = asked->id, .length = (uint32_t)asked->length};
    if (asked->type != ASKED_ID)
        memcpy(label->bytes, asked->bytes, asked->length);
}

/** Whether a kept reply answers this question of this thread. */
static bool answers(const struct label *label, unsigned database, const struct asked *asked)
{
    if (label->thread != &errno || coarse_second() - label->second > KEPT_SECONDS)
        return false;
    if (label->database != database || label->type != asked->type)
        return false;
    if (asked->type == ASKED_ID)
        return label->id == asked->id;
    return label->length == asked->length && memcmp(label->bytes, asked->bytes, asked->length) == 0;
}

/** Takes the kept reply, if it is for this question; frees it otherwise. */
static bool take_kept(unsigned database, const struct asked *asked, struct reply *reply)
{
    if (atomic_load_explicit(&kept, memory_order_relaxed) == NULL)
        return false;
    struct label *label = atomic_exchange(&kept, NULL);
    if (label == NULL)
        return false;
    *reply = (struct reply){.body = label->body, .record = label->record};
    if (answers(label, database, asked))
        return true;
    reply_free(reply);
    return false;
}

void reply_free(struct reply *reply)
{
    body_free(&reply->body);
}

void reply_keep(struct reply *reply)
{
    struct label *label = (struct label *)(void *)reply->body.memory;
    label->second = coarse_second();
    label->body = reply->body;
    label->record = reply->record;
    label = atomic_exchange(&kept, label);
    if (label == NULL)
        return;
    struct body older = label->body;
    body_free(&older);
}

enum outcome question_ask(unsigned database, const struct asked *asked, struct reply *reply)
{
    if (take_kept(database, asked, reply))
        return OUTCOME_FOUND;
    struct writer lookup;
    put_lookup(&lookup, database, asked);
    const struct iovec parts[] = {
        {.iov_base = (void *)hello, .iov_len = sizeof hello},
        {.iov_base = lookup.bytes, .iov_len = lookup.size},
        {.iov_base = (void *)asked->bytes, .iov_len = asked->type == ASKED_ID ? 0 : asked->length},
    };
    enum door door = database == KB_DATABASE_SHADOW ? PRIVATE_DOOR : PUBLIC_DOOR;
    size_t spare = sizeof(struct label) + (asked->type == ASKED_ID ? 0 : asked->length);
    enum outcome outcome = socket_ask(door, parts, 3, is_answer, spare, &reply->body);
    if (outcome != OUTCOME_FOUND)
        return outcome;
    write_label((struct label *)(void *)reply->body.memory, database, asked);
    outcome = record_of(&reply->body, &reply->record);
    if (outcome != OUTCOME_FOUND)
        body_free(&reply->body);
    return outcome;
}

/** The part of msgpack that the module reads. */
#include "msgpack.h"

/** What a value begins with: one byte, and up to eight more that are a number. */
struct head {
    uint8_t type;
    /** The number: a length, a count, or the integer itself. */
    uint64_t number;
};

/** The width in bytes of the number after a type byte; 0: the number is in the byte itself, or there is none. */
static unsigned width_of(uint8_t type)
{
    switch (type) {
    case 0xc4: case 0xc7: case 0xcc: case 0xd0: case 0xd9:
        return 1;
    case 0xc5: case 0xc8: case 0xcd: case 0xd1: case 0xda: case 0xdc: case 0xde:
        return 2;
    case 0xc6: case 0xc9: case 0xca: case 0xce: case 0xd2: case 0xdb: case 0xdd: case 0xdf:
        return 4;
    case 0xcb: case 0xcf: case 0xd3:
        return 8;
    default:
        return 0;
    }
}

/** Reads a value's head. False: the message ends within. */
static bool read_head(struct msgpack *message, struct head *head)
{
    if (message->at == message->end)
        return false;
    *head = (struct head){*message->at++, 0};
    unsigned width = width_of(head->type);
    if ((size_t)(message->end - message->at) < width)
        return false;
    while (width-- > 0)
        head->number = head->number << 8 | *message->at++;
    return true;
}

bool msgpack_map(struct msgpack *message, uint32_t *pairs)
{
    struct head head;
    if (!read_head(message, &head))
        return false;
    *pairs = (head.type & 0xf0) == 0x80 ? head.type & 0x0f : (uint32_t)head.number;
    return (head.type & 0xf0) == 0x80 || head.type == 0xde || head.type == 0xdf;
}

/** How many bytes follow a head that are no values of their own. */
static uint64_t payload(const struct head *head)
{
    if ((head->type & 0xe0) == 0xa0)
        return head->type & 0x1f;
    if (head->type >= 0xc4 && head->type <= 0xc6)
        return head->number;
    if (head->type >= 0xc7 && head->type <= 0xc9)
        return head->number + 1;
    if (head->type >= 0xd4 && head->type <= 0xd8)
        return ((uint64_t)1 << (head->type - 0xd4)) + 1;
    return head->type >= 0xd9 && head->type <= 0xdb ? head->number : 0;
}

/** How many values are inside a value. */
static uint64_t content(const struct head *head)
{
    if ((head->type & 0xf0) == 0x80)
        return 2 * (uint64_t)(head->type & 0x0f);
    if ((head->type & 0xf0) == 0x90)
        return head->type & 0x0f;
    if (head->type == 0xdc || head->type == 0xdd)
        return head->number;
    return head->type == 0xde || head->type == 0xdf ? 2 * head->number : 0;
}

bool msgpack_bytes(struct msgpack *message, const uint8_t **bytes, uint32_t *length)
{
    struct head head;
    if (!read_head(message, &head))
        return false;
    bool is_bytes = (head.type & 0xe0) == 0xa0 || (head.type >= 0xc4 && head.type <= 0xc6) ||
                    (head.type >= 0xd9 && head.type <= 0xdb);
    uint64_t size = payload(&head);
    if (!is_bytes || size > (size_t)(message->end - message->at))
        return false;
    *bytes = message->at;
    *length = (uint32_t)size;
    message->at += size;
    return true;
}

bool msgpack_integer(struct msgpack *message, int64_t *value)
{
    struct head head;
    if (!read_head(message, &head))
        return false;
    uint64_t sign = (uint64_t)1 << 63;
    if (head.type < 0x80 || head.type >= 0xe0)
        *value = (int8_t)head.type;
    else if (head.type >= 0xd0 && head.type <= 0xd3) {
        sign >>= 64 - 8 * width_of(head.type);
        *value = (int64_t)((head.number ^ sign) - sign);
    } else if (head.type >= 0xcc && head.type <= 0xcf && head.number < sign)
        *value = (int64_t)head.number;
    else
        return false;
    return true;
}

bool msgpack_skip(struct msgpack *message)
{
    for (uint64_t values = 1; values > 0; values--) {
        struct head head;
        if (!read_head(message, &head))
            return false;
        uint64_t size = payload(&head), inside = content(&head), left = (uint64_t)(message->end - message->at);
        if (size > left || inside > left)
            return false;
        message->at += size;
        values += inside;
    }
    return true;
}

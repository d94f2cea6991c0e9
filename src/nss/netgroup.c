/** netgroup: triples of host, user and domain under a name (setnetgrent(3)). */
#include <errno.h>
#include <stdlib.h>
#include "lookup.h"
#include "module.h"

#define FIXED ((uint32_t)sizeof(struct kb_netgroup))
/** The bytes of a triple: three offsets. */
#define TRIPLE 12u

/** Whether the key is the name, which is the first string, behind the triples. */
static bool name_matches(const struct record *record, const struct key *key)
{
    return first_string_is(record, FIXED + (uint64_t)TRIPLE * FIELD32(record->at, netgroup, triple_count), key);
}

/**
 * Keeps a copy of the record in the caller's structure, so that the enumeration needs neither the map nor any state of
 * ours. Its last byte is made NUL, so that every offset into its strings is a string.
 */
static enum outcome keep_record(const struct record *record, const struct filling *filling)
{
    struct __netgrent *result = filling->result;
    uint8_t *data = malloc(record->size);
    if (data == NULL)
        return OUTCOME_RESOURCES;
    memcpy(data, record->at, record->size);
    uint64_t strings = FIXED + (uint64_t)TRIPLE * FIELD32(data, netgroup, triple_count);
    uint64_t size = strings + FIELD32(data, netgroup, strings_size);
    if (size > record->size || size == strings) {
        free(data);
        return OUTCOME_DAMAGED;
    }
    data[size - 1] = '\0';
    free(result->data);
    result->data = (char *)data;
    result->data_size = (size_t)size;
    result->insertion.position = 0;
    result->first = 1;
    return OUTCOME_FOUND;
}

static const struct access by_name = {
    ACCESS_BY(NETGROUP, NAME, netgroup),
    .asks = ASKED_NAME,
    .matches = name_matches,
    .fills = keep_record,
    .parts = 1,
};

enum nss_status _nss_kickback_setnetgrent(const char *name, struct __netgrent *result)
{
    int saved = errno, error;
    size_t length;
    result->data = NULL;
    result->data_size = 0;
    if (!is_name(name, &length))
        return conclude(OUTCOME_ABSENT, saved, &error);
    struct key key = key_of(name, length);
    struct filling filling = {.result = result};
    enum outcome outcome = look_up(&by_name, &key, &filling);
    if (outcome != OUTCOME_FOUND)
        _nss_kickback_endnetgrent(result);
    return conclude(outcome, saved, &error);
}

enum nss_status _nss_kickback_endnetgrent(struct __netgrent *result)
{
    free(result->data);
    result->data = NULL;
    result->data_size = 0;
    return NSS_STATUS_SUCCESS;
}

/** How many triples the kept record has. They were checked against its size when it was kept. */
static uint32_t triples_of(const struct __netgrent *result)
{
    return result->data == NULL ? 0 : FIELD32((const uint8_t *)result->data, netgroup, triple_count);
}

/** Copies one field of a triple to the caller's buffer; NULL for a wildcard. False: no room, or *damaged. */
static bool copy_field(const struct __netgrent *result, const uint8_t *field, struct room *room, const char **copy,
                       bool *damaged)
{
    uint32_t offset = load32(field);
    size_t strings = FIXED + (size_t)TRIPLE * triples_of(result);
    *copy = NULL;
    *damaged = offset != KB_WILDCARD && offset >= result->data_size - strings;
    if (offset == KB_WILDCARD || *damaged)
        return !*damaged;
    const char *string = result->data + strings + offset;
    *copy = room_take_strings(room, (const uint8_t *)string, strlen(string) + 1);
    return *copy != NULL;
}

enum nss_status _nss_kickback_getnetgrent_r(struct __netgrent *result, char *buffer, size_t buflen, int *errnop)
{
    int saved = errno;
    uint32_t next = (uint32_t)result->insertion.position;
    struct room room = {buffer, buflen};
    bool damaged;
    if (result->data == NULL || next >= triples_of(result))
        return result->first ? conclude(OUTCOME_ABSENT, saved, errnop) : NSS_STATUS_RETURN;
    const uint8_t *triple = (const uint8_t *)result->data + FIXED + (size_t)TRIPLE * next;
    if (!copy_field(result, triple, &room, &result->val.triple.host, &damaged) ||
        !copy_field(result, triple + 4, &room, &result->val.triple.user, &damaged) ||
        !copy_field(result, triple + 8, &room, &result->val.triple.domain, &damaged))
        return conclude(damaged ? OUTCOME_DAMAGED : OUTCOME_SMALL, saved, errnop);
    result->type = triple_val;
    result->insertion.position = next + 1;
    result->first = 0;
    return NSS_STATUS_SUCCESS;
}

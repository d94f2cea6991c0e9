/** One snapshot file: opened, checked, mapped, and looked up in. */
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cancellation.h"
#include "protocol.h"

/** The largest snapshot: what 32 bits of eight-byte units reach. */
#define SIZE_LIMIT ((uint64_t)8 << 32)
/**
 * Slots that a search looks at before it calls the index damaged. At a load of one half a search of a million keys passes a
 * hundred slots at the worst.
 */
#define PROBES_MAX 4096
/** How often a path is opened anew because its file was emptied between opening and reading it. */
#define STALE_TRIES 16

/** The outcome that an errno of opening stands for. */
static enum outcome outcome_of(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return OUTCOME_RESOURCES;
    case EACCES:
    case EPERM:
        return OUTCOME_DENIED;
    default:
        return OUTCOME_UNAVAILABLE;
    }
}

/** Which sections are indexes: a database's ids are four times its number, and the records' section comes first. */
static bool is_index(uint32_t id)
{
    return id >= 4 * KB_DATABASE_PASSWD && id % 4 != 0;
}

/** What an entry of the section table says, once it is known to lie inside the file. */
static struct section section_of(const struct map *map, uint64_t snapshot_size, const uint8_t *entry)
{
    uint64_t offset = FIELD64(entry, section, offset), size = FIELD64(entry, section, size);
    struct section section = {.flags = FIELD32(entry, section, flags), .health = SECTION_DAMAGED};
    if (offset % KB_LAYOUT_ALIGNMENT != 0 || offset > snapshot_size || size > snapshot_size - offset)
        return section;
    if (is_index(FIELD32(entry, section, id))) {
        uint64_t slots = size / sizeof(struct kb_slot);
        if (size % sizeof(struct kb_slot) != 0 || slots == 0 || (slots & (slots - 1)) != 0)
            return section;
        section.mask = slots - 1;
        section.probes = (uint16_t)(slots < PROBES_MAX ? slots : PROBES_MAX);
    }
    section.start = map->base + offset;
    section.size = size;
    section.health = SECTION_SOUND;
    return section;
}

/** Reads the section table; of two sections with one id the first counts. */
static void read_sections(struct map *map, uint64_t snapshot_size, const uint8_t *table, uint32_t count)
{
    memset(map->sections, 0, sizeof map->sections);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = table + i * sizeof(struct kb_section);
        uint32_t id = FIELD32(entry, section, id);
        if (id < KB_SECTION_IDS && map->sections[id].health == SECTION_MISSING)
            map->sections[id] = section_of(map, snapshot_size, entry);
    }
}

/** A floor from the header: 0, and whatever else is lower, means the least. */
static struct floor floor_of(uint32_t number)
{
    return (struct floor){.least = number < KB_FLOOR_LEAST ? KB_FLOOR_LEAST : number};
}

/**
 * Reads which ids this machine takes: floors from the header, and the exceptions, which the file holds behind the snapshot. Where
 * it holds nothing there are none, whatever the header says. The rest behind them is for later readers. False: it holds something
 * else.
 */
static bool read_floors(struct map *map, uint64_t snapshot_size)
{
    const uint8_t *base = map->base;
    uint32_t uids = FIELD32(base, header, uid_exceptions), gids = FIELD32(base, header, gid_exceptions);
    map->floors = (struct floors){.uid = floor_of(FIELD32(base, header, uid_floor)),
                                  .gid = floor_of(FIELD32(base, header, gid_floor))};
    if (snapshot_size == map->identity.size)
        return true;
    map->floors.uid.exceptions = base + snapshot_size;
    map->floors.uid.exception_count = uids;
    map->floors.gid.exceptions = base + snapshot_size + (uint64_t)4 * uids;
    map->floors.gid.exception_count = gids;
    uint64_t rest = FIELD32(base, header, rest);
    return map->identity.size - snapshot_size == 4 * ((uint64_t)uids + gids) + rest;
}

/** Checks the header of a mapped file and reads its section table. */
static bool read_header(enum kind kind, struct map *map)
{
    const uint8_t *base = map->base;
    uint32_t wanted = kind == SHADOW_SNAPSHOT ? KB_KIND_SHADOW : KB_KIND_PUBLIC;
    uint64_t size = FIELD64(base, header, size);
    if (memcmp(base, KB_MAGIC, sizeof KB_MAGIC - 1) != 0 || FIELD32(base, header, layout) != KB_LAYOUT_VERSION ||
        FIELD32(base, header, kind) != wanted || size < sizeof(struct kb_header) || size > map->identity.size)
        return false;
    uint32_t table = FIELD32(base, header, header_size), count = FIELD32(base, header, section_count);
    if (table < sizeof(struct kb_header) || table % KB_LAYOUT_ALIGNMENT != 0 || count > KB_LAYOUT_SECTIONS_MAX ||
        table > size || count * sizeof(struct kb_section) > size - table)
        return false;
    read_sections(map, size, base + table, count);
    return read_floors(map, size);
}

/** Maps an open file. 0 or -errno; -ESTALE: newer ones came since it was opened, and it was emptied. */
static int map_file(enum kind kind, int fd, struct map *map)
{
    uint64_t size = map->identity.size;
    if (size < sizeof(struct kb_header) || size >= SIZE_LIMIT || size > SIZE_MAX)
        return -EINVAL;
    void *base = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    map->base = base;
    bool is_emptied_file = is_emptied(map_state(map));
    if (!is_emptied_file && read_header(kind, map))
        return 0;
    map_close(map);
    return is_emptied_file ? -ESTALE : -EINVAL;
}

/** Maps the file of this name in an open folder. 0 or -errno. */
static int map_named(enum kind kind, int folder, const char *name, const struct store *store, struct map *map)
{
    int error = -ESTALE;
    for (int tries = 0; error == -ESTALE && tries < STALE_TRIES; tries++) {
        int fd = trusted_file(folder, name, store, &map->identity);
        if (fd < 0)
            return fd;
        error = map_file(kind, fd, map);
        close(fd);
    }
    return error;
}

/** The snapshot in an open folder: maps it, or sees that it is the known one. 0 or -errno. */
static int map_in(enum kind kind, int folder, const struct store *store, const struct identity *known, struct map *map,
                  bool *same)
{
    const char *name = kind == SHADOW_SNAPSHOT ? KB_FILE_SHADOW : KB_FILE_PUBLIC;
    struct identity at_path;
    *same = known != NULL && identify(folder, name, &at_path) && is_same_file(&at_path, known);
    if (*same)
        return 0;
    map->run_dir = store->run_dir;
    return map_named(kind, folder, name, store, map);
}

/** The folder of a store that holds snapshots of this kind, opened; -errno if there is none to be trusted. */
static int open_folder(enum kind kind, const struct store *store)
{
    int folder = trusted_folder(AT_FDCWD, store->path, store);
    if (folder < 0 || kind == PUBLIC_SNAPSHOT)
        return folder;
    int private = trusted_folder(folder, KB_FOLDER_PRIVATE, store);
    close(folder);
    return private;
}

/** As map_open, while the thread can't be cancelled. */
static enum outcome open_somewhere(enum kind kind, const struct identity *known, struct map *map, bool *same)
{
    enum outcome outcome = OUTCOME_UNAVAILABLE;
    struct store store;
    for (unsigned n = 0; store_at(n, &store); n++) {
        int folder = open_folder(kind, &store);
        int error = folder;
        if (folder >= 0) {
            error = map_in(kind, folder, &store, known, map, same);
            close(folder);
        }
        if (error == 0)
            return OUTCOME_FOUND;
        if (outcome == OUTCOME_UNAVAILABLE)
            outcome = outcome_of(-error);
    }
    return outcome;
}

enum outcome map_open(enum kind kind, const struct identity *known, struct map *map, bool *same)
{
    int cancellation = cancellation_off();
    enum outcome outcome = open_somewhere(kind, known, map, same);
    cancellation_restore(cancellation);
    return outcome;
}

void map_close(struct map *map)
{
    munmap((void *)map->base, (size_t)map->identity.size);
}

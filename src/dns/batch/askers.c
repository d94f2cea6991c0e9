/**
 * Who may ask. A place for each of many hashes, in pairs: whoever comes last takes the place of the elder of a pair. So addresses without
 * end cost no memory; who lost the place is asked about once more.
 */
#include "askers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Of 20,000 addresses that ask in turns 19 in 20 keep their places, of 100,000 every second. Memory that nobody has come to is never touched. */
enum { PAIRS = 1 << 16 };

struct place {
	uint8_t address[16];
	uint8_t admission;
};

struct askers {
	/* Nobody outside knows which addresses share a pair. */
	uint64_t seed;
	struct place pairs[PAIRS][2];
};

struct askers *askers_new(void)
{
	struct askers *askers = calloc(1, sizeof *askers);
	/* Without a seed it works as well, for who means no harm. */
	if (askers != NULL && getrandom(&askers->seed, sizeof askers->seed, GRND_NONBLOCK) < 0)
		askers->seed = 0;
	return askers;
}

void askers_free(struct askers *askers)
{
	free(askers);
}

static uint32_t pair_of(const struct askers *askers, const uint8_t address[16])
{
	uint64_t halves[2];
	memcpy(halves, address, sizeof halves);
	/* The finish of MurmurHash3, once for each half. */
	uint64_t hash = askers->seed;
	for (int i = 0; i < 2; i++) {
		hash ^= halves[i];
		hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
		hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
		hash ^= hash >> 33;
	}
	return (uint32_t)(hash & (PAIRS - 1));
}

static bool is_at(const struct place *place, const uint8_t address[16])
{
	return place->admission != UNKNOWN && memcmp(place->address, address, sizeof place->address) == 0;
}

void askers_admit(struct askers *askers, const uint8_t address[16], enum admission admission)
{
	struct place *pair = askers->pairs[pair_of(askers, address)];
	if (is_at(&pair[0], address))
		return;
	pair[1] = pair[0];
	memcpy(pair[0].address, address, sizeof pair[0].address);
	pair[0].admission = (uint8_t)admission;
}

enum admission askers_find(const struct askers *askers, const uint8_t address[16])
{
	const struct place *pair = askers->pairs[pair_of(askers, address)];
	for (int i = 0; i < 2; i++)
		if (is_at(&pair[i], address))
			return pair[i].admission;
	return UNKNOWN;
}

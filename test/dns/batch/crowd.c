/**
 * Has many addresses ask, all of them once in each round, and prints how many were known in the last one: crowd ADDRESSES ROUNDS. Says
 * `wrong` where one is known for what another one is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/dns/batch/askers.h"

static void address_of(unsigned i, uint8_t address[16])
{
	const uint8_t network[16] = { [10] = 0xff, [11] = 0xff, [12] = 10 };
	memcpy(address, network, sizeof network);
	for (int part = 0; part < 3; part++)
		address[15 - part] = (uint8_t)(i >> 8 * part);
}

int main(int count, char **arguments)
{
	struct askers *askers = askers_new();
	unsigned addresses = count > 2 ? (unsigned)atoi(arguments[1]) : 0, known = 0;
	for (int round = count > 2 ? atoi(arguments[2]) : 0; round > 0; round--) {
		known = 0;
		for (unsigned i = 0; i < addresses; i++) {
			uint8_t address[16];
			address_of(i, address);
			enum admission own = i % 3 == 0 ? SHORT : WHOLE, found = askers_find(askers, address);
			if (found != UNKNOWN && found != own)
				puts("wrong");
			known += found != UNKNOWN;
			if (found == UNKNOWN)
				askers_admit(askers, address, own);
		}
	}
	printf("%u\n", known);
	askers_free(askers);
}

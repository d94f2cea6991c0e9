/** The addresses of this machine's own interfaces, as the kernel tells them. */
#ifndef KICKBACK_ADDRESSES_H
#define KICKBACK_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One address: 4 bytes of AF_INET or 16 of AF_INET6. */
struct own_address {
    int family;
    uint8_t bytes[16];
};

/** A machine's addresses, in memory of their own. */
struct own_addresses {
    void *memory;
    size_t mapped;
    struct own_address *list;
    size_t count;
};

/**
 * Reads them: those that fit into a page or so of the kernel's answer, which are more than a thousand of each family. What can't be
 * read counts as none. False: no memory. (getifaddrs(3) ends the process when another thread closes its descriptor.)
 */
bool addresses_read(struct own_addresses *own);

/** Frees what addresses_read gave. */
void addresses_free(struct own_addresses *own);

#endif

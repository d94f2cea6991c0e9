/** Names that mean another host for each machine, told without a daemon: `self` and `master`, in all their spellings. */
#ifndef KICKBACK_ASKER_H
#define KICKBACK_ASKER_H

#include "index.h"

/**
 * Finds what the name means on this machine. `self`: the node that has one of this machine's addresses, or whose companion has; else
 * the host or master that has one. `master`: the first of this machine's masters, by the masterorder that names it. ABSENT: the name is another, or nobody can tell.
 */
enum outcome host_of_asker(const struct map *map, const struct key *key, struct record *record);

#endif

/** What other databases ask of the users. */
#ifndef KICKBACK_PASSWD_H
#define KICKBACK_PASSWD_H

#include <stdbool.h>

/**
 * Whether the current map says that this machine gives no user of this name to anyone: it has none, or one with an id that is not
 * given. False where no map could tell.
 */
bool is_user_kept_back(const char *name);

#endif

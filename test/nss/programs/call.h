/**
 * Every look-up of the module in one form: a question is a line of text, the answer is a line of text, and what the module
 * promises of its answers is checked on the way.
 */
#ifndef CALL_H
#define CALL_H

#include <nss.h>
#include <stdbool.h>
#include <stddef.h>
#include "../../../src/nss/module.h"

/** What came of a call. */
struct answer {
    enum nss_status status;
    /** What errno and h_errno were set to; -1: nothing. */
    int error, host_error;
    /** The answer as text, where the status is SUCCESS. */
    char text[65536];
};

/** Loads the module that the environment variable KICKBACK_MODULE names, with dlopen(3). Ends the program if it can't. */
void load_module(void);

/** The module's function of this name, or NULL. */
void *module_function(const char *name);

/**
 * Asks a question with this buffer. Questions: `passwd:name:X`, `passwd:id:N`, `group:name:X`, `group:id:N`, `hosts:4:X`,
 * `hosts:6:X`, `hosts:plain:X` (gethostbyname_r), `hosts:chain:X` (gethostbyname4_r), `hosts:address:A`, `ethers:name:X`,
 * `ethers:mac:M`, `netgroup:X`, `initgroups:X`, `shadow:X`, and `next:DB` for the next entry of an enumeration. Faults of the answer's
 * form (a pointer outside the buffer, not aligned, NULL) are noted by check().
 */
void ask(const char *question, char *buffer, size_t size, struct answer *answer);

/** Starts or ends an enumeration: `set` or `end` of passwd, group, hosts, ethers, shadow. */
void enumerate(const char *what, const char *database);

/** Notes a fault of form; defined by the program, usually as a call of check(). */
void misformed(const char *question, const char *what);

#endif

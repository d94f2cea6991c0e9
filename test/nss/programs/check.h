/** Checks in test programs: each test is one line of output, `ok TITLE` or `not ok TITLE: what was wrong`. */
#ifndef CHECK_H
#define CHECK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/** The first thing that went wrong in the test at hand; empty: nothing. Shared by threads on purpose, the last one wins. */
static char fault[512];

/** Notes a fault unless `holds`. Gives `holds`. */
__attribute__((format(printf, 2, 3))) static inline bool check(bool holds, const char *format, ...)
{
    va_list arguments;
    if (holds || fault[0] != '\0')
        return holds;
    va_start(arguments, format);
    vsnprintf(fault, sizeof fault, format, arguments);
    va_end(arguments);
    return false;
}

/** Ends the test at hand. */
static inline void tested(const char *title)
{
    if (fault[0] == '\0')
        printf("ok %s\n", title);
    else
        printf("not ok %s: %s\n", title, fault);
    fflush(stdout);
    fault[0] = '\0';
}

#endif

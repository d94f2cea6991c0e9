/** Holes in files: see holes.c. */
#ifndef KICKBACK_HOLES_H
#define KICKBACK_HOLES_H

#include <node_api.h>

/** Adds the function `punch` to a module. */
void add_holes(napi_env env, napi_value exports);

#endif

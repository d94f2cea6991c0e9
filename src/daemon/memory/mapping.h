/** Files in memory, as functions of a module of Node-API. */
#ifndef KICKBACK_MAPPING_H
#define KICKBACK_MAPPING_H

#include <node_api.h>

/** Adds the functions `map`, `room` and `rest` to a module. */
void add_mapping(napi_env env, napi_value exports);

#endif

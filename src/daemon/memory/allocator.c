/**
 * The C library's allocator, for the daemon's process: has it give back to the system what it holds and nobody uses
 * (malloc_trim(3)). A module of Node-API, whose symbols come from the Node that loads it. It has files in memory, too (mapping.c),
 * and holes in files (holes.c).
 */
#include <malloc.h>
#include <stddef.h>

#include <node_api.h>

#include "holes.h"
#include "mapping.h"

/* Other C libraries have no such function, and keep less. */
#pragma weak malloc_trim

/* How much stays at the end of the heap, in bytes: what is asked for next needs no call of the system. */
static const size_t kept = 1 << 20;

static napi_value give_back(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	if (malloc_trim)
		malloc_trim(kept);
	return NULL;
}

NAPI_MODULE_INIT()
{
	napi_value function;
	if (napi_create_function(env, "giveBack", NAPI_AUTO_LENGTH, give_back, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, "giveBack", function);
	add_mapping(env, exports);
	add_holes(env, exports);
	return exports;
}

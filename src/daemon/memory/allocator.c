/**
 * The C library's allocator, for the daemon's process: has it give back to the system what it holds and nobody uses
 * (malloc_trim(3)), and at once what is large (mallopt(3)). A module of Node-API, whose symbols come from the Node that loads it. It has the other
 * functions of daemons in C, too: files in memory (mapping.c), holes in files (holes.c), and the priority of a thread (../supervision/priority.c).
 */
#include <malloc.h>
#include <stddef.h>

#include <node_api.h>

#include "../supervision/priority.h"
#include "holes.h"
#include "mapping.h"

/* Other C libraries have no such functions, and keep less. */
#pragma weak malloc_trim
#pragma weak mallopt

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

/*
 * What is as large as this, in bytes, is memory of its own, which goes back to the system at once when nobody uses it any more. The allocator would raise this
 * by itself up to 32 MiB: then what is left of a generation and of its sources stays between what is used.
 */
static const int apart = 1 << 17;

/* countExternal(bytes): V8 counts so many bytes more, or fewer, as held by its objects. It does not count what threads share. */
static napi_value count_external(napi_env env, napi_callback_info info)
{
	size_t count = 1;
	napi_value argument;
	int64_t bytes = 0, now = 0;
	if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) == napi_ok && count == 1 &&
	    napi_get_value_int64(env, argument, &bytes) == napi_ok)
		napi_adjust_external_memory(env, bytes, &now);
	return NULL;
}

NAPI_MODULE_INIT()
{
#ifdef M_MMAP_THRESHOLD
	if (mallopt)
		mallopt(M_MMAP_THRESHOLD, apart);
#endif
	napi_value function;
	if (napi_create_function(env, "giveBack", NAPI_AUTO_LENGTH, give_back, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, "giveBack", function);
	if (napi_create_function(env, "countExternal", NAPI_AUTO_LENGTH, count_external, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, "countExternal", function);
	add_mapping(env, exports);
	add_holes(env, exports);
	add_priority(env, exports);
	return exports;
}

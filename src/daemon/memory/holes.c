/**
 * Holes in files: frees a part of an open file, whose length stays (fallocate(2), FALLOC_FL_PUNCH_HOLE). On a thread of the pool, since a disk may take its
 * time. A program of its own would do the same, but to start one takes a large process tens of milliseconds, in which it answers nobody. A module of
 * Node-API, whose symbols come from the Node that loads it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <node_api.h>

#include "holes.h"

/* The largest place in a file, in bytes: what a number of JavaScript holds exactly. */
static const double place_max = 9007199254740991.0;

/* A hole that is being made, and who is told how it went. */
struct hole {
	int fd;
	off_t offset, length;
	/* The error number of the system; 0: it was made. */
	int reason;
	napi_deferred told;
	napi_async_work work;
};

/* On a thread of the pool. */
static void make_hole(napi_env env, void *data)
{
	struct hole *hole = data;
	(void)env;
	int done = fallocate(hole->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, hole->offset, hole->length);
	hole->reason = done == 0 ? 0 : errno;
}

static napi_value error_of(napi_env env, int reason)
{
	napi_value message, error = NULL;
	if (napi_create_string_utf8(env, strerror(reason), NAPI_AUTO_LENGTH, &message) == napi_ok)
		napi_create_error(env, NULL, message, &error);
	return error;
}

/* Back on the thread that asked. */
static void hole_made(napi_env env, napi_status status, void *data)
{
	struct hole *hole = data;
	int reason = status == napi_ok ? hole->reason : ECANCELED;
	napi_handle_scope scope;
	if (napi_open_handle_scope(env, &scope) == napi_ok) {
		napi_value value;
		if (reason != 0)
			napi_reject_deferred(env, hole->told, error_of(env, reason));
		else if (napi_get_undefined(env, &value) == napi_ok)
			napi_resolve_deferred(env, hole->told, value);
		napi_close_handle_scope(env, scope);
	}
	napi_delete_async_work(env, hole->work);
	free(hole);
}

/* Begins to make it; a promise. NULL: it could not be begun. */
static napi_value begun(napi_env env, struct hole *hole)
{
	napi_value name, promise;
	if (napi_create_string_utf8(env, "hole", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	    napi_create_async_work(env, NULL, name, make_hole, hole_made, hole, &hole->work) != napi_ok)
		return NULL;
	if (napi_create_promise(env, &hole->told, &promise) == napi_ok &&
	    napi_queue_async_work(env, hole->work) == napi_ok)
		return promise;
	napi_delete_async_work(env, hole->work);
	return NULL;
}

/* punch(fd, offset, length): a promise. Whoever asks keeps the file open until then. Throws an Error for what is no such part. */
static napi_value punch(napi_env env, napi_callback_info info)
{
	size_t count = 3;
	napi_value arguments[3];
	int32_t fd = -1;
	double offset = -1, length = -1;
	if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 3 ||
	    napi_get_value_int32(env, arguments[0], &fd) != napi_ok ||
	    napi_get_value_double(env, arguments[1], &offset) != napi_ok ||
	    napi_get_value_double(env, arguments[2], &length) != napi_ok ||
	    !(offset >= 0 && length >= 1 && offset <= place_max && length <= place_max)) {
		napi_throw_error(env, NULL, "punch takes a descriptor, a place and a length");
		return NULL;
	}
	struct hole *hole = malloc(sizeof *hole);
	napi_value promise = NULL;
	if (hole != NULL) {
		*hole = (struct hole){ .fd = fd, .offset = (off_t)offset, .length = (off_t)length };
		promise = begun(env, hole);
	}
	if (promise == NULL) {
		free(hole);
		napi_throw_error(env, NULL, "no hole could be begun");
	}
	return promise;
}

void add_holes(napi_env env, napi_value exports)
{
	napi_value function;
	if (napi_create_function(env, "punch", NAPI_AUTO_LENGTH, punch, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, "punch", function);
}

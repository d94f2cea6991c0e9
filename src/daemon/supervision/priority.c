/**
 * The priority of the thread that answers: it gets a processor before those that work for long (sched_setattr(2)). A part of the module of
 * ../memory/allocator.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <node_api.h>

#include "priority.h"

/* struct sched_attr of the kernel, in its first form: C libraries have it since glibc 2.41 only. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* SCHED_FLAG_RESET_ON_FORK: threads and programs that this one starts have what is usual. */
static const uint64_t reset_on_fork = 0x01;
/*
 * How long the thread may run before others have their turn, in nanoseconds, the least there is: a thread that wakes goes before one that runs where its turn
 * is shorter. Linux before 6.12 takes no notice of it.
 */
static const uint64_t turn = 100000;

/* Sets both for the calling thread: 0, or the error number of the system. */
static int set_priority(int nice)
{
	struct attributes wanted = {
		.size = sizeof wanted, .flags = reset_on_fork, .nice = nice, .runtime = turn
	};
	return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0 ? 0 : errno;
}

/* answerFirst(nice): the error number of the system; 0: done. Where this nice value is not allowed, the turns are shorter nevertheless. */
static napi_value answer_first(napi_env env, napi_callback_info info)
{
	size_t count = 1;
	napi_value argument, result = NULL;
	int32_t nice = 0;
	if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
	    napi_get_value_int32(env, argument, &nice) != napi_ok) {
		napi_throw_error(env, NULL, "answerFirst takes a nice value");
		return NULL;
	}
	int reason = set_priority(nice);
	if (reason != 0)
		set_priority(getpriority(PRIO_PROCESS, 0));
	napi_create_int32(env, reason, &result);
	return result;
}

void add_priority(napi_env env, napi_value exports)
{
	napi_value function;
	if (napi_create_function(env, "answerFirst", NAPI_AUTO_LENGTH, answer_first, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, "answerFirst", function);
}

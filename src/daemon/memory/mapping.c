/**
 * Files in memory: a snapshot file as an array of bytes that takes no memory of the process, since its pages are those that the kernel has of
 * the file anyway (mmap(2)). A module of Node-API, whose symbols come from the Node that loads it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <node_api.h>

#include "mapping.h"

/* The largest file that is mapped, in bytes: what a number of JavaScript holds exactly, and an array of it. */
static const double size_max = 4294967296.0;

/* What tells a map from other arrays. */
static const napi_type_tag of_map = { 0x6b69636b6261636bULL, 0x6d61707065642031ULL };

static napi_value thrown(napi_env env, const char *what)
{
	napi_throw_error(env, NULL, what);
	return NULL;
}

static size_t page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);
	return size > 0 ? (size_t)size : 4096;
}

static void unmap(napi_env env, void *start, void *length)
{
	(void)env;
	munmap(start, (size_t)(uintptr_t)length);
}

/*
 * Maps so many bytes of an open file, by its descriptor. The mapping is private: what is written to its first page stays in this process.
 * All else can't be written, so that it counts for no memory even where the kernel promises no more than it has (vm.overcommit_memory 2).
 */
static void *mapped(int fd, size_t size)
{
	/* Not fstat(2): that of a newer C library is none that an older one has. */
	struct statx found;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &found) != 0)
		return MAP_FAILED;
	/* Who reads a map beyond the end of its file gets SIGBUS. */
	if (!S_ISREG(found.stx_mode) || found.stx_size < size) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	void *start = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (start == MAP_FAILED)
		return MAP_FAILED;
	size_t page = page_size();
	if (mprotect(start, size < page ? size : page, PROT_READ | PROT_WRITE) == 0)
		return start;
	int reason = errno;
	munmap(start, size);
	errno = reason;
	return MAP_FAILED;
}

/* map(fd, size): an ArrayBuffer; its first page can be written. Whoever closes the file keeps the map. Throws an Error. */
static napi_value map(napi_env env, napi_callback_info info)
{
	size_t count = 2;
	napi_value arguments[2];
	int32_t fd = -1;
	double size = 0;
	if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 2 ||
	    napi_get_value_int32(env, arguments[0], &fd) != napi_ok ||
	    napi_get_value_double(env, arguments[1], &size) != napi_ok)
		return thrown(env, "map takes a descriptor and a size");
	if (!(size >= 1 && size <= size_max && size <= (double)PTRDIFF_MAX))
		return thrown(env, "the size is none that can be mapped");
	size_t length = (size_t)size;
	void *start = mapped(fd, length);
	if (start == MAP_FAILED)
		return thrown(env, strerror(errno));
	napi_value bytes;
	if (napi_create_external_arraybuffer(env, start, length, unmap, (void *)(uintptr_t)length, &bytes) != napi_ok) {
		munmap(start, length);
		return thrown(env, "this Node takes no memory of others");
	}
	if (napi_type_tag_object(env, bytes, &of_map) != napi_ok)
		return thrown(env, "this Node marks no arrays");
	return bytes;
}

/*
 * room(size): an ArrayBuffer of zeros that begins on a page: what is written from it to a disk need not be copied on the way (O_DIRECT of open(2)). Not
 * in large pages: where memory is in pieces the kernel would move others' pages to make one, which costs more than it saves. Throws an Error.
 */
static napi_value room(napi_env env, napi_callback_info info)
{
	size_t count = 1;
	napi_value argument;
	double size = 0;
	if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
	    napi_get_value_double(env, argument, &size) != napi_ok)
		return thrown(env, "room takes a size");
	if (!(size >= 1 && size <= size_max && size <= (double)PTRDIFF_MAX))
		return thrown(env, "the size is none that can be had");
	size_t length = (size_t)size;
	void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return thrown(env, strerror(errno));
	napi_value bytes;
	if (napi_create_external_arraybuffer(env, start, length, unmap, (void *)(uintptr_t)length, &bytes) != napi_ok) {
		munmap(start, length);
		return thrown(env, "this Node takes no memory of others");
	}
	return bytes;
}

/*
 * rest(bytes): the pages of a map do not count for this process any more, until they are read again. Not the first one, which is of this
 * process. Throws for other arrays: they would lose what they hold.
 */
static napi_value rest(napi_env env, napi_callback_info info)
{
	size_t count = 1;
	napi_value argument;
	void *start = NULL;
	size_t length = 0;
	bool is_array = false, is_map = false;
	if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
	    napi_is_arraybuffer(env, argument, &is_array) != napi_ok || !is_array ||
	    napi_check_object_type_tag(env, argument, &of_map, &is_map) != napi_ok || !is_map ||
	    napi_get_arraybuffer_info(env, argument, &start, &length) != napi_ok)
		return thrown(env, "rest takes what map gave");
	size_t page = page_size();
	/* One that was handed to another thread is empty here. */
	if (start != NULL && length > page)
		madvise((char *)start + page, length - page, MADV_DONTNEED);
	return NULL;
}

/* Adds the functions `map`, `room` and `rest` to a module. */
void add_mapping(napi_env env, napi_value exports)
{
	static const struct {
		const char *name;
		napi_callback call;
	} functions[] = { { "map", map }, { "room", room }, { "rest", rest } };
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		napi_value function;
		if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) == napi_ok)
			napi_set_named_property(env, exports, functions[i].name, function);
	}
}

/**
 * DNS packets many a system call, for the process of DNS: a module of Node-API, whose symbols come from the Node that loads it. What it does
 * not answer by itself goes up to JavaScript, in one call for all requests of a batch. Each environment that loads it has objects of its own.
 */
#define NAPI_VERSION 8
#include "door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <node_api.h>
#include <uv.h>

/* How many batches are taken before others of the loop have their turn. */
enum { BATCHES = 8 };

static const napi_type_tag table_tag = { 0x6b69636b6261636bULL, 0x7265706c69657331ULL };
static const napi_type_tag door_tag = { 0x6b69636b6261636bULL, 0x646f6f7273202031ULL };

/* A socket, and all that JavaScript has of it. */
struct open_door {
	struct door door;
	uv_poll_t poll;
	napi_env env;
	napi_async_context context;
	napi_async_cleanup_hook_handle hook;
	/* What is kept alive while it is open. */
	napi_ref self, batch, counts, on_batch, on_error, served;
	const struct door_table *table;
	int family;
	bool is_closing;
};

static napi_value thrown(napi_env env, const char *what)
{
	napi_throw_type_error(env, NULL, what);
	return NULL;
}

/* Throws as Node does for a system call. */
static napi_value refused(napi_env env, const char *call, int reason)
{
	char message[128];
	snprintf(message, sizeof message, "%s %s", call, uv_err_name(-reason));
	napi_throw_error(env, uv_err_name(-reason), message);
	return NULL;
}

/* The arguments of a call; false if there are fewer. */
static bool arguments_of(napi_env env, napi_callback_info info, size_t wanted, napi_value *arguments)
{
	size_t count = wanted;
	return napi_get_cb_info(env, info, &count, arguments, NULL, NULL) == napi_ok && count >= wanted;
}

static void *tagged(napi_env env, napi_value value, const napi_type_tag *tag)
{
	napi_valuetype type;
	bool is_ours = false;
	void *found = NULL;
	if (napi_typeof(env, value, &type) != napi_ok || type != napi_external ||
	    napi_check_object_type_tag(env, value, tag, &is_ours) != napi_ok || !is_ours ||
	    napi_get_value_external(env, value, &found) != napi_ok)
		return NULL;
	return found;
}

/* The bytes of an Uint8Array; false for all else. */
static bool bytes_of(napi_env env, napi_value value, const uint8_t **bytes, size_t *size)
{
	bool is_array = false;
	napi_typedarray_type type;
	void *data = NULL;
	if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
	    napi_get_typedarray_info(env, value, &type, size, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
		return false;
	*bytes = data;
	return *size == 0 || data != NULL;
}

/* Tables. */

static void empty_table(struct door_table *table)
{
	replies_free(table->replies);
	askers_free(table->askers);
	*table = (struct door_table){ NULL, NULL };
}

static void finish_table(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	empty_table(data);
	free(data);
}

/* newTable(): what a generation is answered from, still empty. Throws where there is no memory. */
static napi_value new_table(napi_env env, napi_callback_info info)
{
	(void)info;
	struct door_table *table = calloc(1, sizeof *table);
	if (table == NULL)
		return refused(env, "calloc", ENOMEM);
	*table = (struct door_table){ replies_new(), askers_new() };
	napi_value value;
	if (table->replies == NULL || table->askers == NULL ||
	    napi_create_external(env, table, finish_table, NULL, &value) != napi_ok) {
		finish_table(env, table, NULL);
		return refused(env, "calloc", ENOMEM);
	}
	napi_type_tag_object(env, value, &table_tag);
	return value;
}

/*
 * keep(table, plain, passing, serialAt): keeps a reply; `serialAt` is where the serial of its SOA record stands, 0 if it has none. A table that was
 * released keeps none.
 */
static napi_value keep(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	struct door_table *table;
	const uint8_t *plain;
	size_t size;
	bool passing;
	uint32_t serial_at;
	if (!arguments_of(env, info, 4, arguments) || (table = tagged(env, arguments[0], &table_tag)) == NULL ||
	    !bytes_of(env, arguments[1], &plain, &size) || napi_get_value_bool(env, arguments[2], &passing) != napi_ok ||
	    napi_get_value_uint32(env, arguments[3], &serial_at) != napi_ok)
		return thrown(env, "keep takes a table, a reply, whether it passes, and where its serial is");
	if (table->replies != NULL)
		replies_keep(table->replies, plain, size, passing, serial_at);
	return NULL;
}

/* renumber(table, serial): replies have this serial from now on. */
static napi_value renumber(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct door_table *table;
	uint32_t serial;
	if (!arguments_of(env, info, 2, arguments) || (table = tagged(env, arguments[0], &table_tag)) == NULL ||
	    napi_get_value_uint32(env, arguments[1], &serial) != napi_ok)
		return thrown(env, "renumber takes a table and a serial");
	if (table->replies != NULL)
		replies_renumber(table->replies, serial);
	return NULL;
}

/* find(table, request): the ready reply as a Buffer, or undefined. */
static napi_value find(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], reply = NULL;
	struct door_table *table;
	const uint8_t *request;
	size_t size;
	if (!arguments_of(env, info, 2, arguments) || (table = tagged(env, arguments[0], &table_tag)) == NULL ||
	    !bytes_of(env, arguments[1], &request, &size))
		return thrown(env, "find takes a table and a request");
	uint8_t bytes[UDP_MAX];
	size_t length = table->replies == NULL ? 0 : replies_find(table->replies, request, size, bytes);
	if (length > 0)
		napi_create_buffer_copy(env, length, bytes, NULL, &reply);
	return reply;
}

/* count(table): how many lasting replies are ready. */
static napi_value count(napi_env env, napi_callback_info info)
{
	napi_value argument, number;
	struct door_table *table;
	if (!arguments_of(env, info, 1, &argument) || (table = tagged(env, argument, &table_tag)) == NULL)
		return thrown(env, "count takes a table");
	napi_create_uint32(env, table->replies == NULL ? 0 : replies_count(table->replies), &number);
	return number;
}

/* admit(table, address, whole): requests from an address of 4 or 16 bytes are answered; `whole`: however long the reply is. */
static napi_value admit(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct door_table *table;
	const uint8_t *bytes;
	size_t size;
	bool whole;
	if (!arguments_of(env, info, 3, arguments) || (table = tagged(env, arguments[0], &table_tag)) == NULL ||
	    !bytes_of(env, arguments[1], &bytes, &size) || (size != 4 && size != 16) ||
	    napi_get_value_bool(env, arguments[2], &whole) != napi_ok)
		return thrown(env, "admit takes a table, an address, and whether long replies are for it");
	uint8_t address[16] = { [10] = 0xff, [11] = 0xff };
	memcpy(address + sizeof address - size, bytes, size);
	if (table->askers != NULL)
		askers_admit(table->askers, address, whole ? WHOLE : SHORT);
	return NULL;
}

/* release(table): gives its memory back now. It is empty from then on, and stays so. */
static napi_value release(napi_env env, napi_callback_info info)
{
	napi_value argument;
	struct door_table *table;
	if (!arguments_of(env, info, 1, &argument) || (table = tagged(env, argument, &table_tag)) == NULL)
		return thrown(env, "release takes a table");
	empty_table(table);
	return NULL;
}

/* Doors. */

static void drop(napi_env env, napi_ref *reference)
{
	if (*reference != NULL)
		napi_delete_reference(env, *reference);
	*reference = NULL;
}

/* Calls JavaScript as the system calls Node: what was put off is done after it. An exception is one that nobody caught. */
static void call(struct open_door *open, napi_ref function, int number)
{
	napi_env env = open->env;
	napi_value callee, global, argument, result, error;
	if (napi_get_reference_value(env, function, &callee) != napi_ok || napi_get_global(env, &global) != napi_ok ||
	    napi_create_int32(env, number, &argument) != napi_ok)
		return;
	if (napi_make_callback(env, open->context, global, callee, 1, &argument, &result) != napi_pending_exception)
		return;
	if (napi_get_and_clear_last_exception(env, &error) == napi_ok)
		napi_fatal_exception(env, error);
}

static bool is_any_waiting(const struct door_batch *batch, int count)
{
	for (int i = 0; i < count; i++)
		if (batch->waiting[i] != 0)
			return true;
	return false;
}

/* One batch; whether there may be more. */
static bool worked(struct open_door *open)
{
	const struct door_table *table = open->table;
	int count = door_receive(&open->door, table != NULL && table->replies != NULL ? table : NULL);
	if (count < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			call(open, open->on_error, errno);
		return false;
	}
	if (is_any_waiting(open->door.batch, count)) {
		call(open, open->on_batch, count);
		/* It may have been closed meanwhile. */
		if (open->is_closing)
			return false;
	}
	int reason = door_reply(&open->door, count);
	if (reason != 0)
		call(open, open->on_error, reason);
	return count == BATCH && !open->is_closing;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	struct open_door *open = poll->data;
	napi_handle_scope scope;
	if (napi_open_handle_scope(open->env, &scope) != napi_ok)
		return;
	if (status < 0) {
		/* The loop has let go of a socket that has an error. The error is taken, and what comes there is heard again. */
		int reason = door_error(open->door.fd);
		call(open, open->on_error, reason != 0 ? reason : -status);
		if (!open->is_closing)
			uv_poll_start(poll, UV_READABLE, readable);
	}
	for (int i = 0; i < BATCHES && !open->is_closing && worked(open); i++)
		;
	napi_close_handle_scope(open->env, scope);
}

/* The loop has let go: nothing of it is used any more. Its own memory goes with the value that JavaScript has. */
static void let_go(uv_handle_t *handle)
{
	struct open_door *open = handle->data;
	napi_env env = open->env;
	napi_handle_scope scope;
	bool is_scoped = napi_open_handle_scope(env, &scope) == napi_ok;
	napi_async_cleanup_hook_handle hook = open->hook;
	napi_async_destroy(env, open->context);
	far_free(open->door.far);
	open->door.far = NULL;
	napi_ref *references[] = { &open->batch, &open->counts, &open->on_batch, &open->on_error, &open->served, &open->self };
	for (size_t i = 0; i < sizeof references / sizeof *references; i++)
		drop(env, references[i]);
	if (is_scoped)
		napi_close_handle_scope(env, scope);
	napi_remove_async_cleanup_hook(hook);
}

static void close_door(struct open_door *open)
{
	if (open->is_closing)
		return;
	open->is_closing = true;
	open->table = NULL;
	uv_poll_stop(&open->poll);
	close(open->door.fd);
	open->door.fd = -1;
	uv_close((uv_handle_t *)&open->poll, let_go);
}

static void end_of_environment(napi_async_cleanup_hook_handle handle, void *data)
{
	(void)handle;
	close_door(data);
}

static void finish_door(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	free(data);
}

static bool reference(napi_env env, napi_value value, napi_ref *reference)
{
	return napi_create_reference(env, value, 1, reference) == napi_ok;
}

/* The memory that a door shares with JavaScript: counts of its server, which outlive it. */
static bool counts_of(napi_env env, napi_value value, struct door_counts **counts)
{
	bool is_array = false;
	napi_typedarray_type type;
	size_t length = 0;
	void *data = NULL;
	if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
	    napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_float64_array)
		return false;
	*counts = data;
	return length * sizeof(double) >= sizeof **counts;
}

/* Makes what JavaScript has of an open socket; NULL where that fails: then the socket is still the caller's. */
static napi_value made(napi_env env, struct open_door *open, napi_value arguments[6])
{
	napi_value value, batch, name;
	void *memory;
	uv_loop_t *loop;
	open->env = env;
	open->poll.data = open;
	if (napi_create_external(env, open, finish_door, NULL, &value) != napi_ok) {
		free(open);
		return NULL;
	}
	napi_type_tag_object(env, value, &door_tag);
	if ((open->door.far = far_new()) == NULL || napi_create_arraybuffer(env, sizeof(struct door_batch), &memory, &batch) != napi_ok ||
	    napi_create_string_utf8(env, "DNS packets", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	    !reference(env, batch, &open->batch) || !reference(env, arguments[3], &open->counts) ||
	    !reference(env, arguments[4], &open->on_batch) || !reference(env, arguments[5], &open->on_error) ||
	    napi_get_uv_event_loop(env, &loop) != napi_ok || napi_async_init(env, NULL, name, &open->context) != napi_ok)
		return NULL;
	open->door.batch = memory;
	if (uv_poll_init(loop, &open->poll, open->door.fd) != 0)
		return NULL;
	/* From here on the loop has it. */
	reference(env, value, &open->self);
	napi_add_async_cleanup_hook(env, end_of_environment, open, &open->hook);
	uv_poll_start(&open->poll, UV_READABLE, readable);
	return value;
}

/*
 * open(host, port, shared, counts, onBatch, onError): a socket at an address. onBatch is given how many requests came, those that nobody
 * answered yet among them; onError the number of a system error. Throws Error with a code, as Node does, where it can't be had.
 */
static napi_value open_door(napi_env env, napi_callback_info info)
{
	napi_value arguments[6];
	char host[INET6_ADDRSTRLEN];
	size_t size = 0;
	uint32_t port = 0;
	/* A burst of a few ten thousand requests. */
	struct door_settings settings = { .host = host, .receive_buffer = 4 << 20 };
	napi_valuetype kinds[2];
	struct door_counts *counts;
	if (!arguments_of(env, info, 6, arguments) ||
	    napi_get_value_string_utf8(env, arguments[0], host, sizeof host, &size) != napi_ok ||
	    napi_get_value_uint32(env, arguments[1], &port) != napi_ok || port > UINT16_MAX ||
	    napi_get_value_bool(env, arguments[2], &settings.shared) != napi_ok || !counts_of(env, arguments[3], &counts) ||
	    napi_typeof(env, arguments[4], &kinds[0]) != napi_ok || napi_typeof(env, arguments[5], &kinds[1]) != napi_ok ||
	    kinds[0] != napi_function || kinds[1] != napi_function)
		return thrown(env, "open takes a host, a port, whether it is shared, counts, and two functions");
	settings.port = (uint16_t)port;
	struct open_door *open = calloc(1, sizeof *open);
	if (open == NULL)
		return refused(env, "calloc", ENOMEM);
	int fd = door_open(&settings, &open->door.wild);
	if (fd < 0) {
		int reason = errno;
		free(open);
		return refused(env, "bind", reason);
	}
	open->door.fd = fd;
	open->door.counts = counts;
	open->family = strchr(host, ':') == NULL ? AF_INET : AF_INET6;
	napi_value value = made(env, open, arguments);
	if (value != NULL)
		return value;
	close(fd);
	return refused(env, "open", ENOMEM);
}

static struct open_door *door_of(napi_env env, napi_value value)
{
	return tagged(env, value, &door_tag);
}

/* port(door): the port that it has. */
static napi_value port(napi_env env, napi_callback_info info)
{
	napi_value argument, number;
	struct open_door *open;
	if (!arguments_of(env, info, 1, &argument) || (open = door_of(env, argument)) == NULL)
		return thrown(env, "port takes a door");
	napi_create_uint32(env, open->is_closing ? 0 : door_port(open->door.fd), &number);
	return number;
}

/* batch(door): the memory of its requests and replies, as an ArrayBuffer. */
static napi_value batch(napi_env env, napi_callback_info info)
{
	napi_value argument, value = NULL;
	struct open_door *open;
	if (!arguments_of(env, info, 1, &argument) || (open = door_of(env, argument)) == NULL || open->is_closing)
		return thrown(env, "batch takes an open door");
	napi_get_reference_value(env, open->batch, &value);
	return value;
}

/* serve(door, table): answers from a table from now on; null: from none. A door that is closed answers from none. */
static napi_value serve(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct open_door *open;
	struct door_table *table = NULL;
	napi_valuetype type;
	if (!arguments_of(env, info, 2, arguments) || (open = door_of(env, arguments[0])) == NULL ||
	    napi_typeof(env, arguments[1], &type) != napi_ok ||
	    (type != napi_null && (table = tagged(env, arguments[1], &table_tag)) == NULL))
		return thrown(env, "serve takes a door and a table");
	if (open->is_closing)
		return NULL;
	drop(env, &open->served);
	open->table = NULL;
	if (table != NULL && reference(env, arguments[1], &open->served))
		open->table = table;
	return NULL;
}

/* long(door, index): a request of the batch that is longer than its slot, whole, as a Buffer; undefined if it is none. */
static napi_value long_request(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], value = NULL;
	struct open_door *open;
	uint32_t index;
	void *bytes;
	if (!arguments_of(env, info, 2, arguments) || (open = door_of(env, arguments[0])) == NULL ||
	    napi_get_value_uint32(env, arguments[1], &index) != napi_ok || index >= BATCH)
		return thrown(env, "long takes a door and an index");
	if (open->is_closing)
		return NULL;
	size_t size = open->door.batch->waiting[index];
	if (size <= REQUEST_NEAR + 1 || size - 1 > REQUEST_MAX || napi_create_buffer(env, size - 1, &bytes, &value) != napi_ok)
		return NULL;
	memcpy(bytes, open->door.batch->slots[index].request, REQUEST_NEAR);
	memcpy((uint8_t *)bytes + REQUEST_NEAR, open->door.far[index], size - 1 - REQUEST_NEAR);
	return value;
}

/* from(peer): the address in text of a peer, as sockets of Node give it; undefined if it is none. */
static napi_value from(napi_env env, napi_callback_info info)
{
	napi_value argument, value = NULL;
	const uint8_t *bytes;
	size_t size;
	struct peer peer;
	if (!arguments_of(env, info, 1, &argument) || !bytes_of(env, argument, &bytes, &size) || size != sizeof peer)
		return thrown(env, "from takes a peer");
	memcpy(&peer, bytes, sizeof peer);
	char text[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
	char name[IF_NAMESIZE];
	if (peer.address.any.sa_family == AF_INET) {
		uv_ip4_name(&peer.address.four, text, sizeof text);
	} else if (peer.address.any.sa_family == AF_INET6) {
		uv_ip6_name(&peer.address.six, text, INET6_ADDRSTRLEN);
		if (IN6_IS_ADDR_LINKLOCAL(&peer.address.six.sin6_addr) && if_indextoname(peer.address.six.sin6_scope_id, name) != NULL)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%%%s", name);
	} else {
		return NULL;
	}
	napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &value);
	return value;
}

/* send(door, peer, reply): sends a reply to a peer of a batch from before, or of another door. Gives 0, or the number of a system error. */
static napi_value send_reply(napi_env env, napi_callback_info info)
{
	napi_value arguments[3], number;
	struct open_door *open;
	const uint8_t *bytes, *reply;
	size_t size, length;
	struct peer peer;
	if (!arguments_of(env, info, 3, arguments) || (open = door_of(env, arguments[0])) == NULL ||
	    !bytes_of(env, arguments[1], &bytes, &size) || size != sizeof peer || !bytes_of(env, arguments[2], &reply, &length))
		return thrown(env, "send takes a door, a peer and a reply");
	memcpy(&peer, bytes, sizeof peer);
	int reason = EBADF;
	if (!open->is_closing && peer.address.any.sa_family == open->family)
		reason = door_send(&open->door, &peer, reply, length);
	napi_create_int32(env, reason, &number);
	return number;
}

/* shut(door): closes it. Again does nothing. */
static napi_value shut(napi_env env, napi_callback_info info)
{
	napi_value argument;
	struct open_door *open;
	if (!arguments_of(env, info, 1, &argument) || (open = door_of(env, argument)) == NULL)
		return thrown(env, "shut takes a door");
	close_door(open);
	return NULL;
}

/* The places of things in the memory of a batch, by name. */
static void add_layout(napi_env env, napi_value exports)
{
	const struct {
		const char *name;
		size_t value;
	} places[] = {
		{ "requests", BATCH },
		{ "slotSize", sizeof(struct slot) },
		{ "peerSize", sizeof(struct peer) },
		{ "nearSize", REQUEST_NEAR },
		{ "replies", offsetof(struct door_batch, replies) },
		{ "replySize", UDP_MAX },
		{ "waiting", offsetof(struct door_batch, waiting) },
		{ "lengths", offsetof(struct door_batch, lengths) },
	};
	napi_value layout, number;
	if (napi_create_object(env, &layout) != napi_ok)
		return;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (napi_create_uint32(env, (uint32_t)places[i].value, &number) == napi_ok)
			napi_set_named_property(env, layout, places[i].name, number);
	napi_set_named_property(env, exports, "layout", layout);
}

NAPI_MODULE_INIT()
{
	const struct {
		const char *name;
		napi_callback function;
	} functions[] = {
		{ "newTable", new_table }, { "keep", keep },   { "find", find },         { "count", count }, { "admit", admit },
		{ "release", release },	   { "open", open_door }, { "port", port },         { "batch", batch }, { "serve", serve },
		{ "long", long_request },  { "from", from },   { "send", send_reply }, { "shut", shut },
		{ "renumber", renumber },
	};
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		napi_value function;
		if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function) == napi_ok)
			napi_set_named_property(env, exports, functions[i].name, function);
	}
	add_layout(env, exports);
	return exports;
}

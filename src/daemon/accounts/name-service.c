/**
 * A question to one service of this machine's own name service (nsswitch.conf(5)): users and groups, one by one or all of them. The
 * module of the service is called itself, not by the C library: the C library hides behind "not found" that one of several services
 * did not answer. And so our own module is never asked. A module may hang for ever: who started this program kills it then.
 *
 * Standard input has a question a line: SERVICE QUESTION [KEY]. The answer, on standard output, is a line for each entry, as passwd(5) and
 * group(5) have it (for initgroups: a gid), each after a blank, and at last a line with the status alone: found, absent, tryagain, unavail,
 * missing. Modules, and programs that they start, have neither of both: what they print is no answer, and they read no question.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <nss.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FAILED = 1 };

/* The memory that modules write entries to begins with FIRST bytes, and is enlarged as they ask for it, to MOST (a huge group). */
enum { FIRST = 4096, MOST = 64 * 1024 * 1024 };
static char *room;
static size_t room_size;

/* Where questions come from, and answers go: descriptors that modules don't know. */
static FILE *questions, *answers;

/* The longest line that is a question: a key has at most 64 KiB. */
static char line[80 * 1024];

/* One more than all that nss.h has: there is no such module, or it cannot do that. */
#define MISSING ((enum nss_status)(NSS_STATUS_RETURN + 1))

typedef enum nss_status named(const char *name, void *entry, char *buffer, size_t size, int *error);
typedef enum nss_status numbered(unsigned id, void *entry, char *buffer, size_t size, int *error);
typedef enum nss_status set(int stay_open);
typedef enum nss_status next(void *entry, char *buffer, size_t size, int *error);
typedef enum nss_status end(void);
typedef enum nss_status groups_of(const char *name, gid_t primary, long *start, long *size, gid_t **gids, long limit, int *error);

/* dlsym(3) gives a function as an object. */
#define FUNCTION(TYPE, service, name) ((TYPE *)(size_t)function_of(service, name))

/* Whether dlopen(3) says that a file is not there: the message is all that it tells. */
static bool is_absent(const char *file, const char *message)
{
	size_t length = strlen(file);

	return message != NULL && strncmp(message, file, length) == 0 && message[length] == ':' &&
	       strstr(message, strerror(ENOENT)) != NULL;
}

/* Whether the last failure of dlopen(3) was for another reason than that there is no such file: then the module may have accounts. */
static bool is_unusable;

/* A function of a service's module; NULL: there is none. `files` is part of the C library since glibc 2.34. */
static void *function_of(const char *service, const char *name)
{
	char symbol[256];
	char file[256];
	void *module;
	void *found;

	snprintf(symbol, sizeof(symbol), "_nss_%s_%s", service, name);
	found = dlsym(RTLD_DEFAULT, symbol);
	if (found != NULL)
		return found;
	snprintf(file, sizeof(file), "libnss_%s.so.2", service);
	/* It stays loaded, and is found again at the next question. */
	module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (module == NULL)
		is_unusable = !is_absent(file, dlerror());
	return module == NULL ? NULL : dlsym(module, symbol);
}

/* Enlarges the memory. False: there is no more. */
static bool enlarge(void)
{
	size_t size = room_size == 0 ? FIRST : 2 * room_size;
	char *larger = size > MOST ? NULL : realloc(room, size);

	if (larger == NULL)
		return false;
	room = larger;
	room_size = size;
	return true;
}

/* Whether an answer asks for more memory, and there is more: the same is to be asked again. */
static bool is_short(enum nss_status status, int error)
{
	return status == NSS_STATUS_TRYAGAIN && error == ERANGE && enlarge();
}

/* Whether a text can be a field: one with a colon or a newline would make other fields, or other lines. */
static bool is_field(const char *text)
{
	return text == NULL || strpbrk(text, ":\n") == NULL;
}

static const char *text_of(const char *text)
{
	return text == NULL ? "" : text;
}

/* Prints a user, never with a password. What cannot be a line is left out. */
static void print_user(const void *entry)
{
	const struct passwd *user = entry;

	if (!is_field(user->pw_name) || !is_field(user->pw_gecos) || !is_field(user->pw_dir) || !is_field(user->pw_shell))
		return;
	fprintf(answers, " %s:*:%lu:%lu:%s:%s:%s\n", text_of(user->pw_name), (unsigned long)user->pw_uid, (unsigned long)user->pw_gid,
		text_of(user->pw_gecos), text_of(user->pw_dir), text_of(user->pw_shell));
}

static bool is_member(const char *name)
{
	return is_field(name) && strchr(name, ',') == NULL;
}

static void print_group(const void *entry)
{
	const struct group *group = entry;
	const char *separator = "";

	if (!is_field(group->gr_name))
		return;
	fprintf(answers, " %s:*:%lu:", text_of(group->gr_name), (unsigned long)group->gr_gid);
	for (char **member = group->gr_mem; member != NULL && *member != NULL; member++) {
		if (!is_member(*member))
			continue;
		fprintf(answers, "%s%s", separator, *member);
		separator = ",";
	}
	putc('\n', answers);
}

/* What is asked of a database. */
struct database {
	const char *named, *numbered, *set, *next, *end;
	void (*print)(const void *entry);
};

static const struct database passwd = { "getpwnam_r", "getpwuid_r", "setpwent", "getpwent_r", "endpwent", print_user };
static const struct database group = { "getgrnam_r", "getgrgid_r", "setgrent", "getgrent_r", "endgrent", print_group };

/* An entry of either database. */
union entry {
	struct passwd user;
	struct group group;
};

static enum nss_status by_name(const char *service, const struct database *database, const char *name)
{
	named *ask = FUNCTION(named, service, database->named);
	union entry entry;
	enum nss_status status;
	int error = 0;

	if (ask == NULL)
		return MISSING;
	do
		status = ask(name, &entry, room, room_size, &error);
	while (is_short(status, error));
	if (status == NSS_STATUS_SUCCESS)
		database->print(&entry);
	return status;
}

static enum nss_status by_id(const char *service, const struct database *database, const char *digits)
{
	numbered *ask = FUNCTION(numbered, service, database->numbered);
	unsigned id = (unsigned)strtoul(digits, NULL, 10);
	union entry entry;
	enum nss_status status;
	int error = 0;

	if (ask == NULL)
		return MISSING;
	do
		status = ask(id, &entry, room, room_size, &error);
	while (is_short(status, error));
	if (status == NSS_STATUS_SUCCESS)
		database->print(&entry);
	return status;
}

/* Calls `each` with every entry. Absent after the last one; any other status: there are more that were not had. */
static enum nss_status all(const char *service, const struct database *database, void (*each)(const void *entry))
{
	set *begin = FUNCTION(set, service, database->set);
	next *ask = FUNCTION(next, service, database->next);
	end *finish = FUNCTION(end, service, database->end);
	union entry entry;
	enum nss_status status = NSS_STATUS_SUCCESS;
	int error = 0;

	/* A module that has no listing has nothing to list. */
	if (ask == NULL)
		return function_of(service, database->named) == NULL ? MISSING : NSS_STATUS_NOTFOUND;
	if (begin != NULL)
		status = begin(0);
	while (status == NSS_STATUS_SUCCESS) {
		do
			status = ask(&entry, room, room_size, &error);
		while (is_short(status, error));
		if (status == NSS_STATUS_SUCCESS)
			each(&entry);
	}
	if (finish != NULL)
		finish();
	return status;
}

/* Whom the groups are looked for, where a module can't tell them. */
static const char *wanted;

static void print_gid_of_member(const void *entry)
{
	const struct group *one = entry;

	for (char **member = one->gr_mem; member != NULL && *member != NULL; member++)
		if (strcmp(*member, wanted) == 0) {
			fprintf(answers, " %lu\n", (unsigned long)one->gr_gid);
			return;
		}
}

/* The gids of the groups of a user: the module gives those besides the primary one, which may not be told it. */
static enum nss_status groups(const char *service, const char *name)
{
	groups_of *ask = FUNCTION(groups_of, service, "initgroups_dyn");
	long count = 0, size = 64;
	gid_t *gids;
	enum nss_status status;
	int error = 0;

	wanted = name;
	if (ask == NULL)
		return all(service, &group, print_gid_of_member);
	gids = malloc((size_t)size * sizeof(*gids));
	if (gids == NULL)
		return NSS_STATUS_TRYAGAIN;
	status = ask(name, (gid_t)-1, &count, &size, &gids, -1, &error);
	if (status == NSS_STATUS_SUCCESS)
		for (long i = 0; i < count; i++)
			fprintf(answers, " %lu\n", (unsigned long)gids[i]);
	free(gids);
	return status;
}

static enum nss_status asked(const char *service, const char *question, const char *key)
{
	/* It would ask who asks. */
	if (strcmp(service, "kickback") == 0 || strpbrk(service, "/.") != NULL || strlen(service) > 64)
		return MISSING;
	is_unusable = false;
	if (strcmp(question, "passwd") == 0)
		return all(service, &passwd, print_user);
	if (strcmp(question, "group") == 0)
		return all(service, &group, print_group);
	if (strcmp(question, "passwd-name") == 0)
		return by_name(service, &passwd, key);
	if (strcmp(question, "passwd-id") == 0)
		return by_id(service, &passwd, key);
	if (strcmp(question, "group-name") == 0)
		return by_name(service, &group, key);
	if (strcmp(question, "group-id") == 0)
		return by_id(service, &group, key);
	if (strcmp(question, "initgroups") == 0)
		return groups(service, key);
	return MISSING;
}

/* The answer to a question. A module that is there and cannot be loaded is not missing. */
static enum nss_status answer(const char *service, const char *question, const char *key)
{
	enum nss_status status = asked(service, question, key);

	return status == MISSING && is_unusable ? NSS_STATUS_UNAVAIL : status;
}

static const char *word_of(enum nss_status status)
{
	switch (status) {
	case NSS_STATUS_SUCCESS:
		return "found";
	case NSS_STATUS_NOTFOUND:
		return "absent";
	case NSS_STATUS_TRYAGAIN:
		return "tryagain";
	case NSS_STATUS_UNAVAIL:
		return "unavail";
	default:
		return "missing";
	}
}

/* The start of a program in a version that older C libraries have too: see launcher.c. The same for dlopen(3) and dlsym(3). */
typedef int main_function(int argc, char **argv, char **environment);
extern int __real___libc_start_main(main_function *program, int argc, char **argv, main_function *begin, void (*finish)(void),
				    void (*loader_end)(void), void *stack);
int __wrap___libc_start_main(main_function *program, int argc, char **argv, main_function *begin, void (*finish)(void),
			     void (*loader_end)(void), void *stack);

#if defined(__GLIBC__) && defined(__x86_64__) && !defined(__ILP32__)
__asm__(".symver __real___libc_start_main, __libc_start_main@GLIBC_2.2.5");
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
__asm__(".symver dlerror, dlerror@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver __real___libc_start_main, __libc_start_main@GLIBC_2.17");
__asm__(".symver dlopen, dlopen@GLIBC_2.17");
__asm__(".symver dlsym, dlsym@GLIBC_2.17");
__asm__(".symver dlerror, dlerror@GLIBC_2.17");
#endif

int __wrap___libc_start_main(main_function *program, int argc, char **argv, main_function *begin, void (*finish)(void),
			     void (*loader_end)(void), void *stack)
{
	return __real___libc_start_main(program, argc, argv, begin, finish, loader_end, stack);
}

/* Takes a standard descriptor away from modules, which get /dev/null in its place. NULL: that cannot be done. */
static FILE *taken(int standard, const char *mode)
{
	int own = fcntl(standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (own < 0 || nothing < 0 || dup2(nothing, standard) < 0)
		return NULL;
	close(nothing);
	return fdopen(own, mode);
}

/*
 * Gives up all capabilities, of this process and of programs that modules start. It stays the user that it is: modules read files of root, and
 * ask daemons that look at who asks. False: that cannot be done.
 */
static bool give_up_rights(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_capset, &head, none) == 0;
}

int main(void)
{
	/* A module that hangs does not outlive the daemon, which would kill it. Who gives up capabilities and stays the user keeps this (commit_creds of Linux). */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || !give_up_rights() || !enlarge())
		return FAILED;
	questions = taken(STDIN_FILENO, "r");
	answers = taken(STDOUT_FILENO, "w");
	if (questions == NULL || answers == NULL)
		return FAILED;
	while (fgets(line, sizeof(line), questions) != NULL) {
		char *rest = line;
		char *service, *question;

		line[strcspn(line, "\n")] = '\0';
		service = strsep(&rest, " ");
		question = strsep(&rest, " ");
		if (fprintf(answers, "%s\n", word_of(answer(service, text_of(question), text_of(rest)))) < 0 || fflush(answers) == EOF)
			return FAILED;
	}
	return 0;
}

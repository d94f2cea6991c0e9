/**
 * The launcher of a daemon under systemd: connects the socket of NOTIFY_SOCKET (sd_notify(3)), leaves it to the program of its
 * arguments as an open descriptor, and becomes that program. Node has no Unix datagram sockets, but can write to one that is
 * connected; so the daemon notifies systemd itself, as the main process of its unit. Where the kernel refuses the memory in which
 * Node compiles, Node would crash: then the program's first argument is --jitless.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The variable that says which descriptor it is: service-manager.ts reads it. */
#define VARIABLE "KICKBACK_NOTIFY_FD"

/* Exit codes: those of env(1), and 64 as all of kickback has it for wrong usage. */
enum { FAILED = 1, USAGE = 64, NOT_RUN = 126, NOT_FOUND = 127 };

static void complain(const char *what)
{
	fprintf(stderr, "launcher: %s: %s\n", what, strerror(errno));
}

/* A path, or a name without a place in the file system: `@` stands for its first byte, which is zero (unix(7)). */
static socklen_t address_of(struct sockaddr_un *address, const char *name)
{
	size_t length = strlen(name);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (length >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return 0;
	}
	if (name[0] != '/' && name[0] != '@') {
		errno = EAFNOSUPPORT;
		return 0;
	}
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	/* The length of a path counts its final zero, and that of other names has none. */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
}

/*
 * The connected socket, above the descriptors of standard input and output; -1 if it can't be had. A manager that is too busy to
 * read makes no daemon wait.
 */
static int connected(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = address_of(&address, name);
	int fd, high;

	if (length == 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, length) < 0)
		return -1;
	high = fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
	return high;
}

/* Leaves the socket to the program; only the program itself may notify, so its children do not learn the name. */
static int leave(const char *name)
{
	char text[sizeof("-2147483648")];
	int fd = connected(name);

	if (fd < 0)
		return -1;
	snprintf(text, sizeof(text), "%d", fd);
	if (setenv(VARIABLE, text, 1) < 0)
		return -1;
	return unsetenv("NOTIFY_SOCKET");
}

/*
 * Whether a program may have memory that is written and then executed, as SELinux (execmem) and systemd (MemoryDenyWriteExecute=)
 * may refuse it: asked as V8 asks. SELinux judges the domain of this process, which the program gets too.
 */
static int may_compile(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int may;

	if (page == MAP_FAILED)
		return 0;
	may = mprotect(page, size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
	munmap(page, size);
	return may;
}

/* Becomes the program; returns only if it can't. The place of our own name makes room for the option. */
static void become(char **argv)
{
	static char interpreting[] = "--jitless";
	char **words = argv + 1;

	if (!may_compile()) {
		argv[0] = argv[1];
		argv[1] = interpreting;
		words = argv;
	}
	execvp(words[0], words);
	complain(words[0]);
}

/*
 * The start of a program has had a version of its own since glibc 2.34, and so a program that was built there would run nowhere else. The
 * version before does the same for a program without constructors, on older and newer machines. The linker has the start call this in
 * place of the C library's own function (ld(1), --wrap).
 */
typedef int main_function(int argc, char **argv, char **environment);
extern int __real___libc_start_main(main_function *program, int argc, char **argv, main_function *begin, void (*end)(void),
				    void (*loader_end)(void), void *stack);
int __wrap___libc_start_main(main_function *program, int argc, char **argv, main_function *begin, void (*end)(void),
			     void (*loader_end)(void), void *stack);

#if defined(__GLIBC__) && defined(__x86_64__) && !defined(__ILP32__)
__asm__(".symver __real___libc_start_main, __libc_start_main@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver __real___libc_start_main, __libc_start_main@GLIBC_2.17");
#endif

int __wrap___libc_start_main(main_function *program, int argc, char **argv, main_function *begin, void (*end)(void),
			     void (*loader_end)(void), void *stack)
{
	return __real___libc_start_main(program, argc, argv, begin, end, loader_end, stack);
}

int main(int argc, char **argv)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (argc < 2) {
		fputs("usage: launcher PROGRAM [ARGUMENT...]\n", stderr);
		return USAGE;
	}
	if (name && *name && leave(name) < 0) {
		complain("cannot connect NOTIFY_SOCKET");
		return FAILED;
	}
	become(argv);
	return errno == ENOENT ? NOT_FOUND : NOT_RUN;
}

/** guest HOW: one process in some circumstance that asks for ada (uid 1000), host n15 and grace's groups; HOW says which. */
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <nss.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

extern int __nss_configure_lookup(const char *database, const char *services);

static void force_module(void)
{
    static const char *const databases[] = {"passwd", "group", "hosts", "initgroups"};
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        __nss_configure_lookup(databases[i], "kickback");
}

static bool is_ada_found(void)
{
    struct passwd user, *found = NULL;
    char buffer[1024];
    int error = getpwnam_r("ada", &user, buffer, sizeof buffer, &found);
    return check(found != NULL && user.pw_uid == 1000, "ada: error %d", error);
}

static bool are_others_found(void)
{
    gid_t groups[8];
    int count = 8;
    struct hostent host, *found = NULL;
    char buffer[1024];
    int error;
    gethostbyname_r("n15", &host, buffer, sizeof buffer, &found, &error);
    check(getgrouplist("grace", 5, groups, &count) == 3, "grace is in %d groups", count);
    return check(found != NULL, "n15: h_errno %d", error);
}

/** Nothing of this process may call socket(2): the kernel kills it if it does. */
static void forbid_sockets(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        exit(3);
}

static void test_seccomp(void)
{
    pid_t child = fork();
    if (child == 0) {
        forbid_sockets();
        bool right = is_ada_found() && are_others_found() && getpwnam("nix") == NULL;
        _exit(right ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(status == 0, "ended with status %d", status);
    tested("under seccomp without socket(2) everything that a snapshot knows is answered, absence too");
}

/**
 * Whether a look-up, once the map is open, makes no system call: under strict seccomp any other than read, write, exit and
 * sigreturn kills.
 */
static bool is_call_free(void)
{
    pid_t child = fork();
    if (child == 0) {
        struct passwd user, *found = NULL;
        char buffer[1024];
        getpwnam_r("ada", &user, buffer, sizeof buffer, &found);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            _exit(3);
        found = NULL;
        getpwuid_r(1001, &user, buffer, sizeof buffer, &found);
        syscall(SYS_exit, found != NULL ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(status == 0 || WTERMSIG(status) == SIGKILL, "ended with status %d", status);
    return status == 0;
}

/** Now and then the coarse clock's second turns between the two look-ups, and the path is compared: that may kill. */
static void test_no_system_call(void)
{
    int killed = 0;
    for (int i = 0; i < 20; i++)
        killed += !is_call_free();
    check(killed <= 2, "%d of 20 look-ups made a system call", killed);
    tested("the hot path makes no system call");
}

static void test_vfork(void)
{
    is_ada_found();
    for (int i = 0; i < 20; i++) {
        pid_t child = vfork();
        if (child == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        waitpid(child, NULL, 0);
        is_ada_found();
    }
    tested("vfork and exec between look-ups");
}

static void test_closed_descriptors(void)
{
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 0; fd < 256; fd++)
            close(fd);
        bool right = is_ada_found() && are_others_found();
        struct stat file;
        int open_files = 0;
        for (int fd = 0; fd < 256; fd++)
            open_files += fstat(fd, &file) == 0;
        _exit(right && open_files == 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(status == 0, "ended with status %d", status);
    tested("with every descriptor closed, a process finds all and has none afterwards");
}

static void test_descriptor_limit(void)
{
    struct rlimit limit = {0, 0};
    struct passwd user, *found = NULL;
    char buffer[1024];
    pid_t child = fork();
    if (child == 0) {
        is_ada_found();
        setrlimit(RLIMIT_NOFILE, &limit);
        int error = getpwnam_r("grace", &user, buffer, sizeof buffer, &found);
        _exit(found != NULL && error == 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(status == 0, "ended with status %d", status);
    tested("with RLIMIT_NOFILE at 0 a map that is open answers");
}

/** Opens the module in a small stack's thread and looks up there. */
static void *look_up(void *argument)
{
    (void)argument;
    is_ada_found();
    are_others_found();
    return NULL;
}

static void test_small_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_create(&thread, &attributes, look_up, NULL);
    pthread_join(thread, NULL);
    tested("a thread with 64 KiB of stack looks up");
}

/** How many pages were touched anew by a first look-up in a new process. */
static void print_faults(void)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    is_ada_found();
    getrusage(RUSAGE_SELF, &after);
    printf("faults %ld\n", after.ru_minflt - before.ru_minflt);
}

int main(int count, char **arguments)
{
    force_module();
    if (count > 1 && strcmp(arguments[1], "faults") == 0) {
        print_faults();
        return 0;
    }
    test_descriptor_limit();
    test_seccomp();
    test_closed_descriptors();
    test_no_system_call();
    test_vfork();
    test_small_stack();
    return 0;
}

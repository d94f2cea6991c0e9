/**
 * A module of the name service (nss(5)) that does as the test says. The folder FAKE_NSS has `passwd` and `group`, and `mode` with one
 * word: answer; unlisted, which answers but lists nothing; hang; unavail; tryagain; half, which fails in the middle of a listing; loud,
 * which prints what looks like an answer, and reads; and rights, which copies /proc/self/status and that of a program that it starts to `rights`. Each call is
 * a line of `asked`.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char mode[32];
static FILE *listed;
static int given;

static FILE *opened(const char *name, const char *how)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("FAKE_NSS"), name);
	return fopen(path, how);
}

/* What a module of anybody may do with the standard descriptors, by stdio, by the system call, and by a program that it starts. */
static void be_loud(void)
{
	static const char answer[] = " forged:*:4000:4000:::\nfound\n";

	printf("%s", answer);
	fflush(stdout);
	if (write(STDOUT_FILENO, answer, strlen(answer)) < 0 || system("echo ' forged:*:4000:4000:::'; echo found; cat") < 0)
		abort();
	while (getchar() != EOF)
		continue;
	clearerr(stdin);
	fprintf(stderr, "%s", answer);
}

/* Notes the call, and does what the mode says; SUCCESS: the call is to be answered. */
static enum nss_status begin(const char *call, const char *key)
{
	FILE *file = opened("asked", "a");

	if (file != NULL) {
		fprintf(file, "%s %s\n", call, key);
		fclose(file);
	}
	strcpy(mode, "answer");
	file = opened("mode", "r");
	if (file != NULL) {
		if (fscanf(file, "%31s", mode) != 1)
			strcpy(mode, "answer");
		fclose(file);
	}
	while (strcmp(mode, "hang") == 0)
		pause();
	if (strcmp(mode, "loud") == 0)
		be_loud();
	if (strcmp(mode, "rights") == 0 && system("cat /proc/$PPID/status /proc/self/status >\"$FAKE_NSS/rights\"") != 0)
		abort();
	if (strcmp(mode, "unavail") == 0)
		return NSS_STATUS_UNAVAIL;
	if (strcmp(mode, "tryagain") == 0)
		return NSS_STATUS_TRYAGAIN;
	return NSS_STATUS_SUCCESS;
}

static enum nss_status set(const char *name)
{
	enum nss_status status = begin("list", name);

	if (listed != NULL)
		fclose(listed);
	listed = NULL;
	given = 0;
	if (status == NSS_STATUS_SUCCESS && strcmp(mode, "unlisted") != 0)
		listed = opened(name, "r");
	return status;
}

static enum nss_status end(void)
{
	if (listed != NULL)
		fclose(listed);
	listed = NULL;
	return NSS_STATUS_SUCCESS;
}

/* What follows from the end of a file, or from a buffer that is too small: the entry comes again then. */
static enum nss_status failed(FILE *file, long at, int error, int *errnop)
{
	*errnop = error;
	if (error != ERANGE)
		return NSS_STATUS_NOTFOUND;
	fseek(file, at, SEEK_SET);
	return NSS_STATUS_TRYAGAIN;
}

#define DATABASE(TYPE, KIND, NAME, ID, FILE_NAME, READ)                                                           \
	enum nss_status _nss_fake_set##KIND##ent(int stay)                                                        \
	{                                                                                                         \
		(void)stay;                                                                                       \
		return set(FILE_NAME);                                                                            \
	}                                                                                                         \
	enum nss_status _nss_fake_end##KIND##ent(void)                                                            \
	{                                                                                                         \
		return end();                                                                                     \
	}                                                                                                         \
	enum nss_status _nss_fake_get##KIND##ent_r(struct TYPE *entry, char *buffer, size_t size, int *errnop)    \
	{                                                                                                         \
		struct TYPE *found;                                                                               \
		long at;                                                                                          \
		int error;                                                                                        \
		if (listed == NULL)                                                                               \
			return NSS_STATUS_NOTFOUND;                                                               \
		if (strcmp(mode, "half") == 0 && given == 2)                                                      \
			return NSS_STATUS_UNAVAIL;                                                                \
		at = ftell(listed);                                                                               \
		error = READ(listed, entry, buffer, size, &found);                                                \
		if (error != 0)                                                                                   \
			return failed(listed, at, error, errnop);                                                 \
		given++;                                                                                          \
		return NSS_STATUS_SUCCESS;                                                                        \
	}                                                                                                         \
	static enum nss_status find_##KIND(const char *name, unsigned id, struct TYPE *entry, char *buffer,       \
					   size_t size, int *errnop)                                              \
	{                                                                                                         \
		FILE *file = opened(FILE_NAME, "r");                                                              \
		struct TYPE *found;                                                                               \
		int error;                                                                                        \
		do                                                                                                \
			error = READ(file, entry, buffer, size, &found);                                          \
		while (error == 0 && (name != NULL ? strcmp(entry->NAME, name) != 0 : entry->ID != id));          \
		fclose(file);                                                                                     \
		*errnop = error;                                                                                  \
		if (error == 0)                                                                                   \
			return NSS_STATUS_SUCCESS;                                                                \
		return error == ERANGE ? NSS_STATUS_TRYAGAIN : NSS_STATUS_NOTFOUND;                               \
	}

DATABASE(passwd, pw, pw_name, pw_uid, "passwd", fgetpwent_r)
DATABASE(group, gr, gr_name, gr_gid, "group", fgetgrent_r)

#define LOOK_UP(TYPE, KIND, CALL)                                                                                  \
	enum nss_status _nss_fake_##CALL##nam_r(const char *name, struct TYPE *entry, char *buffer, size_t size,   \
						int *errnop)                                                       \
	{                                                                                                          \
		enum nss_status status = begin(#CALL "nam", name);                                                 \
		return status != NSS_STATUS_SUCCESS ? status : find_##KIND(name, 0, entry, buffer, size, errnop);  \
	}

LOOK_UP(passwd, pw, getpw)
LOOK_UP(group, gr, getgr)

enum nss_status _nss_fake_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, int *errnop)
{
	enum nss_status status = begin("getpwuid", "");
	return status != NSS_STATUS_SUCCESS ? status : find_pw(NULL, uid, entry, buffer, size, errnop);
}

enum nss_status _nss_fake_getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size, int *errnop)
{
	enum nss_status status = begin("getgrgid", "");
	return status != NSS_STATUS_SUCCESS ? status : find_gr(NULL, gid, entry, buffer, size, errnop);
}

/* Room for one more gid: the array grows as the C library's own modules have it grow. */
static int grow(long count, long *size, gid_t **gids, long limit)
{
	long larger = 2 * *size;
	gid_t *grown;

	if (count < *size)
		return 1;
	if (limit > 0 && larger > limit)
		larger = limit;
	grown = larger > *size ? realloc(*gids, (size_t)larger * sizeof(**gids)) : NULL;
	if (grown == NULL)
		return 0;
	*gids = grown;
	*size = larger;
	return 1;
}

enum nss_status _nss_fake_initgroups_dyn(const char *name, gid_t primary, long *start, long *size, gid_t **gids, long limit,
					 int *errnop)
{
	enum nss_status status = begin("initgroups", name);
	FILE *file = status == NSS_STATUS_SUCCESS ? opened("group", "r") : NULL;
	struct group *group;

	(void)errnop;
	if (file == NULL)
		return status;
	while ((group = fgetgrent(file)) != NULL)
		for (char **member = group->gr_mem; *member != NULL; member++)
			if (strcmp(*member, name) == 0 && group->gr_gid != primary && grow(*start, size, gids, limit))
				(*gids)[(*start)++] = group->gr_gid;
	fclose(file);
	return NSS_STATUS_SUCCESS;
}

#include "dump/target/dump_directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"

enum { MOST_TRIES = 100 };

int directory_make_parents(const char *path, struct error *e)
{
	char *copy CLEANUP(free_ptr) = strdup(path);

	if (!copy)
		return error_set(e, ENOMEM, "no memory");
	for (char *p = copy + 1; *copy && *p; p++) {
		bool end = p[1] == 0;

		if (*p != '/' && !end)
			continue;
		if (*p == '/')
			*p = 0;
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			return error_errno(e, "making the directory %s", copy);
		if (!end)
			*p = '/';
	}
	return 0;
}

static void fit_for_a_name(const char *host, char *out, size_t size)
{
	size_t n = 0;

	for (; host[n] && n < size - 1; n++) {
		char c = host[n];
		bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			    c == '_' || (c == '.' && n > 0);

		out[n] = fine ? c : '_';
	}
	out[n] = 0;
	if (n == 0)
		snprintf(out, size, "localhost");
}

/* Whether the directory is new, or left by a try that did not come to a dump. */
static int take_directory(const char *path, struct error *e)
{
	char *dump CLEANUP(free_ptr) = NULL;
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 1;
	if (errno != EEXIST)
		return error_errno(e, "making the directory %s", path);
	if (asprintf(&dump, "%s/vmcore", path) < 0)
		return error_set(e, ENOMEM, "no memory");
	if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || (st.st_mode & 07777) != 0700 || st.st_uid != geteuid())
		return 0;
	return lstat(dump, &st) != 0 && errno == ENOENT;
}

int directory_make(const char *parent, const char *host, uint64_t crash_time, char **path, struct error *e)
{
	char name[65], when[UTC_SIZE], suffix[8] = "";
	int r = directory_make_parents(parent, e);

	if (r < 0)
		return r;
	fit_for_a_name(host, name, sizeof(name));
	if (!utc_text(crash_time, "-", "", when))
		snprintf(when, sizeof(when), "unknown-time");
	for (int i = 1; i <= MOST_TRIES; i++) {
		size_t length = strlen(parent);
		const char *slash = length && parent[length - 1] == '/' ? "" : "/";

		if (i > 1)
			snprintf(suffix, sizeof(suffix), "-%d", i);
		if (asprintf(path, "%s%s%s-%s%s", parent, slash, name, when, suffix) < 0)
			return error_set(e, ENOMEM, "no memory");
		r = take_directory(*path, e);
		if (r > 0)
			return 0;
		free(*path);
		*path = NULL;
		if (r < 0)
			return r;
	}
	return error_set(e, EEXIST, "%s holds %d dumps of this very second", parent, MOST_TRIES);
}

/* The crashed kernel's log in pstore, left by a capture that found no target. */
#include "kdump/kdump_targets.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "dump/log_text.h"
#include "sys/file.h"

enum { LOG_MAX = 16 << 20 };

/* Where it is until the next boot, and where systemd-pstore(8) moves it. */
static const char *const directories[] = {"/sys/fs/pstore", "/var/lib/systemd/pstore"};

struct pstore_log {
	char file[KDUMP_PATH]; /* "": none was found */
	char when[LOG_TEXT_WHEN];
	bool moved;
};

/* Keeps a file's log if it is newer than the one found before. */
static void look_at(struct pstore_log *newest, const char *directory, const char *name)
{
	char *text CLEANUP(free_ptr) = NULL;
	struct pstore_log log = {.moved = directory != directories[0]};
	struct error ignored;
	size_t size;

	snprintf(log.file, sizeof(log.file), "%s/%s", directory, name);
	if (file_read(log.file, LOG_MAX, &text, &size, &ignored) == 0 &&
	    log_text_find_end(span_of(text, size), log.when) && strcmp(log.when, newest->when) > 0)
		*newest = log;
}

void kdump_say_pstore(const struct kdump_targets *targets)
{
	struct pstore_log log = {.file = "", .when = ""};
	char captured[UTC_SIZE];

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		DIR *dir = opendir(directories[i]);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (strncmp(entry->d_name, "pmsg-", 5) == 0)
				look_at(&log, directories[i], entry->d_name);
		if (dir)
			closedir(dir);
	}
	/* Ignore a crash older than the last capture. */
	utc_text(targets ? targets->last_time : 0, " ", ":", captured);
	if (log.file[0] && strcmp(log.when, captured) >= 0)
		printf("pstore: the log of a crash, %s, in %s%s\n", log.when, log.file,
		       log.moved ? "" : ", until the next boot: copy it");
}

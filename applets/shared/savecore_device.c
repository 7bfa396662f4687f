#include "shared/savecore_device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "dump/target/capture_result.h"
#include "dump/target/dump_directory.h"
#include "dump/rawdev/raw_savecore.h"
#include "sys/raw_device.h"

/* "a whole dump of HOST, crashed 2026-11-20 14:03:22 UTC, 405 MiB". */
static void describe(const struct raw_reader *reader, char *text, size_t size)
{
	char when[UTC_SIZE];

	if (!utc_text(reader->super.crash_time, " ", ":", when))
		snprintf(when, sizeof(when), "in the far future");
	snprintf(text, size, "%s dump of %s, crashed %s UTC, %llu MiB", reader->super.log_end ? "a whole" : "part of a",
		 reader->super.host, when, (unsigned long long)reader->super.log_end >> 20);
	if (!reader->super.log_end)
		snprintf(text, size, "part of a dump of %s, crashed %s UTC", reader->super.host, when);
}

/* Records the result beside the dump, as dump-save does, for "kdump status". */
static void note_result(const struct raw_reader *reader, const struct savecore_result *saved, const char *directory,
			const struct log *log)
{
	const char *name = strrchr(saved->directory, '/');
	bool whole = !saved->cut && !saved->damages;
	struct capture_result result = {.status = whole ? CAPTURE_SAVED : CAPTURE_DEGRADED,
					.time = reader->super.crash_time};
	struct error e;
	int parent CLEANUP(close_fd) = directory_open(NULL, directory, false, &e);

	snprintf(result.directory, sizeof(result.directory), "%s", name ? name + 1 : saved->directory);
	snprintf(result.message, sizeof(result.message), "%s from %.200s", whole ? "saved" : "saved, but not whole,",
		 reader->name);
	if (parent < 0 || capture_result_write(&result, parent, directory, &e) < 0)
		log_line(log, LOG_WARN, "the result was not recorded: %s", e.text);
}

static int say_saved(const struct savecore_result *result)
{
	bool whole = !result->cut && !result->damages;

	applet_say("saved%s: %llu MiB in %s", whole ? "" : ", but NOT WHOLE", (unsigned long long)result->bytes >> 20,
		   result->directory);
	return whole ? STATUS_DONE : STATUS_DEGRADED;
}

static int copy(struct raw_reader *reader, const char *directory)
{
	struct savecore_result result;
	struct applet_log log;
	struct error e;
	int status;

	applet_log_init(&log, LOG_NOTE);
	if (savecore(reader, directory, &log.log, &result, &e) < 0 && e.code != ENODATA)
		status = applet_error(&e);
	else if (raw_reader_mark(reader, RAWDUMP_SAVED, &e) < 0)
		status = applet_error(&e);
	else if (result.files || result.cut)
		status = say_saved(&result);
	else
		status = applet_error(&e);
	if (result.directory && (result.files || result.cut))
		note_result(reader, &result, directory, &log.log);
	free(result.directory);
	return status;
}

static int act(struct raw_reader *reader, const char *directory, enum savecore_action action)
{
	bool saved = reader->super.state == RAWDUMP_SAVED;
	struct error e;
	char text[200];

	describe(reader, text, sizeof(text));
	if (saved && action != SAVECORE_AGAIN) {
		applet_say("%s: nothing to save; %s was saved before", reader->name, text);
		return action == SAVECORE_CHECK ? STATUS_FAILED : STATUS_DONE;
	}
	applet_say("%s: %s", reader->name, text);
	if (action == SAVECORE_CHECK)
		return STATUS_DONE;
	if (action != SAVECORE_CLEAR)
		return copy(reader, directory);
	return raw_reader_mark(reader, RAWDUMP_SAVED, &e) < 0 ? applet_error(&e) : STATUS_DONE;
}

int savecore_device(const char *spec, const char *directory, enum savecore_action action)
{
	struct raw_reader reader = {.block = NULL};
	struct raw_device device;
	int status, found;
	struct error e;

	if (raw_device_open(spec, RAW_SAVE, &device, &e) < 0)
		return applet_error(&e);
	found = raw_reader_init(&reader, device.fd, device.size, device.path, &e);
	if (found < 0) {
		status = applet_error(&e);
	} else if (found == 0) {
		applet_say("%s: no dump", device.path);
		status = action == SAVECORE_CHECK ? STATUS_FAILED : STATUS_DONE;
	} else {
		status = act(&reader, directory, action);
	}
	raw_reader_deinit(&reader);
	close_fd(&device.fd);
	return status;
}

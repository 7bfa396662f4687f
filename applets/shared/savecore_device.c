#include "shared/savecore_device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utc.h"
#include "dump/target/capture_result.h"
#include "dump/target/dump_directory.h"
#include "dump/rawdev/raw_savecore.h"
#include "dump/rawdev/raw_token.h"
#include "sys/raw_device.h"

/* "a whole dump of HOST, crashed 2026-11-20 14:03:22 UTC, 405 MiB". */
static void describe(const struct raw_reader *reader, char *text, size_t size)
{
	char when[UTC_SIZE];

	if (!utc_text(reader->super.crash_time, " ", ":", when))
		snprintf(when, sizeof(when), "in the far future");
	snprintf(text, size, "%s dump of %s, crashed %s UTC", reader->super.log_end ? "a whole" : "part of a",
		 reader->super.host, when);
	if (reader->super.log_end)
		text_add(text, size, ", %llu MiB", (unsigned long long)reader->super.log_end >> 20);
	text_clean(text, false);
}

/* Nothing of it is missing: also no file that would have come after the last one that did. */
static bool is_whole(const struct raw_reader *reader, const struct savecore_result *saved)
{
	return reader->super.log_end && !saved->cut && !saved->damages;
}

/* Records the result beside the dump, as dump-save does, for "kdump status". failure: why it was not saved, or NULL. */
static void note_result(const struct raw_reader *reader, const struct savecore_result *saved, const char *directory,
			const char *failure, const struct log *log)
{
	const char *name = strrchr(saved->directory, '/');
	bool whole = is_whole(reader, saved);
	struct capture_result result = {.status = failure ? CAPTURE_FAILED
						  : whole ? CAPTURE_SAVED
							  : CAPTURE_DEGRADED,
					.time = reader->super.crash_time};
	struct error e;
	int parent CLEANUP(close_fd) = directory_open(NULL, directory, false, &e);

	snprintf(result.directory, sizeof(result.directory), "%s", name ? name + 1 : saved->directory);
	snprintf(result.message, sizeof(result.message), "%s%.200s",
		 failure ? ""
		 : whole ? "saved from "
			 : "saved, but not whole, from ",
		 failure ? failure : reader->name);
	if (parent < 0 || capture_result_write(&result, parent, directory, &e) < 0)
		log_line(log, LOG_WARN, "the result was not recorded: %s", e.text);
}

static int say_saved(const struct raw_reader *reader, const struct savecore_result *result)
{
	bool whole = is_whole(reader, result);

	applet_say("saved%s: %llu MiB in %s", whole ? "" : ", but NOT WHOLE", (unsigned long long)result->bytes >> 20,
		   result->directory);
	return whole ? STATUS_DONE : STATUS_DEGRADED;
}

static int copy(struct raw_reader *reader, const char *directory)
{
	struct savecore_result result;
	struct applet_log log;
	struct error e, marking;
	bool marked = false;
	int r, status;

	applet_log_init(&log, LOG_NOTE);
	r = savecore(reader, directory, &log.log, &result, &e);
	if (r == 0 || result.empty) {
		marked = raw_reader_mark(reader, RAWDUMP_SAVED, &marking) == 0;
		if (marked)
			unlink(result.saving);
		else
			r = -(e = marking).code;
	}
	if (!marked && result.directory)
		error_hint(&e, "The dump stays on %s; what was copied is in %s.", reader->name, result.directory);
	status = r < 0 ? applet_error(&e) : say_saved(reader, &result);
	if (result.directory)
		note_result(reader, &result, directory, r < 0 ? e.text : NULL, &log.log);
	free(result.directory);
	free(result.saving);
	return status;
}

static int mark_saved(struct raw_reader *reader)
{
	struct error e;

	return raw_reader_mark(reader, RAWDUMP_SAVED, &e) < 0 ? applet_error(&e) : STATUS_DONE;
}

static int act(struct raw_reader *reader, const char *directory, enum savecore_action action)
{
	bool saved = reader->super.state == RAWDUMP_SAVED;
	char text[200];

	describe(reader, text, sizeof(text));
	if (saved && action != SAVECORE_AGAIN) {
		applet_say("%s: nothing to save; %s was saved before", reader->name, text);
		return action == SAVECORE_CHECK ? STATUS_FAILED : STATUS_DONE;
	}
	applet_say("%s: %s", reader->name, text);
	if (!reader->ours && action != SAVECORE_AGAIN) {
		applet_say("%s: nothing to save: this dump lacks this installation's token, as a forged one would; "
			   "'savecore -f' saves it",
			   reader->name);
		return action == SAVECORE_CHECK ? STATUS_FAILED : mark_saved(reader);
	}
	if (action == SAVECORE_CHECK)
		return STATUS_DONE;
	return action == SAVECORE_CLEAR ? mark_saved(reader) : copy(reader, directory);
}

int savecore_device(const char *spec, const char *directory, enum savecore_action action)
{
	struct raw_reader reader = {.block = NULL};
	struct rawdump_owner owner;
	struct raw_device device = {.fd = -1};
	int status, found;
	struct error e;

	found = raw_token_find(&owner, &e);
	if (found == 0)
		found = raw_device_open(spec, RAW_SAVE, &device, &e);
	/* Only onto swap can programs write. */
	owner.without = strcmp(device.volume.type, "swap") != 0;
	if (found == 0)
		found = raw_reader_init(&reader, device.fd, device.size, device.path, &owner, &e);
	if (found < 0) {
		/* A question without an answer is not the answer "no". */
		applet_error(&e);
		status = action == SAVECORE_CHECK ? STATUS_DEGRADED : STATUS_FAILED;
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

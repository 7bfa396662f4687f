/* The outcome of the capture so far, and the last line on the console, which reports it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "init/init_parts.h"
#include "sys/clock.h"

/* What a command that ended with 0 has saved: dmesg-save, alone or after timeout, the log. */
static enum verdict log_save(const struct script_command *c)
{
	const char *name = c->argv[init_timeout_words(c)], *last = c->argv[c->argc - 1];

	if (strcmp(name, "dmesg-save") != 0)
		return NOTHING_SAVED;
	if (strncmp(last, "/dev/pmsg", 9) == 0)
		return LOG_IN_PSTORE;
	return last[0] && last[strlen(last) - 1] == '/' ? LOG_SAVED : NOTHING_SAVED;
}

/* Whether a command saves the script's goal: a dump, or the log if no line saves a dump. */
static bool is_save(const struct script_command *c)
{
	return init_is_dump_save(c) || (!init.dump_wanted && log_save(c) == LOG_SAVED);
}

static bool has_save(const struct script_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (is_save(&line->commands[i]))
			return true;
	return false;
}

void init_note_line(const struct script_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (init_is_dump_save(&line->commands[i]))
			init.dump_wanted = true;
}

void init_note_saved(const struct script_line *line, enum verdict verdict, uint64_t start)
{
	if (verdict < init.verdict)
		return;
	init.verdict = verdict;
	snprintf(init.saved_by, sizeof(init.saved_by), "line %u, in %llu s", line->number,
		 (unsigned long long)(clock_ms() - start) / 1000);
}

void init_note_failure(const struct script_line *line, const struct line_progress *p, uint64_t start)
{
	init_say("line %u failed after %llu s: %s: %s", line->number, (unsigned long long)(clock_ms() - start) / 1000,
		 p->failed, p->outcome.text);
	if (init.dump_failed && !has_save(line))
		return;
	init.dump_failed = has_save(line);
	snprintf(init.failure, sizeof(init.failure), "line %u: %s: %s%s%.*s%s", line->number, p->failed,
		 p->outcome.text, p->words[0] ? " (" : "", APPLET_WORDS, p->words, p->words[0] ? ")" : "");
}

/* "mount"; for timeout also the command: "timeout 600 dump-save". */
static void name_command(const struct script_command *c, char *text, size_t size)
{
	text[0] = 0;
	for (int i = 0; i <= init_timeout_words(c); i++)
		text_add(text, size, "%s%s", i ? " " : "", c->argv[i]);
}

/* What failed, and its last words, which another process wrote: they may lack a final zero byte. */
static void name_failure(const struct script_command *c, struct line_progress *p)
{
	name_command(c, p->failed, sizeof(p->failed));
	snprintf(p->words, sizeof(p->words), "%.*s", APPLET_WORDS - 1, applet_last_words ? applet_last_words : "");
}

void init_note_status(const struct script_line *line, const struct script_command *c, struct line_progress *p,
		      uint64_t start)
{
	if (p->status)
		name_failure(c, p);
	if (is_save(c) && p->status == STATUS_DEGRADED)
		init_note_saved(line, DEGRADED_SAVED, start);
	if (is_save(c) && p->status == STATUS_DONE) {
		p->dumped = true;
		init_note_saved(line, DUMP_SAVED, start);
	} else if (log_save(c) != NOTHING_SAVED && p->status == STATUS_DONE) {
		init_note_saved(line, log_save(c), start);
	}
	if (p->status == STATUS_DONE && !applet_find(c->argv[0]))
		p->external = true;
}

void init_refuse(const struct error *e)
{
	init_say("%s: %s", INIT_SCRIPT, e->text);
	if (!init.dump_failed)
		snprintf(init.failure, sizeof(init.failure), "%s: %.200s", INIT_SCRIPT, e->text);
	init.failed_script = true;
}

void init_say_verdict(enum power action)
{
	const char *doing = power_doing(action);
	const char *failure = init.failure[0] ? init.failure : "no line of the script saved one";

	switch (init.verdict) {
	case ALL_DONE:
		init_say("capture done: %s; %s", init.saved_by, doing);
		break;
	case DUMP_SAVED:
		init_say("dump saved (%s), but then: %s; %s", init.saved_by, failure, doing);
		break;
	case DEGRADED_SAVED:
		init_say("ONLY A DEGRADED DUMP SAVED (%s): %s; %s", init.saved_by, failure, doing);
		break;
	case LOG_SAVED:
		init_say("NO DUMP SAVED: %s; only the log (%s); %s", failure, init.saved_by, doing);
		break;
	case LOG_IN_PSTORE:
		init_say("NO DUMP SAVED: %s; only the log, in pstore (%s): after a reboot in /sys/fs/pstore/pmsg-*; %s",
			 failure, init.saved_by, doing);
		break;
	case NOTHING_SAVED:
		init_say("NO DUMP SAVED: %s; %s", failure, doing);
	}
}

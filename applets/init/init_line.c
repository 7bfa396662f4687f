/* One line of the capture script: its commands, and undoing its mounts when one fails. */
#include <errno.h>
#include <string.h>

#include "init/init_parts.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/mounts.h"

enum {
	UNMOUNT_MS = 10000,
	FORCED_TRIES = 10,
	FORCED_PAUSE_MS = 1000,
	UMOUNT_FORCE = 1, /* of umount2(2) */
	UMOUNT_LAZY = 2,
};

/* reboot, poweroff and halt end the capture; init does them itself. Returns the action, or LINE_GOES_ON.
 */
static int power_command(const struct script_command *c)
{
	static const char *const names[] = {[POWER_REBOOT] = "reboot", [POWER_OFF] = "poweroff", [POWER_HALT] = "halt"};

	for (int i = 0; i < 3; i++)
		if (strcmp(c->argv[0], names[i]) == 0)
			return i;
	return LINE_GOES_ON;
}

/* Runs the commands of a line, with && and ||. Returns as init_run_line. */
static int run_commands(const struct script_line *line, uint64_t start, uint64_t end, struct line_progress *p)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct script_command *c = &line->commands[i];
		int action = power_command(c);

		if ((c->join == SCRIPT_AND && p->status) || (c->join == SCRIPT_OR && !p->status))
			continue;
		if (action >= 0 && p->status)
			init_note_failure(line, p, start);
		else if (action >= 0 && (p->dumped || (p->external && !init.dump_failed)))
			init_note_saved(line, ALL_DONE, start);
		if (action >= 0)
			return action;
		init_run_command(c, end, &p->outcome);
		p->status = p->outcome.status;
		init_note_status(line, c, p, start);
	}
	return LINE_GOES_ON;
}

struct unmount {
	const char *dir;
	int flags;
};

static int run_unmount(void *context)
{
	struct unmount *u = context;
	struct error e;

	return mounts_remove(u->dir, u->flags, &e) < 0;
}

static int unmount(struct unmount *u, int flags)
{
	init_watchdog_allow(3 * UNMOUNT_MS);
	u->flags = flags;
	return child_call(run_unmount, u, UNMOUNT_MS);
}

/*
 * A process that waits for a server which does not answer cannot be killed. For NFS, the kernel gives up what it waits
 * for when it is forced to, again and again while there is more.
 */
static int force_nfs(struct unmount *u)
{
	int result = -EBUSY;

	for (int i = 0; i < FORCED_TRIES && result != 0; i++) {
		clock_sleep(i ? FORCED_PAUSE_MS : 0);
		result = unmount(u, UMOUNT_FORCE);
	}
	return result;
}

/* Nothing frees one of CIFS, and detaching its mount has crashed kernels (6.1): what comes next is mounted over it. */
static bool is_abandoned(const struct mounted *m)
{
	return strcmp(m->type, "cifs") == 0 || strcmp(m->type, "smb3") == 0;
}

static void undo_mount(const struct mounted *m, unsigned line)
{
	struct unmount u = {.dir = m->dir};
	int result;

	if (is_abandoned(m)) {
		init_say("line %u: %s stays mounted: its server may not answer", line, u.dir);
		return;
	}
	result = strncmp(m->type, "nfs", 3) == 0 ? force_nfs(&u) : unmount(&u, 0);
	if (result == 0)
		init_say("line %u: unmounted %s", line, u.dir);
	else
		init_say("line %u: %s %s", line, u.dir,
			 unmount(&u, UMOUNT_LAZY) == 0 ? "is busy: detached" : "could not be unmounted");
}

/* Unmounts what a failed line mounted, last first; an unmount can hang, too. */
static void undo_mounts(const struct mount_table *before, unsigned line)
{
	struct mount_table now;
	struct error e;

	if (mount_table_read(&now, &e) < 0)
		return;
	for (size_t i = now.count; i-- > 0;)
		if (!mount_table_has(before, &now.entries[i]))
			undo_mount(&now.entries[i], line);
	mount_table_free(&now);
}

/* A crypt table contains a key, which must stay secret: cut the line before it. */
static void announce(const struct script_line *line)
{
	enum { SHOWN = 160 };
	static const char crypt[] = " crypt ";
	const uint8_t *key = memmem(line->text.data, line->text.size, crypt, sizeof(crypt) - 1);
	size_t size = key ? (size_t)(key - line->text.data) + sizeof(crypt) - 2 : line->text.size;
	int shown = size > SHOWN ? SHOWN : (int)size;
	char text[SHOWN + 1];

	for (int i = 0; i < shown; i++)
		text[i] = line->text.data[i] < ' ' || line->text.data[i] == 0x7f ? ' ' : (char)line->text.data[i];
	text[shown] = 0;
	init_say("line %u: %s%s", line->number, text, (int)line->text.size > shown ? "..." : "");
}

int init_run_line(const struct script_line *line)
{
	struct mount_table before = {.count = 0};
	uint64_t start = clock_ms(), left = init_time_left();
	struct line_progress p = {.status = 0};
	struct error e;
	bool have_table;
	int end;

	announce(line);
	init_note_line(line);
	init_watchdog_open();
	have_table = mount_table_read(&before, &e) == 0;
	end = run_commands(line, start, left ? start + left : 0, &p);
	if (end < 0 && p.status == 0 && p.dumped)
		init_note_saved(line, ALL_DONE, start);
	if (end < 0 && p.status) {
		init_note_failure(line, &p, start);
		if (have_table)
			undo_mounts(&before, line->number);
	}
	mount_table_free(&before);
	/* The dump is saved, but a later command failed: the line ends as if it had succeeded. */
	return end < 0 && p.status && p.dumped ? power_command(&line->commands[line->count - 1]) : end;
}

#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fmt/conf.h"

/* A line of the configuration on its way into the plan. */
struct line {
	const char *name;
	char value[CONF_LINE_MAX + 1];
	char where[PLAN_TEXT]; /* "FILE:LINE" */
	const struct log *log;
};

static const char network[] = "network targets are not supported yet; name a file system on a local disk, such as: "
			      "ext4 UUID=...";
static const char no_hooks[] = "the image has no shell that could run it";
static const char no_fence[] = "the image has no network; let the cluster's fencing wait for the reboot";
static const char built_once[] = "an image is made when mkcaptureinitrd is called, and then only";
static const char no_options[] = "kdump.conf has dropped this option; module parameters go on the kernel's command "
				 "line: cmdline_append MODULE.PARAMETER=VALUE";
static const char gone[] = "kdump.conf has dropped this option; take the line out";

/* --- the single options --- */

static int bad(const struct line *line, struct error *e, const char *what)
{
	return error_set(e, EINVAL, "%s: %s %.128s: %s", line->where, line->name, line->value, what);
}

/* udev's links do not exist in the image: those that say what the device holds can be said without udev. */
static const struct {
	const char *prefix, *tag, *why;
} device_names[] = {
	{"UUID=", "UUID=", NULL},
	{"LABEL=", "LABEL=", NULL},
	{"PARTUUID=", "PARTUUID=", NULL},
	{"PARTLABEL=", "PARTLABEL=", NULL},
	{"/dev/disk/by-uuid/", "UUID=", NULL},
	{"/dev/disk/by-label/", "LABEL=", NULL},
	{"/dev/disk/by-partuuid/", "PARTUUID=", NULL},
	{"/dev/disk/by-partlabel/", "PARTLABEL=", NULL},
	{"/dev/disk/", NULL, "this name is made by udev, which is not in the image; 'blkid' shows the device's UUID"},
	{"/dev/mapper/", NULL, "LVM, multipath and encrypted volumes are not supported yet; name a plain partition"},
	{"/dev/dm-", NULL, "LVM, multipath and encrypted volumes are not supported yet; name a plain partition"},
	{"/dev/md", NULL, "RAID arrays are not supported yet; name a plain partition"},
	{"/dev/", "/dev/", NULL},
};

/* Takes away the quotes that people write around a device, as in UUID="...". */
static void unquote(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != '"')
			*to++ = *from;
	*to = 0;
}

/* Of UUIDs the alphabet is known: what stands in an example ("UUID=...") is no UUID. */
static bool good_name(const char *tag, const char *rest)
{
	if (strstr(tag, "UUID="))
		return rest[0] && rest[strspn(rest, "0123456789abcdefABCDEF-")] == 0;
	return rest[0];
}

static int take_device(struct target *target, const struct line *line, struct error *e)
{
	char device[sizeof(line->value)];

	strcpy(device, line->value);
	unquote(device);
	if (strpbrk(device, " \t") && strncmp(device, "LABEL=", 6) != 0 && strncmp(device, "PARTLABEL=", 10) != 0)
		return bad(line, e, "only a device may stand here; mount options are not supported");
	if (strpbrk(device, "'\t"))
		return bad(line, e, "a name with a quote or a tab in it cannot be written into the script; use UUID=");
	for (size_t i = 0; i < sizeof(device_names) / sizeof(device_names[0]); i++) {
		const char *rest = device + strlen(device_names[i].prefix);

		if (strncmp(device, device_names[i].prefix, strlen(device_names[i].prefix)) != 0)
			continue;
		if (device_names[i].why)
			return bad(line, e, device_names[i].why);
		if (!good_name(device_names[i].tag, rest))
			break;
		if (device[0] == '/' && strchr(rest, '\\'))
			return bad(line, e,
				   "udev's escapes are not understood; write LABEL= or PARTLABEL=, with blanks as they "
				   "are");
		if (strlen(rest) + 16 > PLAN_TEXT)
			return bad(line, e, "the name is too long");
		sprintf(target->device, "%s%s", device_names[i].tag, rest);
		return 0;
	}
	return bad(line, e,
		   "no device is called so; write UUID=, LABEL=, PARTUUID= or PARTLABEL= and what 'blkid' shows, or "
		   "/dev/...");
}

static int take_target(struct plan *plan, const struct line *line, struct error *e);

static int take_path(struct plan *plan, const struct line *line, struct error *e)
{
	const char *p = line->value;
	size_t used = 0;

	if (strpbrk(p, "'\"\t"))
		return bad(line, e, "a path with quotes or tabs in it cannot be written into the script");
	if (strlen(p) + 2 > PLAN_TEXT)
		return bad(line, e, "the path is too long");
	/* Component by component: one slash before each, none at the end, and no way out of the target. */
	while (*p) {
		size_t length = strcspn(p, "/");

		if (length == 2 && memcmp(p, "..", 2) == 0)
			return bad(line, e, "the path must not hold '..'");
		if (length && !(length == 1 && *p == '.')) {
			plan->path[used++] = '/';
			memcpy(plan->path + used, p, length);
			used += length;
		}
		p += length + (p[length] == '/');
	}
	plan->path[used] = 0;
	return 0;
}

static int take_collector(struct plan *plan, const struct line *line, struct error *e)
{
	return collector_init(&plan->collector, span_of(line->value, strlen(line->value)), line->where, line->log, e);
}

const char *action_name(enum action action)
{
	static const char *const names[] = {"reboot", "halt", "poweroff"};

	return names[action];
}

static int take_action(enum action *action, const struct line *line, struct error *e)
{
	for (enum action a = ACTION_REBOOT; a <= ACTION_POWEROFF; a++) {
		if (strcmp(line->value, action_name(a)) != 0)
			continue;
		*action = a;
		return 0;
	}
	if (strcmp(line->value, "shell") == 0)
		return bad(line, e, "there is no shell in the image; use reboot, halt or poweroff");
	if (strcmp(line->value, "dump_to_rootfs") == 0)
		return bad(line, e,
			   "the capture does not mount the root file system by itself; name it in a second target "
			   "line, which is tried when the first fails");
	return bad(line, e, "no action is called so; use reboot, halt or poweroff");
}

static int take_failure(struct plan *plan, const struct line *line, struct error *e)
{
	return take_action(&plan->failure, line, e);
}

static int take_final(struct plan *plan, const struct line *line, struct error *e)
{
	return take_action(&plan->final, line, e);
}

static int take_modules(struct plan *plan, const struct line *line, struct error *e)
{
	struct span rest = span_of(line->value, strlen(line->value));

	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		if (word.size > 64 || memchr(word.data, '/', word.size) || memchr(word.data, '\'', word.size))
			return bad(line, e, "modules are given by name, without directories: virtio_blk xfs");
		if (names_add(&plan->modules, word, e) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int take_deadline(struct plan *plan, const struct line *line, struct error *e)
{
	unsigned value = 0;

	for (const char *p = line->value; *p; p++) {
		if (*p < '0' || *p > '9' || value > 604800)
			value = 604801;
		else
			value = value * 10 + (unsigned)(*p - '0');
	}
	if (value < 1 || value > 604800)
		return bad(line, e, "the deadline is a number of seconds, from 1 to 604800 (a week)");
	plan->dump_deadline = value;
	return 0;
}

static int take_append(struct plan *plan, const struct line *line, struct error *e)
{
	if (strlen(line->value) >= PLAN_TEXT)
		return bad(line, e, "the value is too long");
	for (size_t i = 0; i <= strlen(line->value); i++)
		plan->append[i] = line->value[i] == '\t' ? ' ' : line->value[i];
	return 0;
}

/* What dracut leaves out does not matter to an image that holds nothing; what it would add does. */
static int take_dracut(struct plan *plan, const struct line *line, struct error *e)
{
	static const char *const harmless[] = {"--omit",     "--omit-drivers", "-o", "--quiet",
					       "-q",         "--verbose",      "-v", "--no-hostonly-default-device",
					       "--compress", "--hostonly",     "-H"};
	struct span rest = span_of(line->value, strlen(line->value));

	(void)plan;
	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		size_t length = 0, i = 0;

		if (word.data[0] != '-')
			continue;
		while (length < word.size && word.data[length] != '=')
			length++;
		while (i < sizeof(harmless) / sizeof(harmless[0]) &&
		       (strlen(harmless[i]) != length || memcmp(harmless[i], word.data, length) != 0))
			i++;
		if (i == sizeof(harmless) / sizeof(harmless[0]))
			return error_set(e, EINVAL,
					 "%s: dracut_args: %.*s would change the image, but dracut does not make it\n"
					 "write the target as 'ext4 UUID=...', drivers as 'extra_modules NAME'",
					 line->where, (int)length, (const char *)word.data);
	}
	log_line(line->log, LOG_NOTE, "%s: dracut_args is ignored: the image is not made by dracut", line->where);
	return 0;
}

/* --- the table --- */

/* Either take is set, or a text that says why the option is ignored or refused. */
struct option_row {
	const char *name;
	int (*take)(struct plan *plan, const struct line *line, struct error *e);
	const char *ignored, *refused;
};

static const struct option_row rows[] = {
	{"ext4", .take = take_target},
	{"ext3", .take = take_target},
	{"ext2", .take = take_target},
	{"xfs", .take = take_target},
	{"vfat", .take = take_target},
	{"btrfs", .take = take_target},
	{"f2fs", .take = take_target},
	{"path", .take = take_path},
	{"core_collector", .take = take_collector},
	{"final_action", .take = take_final},
	{"failure_action", .take = take_failure},
	{"default", .take = take_failure}, /* must follow failure_action */
	{"extra_modules", .take = take_modules},
	{"dump_deadline", .take = take_deadline},
	{"cmdline_append", .take = take_append},
	{"dracut_args", .take = take_dracut},
	{"auto_reset_crashkernel",
	 .ignored = "the reservation is the builder's: this tool changes no boot configuration"},
	{"force_rebuild", .ignored = built_once},
	{"force_no_rebuild", .ignored = built_once},
	{"override_resettable", .ignored = "no check is made whether the device can be reset"},
	{"nfs", .refused = network},
	{"ssh", .refused = network},
	{"sshkey", .refused = network},
	{"raw", .refused = "raw devices are not supported yet; name a file system, such as: ext4 UUID=..."},
	{"virtiofs",
	 .refused = "virtiofs is not supported; name a file system on a local disk, such as: ext4 UUID=..."},
	{"minix", .refused = "minix is not supported; name another file system, such as: ext4 UUID=..."},
	{"kdump_pre", .refused = no_hooks},
	{"kdump_post", .refused = no_hooks},
	{"extra_bins", .refused = no_hooks},
	{"fence_kdump_args", .refused = no_fence},
	{"fence_kdump_nodes", .refused = no_fence},
	{"net", .refused = gone},
	{"options", .refused = no_options},
	{"link_delay", .refused = gone},
	{"disk_timeout", .refused = gone},
	{"debug_mem_level", .refused = gone},
	{"blacklist", .refused = gone},
};

enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

static int take_target(struct plan *plan, const struct line *line, struct error *e)
{
	struct target *target = &plan->targets[plan->nr_targets];

	if (plan->nr_targets == PLAN_TARGETS)
		return bad(line, e, "too many targets");
	for (size_t i = 0; i < NR_ROWS; i++)
		if (strcmp(rows[i].name, line->name) == 0)
			target->type = rows[i].name;
	if (take_device(target, line, e) < 0)
		return -e->code;
	if (strncmp(target->device, "/dev/", 5) == 0)
		log_line(line->log, LOG_NOTE,
			 "%s: %s may be another disk after a reboot; UUID=... always finds the same", line->where,
			 target->device);
	plan->nr_targets++;
	return 0;
}

static int unknown(const struct line *line, struct error *e)
{
	const char *nearest = NULL;

	error_set(e, EINVAL, "%s: unknown option '%.64s'", line->where, line->name);
	for (size_t i = 0; i < NR_ROWS; i++)
		if (names_near(line->name, rows[i].name) &&
		    (!nearest || names_distance(line->name, rows[i].name) < names_distance(line->name, nearest)))
			nearest = rows[i].name;
	if (nearest)
		return error_hint(e, "did you mean '%s'?", nearest);
	return error_hint(e, "crashbox.conf(5) lists the options");
}

/* seen: the line of each option so far, or 0. Targets may come more than once. */
static int take_line(struct plan *plan, const struct line *line, int *seen, int number, struct error *e)
{
	size_t i = 0;
	int *first;

	while (i < NR_ROWS && strcmp(rows[i].name, line->name) != 0)
		i++;
	if (i == NR_ROWS)
		return unknown(line, e);
	if (rows[i].refused)
		return bad(line, e, rows[i].refused);
	if (line->value[0] == 0)
		return error_set(e, EINVAL, "%s: option '%s' needs a value", line->where, line->name);
	first = &seen[i];
	if (strcmp(line->name, "default") == 0)
		first = &seen[i - 1]; /* failure_action's row */
	if (*first && rows[i].take != take_target)
		return error_set(e, EINVAL, "%s: '%s' is already given in line %d; take one of them out", line->where,
				 line->name, *first);
	*first = number;
	if (rows[i].take)
		return rows[i].take(plan, line, e);
	log_line(line->log, LOG_NOTE, "%s: %s is ignored: %s", line->where, line->name, rows[i].ignored);
	return 0;
}

static void plain_copy(char *to, size_t room, struct span from)
{
	size_t length = from.size < room ? from.size : room - 1;

	if (length)
		memcpy(to, from.data, length);
	to[length] = 0;
}

static int read_lines(struct plan *plan, struct conf_reader *reader, const struct log *log, struct error *e)
{
	int seen[NR_ROWS] = {0}, status;
	struct conf_option option;
	struct line line = {.log = log};
	char name[80];

	while ((status = conf_next(reader, &option, e)) > 0) {
		plain_copy(name, sizeof(name), option.name);
		plain_copy(line.value, sizeof(line.value), option.value);
		snprintf(line.where, sizeof(line.where), "%.200s:%d", reader->file, option.line);
		line.name = name;
		status = take_line(plan, &line, seen, option.line, e);
		if (status < 0)
			return status;
	}
	return status;
}

int plan_init(struct plan *plan, struct span text, const char *file, const struct log *log, struct error *e)
{
	struct conf_reader reader = {.text = text, .file = file};
	const char *slash = strrchr(file, '/');
	int status;

	*plan = (struct plan){
		.path = "/var/crash", .collector = collector_default(), .dump_deadline = PLAN_DUMP_DEADLINE};
	snprintf(plan->source, sizeof(plan->source), "%s", slash ? slash + 1 : file);
	status = read_lines(plan, &reader, log, e);
	if (status < 0)
		return status;
	if (plan->nr_targets == 0)
		return error_set(e, EINVAL, "%s: no target: say where the dump goes, in a line such as: ext4 UUID=...",
				 file);
	return 0;
}

void plan_deinit(struct plan *plan)
{
	names_deinit(&plan->modules);
	names_deinit(&plan->pre);
	names_deinit(&plan->post);
	names_deinit(&plan->files);
}

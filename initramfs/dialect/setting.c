#include "dialect/setting.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "text/word.h"

int setting_bad(const struct setting *s, struct error *e, const char *what)
{
	return error_set(e, EINVAL, "%s: %s %.128s: %s", s->where, s->name, s->value, what);
}

void setting_note(const struct setting *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_line(s->log, LOG_NOTE, "%s: %s %s", s->where, s->name, text);
}

int setting_number(const struct setting *s, unsigned least, unsigned most, const char *what, unsigned *number,
		   struct error *e)
{
	unsigned long long value = 0;

	for (const char *p = s->value; *p; p++) {
		if (*p < '0' || *p > '9' || value > most)
			value = (unsigned long long)most + 1;
		else
			value = value * 10 + (unsigned)(*p - '0');
	}
	if (!s->value[0] || value < least || value > most)
		return error_set(e, EINVAL, "%s: %s %.64s: it must be %s, from %u to %u", s->where, s->name, s->value,
				 what, least, most);
	*number = (unsigned)value;
	return 0;
}

int setting_bool(const struct setting *s, bool *yes, struct error *e)
{
	static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(s->value, words[i]) != 0)
			continue;
		*yes = i % 2;
		return 0;
	}
	return setting_bad(s, e, "write yes or no");
}

int setting_action(enum action *action, const struct setting *s, struct error *e)
{
	for (enum action a = ACTION_REBOOT; a <= ACTION_POWEROFF; a++) {
		if (strcmp(s->value, action_name(a)) != 0)
			continue;
		*action = a;
		return 0;
	}
	if (strcmp(s->value, "shell") == 0)
		return setting_bad(s, e, "the image has no shell; use reboot, halt or poweroff");
	if (strcmp(s->value, "dump_to_rootfs") == 0)
		return setting_bad(s, e,
				   "the capture does not mount the root file system automatically; name it in a second "
				   "target line, which is tried if the first fails");
	return setting_bad(s, e, "unknown action; use reboot, halt or poweroff");
}

/* In crashbox.conf, '#' starts a comment anywhere in a line. */
static const char no_hash[] = "'#' starts a comment in crashbox.conf, so a value cannot contain it";

/* --- devices --- */

static const char made_by_dm[] = "crashbox.conf's option dm makes LVM and encrypted volumes: write 'dm "
				 "NAME START LENGTH TYPE WORDS' in a line before, and the target as UUID=";

/* udev's links do not exist in the image; those that name a UUID or a label work without udev. */
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
	{"/dev/disk/", NULL, "udev makes this name, but is not in the image; 'blkid' shows the device's UUID"},
	{"/dev/mapper/", NULL, made_by_dm},
	{"/dev/dm-", NULL, made_by_dm},
	{"/dev/md", NULL,
	 "crashbox.conf's option md makes RAID arrays: write 'md DEVICE UUID LEVEL' in a line before, "
	 "and the target as UUID="},
	{"/dev/root", NULL, "this is the kernel's name for the device in root=; 'blkid' shows the device's UUID"},
	{"/dev/", "/dev/", NULL},
};

/* Removes the quotes that people write around a device, as in UUID="...". */
static void unquote(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != '"')
			*to++ = *from;
	*to = 0;
}

/* A UUID has a known alphabet, so the text of an example ("UUID=...") is refused. */
static bool good_name(const char *tag, const char *rest)
{
	if (strstr(tag, "UUID="))
		return rest[0] && rest[strspn(rest, "0123456789abcdefABCDEF-")] == 0;
	return rest[0];
}

/* What is wrong with the characters of a device, or NULL. */
static const char *bad_characters(const char *device)
{
	if (strpbrk(device, " \t") && strncmp(device, "LABEL=", 6) != 0 && strncmp(device, "PARTLABEL=", 10) != 0)
		return "write only a device here; mount options are not supported";
	if (strchr(device, '\'') || text_has_control(device))
		return "a name with a quote or a tab in it cannot be written into the script; use UUID=";
	return strchr(device, '#') ? no_hash : NULL;
}

int setting_device(char out[PLAN_TEXT], const struct setting *s, struct error *e)
{
	char device[CONF_LINE_MAX + 1];

	snprintf(device, sizeof(device), "%s", s->value);
	unquote(device);
	if (bad_characters(device))
		return setting_bad(s, e, bad_characters(device));
	for (size_t i = 0; i < sizeof(device_names) / sizeof(device_names[0]); i++) {
		const char *rest = device + strlen(device_names[i].prefix);

		if (strncmp(device, device_names[i].prefix, strlen(device_names[i].prefix)) != 0)
			continue;
		if (device_names[i].why)
			return setting_bad(s, e, device_names[i].why);
		if (!good_name(device_names[i].tag, rest))
			break;
		if (device[0] == '/' && strchr(rest, '\\'))
			return setting_bad(s, e,
					   "udev's escapes are not supported; write LABEL= or PARTLABEL=, with plain "
					   "blanks");
		if (strlen(rest) + 16 > PLAN_TEXT)
			return setting_bad(s, e, "the name is too long");
		snprintf(out, PLAN_TEXT, "%s%s", device_names[i].tag, rest);
		return 0;
	}
	return setting_bad(s, e,
			   "unknown device name; write UUID=, LABEL=, PARTUUID= or PARTLABEL= and what 'blkid' shows, "
			   "or /dev/...");
}

int setting_target(struct plan *plan, const struct target_kind *kind, const struct setting *s, struct error *e)
{
	struct target *target = &plan->targets[plan->nr_targets];

	if (plan->nr_targets == PLAN_TARGETS)
		return setting_bad(s, e, "too many targets");
	if (plan_makes(plan, s->value))
		snprintf(target->device, sizeof(target->device), "%s", s->value);
	else if (setting_device(target->device, s, e) < 0)
		return -e->code;
	target->kind = kind;
	if (!plan_makes(plan, target->device) && strncmp(target->device, "/dev/", 5) == 0)
		log_line(s->log, LOG_NOTE,
			 "%s: %s may be another disk after a reboot; UUID=... always finds the same one", s->where,
			 target->device);
	plan->nr_targets++;
	return 0;
}

/* --- paths and texts --- */

int setting_path(struct plan *plan, const struct setting *s, struct error *e)
{
	const char *p = s->value;
	size_t used = 0;

	/* Configurations contain no control characters, but mount tables may, as escapes. */
	if (strpbrk(p, "'\"") || text_has_control(p))
		return setting_bad(s, e, "a path with quotes or tabs in it cannot be written into the script");
	if (strchr(p, '#'))
		return setting_bad(s, e, no_hash);
	if (strlen(p) + 2 > PLAN_TEXT)
		return setting_bad(s, e, "the path is too long");
	/* Component by component: one slash before each, none at the end, and no way out of the target. */
	while (*p) {
		size_t length = strcspn(p, "/");

		if (length == 2 && memcmp(p, "..", 2) == 0)
			return setting_bad(s, e, "the path must not contain '..'");
		if (length && !(length == 1 && *p == '.')) {
			plan->path[used++] = '/';
			memcpy(plan->path + used, p, length);
			used += length;
		}
		p += length + (p[length] == '/');
	}
	if (used && plan->path[used - 1] == ' ')
		return setting_bad(s, e, "the path must not end in a blank");
	plan->path[used] = 0;
	return 0;
}

int setting_directory(struct plan *plan, const struct setting *s, struct error *e)
{
	if (s->value[0] != '/')
		return setting_bad(s, e, "write an absolute directory, such as: /var/crash");
	return setting_path(plan, s, e);
}

int setting_text(char text[PLAN_TEXT], const struct setting *s, struct error *e)
{
	size_t length = strlen(s->value);

	if (length >= PLAN_TEXT)
		return setting_bad(s, e, "the value is too long");
	if (strchr(s->value, '#'))
		return setting_bad(s, e, no_hash);
	for (size_t i = 0; i <= length; i++)
		text[i] = strchr("\t\n", s->value[i]) && s->value[i] ? ' ' : s->value[i];
	return 0;
}

int setting_cmdline(struct plan *plan, const struct setting *s, struct error *e)
{
	setting_note(
		s,
		"replaces the recommended command line, which 'mkcaptureinitrd --cmdline' prints without this option");
	return setting_text(plan->cmdline, s, e);
}

int setting_file(char file[PLAN_TEXT], const struct setting *s, struct error *e)
{
	if (s->value[0] != '/' || strpbrk(s->value, " \t\n'\"#") || strlen(s->value) >= PLAN_TEXT)
		return setting_bad(s, e, "write an absolute file name without blanks, quotes or '#'");
	snprintf(file, PLAN_TEXT, "%s", s->value);
	return 0;
}

int setting_version(struct plan *plan, const struct setting *s, struct error *e)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-";

	if (s->value[strspn(s->value, good)] || strlen(s->value) >= sizeof(plan->kernel_version) || s->value[0] == '.')
		return setting_bad(s, e, "write a kernel's release as 'uname -r' prints it");
	snprintf(plan->kernel_version, sizeof(plan->kernel_version), "%s", s->value);
	return 0;
}

/* --- lists --- */

static int add_once(struct string_list *names, struct span name, struct error *e)
{
	for (size_t i = 0; i < names->count; i++)
		if (word_is(name, names->item[i]))
			return 0;
	return string_list_add(names, name, e);
}

int setting_modules(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value);

	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		if (word.size > 64 || memchr(word.data, '/', word.size) || memchr(word.data, '\'', word.size))
			return setting_bad(s, e, "name modules without directories, such as: virtio_blk xfs");
		if (string_list_add(&plan->modules, word, e) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A name that the image can hold and that has no special meaning in the script. */
static bool good_file(struct span word)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";
	bool slash = memchr(word.data, '/', word.size);

	if (word.size >= PLAN_TEXT || word.data[0] == '-' || (slash && word.data[0] != '/') ||
	    memmem(word.data, word.size, "..", 2))
		return false;
	for (size_t i = 0; i < word.size; i++)
		if (!word.data[i] || !strchr(good, word.data[i]))
			return false;
	return word.data[word.size - 1] != '/';
}

int setting_files(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value);

	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		if (!good_file(word))
			return setting_bad(s, e,
					   "write absolute names of letters, digits and _ . / : = , @ % + -; programs "
					   "also without a directory");
		if (add_once(&plan->files, word, e) < 0)
			return -ENOMEM;
	}
	return 0;
}

static const char *wrong_hook(const char *text)
{
	struct span rest = text_span(text), program = conf_word(&rest);

	if (program.size && program.data[0] != '/')
		return "the program needs an absolute name, such as: /usr/local/sbin/before-dump";
	if (strpbrk(text, "'\"\\`$;|&<>()*?[]{}~#!\n"))
		return "the image has no shell to run this; put it into a program of your own, and write the "
		       "program's name and plain arguments";
	if (!program.size || !good_file(program))
		return "write a program's absolute name and its arguments";
	if (memmem(program.data, program.size, "fence_kdump_send", 16))
		return "the image has no network; let the cluster's fencing wait for the reboot";
	return strlen(text) >= PLAN_TEXT ? "the command line is too long" : NULL;
}

int setting_hook(struct plan *plan, struct hooks *hooks, const struct setting *s, struct error *e)
{
	static const char directory[] = "/etc/kdump/pre.d/";
	struct hook hook CLEANUP(hook_deinit) = {.may_fail = false};
	const char *wrong = wrong_hook(s->value);
	struct span rest = text_span(s->value);

	if (wrong)
		return setting_bad(s, e, wrong);
	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest))
		if (string_list_add(&hook.words, word, e) < 0)
			return -e->code;
	/* kdump.conf(5): a failure in that directory does not end the capture. */
	hook.may_fail = hooks == &plan->pre && strncmp(hook.words.item[0], directory, strlen(directory)) == 0;
	if (add_once(&plan->files, text_span(hook.words.item[0]), e) < 0)
		return -e->code;
	return hooks_add(hooks, &hook, e);
}

/* --- other machines --- */

int setting_remote(const struct setting *s, const struct remote *remote, const char *wrong, const char *remedy,
		   struct error *e)
{
	struct buffer shown CLEANUP(buffer_deinit) = {0};

	/* The value is not shown: it may contain a password. */
	if (wrong)
		return error_set(e, EINVAL, "%s: %s: %s", s->where, s->name, wrong);
	if (remote->password[0] || strstr(s->value, "://"))
		remote_print(&shown, remote);
	else
		buffer_print(&shown, "%s", s->value);
	return error_set(e, EINVAL, "%s: %s %.128s: network targets are not supported yet; %s", s->where, s->name,
			 buffer_text(&shown), remedy);
}

#include "sys/mounts.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/file.h"

enum { TABLE_MAX = 4 << 20 };

/* A word of -o, the flags that it sets and those that it clears. */
static const struct {
	char word[14];
	unsigned long set, clear;
} words[] = {
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},
	{"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC},
	{"sync", MS_SYNCHRONOUS, 0},
	{"async", 0, MS_SYNCHRONOUS},
	{"dirsync", MS_DIRSYNC, 0},
	{"remount", MS_REMOUNT, 0},
	{"mand", MS_MANDLOCK, 0},
	{"nomand", 0, MS_MANDLOCK},
	{"noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME},
	{"atime", 0, MS_NOATIME},
	{"relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME},
	{"norelatime", 0, MS_RELATIME},
	{"strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME},
	{"nodiratime", MS_NODIRATIME, 0},
	{"diratime", 0, MS_NODIRATIME},
	{"lazytime", MS_LAZYTIME, 0},
	{"nolazytime", 0, MS_LAZYTIME},
	{"bind", MS_BIND, 0},
	{"rbind", MS_BIND | MS_REC, 0},
	{"move", MS_MOVE, 0},
	{"silent", MS_SILENT, 0},
	{"loud", 0, MS_SILENT},
	{"defaults", 0, 0},
	{"auto", 0, 0},
	{"noauto", 0, 0},
	{"nofail", 0, 0},
	{"_netdev", 0, 0},
};

static bool take_flag(struct mount_options *o, const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) != length || memcmp(words[i].word, word, length) != 0)
			continue;
		o->flags = (o->flags & ~words[i].clear) | words[i].set;
		return true;
	}
	return length >= 2 && memcmp(word, "x-", 2) == 0;
}

int mount_options_parse(struct mount_options *o, const char *text, struct error *e)
{
	for (const char *word = text; *word;) {
		size_t length = strcspn(word, ","), used = strlen(o->data);

		if (length && !take_flag(o, word, length)) {
			if (used + length + 2 > sizeof(o->data))
				return error_set(e, E2BIG, "-o %s: more than %zu bytes of options", text,
						 sizeof(o->data) - 1);
			snprintf(o->data + used, sizeof(o->data) - used, "%s%.*s", used ? "," : "", (int)length, word);
		}
		word += length + (word[length] == ',');
	}
	return 0;
}

/* What the errors of mount(2) mean, and what to do. */
static int explain(int code, const char *source, const char *dir, const char *type, struct error *e)
{
	error_set(e, code, "mounting %s on %s", source, dir);
	switch (code) {
	case ENODEV:
		return error_set(
			e, code,
			"%s: this kernel does not know file system type %s: load its module (insmod) or build it in",
			source, type ? type : "(none)");
	case ENOENT:
		error_set(e, code, "mounting %s on %s: %s", source, dir, strerror(code));
		return access(dir, F_OK) != 0 ? error_hint(e, "the directory %s does not exist: make it", dir) : -code;
	case ENOTBLK:
		return error_set(e, code, "%s: not a block device", source);
	case ENXIO:
		return error_set(e, code, "%s: no driver handles this device", source);
	case EBUSY:
		return error_set(e, code, "%s: already mounted there, or %s is in use", source, dir);
	case EINVAL:
		error_set(e, code, "mounting %s on %s as %s: wrong type, wrong option, or a damaged superblock", source,
			  dir, type ? type : "it is");
		return error_hint(e, "the kernel's log says which");
	case EPERM:
	case EACCES:
		return error_set(e, code, "mounting %s on %s: %s%s", source, dir, strerror(code),
				 geteuid() ? " (mounting needs root)" : "; is the device read-only? (-r)");
	case EUCLEAN:
		return error_set(e, code, "%s: the file system is damaged: run its fsck", source);
	default:
		return error_set(e, code, "mounting %s on %s: %s", source, dir, strerror(code));
	}
}

/* Direct system calls, so that <sys/mount.h> and <linux/mount.h> need not agree. */
static int call_mount(const char *source, const char *dir, const char *type, unsigned long flags, const char *data)
{
	return syscall(SYS_mount, source, dir, type, flags, data) == 0 ? 0 : errno;
}

int mounts_add(const char *source, const char *dir, const char *type, const struct mount_options *o, struct error *e)
{
	unsigned long first = o->flags, later = o->flags & ~(unsigned long)(MS_BIND | MS_REC | MS_SILENT);
	bool bind = (o->flags & MS_BIND) && !(o->flags & MS_REMOUNT);
	int code;

	if (bind)
		first &= MS_BIND | MS_REC | MS_SILENT;
	code = call_mount(source, dir, type, first, o->data[0] ? o->data : NULL);
	/* A bind accepts no other flag at first. */
	if (!code && bind && later)
		code = call_mount(source, dir, NULL, later | MS_BIND | MS_REMOUNT, NULL);
	return code ? explain(code, source, dir, type, e) : 0;
}

int mounts_remove(const char *dir, int flags, struct error *e)
{
	if (syscall(SYS_umount2, dir, flags) == 0)
		return 0;
	if (errno == EINVAL)
		return error_set(e, EINVAL, "%s: nothing is mounted there", dir);
	if (errno == EBUSY) {
		error_errno(e, "%s", dir);
		return error_hint(e, "files are open there; -l detaches it anyway");
	}
	return error_errno(e, "%s", dir);
}

/* "\040" as in the table, for blanks, tabs, newlines and backslashes; in place. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in; out++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' &&
		    in[3] <= '7') {
			*out = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
			in += 4;
		} else {
			*out = *in++;
		}
	}
	*out = 0;
}

/*
 * One line: ID PARENT MAJOR:MINOR ROOT DIR OPTIONS [TAG]... - TYPE SOURCE OPTIONS. Returns whether it has this form.
 * Source: the kernel's Documentation/filesystems/proc.rst, 3.5.
 */
static bool parse_line(char *line, struct mounted *m)
{
	char *save = NULL, *word, *type, *field[5] = {NULL};
	char *rest = strstr(line, " - ");

	if (!rest)
		return false;
	*rest = 0;
	rest += 3;
	word = strtok_r(line, " ", &save);
	for (int i = 0; i < 5 && word; i++, word = strtok_r(NULL, " ", &save))
		field[i] = word;
	save = NULL;
	type = strtok_r(rest, " ", &save);
	word = type ? strtok_r(NULL, " ", &save) : NULL;
	if (!field[4] || !word)
		return false;
	*m = (struct mounted){.id = atoi(field[0]),
			      .dir = field[4],
			      .source = word,
			      .type = type,
			      .device = field[2],
			      .root = field[3]};
	unescape(m->dir);
	unescape(m->source);
	return true;
}

int mount_table_parse(struct mount_table *table, char *text, struct error *e)
{
	size_t lines = 1;
	char *save = NULL;

	*table = (struct mount_table){.text = text};
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	table->entries = calloc(lines, sizeof(*table->entries));
	if (!table->entries) {
		mount_table_free(table);
		return error_set(e, ENOMEM, "no memory for the table of mounts");
	}
	for (char *line = strtok_r(table->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (parse_line(line, &table->entries[table->count]))
			table->count++;
	return 0;
}

int mount_table_read(struct mount_table *table, struct error *e)
{
	char *text;
	size_t size;
	int result = file_read("/proc/self/mountinfo", TABLE_MAX, &text, &size, e);

	return result < 0 ? result : mount_table_parse(table, text, e);
}

void mount_table_free(struct mount_table *table)
{
	free(table->entries);
	free(table->text);
	*table = (struct mount_table){.count = 0};
}

int mount_table_has(const struct mount_table *table, const struct mounted *m)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->entries[i].id == m->id && strcmp(table->entries[i].dir, m->dir) == 0)
			return 1;
	return 0;
}

int filesystem_known(const char *type)
{
	char *text CLEANUP(free_ptr) = NULL, *save = NULL;
	struct error e;
	size_t size;

	if (file_read("/proc/filesystems", 65536, &text, &size, &e) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *tab = strchr(line, '\t');

		if (tab && strcmp(tab + 1, type) == 0)
			return tab == line ? 1 : 2;
	}
	return 0;
}

#include "host/mount_lines.h"

#include <errno.h>
#include <string.h>

#include "fmt/conf.h"
#include "text/word.h"

/* Copies a word of either file and decodes its octal escapes ("\040" is a blank). Returns whether it fits. */
static bool take_word(char *to, size_t room, struct span word)
{
	size_t used = 0;

	for (size_t i = 0; i < word.size; i++) {
		uint8_t c = word.data[i], octal[3];

		if (used + 1 >= room)
			return false;
		for (size_t k = 0; k < 3; k++)
			octal[k] = i + k + 1 < word.size ? (uint8_t)(word.data[i + k + 1] - '0') : 8;
		if (c == '\\' && octal[0] < 4 && octal[1] < 8 && octal[2] < 8) {
			c = (uint8_t)(octal[0] << 6 | octal[1] << 3 | octal[2]);
			i += 3;
		}
		if (!c)
			return false;
		to[used++] = (char)c;
	}
	to[used] = 0;
	return true;
}

/* DEVICE DIR TYPE OPTIONS... Returns 1 for a mount, 0 for another line, -1 if a word is too long. */
static int parse_fstab(struct span line, struct mount_line *m)
{
	struct span device = conf_word(&line), dir = conf_word(&line), type = conf_word(&line), options;

	options = conf_word(&line);
	if (!type.size || device.data[0] == '#' || dir.data[0] != '/')
		return 0;
	word_copy(m->root, sizeof(m->root), text_span("/"));
	m->number[0] = 0;
	if (!take_word(m->device, sizeof(m->device), device) || !take_word(m->dir, sizeof(m->dir), dir) ||
	    !take_word(m->type, sizeof(m->type), type) || !take_word(m->options, sizeof(m->options), options))
		return -1;
	return 1;
}

/* ID PARENT MAJOR:MINOR ROOT DIR OPTIONS [TAG]... - TYPE SOURCE OPTIONS */
static int parse_mountinfo(struct span line, struct mount_line *m)
{
	struct span field[6], word;

	for (int i = 0; i < 6; i++)
		field[i] = conf_word(&line);
	do
		word = conf_word(&line);
	while (word.size && !word_is(word, "-"));
	field[0] = conf_word(&line);
	word = conf_word(&line);
	if (!word.size || field[4].data[0] != '/')
		return 0;
	m->options[0] = 0;
	if (!take_word(m->number, sizeof(m->number), field[2]) || !take_word(m->root, sizeof(m->root), field[3]) ||
	    !take_word(m->dir, sizeof(m->dir), field[4]) || !take_word(m->type, sizeof(m->type), field[0]) ||
	    !take_word(m->device, sizeof(m->device), word))
		return -1;
	return 1;
}

static bool has_option(const char *options, const char *wanted)
{
	for (const char *p = options; *p;) {
		size_t length = strcspn(p, ",");

		if (length == strlen(wanted) && memcmp(p, wanted, length) == 0)
			return true;
		p += length + (p[length] == ',');
	}
	return false;
}

/* Removes the slashes at the end of a mount point, except the root's. */
static void plain_directory(char *dir)
{
	size_t length = strlen(dir);

	while (length > 1 && dir[length - 1] == '/')
		dir[--length] = 0;
}

static bool holds(const char *dir, const char *directory)
{
	size_t length = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return true;
	return strncmp(dir, directory, length) == 0 && (directory[length] == '/' || directory[length] == 0);
}

static int find(struct span text, int (*parse)(struct span line, struct mount_line *m), const char *directory,
		struct mount_line *found, struct error *e)
{
	struct mount_line m = {.line = 0};
	size_t offset = 0;
	int count = 0;

	*found = (struct mount_line){.line = 0};
	for (int line = 1; offset < text.size; line++) {
		const uint8_t *start = text.data + offset, *newline = memchr(start, '\n', text.size - offset);
		size_t length = newline ? (size_t)(newline - start) : text.size - offset;
		int status = parse(span_of(start, length), &m);

		offset += length + 1;
		if (status < 0)
			return error_set(e, EINVAL, "line %d: a word is too long or contains a NUL byte", line);
		if (status == 0)
			continue;
		plain_directory(m.dir);
		if ((has_option(m.options, "noauto") && m.dir[1]) || !holds(m.dir, directory) ||
		    strlen(m.dir) < strlen(found->dir))
			continue;
		m.line = line;
		*found = m;
		count = 1;
	}
	return count;
}

int mount_line_fstab(struct span text, const char *directory, struct mount_line *found, struct error *e)
{
	return find(text, parse_fstab, directory, found, e);
}

int mount_line_mountinfo(struct span text, const char *directory, struct mount_line *found, struct error *e)
{
	return find(text, parse_mountinfo, directory, found, e);
}

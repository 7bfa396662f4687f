#include "module/modules.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/conf.h"
#include "sys/file.h"

#include "module/companions.h"
#include "text/suggest.h"

enum {
	ALIAS_MAX = 256,
	CHAIN_MAX = 64,              /* length of a dependency chain */
	TEXT_MAX = 64 * 1024 * 1024, /* bytes of one of depmod's files */
	SHOWN_NAMES = 3,
};

bool modules_name(struct span path, char name[MODULE_NAME])
{
	const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
	size_t start = slash ? (size_t)(slash - path.data) + 1 : 0, length = 0;

	for (size_t i = start; i < path.size; i++, length++) {
		if (path.size - i >= 3 && memcmp(path.data + i, ".ko", 3) == 0)
			break;
		if (length + 1 == MODULE_NAME)
			return false;
		name[length] = path.data[i] == '-' ? '_' : (char)path.data[i];
	}
	name[length] = 0;
	return length > 0;
}

static bool names_module(struct span word, const char *name)
{
	char other[MODULE_NAME];

	return modules_name(word, other) && strcmp(other, name) == 0;
}

bool modules_is(const char *path, const char *name)
{
	return names_module(span_of(path, strlen(path)), name);
}

/* --- modules.dep --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct module *)a)->name, ((const struct module *)b)->name);
}

static struct module *find(const struct modules *m, const char *name)
{
	struct module key;

	if (!modules_name(span_of(name, strlen(name)), key.name) || m->count == 0)
		return NULL;
	return bsearch(&key, m->module, m->count, sizeof(key), by_name);
}

/* "PATH: PATH PATH". */
static int parse_line(struct module *module, struct span line, int number, struct error *e)
{
	const uint8_t *colon = memchr(line.data, ':', line.size);
	size_t length = colon ? (size_t)(colon - line.data) : 0;

	module->path = span_part(line, 0, length);
	if (!colon || !modules_name(module->path, module->name))
		return error_set(e, EINVAL, "modules.dep:%d: expected 'PATH: PATH...'; run depmod again", number);
	module->needs = span_part(line, length + 1, line.size - length - 1);
	return 0;
}

int modules_init(struct modules *m, const struct module_texts *texts, struct error *e)
{
	size_t lines = 1;
	int number = 0;

	*m = (struct modules){.texts = *texts};
	for (size_t i = 0; i < texts->dep.size; i++)
		lines += texts->dep.data[i] == '\n';
	m->module = calloc(lines, sizeof(*m->module));
	m->order = calloc(lines, sizeof(*m->order));
	if (!m->module || !m->order)
		return error_set(e, ENOMEM, "out of memory");
	for (struct span rest = texts->dep; rest.size;) {
		struct span line = span_take_line(&rest);

		number++;
		if (line.size == 0)
			continue;
		if (parse_line(&m->module[m->count], line, number, e) < 0)
			return -e->code;
		m->count++;
	}
	qsort(m->module, m->count, sizeof(*m->module), by_name);
	return 0;
}

static void hint_depmod(struct error *e)
{
	error_hint(e, "-m takes the directory that depmod has filled, such as /lib/modules/VERSION;");
	error_hint(e, "for an unpacked package: depmod -b ROOT VERSION");
}

int modules_open(struct modules *m, const char *dir, const struct log *log, struct error *e)
{
	static const char *const names[] = {"modules.dep", "modules.builtin", "modules.softdep", "modules.alias"};
	struct span text[4] = {0};
	char *owned[4] = {0};
	int status = 0;

	*m = (struct modules){0};
	for (size_t i = 0; i < 4 && status == 0; i++) {
		char path[4096];
		size_t size = 0;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		status = file_read(path, TEXT_MAX, &owned[i], &size, e);
		text[i] = span_of(owned[i], size);
		/* Only the first must exist. */
		if (status == -ENOENT && i == 0)
			hint_depmod(e);
		else if (status == -ENOENT)
			status = 0;
	}
	if (status == 0)
		status = modules_init(m, &(struct module_texts){text[0], text[1], text[2], text[3]}, e);
	memcpy(m->owned, owned, sizeof(owned));
	if (status == 0 && !text[1].data)
		log_line(log, LOG_WARN, "%s has no modules.builtin: what the kernel has built in is unknown", dir);
	return status;
}

void modules_deinit(struct modules *m)
{
	for (size_t i = 0; i < sizeof(m->owned) / sizeof(m->owned[0]); i++)
		free(m->owned[i]);
	free(m->module);
	free(m->order);
	*m = (struct modules){0};
}

bool modules_known(const struct modules *m, const char *name)
{
	return find(m, name) != NULL;
}

bool modules_builtin(const struct modules *m, const char *name)
{
	char wanted[MODULE_NAME];

	if (!modules_name(span_of(name, strlen(name)), wanted))
		return false;
	for (struct span rest = m->texts.builtin; rest.size;)
		if (names_module(span_take_line(&rest), wanted))
			return true;
	return false;
}

/* --- the closure --- */

static int take(struct modules *m, struct module *module, int depth, struct error *e);

static int take_needs(struct modules *m, const struct module *module, int depth, struct error *e)
{
	struct span rest = module->needs;

	for (struct span word = conf_word(&rest); word.size; word = conf_word(&rest)) {
		char name[MODULE_NAME];
		struct module *needed = modules_name(word, name) ? find(m, name) : NULL;

		if (!needed)
			return error_set(e, EINVAL, "modules.dep: %s needs %.*s, which is not listed; run depmod again",
					 module->name, (int)(word.size & 255), (const char *)word.data);
		if (take(m, needed, depth + 1, e) < 0)
			return -e->code;
	}
	return 0;
}

/* Copies a name or a pattern of modules.alias, with '_' for '-' except in brackets. False if it is too long. */
static bool copy_alias(char out[ALIAS_MAX], struct span word)
{
	bool range = false;

	if (word.size >= ALIAS_MAX)
		return false;
	for (size_t i = 0; i < word.size; i++) {
		range = word.data[i] == '[' || (range && word.data[i] != ']');
		out[i] = word.data[i] == '-' && !range ? '_' : (char)word.data[i];
	}
	out[word.size] = 0;
	return true;
}

/* The next module whose alias matches the word; *rest is what is left of modules.alias. NULL: there is none. */
static struct module *next_alias(const struct modules *m, struct span *rest, struct span word)
{
	char wanted[ALIAS_MAX], pattern[ALIAS_MAX], name[MODULE_NAME];

	if (!copy_alias(wanted, word))
		return NULL;
	while (rest->size) {
		struct span line = span_take_line(rest);

		if (span_is(conf_word(&line), "alias") && copy_alias(pattern, conf_word(&line)) &&
		    fnmatch(pattern, wanted, 0) == 0 && modules_name(conf_word(&line), name) && find(m, name))
			return find(m, name);
	}
	return NULL;
}

/* The name that an algorithm's generic implementation has: crc32c_generic for crc32c and crypto-crc32c. */
static bool generic_name(struct span word, char name[MODULE_NAME])
{
	static const char prefix[] = "crypto_", suffix[] = "_generic";
	size_t length;

	if (!modules_name(word, name))
		return false;
	if (strncmp(name, prefix, strlen(prefix)) == 0)
		memmove(name, name + strlen(prefix), strlen(name + strlen(prefix)) + 1);
	length = strlen(name);
	if (length + sizeof(suffix) > MODULE_NAME)
		return false;
	memcpy(name + length, suffix, sizeof(suffix));
	return true;
}

/*
 * Takes what meets a soft dependency, as modprobe does: the module of that name, or all that have the alias, since one
 * of them may not find its hardware; what the kernel has built in is asked last (crc32 is a library there, and an
 * algorithm among the aliases). An algorithm whose generic implementation is built in needs nothing. What does not
 * exist is left out: the kernel then does without it.
 */
static int take_soft_word(struct modules *m, struct span word, int depth, struct error *e)
{
	char name[MODULE_NAME], generic[MODULE_NAME];
	struct span rest = m->texts.alias;
	struct module *module;

	if (!modules_name(word, name) || !generic_name(word, generic))
		return 0;
	module = find(m, name);
	if (module)
		return take(m, module, depth, e);
	if (modules_builtin(m, generic))
		return 0;
	while ((module = next_alias(m, &rest, word)))
		if (take(m, module, depth, e) < 0)
			return -e->code;
	return 0;
}

/* Takes the modules that modules.softdep ("softdep NAME pre: A B post: C") names before or after a module. */
static int take_soft(struct modules *m, const struct module *module, const char *when, int depth, struct error *e)
{
	for (struct span rest = m->texts.softdep; rest.size;) {
		struct span line = span_take_line(&rest);
		bool now = false;

		if (!span_is(conf_word(&line), "softdep") || !names_module(conf_word(&line), module->name))
			continue;
		for (struct span word = conf_word(&line); word.size; word = conf_word(&line)) {
			if (word.data[word.size - 1] == ':')
				now = span_is(word, when);
			else if (now && take_soft_word(m, word, depth + 1, e) < 0)
				return -e->code;
		}
	}
	return 0;
}

static bool wants_one(const struct modules *m, const struct companions *row)
{
	for (size_t i = 0; row->with[i]; i++) {
		const struct module *other = find(m, row->with[i]);

		if (other && other->taken)
			return true;
	}
	return false;
}

/* Takes what no dependency names, except what the kernel lacks or has built in. */
static int take_companions(struct modules *m, const char *name, int depth, struct error *e)
{
	for (const struct companions *row = companions_next(name, NULL); row; row = companions_next(name, row)) {
		if (row->one_is_enough && wants_one(m, row))
			continue;
		for (size_t i = 0; row->with[i]; i++) {
			struct module *other = find(m, row->with[i]);

			if (other && take(m, other, depth + 1, e) < 0)
				return -e->code;
		}
	}
	return 0;
}

/* Marks the module first: in a circle, as soft dependencies may form, each is taken once. */
static int take(struct modules *m, struct module *module, int depth, struct error *e)
{
	if (module->taken)
		return 0;
	if (depth > CHAIN_MAX)
		return error_set(e, EINVAL, "modules.dep: the dependencies of %s are nested more than %d deep",
				 module->name, CHAIN_MAX);
	module->taken = true;
	if (take_needs(m, module, depth, e) < 0 || take_soft(m, module, "pre:", depth, e) < 0)
		return -e->code;
	m->order[m->nr_order++] = (size_t)(module - m->module);
	if (take_soft(m, module, "post:", depth, e) < 0)
		return -e->code;
	return take_companions(m, module->name, depth, e);
}

/* "unknown module 'xsf'", and similar names. */
static int missing(const struct modules *m, const char *name, struct error *e)
{
	char near[SHOWN_NAMES * (MODULE_NAME + 2)] = "", wanted[MODULE_NAME] = "";
	size_t shown = 0, used = 0;

	modules_name(span_of(name, strlen(name)), wanted);
	for (int distance = 1; distance <= 2; distance++) {
		for (size_t i = 0; i < m->count && shown < SHOWN_NAMES; i++) {
			if (suggest_distance(wanted, m->module[i].name) != distance)
				continue;
			used += (size_t)snprintf(near + used, sizeof(near) - used, "%s%s", shown++ ? ", " : "",
						 m->module[i].name);
		}
	}
	error_set(e, ENOENT, "unknown module '%.64s': neither a module nor built in", name);
	return shown ? error_hint(e, "similar names: %s", near) : -e->code;
}

int modules_want(struct modules *m, const char *name, struct error *e)
{
	struct module *module = find(m, name);
	char wanted[MODULE_NAME];

	if (module)
		return take(m, module, 0, e);
	if (!modules_builtin(m, name))
		return missing(m, name, e);
	modules_name(span_of(name, strlen(name)), wanted);
	return take_companions(m, wanted, 0, e);
}

/* Wants a module if it exists. */
static int want_if_known(struct modules *m, const char *name, struct error *e)
{
	return modules_known(m, name) ? modules_want(m, name, e) : 0;
}

int modules_want_filesystem(struct modules *m, const char *type, struct error *e)
{
	/* ext4 also mounts ext2 and ext3: CONFIG_EXT4_USE_FOR_EXT2. */
	bool ext = strcmp(type, "ext2") == 0 || strcmp(type, "ext3") == 0;
	int status;

	if (ext && !modules_known(m, type) && !modules_builtin(m, type))
		type = "ext4";
	if (m->texts.builtin.size == 0)
		status = want_if_known(m, type, e);
	else
		status = modules_want(m, type, e);
	return status < 0 ? error_context(e, "the file system %s", type) : 0;
}

/*
 * The module for a cipher's part: its generic implementation, one of that name, or the first that has the alias, for an
 * algorithm with "crypto-" before it. NULL if it is built in, or if it does not exist.
 */
static struct module *algorithm(const struct modules *m, struct span word)
{
	char name[MODULE_NAME], generic[MODULE_NAME], alias[MODULE_NAME + 8];
	struct span rest = m->texts.alias;
	struct module *module;

	if (!modules_name(word, name) || !generic_name(word, generic) || modules_builtin(m, name) ||
	    modules_builtin(m, generic))
		return NULL;
	module = find(m, name) ? find(m, name) : find(m, generic);
	if (!module)
		module = next_alias(m, &rest, word);
	snprintf(alias, sizeof(alias), "crypto-%.*s", (int)word.size, (const char *)word.data);
	rest = m->texts.alias;
	return module ? module : next_alias(m, &rest, span_of(alias, strlen(alias)));
}

int modules_want_algorithm(struct modules *m, struct span name, struct error *e)
{
	struct module *module = algorithm(m, name);

	return module ? take(m, module, 0, e) : 0;
}

int modules_file_name(const struct module *module, struct string_list *names, struct error *e)
{
	struct span name = module->path;
	const uint8_t *slash = memrchr(name.data, '/', name.size), *end;

	if (slash)
		name = span_of(slash + 1, (size_t)(name.data + name.size - slash) - 1);
	end = memmem(name.data, name.size, ".ko", 3);
	if (end)
		name.size = (size_t)(end - name.data) + 3;
	return string_list_add(names, name, e);
}

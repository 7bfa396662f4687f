#include "image/extra_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "sys/file.h"

enum {
	FILE_MAX = 64 * 1024 * 1024,
	LINKS_MAX = 40,    /* as the kernel has it */
	SHEBANG_MAX = 256, /* what the kernel reads of a script's first line: BINPRM_BUF_SIZE */
};

/* --- names -------------------------------------------------------------------------------------------------------- */

/* A walk through links: done is below the root and free of links, rest is still to be walked. */
struct walk {
	const char *root;
	char done[PATH_MAX], rest[PATH_MAX];
	int links;
};

static int too_long(const char *name, struct error *e)
{
	return error_set(e, ENAMETOOLONG, "%.64s: the name is too long", name);
}

/* The next name of the rest, or NULL at the end. */
static char *next_name(struct walk *w, char name[PATH_MAX])
{
	size_t start = strspn(w->rest, "/"), length = strcspn(w->rest + start, "/");

	memcpy(name, w->rest + start, length);
	name[length] = 0;
	memmove(w->rest, w->rest + start + length, strlen(w->rest + start + length) + 1);
	return length ? name : NULL;
}

/* Puts a link's target before the rest; an absolute target is below the root, not this machine's. */
static int take_link(struct walk *w, const char *path, const char *asked, struct error *e)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return error_errno(e, "%s", path);
	if (++w->links > LINKS_MAX)
		return error_set(e, ELOOP, "%s: more than %d links", asked, LINKS_MAX);
	target[n] = 0;
	memcpy(rest, w->rest, sizeof(rest));
	if (snprintf(w->rest, sizeof(w->rest), "%s/%s", target, rest) >= (int)sizeof(w->rest))
		return too_long(asked, e);
	if (target[0] == '/')
		w->done[0] = 0;
	return 0;
}

static int step(struct walk *w, const char *name, const char *asked, struct error *e)
{
	char path[2 * PATH_MAX];
	struct stat st;
	size_t used;
	char *slash;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		slash = strrchr(w->done, '/');
		if (slash)
			*slash = 0;
		return 0;
	}
	if (snprintf(path, sizeof(path), "%s%s/%s", w->root, w->done, name) >= PATH_MAX)
		return too_long(asked, e);
	if (lstat(path, &st) != 0)
		return error_errno(e, "%s", path);
	if (S_ISLNK(st.st_mode))
		return take_link(w, path, asked, e);
	used = strlen(w->done);
	snprintf(w->done + used, sizeof(w->done) - used, "/%s", name);
	return 0;
}

/* The file that a name refers to, with all links followed below the root. */
static int resolve(char path[PATH_MAX], const char *root, const char *asked, struct error *e)
{
	struct walk w = {.root = root};
	char name[PATH_MAX];

	if (snprintf(w.rest, sizeof(w.rest), "%s", asked) >= (int)sizeof(w.rest))
		return too_long(asked, e);
	while (next_name(&w, name))
		if (step(&w, name, asked, e) < 0)
			return -e->code;
	return snprintf(path, PATH_MAX, "%s%s", root, w.done) < PATH_MAX ? 0 : too_long(asked, e);
}

/* A name without a slash is a program. */
static int find_program(char name[PATH_MAX], const char *root, const char *program, struct error *e)
{
	static const char *const dirs[] = {"/usr/bin", "/usr/sbin", "/bin", "/sbin"};
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (snprintf(name, PATH_MAX, "%s/%s", dirs[i], program) >= PATH_MAX)
			return too_long(program, e);
		if (resolve(path, root, name, e) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return 0;
	}
	error_set(e, ENOENT, "%.64s: program not found in %s/usr/bin, /usr/sbin, /bin or /sbin", program, root);
	return error_hint(e, "give its full path");
}

/* The name in the image, normalized: no leading slash, no double slashes, no dots. */
static int image_name(char name[PATH_MAX], const char *asked, struct error *e)
{
	static const char *const hidden[] = {"dev", "proc", "sys", "target"};
	char part[PATH_MAX];
	struct walk w = {.root = ""};

	if (snprintf(w.rest, sizeof(w.rest), "%s", asked) >= (int)sizeof(w.rest))
		return too_long(asked, e);
	for (name[0] = 0; next_name(&w, part);) {
		size_t used = strlen(name);

		if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
			return error_set(e, EINVAL, "%s: a file's name in the image must not contain '%s'", asked,
					 part);
		for (size_t i = 0; used == 0 && i < sizeof(hidden) / sizeof(hidden[0]); i++)
			if (strcmp(part, hidden[i]) == 0)
				return error_set(e, EINVAL, "%s: a mount on /%s would hide it in the image", asked,
						 part);
		if (snprintf(name + used, PATH_MAX - used, "%s%s", used ? "/" : "", part) >= (int)(PATH_MAX - used))
			return too_long(asked, e);
	}
	return name[0] ? 0 : error_set(e, EINVAL, "'%s' is not a file name", asked);
}

/* --- one file ----------------------------------------------------------------------------------------------------- */

static struct extra_file *find(const struct extra_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->item[i].name, name) == 0)
			return &files->item[i];
	return NULL;
}

static int add(struct extra_files *files, const char *name, const char *path, struct error *e)
{
	struct extra_file *larger = realloc(files->item, (files->count + 1) * sizeof(*larger)), *file;
	char *data CLEANUP(free_ptr) = NULL;
	struct stat st;
	size_t size;

	if (!larger)
		return error_set(e, ENOMEM, "out of memory");
	files->item = larger;
	/* Checked before opening: opening a pipe would wait. */
	if (stat(path, &st) != 0)
		return error_errno(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, EINVAL, "%s: not a regular file; list the files one by one", path);
	if (file_read(path, FILE_MAX, &data, &size, e) < 0)
		return -e->code;
	file = &files->item[files->count];
	*file = (struct extra_file){
		.name = strdup(name), .path = strdup(path), .mode = st.st_mode & 0111 ? 0755 : 0644};
	files->count++;
	if (!file->name || !file->path)
		return error_set(e, ENOMEM, "out of memory");
	buffer_add(&file->data, data, size);
	return buffer_check(&file->data, e);
}

static int add_named(struct extra_files *files, const char *asked, const char *root, struct error *e)
{
	char found[PATH_MAX], name[PATH_MAX], path[PATH_MAX];

	if (!strchr(asked, '/')) {
		if (find_program(found, root, asked, e) < 0)
			return -e->code;
		asked = found;
	}
	if (asked[0] != '/')
		return error_set(e, EINVAL, "%.64s: the name must begin with a slash or contain none", asked);
	if (image_name(name, asked, e) < 0)
		return -e->code;
	if (find(files, name))
		return 0;
	if (resolve(path, root, asked, e) < 0)
		return -e->code;
	return add(files, name, path, e);
}

/* --- what they need ----------------------------------------------------------------------------------------------- */

/* A script's interpreter must be in the image too, under the name that the script uses. */
static int check_script(const struct extra_files *files, const struct extra_file *file, struct error *e)
{
	struct span text = span_of(file->data.data + 2, file->data.size - 2), line = span_take_line(&text), word;
	char name[SHEBANG_MAX + 1];

	word = conf_word(&line);
	if (word.size == 0 || word.size > SHEBANG_MAX || word.data[0] != '/')
		return error_set(e, EINVAL, "/%s: the first line of this script names no interpreter", file->name);
	memcpy(name, word.data, word.size);
	name[word.size] = 0;
	if (find(files, name + strspn(name, "/")))
		return 0;
	error_set(e, EINVAL, "/%s: the script needs %s, which is not in the image", file->name, name);
	return error_hint(e,
			  "add a static %s to extra_bins; or begin the script with #!/bin/busybox sh and add "
			  "/bin/busybox (Debian: apt-get install busybox-static)",
			  name);
}

static int check_program(const struct extra_file *file, enum arch arch, struct error *e)
{
	char interpreter[SHEBANG_MAX];
	enum arch its;

	if (elf_program_interpreter(interpreter, sizeof(interpreter), buffer_span(&file->data))) {
		error_set(e, EINVAL, "/%s: it needs %s and shared libraries, which are not in the image", file->name,
			  interpreter);
		return error_hint(e, "build it static (gcc -static), or use the one in busybox-static");
	}
	if (elf_program_identify(&its, buffer_span(&file->data), e) < 0)
		return error_context(e, "/%s", file->name);
	if (arch != ARCH_UNKNOWN && its != arch)
		return error_set(e, EINVAL, "/%s: a program for %s, but the image is for %s", file->name,
				 arch_name(its), arch_name(arch));
	return 0;
}

static int check_file(const struct extra_files *files, const struct extra_file *file, enum arch arch, struct error *e)
{
	struct span data = buffer_span(&file->data);

	if (data.size >= 4 && memcmp(data.data, "\177ELF", 4) == 0)
		return check_program(file, arch, e);
	/* What cannot be executed is for somebody to read. */
	if (file->mode == 0755 && data.size >= 2 && memcmp(data.data, "#!", 2) == 0)
		return check_script(files, file, e);
	return 0;
}

/* --- hooks -------------------------------------------------------------------------------------------------------- */

static bool is_applet(const char *name)
{
#define APPLET(applet) #applet,
	static const char *const applets[] = {
#include "applets.def"
	};
#undef APPLET
	for (size_t i = 0; i < sizeof(applets) / sizeof(applets[0]); i++) {
		size_t at = 0;

		/* "dump_save" there is dump-save here. */
		while (name[at] && (name[at] == applets[i][at] || (name[at] == '-' && applets[i][at] == '_')))
			at++;
		if (name[at] == 0 && applets[i][at] == 0)
			return true;
	}
	return false;
}

static int add_hook(struct extra_files *files, const char *program, const char *root, struct error *e)
{
	size_t before = files->count;

	if (is_applet(program))
		return 0;
	if (add_named(files, program, root, e) < 0)
		return error_context(e, "the hook '%.64s'", program);
	if (files->count > before && files->item[before].mode != 0755) {
		error_set(e, EACCES, "the hook '%.64s': /%s is not executable", program, files->item[before].name);
		return error_hint(e, "chmod +x it");
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct extra_file *)a)->name, ((const struct extra_file *)b)->name);
}

int extra_files_collect(struct extra_files *files, const struct plan *plan, const char *root, enum arch arch,
			struct error *e)
{
	const struct hooks *const hooks[] = {&plan->pre, &plan->post};

	/* Hooks first: add_hook checks only new files for being executable. */
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < hooks[i]->count; j++)
			if (add_hook(files, hooks[i]->item[j].words.item[0], root, e) < 0)
				return -e->code;
	for (size_t i = 0; i < plan->files.count; i++)
		if (add_named(files, plan->files.item[i], root, e) < 0)
			return error_context(e, "a file for the image");
	for (size_t i = 0; i < files->count; i++)
		if (check_file(files, &files->item[i], arch, e) < 0)
			return -e->code;
	if (files->count)
		qsort(files->item, files->count, sizeof(*files->item), by_name);
	return 0;
}

void extra_files_deinit(struct extra_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->item[i].name);
		free(files->item[i].path);
		buffer_deinit(&files->item[i].data);
	}
	free(files->item);
	*files = (struct extra_files){0};
}

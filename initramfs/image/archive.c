#include "image/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmt/cpio.h"

static struct archive_entry *find(const struct archive *a, const char *name)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->entry[i].name, name) == 0)
			return &a->entry[i];
	return NULL;
}

static int add(struct archive *a, const struct archive_entry *entry, struct error *e)
{
	const struct archive_entry *there = find(a, entry->name);
	struct archive_entry *larger;
	char *name;

	if (there && S_ISDIR(there->mode) && S_ISDIR(entry->mode))
		return 0;
	if (there)
		return error_set(e, EEXIST, "%s would be in the image twice", entry->name);
	larger = realloc(a->entry, (a->count + 1) * sizeof(*larger));
	if (larger)
		a->entry = larger;
	name = strdup(entry->name);
	if (!larger || !name) {
		free(name);
		return error_set(e, ENOMEM, "out of memory");
	}
	a->entry[a->count] = *entry;
	a->entry[a->count++].name = name;
	return 0;
}

/* The parent directories, each before what it contains. */
static int add_parents(struct archive *a, const char *name, struct error *e)
{
	char parent[4096];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - name);
		struct archive_entry entry = {.name = parent, .mode = S_IFDIR | 0755};

		if (length == 0 || length >= sizeof(parent))
			return error_set(e, EINVAL, "'%.64s' is not a valid file name in an image", name);
		memcpy(parent, name, length);
		parent[length] = 0;
		if (add(a, &entry, e) < 0)
			return -e->code;
	}
	return 0;
}

int archive_add(struct archive *a, const char *name, uint32_t mode, struct span data, struct error *e)
{
	struct archive_entry entry = {.name = (char *)(uintptr_t)name, .mode = mode, .data = data};

	if (add_parents(a, name, e) < 0)
		return -e->code;
	return add(a, &entry, e);
}

int archive_add_node(struct archive *a, const char *name, uint32_t mode, uint32_t major, uint32_t minor,
		     struct error *e)
{
	struct archive_entry entry = {.name = (char *)(uintptr_t)name, .mode = mode, .major = major, .minor = minor};

	if (add_parents(a, name, e) < 0)
		return -e->code;
	return add(a, &entry, e);
}

/* If unpacking breaks off, init is already there. */
static int init_first(const void *a, const void *b)
{
	const char *x = ((const struct archive_entry *)a)->name, *y = ((const struct archive_entry *)b)->name;
	int x_first = strcmp(x, "init") == 0, y_first = strcmp(y, "init") == 0;

	return x_first != y_first ? y_first - x_first : strcmp(x, y);
}

int archive_write(struct archive *a, uint32_t mtime, struct buffer *out, struct error *e)
{
	struct cpio_writer writer = {.put = buffer_put, .context = out};

	if (a->count)
		qsort(a->entry, a->count, sizeof(*a->entry), init_first);
	for (size_t i = 0; i < a->count; i++) {
		const struct archive_entry *from = &a->entry[i];
		struct cpio_entry entry = {.name = from->name,
					   .ino = (uint32_t)i + 1,
					   .mode = from->mode,
					   .nlink = S_ISDIR(from->mode) ? 2 : 1,
					   .mtime = mtime,
					   .rdevmajor = from->major,
					   .rdevminor = from->minor,
					   .data = from->data};

		if (cpio_put(&writer, &entry, e) < 0)
			return -e->code;
	}
	return cpio_put_end(&writer, e);
}

void archive_deinit(struct archive *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->entry[i].name);
	free(a->entry);
	*a = (struct archive){0};
}

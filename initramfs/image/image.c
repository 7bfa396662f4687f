#include "image/image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#include "image/archive.h"

static int add_modules(struct archive *archive, const struct image_parts *parts, struct image_sizes *sizes,
		       struct error *e)
{
	char name[PATH_MAX];

	for (size_t i = 0; i < parts->modules->names.count; i++) {
		struct span data = buffer_span(&parts->modules->data[i]);

		snprintf(name, sizeof(name), "lib/modules/%s", parts->modules->names.item[i]);
		if (archive_add(archive, name, S_IFREG | 0644, data, e) < 0)
			return -e->code;
		sizes->modules += data.size;
	}
	return 0;
}

static int add_files(struct archive *archive, const struct extra_files *files, struct image_sizes *sizes,
		     struct error *e)
{
	for (size_t i = 0; files && i < files->count; i++) {
		const struct extra_file *file = &files->item[i];

		if (archive_add(archive, file->name, S_IFREG | file->mode, buffer_span(&file->data), e) < 0)
			return error_context(e, "/%s", file->name);
		sizes->files += file->data.size;
	}
	return 0;
}

/* What init finds when it starts; it mounts on the directories, and creates whatever else it needs. */
static int add_base(struct archive *archive, const struct image_parts *parts, struct error *e)
{
	static const char *const directories[] = {"dev", "proc", "sys", "target", "tmp"};

	uint32_t mode = S_IFREG | (parts->secret ? 0600 : 0644);

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (archive_add(archive, directories[i], S_IFDIR | 0755, span_of(NULL, 0), e) < 0)
			return -e->code;
	/* The kernel opens the console before init runs: Documentation/admin-guide/devices.txt. */
	if (archive_add_node(archive, "dev/console", S_IFCHR | 0600, 5, 1, e) < 0 ||
	    archive_add_node(archive, "dev/null", S_IFCHR | 0666, 1, 3, e) < 0 ||
	    archive_add(archive, "etc/capture.sh", mode, parts->script, e) < 0)
		return -e->code;
	if (parts->conf.size && archive_add(archive, "etc/crashbox.conf", mode, parts->conf, e) < 0)
		return -e->code;
	if (parts->info.size && archive_add(archive, "etc/crashbox.info", S_IFREG | 0644, parts->info, e) < 0)
		return -e->code;
	return archive_add(archive, "init", S_IFREG | 0755, parts->binary, e);
}

int image_pack(struct buffer *out, const struct image_parts *parts, struct image_sizes *sizes, struct error *e)
{
	struct archive archive CLEANUP(archive_deinit) = {0};
	struct buffer plain CLEANUP(buffer_deinit) = {0};
	size_t before = out->size;

	*sizes = (struct image_sizes){0};
	if (add_base(&archive, parts, e) < 0 || add_modules(&archive, parts, sizes, e) < 0 ||
	    add_files(&archive, parts->files, sizes, e) < 0 || archive_write(&archive, parts->mtime, &plain, e) < 0 ||
	    compress_data(out, parts->format, buffer_span(&plain), e) < 0)
		return -e->code;
	sizes->uncompressed = plain.size;
	sizes->compressed = out->size - before;
	return 0;
}

#include "image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#include "archive.h"
#include "unpack.h"

enum { MODULE_MAX = 64 * 1024 * 1024 };

/* The kernel refuses a module whose vermagic is not its own: better to hear of it here. */
static int check_release(struct span module, const char *path, const char *release, struct error *e)
{
	static const char key[] = "vermagic=";
	const uint8_t *at = module.size ? memmem(module.data, module.size, key, sizeof(key) - 1) : NULL;
	size_t length = 0, left;

	if (!at || module.size < 4 || memcmp(module.data, "\177ELF", 4) != 0)
		return error_set(e, EINVAL, "%s: not a kernel module", path);
	at += sizeof(key) - 1;
	left = module.size - (size_t)(at - module.data);
	while (length < left && at[length] > ' ')
		length++;
	if (release[0] == 0 || (strlen(release) == length && memcmp(at, release, length) == 0))
		return 0;
	return error_set(e, EINVAL,
			 "%s: made for kernel %.*s, but the kernel given with -k is %s\n"
			 "give -m the directory of that kernel's modules",
			 path, (int)(length < 100 ? length : 100), (const char *)at, release);
}

static int read_module(const struct module *module, const char *dir, const char *release, struct buffer *data,
		       struct error *e)
{
	bool absolute = module->path.size && module->path.data[0] == '/';
	char path[4096];
	int status;

	snprintf(path, sizeof(path), "%s%s%.*s", absolute ? "" : dir, absolute ? "" : "/", (int)module->path.size,
		 (const char *)module->path.data);
	status = unpack_file(data, path, MODULE_MAX, e);
	if (status == -ENOENT)
		return error_hint(e, "modules.dep names this file, but it is not there; run depmod again");
	return status < 0 ? status : check_release(buffer_span(data), path, release, e);
}

int image_read_modules(const struct modules *modules, const char *dir, const char *release, struct names *names,
		       struct buffer **data, struct error *e)
{
	*data = calloc(modules->nr_order + 1, sizeof(**data));
	if (!*data)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < modules->nr_order; i++) {
		const struct module *module = &modules->module[modules->order[i]];

		if (modules_file_name(module, names, e) < 0 || read_module(module, dir, release, &(*data)[i], e) < 0)
			return -e->code;
	}
	return 0;
}

void image_free_modules(struct names *names, struct buffer *data)
{
	/* A module whose reading failed has its name already, or not yet. */
	for (size_t i = 0; data && i < names->count; i++)
		buffer_deinit(&data[i]);
	free(data);
	names_deinit(names);
}

static int add_modules(struct archive *archive, const struct image_parts *parts, struct image_sizes *sizes,
		       struct error *e)
{
	char name[PATH_MAX];

	for (size_t i = 0; i < parts->modules->count; i++) {
		snprintf(name, sizeof(name), "lib/modules/%s", parts->modules->item[i]);
		if (archive_add(archive, name, S_IFREG | 0644, buffer_span(&parts->module[i]), e) < 0)
			return -e->code;
		sizes->modules += parts->module[i].size;
	}
	return 0;
}

static int add_files(struct archive *archive, const struct files *files, struct image_sizes *sizes, struct error *e)
{
	for (size_t i = 0; files && i < files->count; i++) {
		const struct file *file = &files->item[i];

		if (archive_add(archive, file->name, S_IFREG | file->mode, buffer_span(&file->data), e) < 0)
			return error_context(e, "/%s", file->name);
		sizes->files += file->data.size;
	}
	return 0;
}

/* What init finds when it starts; it mounts on the directories, and makes what else it needs. */
static int add_base(struct archive *archive, const struct image_parts *parts, struct error *e)
{
	static const char *const directories[] = {"dev", "proc", "sys", "target", "tmp"};

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (archive_add(archive, directories[i], S_IFDIR | 0755, span_of(NULL, 0), e) < 0)
			return -e->code;
	/* The kernel opens the console before init runs: Documentation/admin-guide/devices.txt. */
	if (archive_add_node(archive, "dev/console", S_IFCHR | 0600, 5, 1, e) < 0 ||
	    archive_add_node(archive, "dev/null", S_IFCHR | 0666, 1, 3, e) < 0 ||
	    archive_add(archive, "etc/capture.sh", S_IFREG | 0644, parts->script, e) < 0)
		return -e->code;
	if (parts->conf.size && archive_add(archive, "etc/crashbox.conf", S_IFREG | 0644, parts->conf, e) < 0)
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
	    image_format_pack(out, parts->format, buffer_span(&plain), e) < 0)
		return -e->code;
	sizes->unpacked = plain.size;
	sizes->packed = out->size - before;
	return 0;
}

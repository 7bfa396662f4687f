#include "image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#include "archive.h"
#include "gzip.h"
#include "unpack.h"

enum {
	MODULE_MAX = 64 * 1024 * 1024,
	PACK_FROM = 256 * 1024, /* bytes; below that it saves little */
};

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

/*
 * A large module stays packed in the image, and insmod unpacks it: memory is shortest at the end of the kernel's own
 * boot, when the whole image is unpacked and the kernel has not freed its init memory yet. xfs has 4 to 6 MB.
 */
static int pack_large(struct buffer *data, char **name, struct error *e)
{
	struct buffer packed = {0};
	char *longer;

	if (data->size < PACK_FROM)
		return 0;
	longer = realloc(*name, strlen(*name) + sizeof(".gz"));
	if (!longer)
		return error_set(e, ENOMEM, "out of memory");
	*name = strcat(longer, ".gz");
	if (gzip_pack(&packed, buffer_span(data), e) < 0) {
		buffer_deinit(&packed);
		return -e->code;
	}
	buffer_deinit(data);
	*data = packed;
	return 0;
}

int image_read_modules(const struct modules *modules, const char *dir, const char *release, struct names *names,
		       struct buffer **data, struct error *e)
{
	*data = calloc(modules->nr_order + 1, sizeof(**data));
	if (!*data)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < modules->nr_order; i++) {
		const struct module *module = &modules->module[modules->order[i]];

		if (modules_file_name(module, names, e) < 0 || read_module(module, dir, release, &(*data)[i], e) < 0 ||
		    pack_large(&(*data)[i], &names->item[i], e) < 0)
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
	return archive_add(archive, "init", S_IFREG | 0755, parts->binary, e);
}

int image_pack(struct buffer *out, const struct image_parts *parts, struct image_sizes *sizes, struct error *e)
{
	struct archive archive CLEANUP(archive_deinit) = {0};
	struct buffer plain CLEANUP(buffer_deinit) = {0};
	size_t before = out->size;

	*sizes = (struct image_sizes){0};
	if (add_base(&archive, parts, e) < 0 || add_modules(&archive, parts, sizes, e) < 0 ||
	    archive_write(&archive, parts->mtime, &plain, e) < 0 || gzip_pack(out, buffer_span(&plain), e) < 0)
		return -e->code;
	sizes->unpacked = plain.size;
	sizes->packed = out->size - before;
	return 0;
}

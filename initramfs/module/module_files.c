#include "module/module_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compress/compress.h"
#include "compress/decompress.h"

enum {
	MODULE_MAX = 64 * 1024 * 1024,
	COMPRESS_FROM = 256 * 1024, /* bytes; below that it saves little */
};

/* The kernel refuses a module whose vermagic is not its own: better to find out here. */
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
	error_set(e, EINVAL, "%s: built for kernel %.*s, but the kernel given with -k is %s", path,
		  (int)(length < 100 ? length : 100), (const char *)at, release);
	return error_hint(e, "give -m the module directory of that kernel");
}

static int read_module(const struct module *module, const char *dir, const char *release, struct buffer *data,
		       struct string_list *paths, struct error *e)
{
	bool absolute = module->path.size && module->path.data[0] == '/';
	char path[4096];
	int status;

	snprintf(path, sizeof(path), "%s%s%.*s", absolute ? "" : dir, absolute ? "" : "/", (int)module->path.size,
		 (const char *)module->path.data);
	status = decompress_file(data, path, MODULE_MAX, e);
	if (status == -ENOENT)
		return error_hint(e, "modules.dep lists this file, but it is missing; run depmod again");
	if (status < 0 || check_release(buffer_span(data), path, release, e) < 0)
		return -e->code;
	return string_list_add(paths, span_of(path, strlen(path)), e);
}

/*
 * A large module stays compressed in the image, and insmod decompresses it: memory is shortest at the end of the
 * kernel's own boot, when the whole image is unpacked and the kernel has not freed its init memory yet. xfs has 4 to 6
 * MB.
 */
static int compress_large(struct buffer *data, char **name, struct error *e)
{
	struct buffer compressed = {0};
	size_t length = strlen(*name);
	char *longer;

	if (data->size < COMPRESS_FROM)
		return 0;
	longer = realloc(*name, length + sizeof(".gz"));
	if (!longer)
		return error_set(e, ENOMEM, "out of memory");
	*name = longer;
	memcpy(longer + length, ".gz", sizeof(".gz"));
	if (compress_data(&compressed, COMPRESSION_GZIP, buffer_span(data), e) < 0) {
		buffer_deinit(&compressed);
		return -e->code;
	}
	buffer_deinit(data);
	*data = compressed;
	return 0;
}

int module_files_read(struct module_files *files, const struct modules *modules, const char *dir, const char *release,
		      struct error *e)
{
	files->data = calloc(modules->nr_order + 1, sizeof(*files->data));
	if (!files->data)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < modules->nr_order; i++) {
		const struct module *module = &modules->module[modules->order[i]];
		struct buffer *data = &files->data[i];

		if (modules_file_name(module, &files->names, e) < 0 ||
		    read_module(module, dir, release, data, &files->paths, e) < 0)
			return -e->code;
		files->loaded += data->size;
		if (data->size > files->largest)
			files->largest = data->size;
		if (compress_large(data, &files->names.item[i], e) < 0)
			return -e->code;
	}
	return 0;
}

void module_files_deinit(struct module_files *files)
{
	/* A module that could not be read may have its name already, or not yet. */
	for (size_t i = 0; files->data && i < files->names.count; i++)
		buffer_deinit(&files->data[i]);
	free(files->data);
	string_list_deinit(&files->names);
	string_list_deinit(&files->paths);
}

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "applet.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "fmt/compression.h"
#include "fmt/gunzip.h"
#include "sys/module.h"

enum { MODULE_MAX = 256 << 20 };

static const struct option options[] = {{0}};

/* The parameters as the kernel expects them: one text, with quotes around values that contain blanks. */
static int join(char *text, size_t size, int count, char **words, struct error *e)
{
	text[0] = 0;
	for (int i = 0; i < count; i++) {
		const char *equals = strchr(words[i], '=');
		bool quote = equals && strchr(equals, ' ') && equals[1] != '"';
		int name = equals ? (int)(equals + 1 - words[i]) : (int)strlen(words[i]);

		if (!text_add(text, size, "%s%.*s%s%s%s", i ? " " : "", name, words[i], quote ? "\"" : "",
			      words[i] + name, quote ? "\"" : ""))
			return error_set(e, E2BIG, "more than %zu bytes of parameters", size - 1);
	}
	return 0;
}

/* A module being decompressed, into as much memory as its header says. */
struct image {
	uint8_t *data;
	size_t size, used;
};

static int take(void *context, const void *data, size_t size)
{
	struct image *image = context;

	if (size > image->size - image->used)
		return -EINVAL;
	memcpy(image->data + image->used, data, size);
	image->used += size;
	return 0;
}

/* Decompresses a module and loads it from memory. */
static int load_packed(struct span packed, const char *path, const char *parameters, struct error *e)
{
	size_t size = gunzip_size(packed);
	uint8_t *data CLEANUP(free_ptr) = size && size <= MODULE_MAX ? malloc(size) : NULL;
	struct image image = {.data = data, .size = size};
	struct unpacked out = {.take = take, .context = &image, .max = MODULE_MAX};

	if (size > MODULE_MAX)
		return error_set(e, EFBIG, "%s: %zu bytes decompressed, more than %d", path, size, MODULE_MAX);
	if (!data)
		return error_set(e, size ? ENOMEM : EINVAL, "%s: %s", path,
				 size ? "no memory to decompress it" : "truncated");
	if (gunzip(packed, &out, e) < 0)
		return error_context(e, "%s", path);
	return module_load_image(data, image.used, path, parameters, e);
}

/* Mapped, so that a file in memory is not copied. */
static int load(const char *path, const char *parameters, struct error *e)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = {.st_size = 0};
	void *map = MAP_FAILED;
	struct span data;
	int status;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return module_load(path, parameters, e);
	data = span_of(map, (size_t)st.st_size);
	status = compression_find(data) == COMPRESSION_GZIP ? load_packed(data, path, parameters, e)
							    : module_load(path, parameters, e);
	munmap(map, (size_t)st.st_size);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	char parameters[2048];
	int id = options_next(&o, options, &e);

	if (id < 0)
		return applet_stop(id, &e);
	if (id == 0)
		return applet_usage("missing FILE");
	if (join(parameters, sizeof(parameters), argc - o.index, argv + o.index, &e) < 0 ||
	    load(o.value, parameters, &e) < 0)
		return applet_error(&e);
	return STATUS_DONE;
}

const struct applet applet_insmod = {
	.name = "insmod",
	.usage = "FILE [PARAMETER[=VALUE]]...",
	.help = "Loads the kernel module FILE (.ko or .ko.gz). A module that is already loaded is no error.\n"
		"Load its dependencies first; mkcaptureinitrd writes them in order.",
	.options = options,
	.run = run,
};

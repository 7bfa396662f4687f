#include "compress/compression.h"

#include <errno.h>
#include <string.h>

#include "compress/gzip.h"
#include "compress/lz4_legacy.h"

static const struct {
	const char *name;
	uint64_t memory;
} formats[] = {
	[IMAGE_GZIP] = {"gzip", (32 + 10 + 32) * 1024},
	[IMAGE_NONE] = {"none", 0},
	[IMAGE_LZ4] = {"lz4", LZ4_LEGACY_BLOCK},
};

enum { NR_FORMATS = sizeof(formats) / sizeof(formats[0]) };

int image_format_find(const char *name, enum image_format *format, struct error *e)
{
	for (int i = 0; i < NR_FORMATS; i++) {
		if (strcmp(name, formats[i].name) != 0)
			continue;
		*format = (enum image_format)i;
		return 0;
	}
	error_set(e, EINVAL, "'%.32s' is no format of an image: gzip, none or lz4", name);
	if (strcmp(name, "xz") == 0 || strcmp(name, "zstd") == 0)
		error_hint(e, "%s takes more memory to unpack than it saves in so small an image", name);
	return -e->code;
}

const char *image_format_name(enum image_format format)
{
	return formats[format].name;
}

uint64_t image_format_memory(enum image_format format)
{
	return formats[format].memory;
}

int image_format_pack(struct buffer *out, enum image_format format, struct span data, struct error *e)
{
	switch (format) {
	case IMAGE_NONE:
		buffer_add(out, data.data, data.size);
		return buffer_check(out, e);
	case IMAGE_LZ4:
		return lz4_legacy_pack(out, data, e);
	default:
		return gzip_pack(out, data, e);
	}
}

#include "fmt/image_info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool image_info_line(struct span *text, struct span *option, struct span *value)
{
	struct span line;
	const uint8_t *blank;

	if (text->size == 0)
		return false;
	line = span_take_line(text);
	blank = line.size ? memchr(line.data, ' ', line.size) : NULL;
	*option = blank ? span_of(line.data, (size_t)(blank - line.data)) : line;
	*value = blank ? span_part(line, option->size + 1, line.size - option->size - 1) : span_of(NULL, 0);
	return true;
}

int image_info_text(char *out, size_t size, struct span value)
{
	out[0] = 0;
	if (value.size >= size || (value.size && memchr(value.data, 0, value.size)))
		return -EINVAL;
	if (value.size)
		memcpy(out, value.data, value.size);
	out[value.size] = 0;
	return 0;
}

/* "NAME CRC": the name may hold blanks. */
static int parse_origin(struct image_origin *origin, struct span value)
{
	char text[sizeof(origin->name) + 16], *crc, *end;

	if (image_info_text(text, sizeof(text), value) < 0)
		return -EINVAL;
	crc = strrchr(text, ' ');
	if (!crc || strlen(crc + 1) != 8)
		return -EINVAL;
	*crc++ = 0;
	origin->crc = (uint32_t)strtoul(crc, &end, 16);
	if (*end || strlen(text) >= sizeof(origin->name))
		return -EINVAL;
	memcpy(origin->name, text, strlen(text) + 1);
	origin->known = true;
	return 0;
}

static int parse_minimum(struct image_info *info, struct span value)
{
	char text[24], *end;

	if (image_info_text(text, sizeof(text), value) < 0 || text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	info->minimum = strtoull(text, &end, 10);
	return *end || errno ? -EINVAL : 0;
}

static int parse_line(struct image_info *info, struct span option, struct span value)
{
	if (span_is(option, "made_by"))
		return image_info_text(info->made_by, sizeof(info->made_by), value);
	if (span_is(option, "configuration"))
		return parse_origin(&info->configuration, value);
	if (span_is(option, "kernel"))
		return parse_origin(&info->kernel, value);
	if (span_is(option, "cmdline"))
		return image_info_text(info->cmdline, sizeof(info->cmdline), value);
	return span_is(option, "minimum") ? parse_minimum(info, value) : 0;
}

int image_info_parse(struct image_info *info, struct span text, struct error *e)
{
	struct span option, value;

	*info = (struct image_info){.minimum = 0};
	for (int line = 1; image_info_line(&text, &option, &value); line++)
		if (parse_line(info, option, value) < 0)
			return error_set(e, EINVAL, "crashbox.info, line %d: invalid value of %.*s", line,
					 (int)(option.size < 32 ? option.size : 32), (const char *)option.data);
	return 0;
}

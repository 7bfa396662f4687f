/* Images that are to precede ours (--concat): what is accepted is listed again to its end with an image after it. */
#include "fuzz/input.h"
#include "fuzz/memory_file.h"
#include "image/archive.h"
#include "image/image_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether something in it would start a program. */
static bool needs_program(struct span image)
{
	for (enum compression c = COMPRESSION_LZ4_FRAME; c < COMPRESSIONS; c++) {
		struct span magic = compression_magic(c);

		if (image.size && memmem(image.data, image.size, magic.data, magic.size))
			return true;
	}
	return false;
}

static void check_followed(struct buffer *out)
{
	struct buffer list = {.size = 0};
	struct archive own = {.count = 0};
	struct image_listed listed;
	struct error e;

	if (archive_add(&own, "init", 0100755, span_of("x", 1), &e) < 0 || archive_write(&own, 1, out, &e) < 0 ||
	    image_list_span(&list, buffer_span(out), &listed, &e) < 0 || listed.last != COMPRESSION_NONE ||
	    !strstr(buffer_text(&list), " init\n"))
		abort();
	archive_deinit(&own);
	buffer_deinit(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span image = span_of(data, size);
	struct buffer out = {.size = 0};
	struct image_listed listed;
	struct error e;
	char path[64];
	int fd;

	if (needs_program(image))
		return 0;
	fd = memory_file(data, size, path);
	if (image_list_prepend(&out, path, &listed, &e) == 0) {
		if (out.size % 4 || out.size < size || memcmp(out.data, data, size) != 0)
			abort();
		check_followed(&out);
	}
	buffer_deinit(&out);
	close(fd);
	return 0;
}

#include "kernel/kernel_size.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "fmt/kernel_layout.h"

#include "compress/decompress.h"

enum {
	MIB = 1 << 20,
	VMLINUX_MAX = 1 << 30,
	SIZE_FIELD = 4, /* the kernel's build puts the decompressed size after each payload but gzip's */
};

static int decompress_payload(struct buffer *vmlinux, struct span payload, struct error *e)
{
	enum compression format = compression_find(payload);

	if (format == COMPRESSION_NONE || payload.size <= SIZE_FIELD)
		return error_set(e, EINVAL, "unknown compression");
	payload.size -= format == COMPRESSION_GZIP ? 0 : SIZE_FIELD;
	return decompress_all(vmlinux, payload, VMLINUX_MAX, e);
}

static int take_layout(struct kernel_size *size, struct span vmlinux, struct error *e)
{
	struct kernel_layout layout;

	if (kernel_layout_read(&layout, vmlinux, e) < 0)
		return -e->code;
	size->span = layout.span;
	size->resident = layout.resident;
	size->init = layout.init;
	size->code = layout.code;
	size->percpu = layout.percpu;
	size->alignment = layout.alignment > size->alignment ? layout.alignment : size->alignment;
	size->exact = true;
	return 0;
}

/* Measures the vmlinux, or says why not. A kernel is never larger than the room that it decompresses itself in. */
static void look_inside(struct kernel_size *size, struct span image, const struct kernel_image *found)
{
	struct buffer vmlinux CLEANUP(buffer_deinit) = {0};
	struct span payload = span_part(image, found->payload_at, found->payload_size);
	struct error e = {.code = 0};

	if (!payload.size)
		error_set(&e, EINVAL, "its header does not say where the vmlinux is");
	else if (decompress_payload(&vmlinux, payload, &e) == 0)
		take_layout(size, buffer_span(&vmlinux), &e);
	if (size->exact)
		return;
	size->resident = size->span = size->load;
	snprintf(size->why, sizeof(size->why), "%.*s", (int)strcspn(e.text, "\n"), e.text);
}

static int take_bzimage(struct kernel_size *size, struct span image, const struct kernel_image *found, struct error *e)
{
	if (found->memory == 0)
		return error_set(e, EINVAL,
				 "a bzImage that does not say how much memory it needs (boot protocol below 2.10)");
	size->load = found->memory;
	size->alignment = found->alignment;
	look_inside(size, image, found);
	return 0;
}

static int take_arm64(struct kernel_size *size, const struct kernel_image *found, struct error *e)
{
	if (found->memory == 0)
		return error_set(e, EINVAL, "an arm64 Image that does not say its size (built before 3.17)");
	size->load = size->span = size->resident = found->memory;
	size->alignment = 2 * MIB; /* Documentation/arch/arm64/booting.rst */
	size->page_size = found->page_size ? found->page_size : size->page_size;
	/* image_size is all of it; only how much is freed at the end of booting is unknown. */
	size->exact = true;
	return 0;
}

int kernel_size_read(struct kernel_size *size, struct span image, struct error *e)
{
	struct kernel_image found;

	*size = (struct kernel_size){.page_size = 4096};
	kernel_image_probe(image, &found);
	size->kind = found.kind;
	switch (found.kind) {
	case KERNEL_BZIMAGE:
		return take_bzimage(size, image, &found, e);
	case KERNEL_ARM64:
		return take_arm64(size, &found, e);
	case KERNEL_ELF:
		if (take_layout(size, image, e) < 0)
			return error_context(e, "the vmlinux");
		size->load = size->span;
		return 0;
	default:
		return error_set(e, EINVAL, "not a bzImage, arm64 Image or vmlinux");
	}
}

#include "kernel/kernel_size.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "fmt/kernel_layout.h"
#include "sys/file.h"

#include "text/buffer.h"
#include "compress/decompress.h"

enum {
	MIB = 1 << 20,
	VMLINUX_MAX = 1 << 30,
	SIZE_FIELD = 4, /* the kernel's build puts the unpacked size behind each payload but gzip's */
};

/* The programs that unpack read a file: this one has no name, and is gone with its descriptor. */
static int unpack_payload(struct buffer *vmlinux, struct span payload, struct error *e)
{
	int fd CLEANUP(close_fd) = memfd_create("vmlinux", MFD_CLOEXEC);
	const char *program = kernel_packed_with(payload);
	bool sized = program && strcmp(program, "gzip") != 0;
	char path[64];
	int status;

	if (fd < 0)
		return error_errno(e, "a file in memory");
	if (!program || payload.size <= SIZE_FIELD)
		return error_set(e, EINVAL, "it is packed in a way that is not known here");
	status = write_all(fd, payload.data, payload.size - (sized ? SIZE_FIELD : 0));
	if (status < 0)
		return error_set(e, -status, "a file in memory: %s", strerror(-status));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return unpack_file(vmlinux, path, VMLINUX_MAX, e);
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

/* What the vmlinux says, or why it was not asked. A kernel is never larger than the room that it unpacks itself in. */
static void look_inside(struct kernel_size *size, struct span image, const struct kernel_image *found)
{
	struct buffer vmlinux CLEANUP(buffer_deinit) = {0};
	struct span payload = span_part(image, found->payload_at, found->payload_size);
	struct error e = {.code = 0};
	const char *line;

	if (!payload.size)
		error_set(&e, EINVAL, "its header does not say where the vmlinux lies");
	else if (unpack_payload(&vmlinux, payload, &e) == 0)
		take_layout(size, buffer_span(&vmlinux), &e);
	if (size->exact)
		return;
	size->resident = size->span = size->load;
	/* The name of the file in memory says nothing to a person. */
	line = strncmp(e.text, "/proc/self/fd/", 14) == 0 && strstr(e.text, ": ") ? strstr(e.text, ": ") + 2 : e.text;
	snprintf(size->why, sizeof(size->why), "%.*s", (int)strcspn(line, "\n"), line);
}

static int take_bzimage(struct kernel_size *size, struct span image, const struct kernel_image *found, struct error *e)
{
	if (found->memory == 0)
		return error_set(e, EINVAL,
				 "a bzImage that does not say what memory it needs (boot protocol below 2.10)");
	size->load = found->memory;
	size->alignment = found->alignment;
	look_inside(size, image, found);
	return 0;
}

static int take_arm64(struct kernel_size *size, const struct kernel_image *found, struct error *e)
{
	if (found->memory == 0)
		return error_set(e, EINVAL, "an arm64 Image that does not say its size (made before 3.17)");
	size->load = size->span = size->resident = found->memory;
	size->alignment = 2 * MIB; /* Documentation/arch/arm64/booting.rst */
	size->page_size = found->page_size ? found->page_size : size->page_size;
	/* All of it is said by image_size but what goes at the end of booting. */
	size->exact = true;
	return 0;
}

int kernel_size_read(struct kernel_size *size, struct span image, struct error *e)
{
	struct kernel_image found;

	*size = (struct kernel_size){.page_size = 4096};
	kernel_image_probe(span_part(image, 0, image.size < KERNEL_HEAD ? image.size : KERNEL_HEAD), &found);
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
		return error_set(e, EINVAL, "no kernel whose size is known here (bzImage, arm64 Image, vmlinux)");
	}
}

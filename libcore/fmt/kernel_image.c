#include "fmt/kernel_image.h"

#include <string.h>

static bool has_magic(struct span head, uint64_t at, const char *magic, size_t size)
{
	struct span part = span_part(head, at, size);

	return part.size && memcmp(part.data, magic, size) == 0;
}

/* boot.rst: the payload's offset counts from the end of the setup code, of setup_sects sectors and one more. */
static void probe_payload(struct span head, struct kernel_image *image)
{
	uint8_t sectors = 0;
	uint32_t at = 0, size = 0;

	if (!span_u8(head, 0x1f1, &sectors) || !span_le32(head, 0x248, &at) || !span_le32(head, 0x24c, &size) ||
	    size == 0)
		return;
	image->payload_at = (uint64_t)((sectors ? sectors : 4) + 1) * 512 + at;
	image->payload_size = size;
}

static void probe_bzimage(struct span head, struct kernel_image *image)
{
	enum { XLF_KERNEL_64 = 1 };
	uint16_t version_at = 0, xloadflags = 0;
	uint32_t init_size = 0;
	struct span version;

	image->kind = KERNEL_BZIMAGE;
	span_le16(head, 0x206, &image->protocol);
	if (image->protocol >= 0x205)
		span_le32(head, 0x230, &image->alignment);
	if (image->protocol >= 0x208)
		probe_payload(head, image);
	if (image->protocol >= 0x206)
		span_le32(head, 0x238, &image->cmdline_max);
	if (image->protocol >= 0x20a && span_le32(head, 0x260, &init_size))
		image->memory = init_size;
	if (image->protocol >= 0x20c && span_le16(head, 0x236, &xloadflags))
		image->is_64bit = xloadflags & XLF_KERNEL_64;
	if (!span_le16(head, 0x20e, &version_at) || version_at == 0)
		return;
	version = span_part(head, 0x200 + version_at, sizeof(image->version) - 1);
	for (size_t i = 0; i < version.size && version.data[i] > ' ' && version.data[i] < 0x7f; i++)
		image->version[i] = (char)version.data[i];
}

/* booting.rst: bits 1 and 2 of the flags. */
static void probe_arm64(struct span head, struct kernel_image *image)
{
	static const uint32_t sizes[] = {0, 4096, 16384, 65536};
	uint64_t flags = 0;

	image->kind = KERNEL_ARM64;
	span_le64(head, 16, &image->memory);
	if (span_le64(head, 24, &flags))
		image->page_size = sizes[flags >> 1 & 3];
}

void kernel_image_probe(struct span head, struct kernel_image *image)
{
	*image = (struct kernel_image){.kind = KERNEL_UNKNOWN};
	if (has_magic(head, 0x202, "HdrS", 4) && has_magic(head, 0x1fe, "\x55\xaa", 2)) {
		probe_bzimage(head, image);
	} else if (has_magic(head, 56, "ARM\x64", 4)) {
		probe_arm64(head, image);
	} else if (has_magic(head, 56, "RSC\x05", 4)) {
		image->kind = KERNEL_RISCV;
		span_le64(head, 16, &image->memory);
	} else if (has_magic(head, 0, "\177ELF", 4)) {
		image->kind = KERNEL_ELF;
	} else if (has_magic(head, 0, "MZ", 2) && has_magic(head, 4, "zimg", 4)) {
		image->kind = KERNEL_ZBOOT;
	} else {
		image->compression = compression_find(head);
		image->kind = image->compression ? KERNEL_COMPRESSED : KERNEL_UNKNOWN;
	}
}

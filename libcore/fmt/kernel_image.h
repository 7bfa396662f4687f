/*
 * The kind of a kernel file, from its first bytes. Sources: the kernel's Documentation/arch/x86/boot.rst,
 * Documentation/arch/arm64/booting.rst, Documentation/arch/riscv/boot-image-header.rst,
 * drivers/firmware/efi/libstub/zboot-header.S.
 */
#ifndef FMT_KERNEL_IMAGE_H
#define FMT_KERNEL_IMAGE_H

#include "base/span.h"
#include "fmt/compression.h"

enum kernel_kind {
	KERNEL_UNKNOWN,
	KERNEL_BZIMAGE, /* x86 */
	KERNEL_ARM64,   /* Image, uncompressed */
	KERNEL_RISCV,
	KERNEL_ELF,        /* vmlinux */
	KERNEL_ZBOOT,      /* an EFI image that decompresses itself: arm64, riscv, loongarch */
	KERNEL_COMPRESSED, /* "Image.gz" */
};

struct kernel_image {
	enum kernel_kind kind;
	enum compression compression; /* for KERNEL_COMPRESSED */
	uint16_t protocol;            /* bzImage: of the boot protocol, 0x20c is 2.12 */
	bool is_64bit;                /* bzImage: it can be entered at its 64-bit entry (XLF_KERNEL_64) */
	uint64_t memory;              /* bytes needed to start; 0: unknown */
	uint32_t cmdline_max;         /* bytes of command line without the zero; 0: unknown */
	uint32_t alignment;           /* bzImage: of its load address (kernel_alignment); 0: unknown */
	uint64_t payload_at;          /* bzImage: the compressed vmlinux's offset and size in the file; 0: unknown */
	uint64_t payload_size;
	uint32_t page_size; /* arm64: bytes, 0: unknown */
	char version[64];   /* bzImage: "6.1.0-56-cloud-amd64 ...", cut at the first blank; else empty */
};

enum { KERNEL_HEAD = 64 * 1024 }; /* the first bytes of a file that kernel_image_probe needs */

/* Never fails: an unknown file is KERNEL_UNKNOWN. */
void kernel_image_probe(struct span head, struct kernel_image *image);
#endif

/*
 * What a file is that someone wants to boot: by its first bytes.
 * Sources: the kernel's Documentation/arch/x86/boot.rst, Documentation/arch/arm64/booting.rst,
 * Documentation/arch/riscv/boot-image-header.rst, drivers/firmware/efi/libstub/zboot-header.S.
 */
#ifndef FMT_KERNEL_IMAGE_H
#define FMT_KERNEL_IMAGE_H

#include "base/span.h"

enum kernel_kind {
	KERNEL_UNKNOWN,
	KERNEL_BZIMAGE, /* x86 */
	KERNEL_ARM64,   /* Image, not compressed */
	KERNEL_RISCV,
	KERNEL_ELF,    /* vmlinux */
	KERNEL_ZBOOT,  /* an EFI image that unpacks itself: arm64, riscv, loongarch */
	KERNEL_PACKED, /* gzip, xz, zstd, lz4, bzip2: "Image.gz" */
};

struct kernel_image {
	enum kernel_kind kind;
	const char *packed_with; /* for KERNEL_PACKED: the program that unpacks it */
	uint16_t protocol;       /* bzImage: of the boot protocol, 0x20c is 2.12 */
	bool is_64bit;           /* bzImage: it can be entered at its 64-bit entry (XLF_KERNEL_64) */
	uint64_t memory;         /* bytes that it needs to start; 0: not said */
	uint32_t cmdline_max;    /* bytes of command line without the zero; 0: not said */
	uint32_t alignment;      /* bzImage: that a loader keeps (kernel_alignment); 0: not said */
	uint64_t payload_at;     /* bzImage: where in the file the packed vmlinux lies, and its bytes; 0: not said */
	uint64_t payload_size;
	uint32_t page_size; /* arm64: bytes, 0: not said */
	char version[64];   /* bzImage: "6.1.0-56-cloud-amd64 ...", cut at the first blank; else empty */
};

enum { KERNEL_HEAD = 64 * 1024 }; /* so many of the first bytes hold all that is looked at */

/* Never fails: what is not known is KERNEL_UNKNOWN. */
void kernel_image_probe(struct span head, struct kernel_image *image);

/* The program that unpacks what begins so ("xz"), or NULL. */
const char *kernel_packed_with(struct span head);

#endif

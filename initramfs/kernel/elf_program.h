/*
 * ELF programs: their architecture, and whether they can run in the image.
 */
#ifndef INITRAMFS_KERNEL_ELF_PROGRAM_H
#define INITRAMFS_KERNEL_ELF_PROGRAM_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

enum arch { ARCH_UNKNOWN, ARCH_X86_64, ARCH_ARM64 };

/* The architecture's name in the build: "arm64". */
const char *arch_name(enum arch arch);

/* The architecture of a 64-bit ELF file. */
enum arch elf_program_arch(struct span elf);

/* Checks that a program runs in the image: 64-bit ELF, static. Returns 0 with *arch set, or -EINVAL with a remedy. */
int elf_program_identify(enum arch *arch, struct span program, struct error *e);

/* The dynamic linker of a 64-bit ELF program. False if it needs none. */
bool elf_program_interpreter(char *name, size_t size, struct span program);

#endif

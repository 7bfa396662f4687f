/*
 * VMCOREINFO, the crashed kernel's text about itself: lines KEY=value. Source: the kernel's
 * Documentation/admin-guide/kdump/vmcoreinfo.rst and kernel/vmcore_info.c. The kernel truncates the text when its
 * buffer is full: keys may be missing, and the last value may be cut.
 *
 * All functions search the text each time (it is a few KiB) and ignore a line without its newline.
 */
#ifndef FMT_VMCOREINFO_H
#define FMT_VMCOREINFO_H

#include "base/span.h"

/* The value of "key=" as bytes, or an empty span with data NULL. */
struct span vmcoreinfo_get(struct span text, const char *key);

/* SYMBOL(name): an address, hexadecimal. */
bool vmcoreinfo_symbol(struct span text, const char *name, uint64_t *value);

/* NUMBER(name): decimal, with a sign, or 0x and hexadecimal. */
bool vmcoreinfo_number(struct span text, const char *name, int64_t *value);

/* SIZE(name), OFFSET(name) ("struct.member"), LENGTH(name): decimal. */
bool vmcoreinfo_size(struct span text, const char *name, uint64_t *value);
bool vmcoreinfo_offset(struct span text, const char *name, uint64_t *value);
bool vmcoreinfo_length(struct span text, const char *name, uint64_t *value);

/* KEY=decimal, such as PAGESIZE and CRASHTIME. */
bool vmcoreinfo_decimal(struct span text, const char *key, uint64_t *value);

/* KEY=hexadecimal without 0x, such as KERNELOFFSET. */
bool vmcoreinfo_hex(struct span text, const char *key, uint64_t *value);

/* Copies a value as a zero-terminated text; false if it is missing or does not fit. */
bool vmcoreinfo_text(struct span text, const char *key, char *out, size_t size);

#endif

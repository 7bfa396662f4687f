/*
 * Kernel command lines as text. Source: the kernel's Documentation/admin-guide/kernel-parameters.rst: words separated
 * by blanks; double quotes protect blanks; '-' and '_' are the same in a name.
 */
#ifndef FMT_KERNEL_CMDLINE_H
#define FMT_KERNEL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/span.h"

/*
 * The part of the running kernel's command line that the next kernel can use: without BOOT_IMAGE=, and for a capture
 * kernel also without crashkernel= and parameters that cost it memory or its console (huge pages, slub_debug,
 * log_buf_len, swiotlb, panic_on_warn, quiet). Writes it to out, a text. Returns 0 or -E2BIG.
 */
int cmdline_reuse(const char *line, bool capture, char *out, size_t size, struct error *e);

/* Appends words to a line, after a blank; nothing for NULL or "". Returns 0 or -E2BIG. */
int cmdline_add(char *line, size_t size, const char *words, struct error *e);

/* Whether a line has this parameter, with or without a value. */
bool cmdline_has(const char *line, const char *name);

/* The same, with the first one's value as it stands there, borrowed; empty if it has none. */
bool cmdline_value(const char *line, const char *name, struct span *value);

#endif

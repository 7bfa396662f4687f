/*
 * A kernel's configuration as text: .config, /boot/config-VERSION, the content of /proc/config.gz, and fragments of
 * such files. Pure. Source: the kernel's Documentation/kbuild/kconfig.rst and kconfig-language.rst: "CONFIG_NAME=y",
 * "=m", "=number", "=\"text\"", or "# CONFIG_NAME is not set"; any other line that starts with # is a comment. The last
 * setting counts.
 */
#ifndef FMT_KERNEL_CONFIG_H
#define FMT_KERNEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum kernel_config_kind {
	KERNEL_CONFIG_END,     /* no further line */
	KERNEL_CONFIG_SET,     /* CONFIG_NAME=value */
	KERNEL_CONFIG_NOT_SET, /* "# CONFIG_NAME is not set", or CONFIG_NAME=n */
	KERNEL_CONFIG_COMMENT, /* value: what follows the # and blanks */
	KERNEL_CONFIG_EMPTY,
	KERNEL_CONFIG_OTHER, /* none of these; value: the line */
};

/* The caller sets text and leaves the rest zero. Borrowed. */
struct kernel_config_reader {
	struct span text; /* what has not been read yet */
	int line;         /* the last line read, from 1 */
};

/* One line. The spans lie in the reader's text: name with its CONFIG_, value as written, with its quotes. */
struct kernel_config_line {
	enum kernel_config_kind kind;
	struct span name, value;
};

/* The next line, without blanks at its ends. Returns its kind; at the end KERNEL_CONFIG_END, on every call. */
enum kernel_config_kind kernel_config_next(struct kernel_config_reader *reader, struct kernel_config_line *line);

/*
 * Looks up an option by its full name, "CONFIG_KEXEC". Returns whether it is set (to anything but n), with *value "y",
 * "m", a number or a quoted text; otherwise *value is empty.
 */
bool kernel_config_get(struct span config, const char *name, struct span *value);

/* Whether an option is built in (=y). */
bool kernel_config_builtin(struct span config, const char *name);

/* Whether a text is a configuration: at least one line names an option, and it has no zero byte. */
bool kernel_config_is_one(struct span text);

/*
 * The version in a configuration's first comment ("# Linux/x86 6.1.192 Kernel Configuration": "6.1.192"), or empty.
 */
struct span kernel_config_version(struct span config);

#endif

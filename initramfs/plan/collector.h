/*
 * What the dump contains and how it is written: those of makedumpfile's options that dump-save has.
 */
#ifndef INITRAMFS_PLAN_COLLECTOR_H
#define INITRAMFS_PLAN_COLLECTOR_H

#include <stdbool.h>

#include "text/buffer.h"

struct collector {
	unsigned level;    /* the dump level */
	bool elf;          /* -E */
	bool flattened;    /* -F */
	char compress;     /* 'c', 'l', 'p', 'z', or 0: no compression requested */
	int message_level; /* -1: not given */
};

/* The default, for a configuration without core_collector. */
struct collector collector_default(void);

/* Writes it as makedumpfile's command line, which states every member. */
void collector_print(struct buffer *out, const struct collector *collector);

/* Its options without the level, each after a blank; dump-save takes the same letters. */
void collector_print_options(struct buffer *out, const struct collector *collector);

#endif

/*
 * /etc/crashbox.info of a capture image: what it was made from, and what it needs. mkcaptureinitrd writes lines of an
 * option, a blank and its value:
 *	made_by crashbox VERSION
 *	configuration NAME CRC32	(of the file's bytes; 8 hexadecimal digits, as in gzip: RFC 1952, 8)
 *	kernel RELEASE CRC32		(of the kernel file, as given)
 *	cmdline WORDS...		(the whole command line that the capture kernel should get)
 *	minimum BYTES			(the smallest reservation that holds it)
 */
#ifndef FMT_IMAGE_INFO_H
#define FMT_IMAGE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

/* Bytes with their NUL: what kdump has room for, and so what mkcaptureinitrd puts into an image. */
enum {
	IMAGE_INFO_NAME = 128,
	IMAGE_INFO_CMDLINE = 2048,
	/* in etc/crashbox.conf */
	IMAGE_PLAN_DEVICE = 256, /* of a target */
	IMAGE_PLAN_PATH = 512,
};

/* A file by its name and content. */
struct image_origin {
	bool known;
	char name[IMAGE_INFO_NAME];
	uint32_t crc;
};

struct image_info {
	char made_by[64];                  /* "": not said */
	struct image_origin configuration; /* name: without its directories */
	struct image_origin kernel;        /* name: the release */
	char cmdline[IMAGE_INFO_CMDLINE];  /* "": not said */
	uint64_t minimum;                  /* bytes; 0: not said */
};

/*
 * Reads the text. Skips unknown options. Returns 0, or -EINVAL with the line number for a value that is wrong or too
 * long.
 */
int image_info_parse(struct image_info *info, struct span text, struct error *e);

/* Takes the next line off a text, and its first word off the line: "option value". Returns false at the end. */
bool image_info_line(struct span *text, struct span *option, struct span *value);

/* Copies a span as a text; -EINVAL if it does not fit, and out is then empty. */
int image_info_text(char *out, size_t size, struct span value);

#endif

/*
 * One member of a gzip file. Pure: bytes in, pieces of what they hold to the caller's function.
 * Source: RFC 1952.
 */
#ifndef FMT_GUNZIP_H
#define FMT_GUNZIP_H

#include <stdbool.h>

#include "base/error.h"
#include "fmt/inflate.h"

/* Whether the first bytes are gzip's. */
bool gunzip_is_gzip(struct span data);

/* The size of what a file of one member holds, as its last four bytes have it; 0 where it is not gzip. */
size_t gunzip_size(struct span data);

/*
 * Unpacks the member that packed starts with; what stands behind it is left alone. Returns how many bytes of packed it
 * takes up, or -EINVAL (not gzip, cut short, damaged), -EFBIG (larger than max), -ENOMEM, or what take returned.
 */
ssize_t gunzip(struct span packed, struct unpacked *out, struct error *e);

/* An unpacker's error as a sentence; a limit that was reached names itself. Returns -code. */
int unpacked_error(const struct unpacked *out, int code, const char *what, struct error *e);

#endif

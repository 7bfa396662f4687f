/*
 * One member of a gzip file. Pure: bytes in, decompressed pieces to the caller's function.
 * Source: RFC 1952.
 */
#ifndef FMT_GUNZIP_H
#define FMT_GUNZIP_H

#include "base/error.h"
#include "fmt/inflate.h"

/* The decompressed size of a file of one member, from its last four bytes; 0 if it is not gzip. */
size_t gunzip_size(struct span data);

/*
 * Decompresses the member that packed starts with and ignores what follows it. Returns the member's length in packed,
 * or -EINVAL (not gzip, truncated, damaged), -EFBIG (larger than max), -ENOMEM, or what take returned.
 */
ssize_t gunzip(struct span packed, struct unpacked *out, struct error *e);

/* Sets the error for a decompressor's code (a positive errno), with the limit for EFBIG. Returns -code. */
int unpacked_error(const struct unpacked *out, int code, const char *what, struct error *e);

#endif

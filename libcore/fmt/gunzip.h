/*
 * gzip data into memory of its size. Source: RFC 1952.
 */
#ifndef FMT_GUNZIP_H
#define FMT_GUNZIP_H

#include "base/error.h"
#include "base/span.h"

/* Whether the first bytes are gzip's. */
bool gunzip_is_gzip(struct span data);

/* The size of what a file of one member holds, as its last four bytes have it; 0 where it is not gzip. */
size_t gunzip_size(struct span data);

/* Unpacks one member into out, which has size bytes (gunzip_size). Returns 0, or -EINVAL where it is damaged or does
 * not fill them. */
int gunzip(void *out, size_t size, struct span data, struct error *e);

#endif

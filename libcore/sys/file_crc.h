/*
 * A file's checksum: whether it is the one that it was.
 */
#ifndef SYS_FILE_CRC_H
#define SYS_FILE_CRC_H

#include <stdint.h>

#include "base/error.h"

/* The CRC-32 of a file's bytes, as gzip has it (RFC 1952, 8). Returns 0 or a negative errno. */
int file_crc(const char *path, uint32_t *crc, struct error *e);

#endif

/*
 * CRC-32 as in gzip, Ethernet and GPT: polynomial 0xEDB88320, reflected, start and end inverted (RFC 1952, 8).
 */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Its tables, for 8 bytes per step. Filled once by crc32_init; the object is the caller's. */
struct crc32 {
	uint32_t table[8][256];
};

void crc32_init(struct crc32 *crc);

/* Continues from value (0 at the start) over further bytes. Returns the new value. */
uint32_t crc32_add(const struct crc32 *crc, uint32_t value, const void *data, size_t size);

/* The CRC of one piece of data, for a single use of the tables. */
uint32_t crc32_of(const void *data, size_t size);

#endif

/*
 * makedumpfile's flattened format: a stream of records, each with its offset in the file, so that a file written out of
 * order can go to a target that cannot seek. `makedumpfile -R` and crash read it. No I/O.
 */
#ifndef FMT_FLATTENED_H
#define FMT_FLATTENED_H

#include "base/span.h"

enum {
	FLATTENED_HEADER_SIZE = 4096,
	FLATTENED_RECORD_SIZE = 16, /* before each record's bytes */
};

void flattened_write_header(uint8_t out[FLATTENED_HEADER_SIZE]);
void flattened_write_record(uint8_t out[FLATTENED_RECORD_SIZE], uint64_t offset, uint64_t size);

/* The end record: readers refuse a stream without it. */
void flattened_write_end(uint8_t out[FLATTENED_RECORD_SIZE]);

#endif

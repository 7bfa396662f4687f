/*
 * makedumpfile's flattened format: a stream of records that say where in a file their bytes belong, so that a target
 * that cannot seek can take a file that was not written in order. `makedumpfile -R` and crash read it. No I/O.
 */
#ifndef FMT_FLATTENED_H
#define FMT_FLATTENED_H

#include "base/span.h"

enum {
	FLATTENED_HEADER_SIZE = 4096,
	FLATTENED_RECORD_SIZE = 16, /* in front of each record's bytes */
};

void flattened_write_header(uint8_t out[FLATTENED_HEADER_SIZE]);
void flattened_write_record(uint8_t out[FLATTENED_RECORD_SIZE], uint64_t offset, uint64_t size);

/* The record that ends the stream: readers refuse a stream without it. */
void flattened_write_end(uint8_t out[FLATTENED_RECORD_SIZE]);

#endif

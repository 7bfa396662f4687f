#include "fmt/flattened.h"

#include <string.h>

void flattened_write_header(uint8_t out[FLATTENED_HEADER_SIZE])
{
	memset(out, 0, FLATTENED_HEADER_SIZE);
	memcpy(out, "makedumpfile", 12);
	put_be64(out + 16, 1); /* type: a flattened dump */
	put_be64(out + 24, 1); /* version */
}

void flattened_write_record(uint8_t out[FLATTENED_RECORD_SIZE], uint64_t offset, uint64_t size)
{
	put_be64(out, offset);
	put_be64(out + 8, size);
}

void flattened_write_end(uint8_t out[FLATTENED_RECORD_SIZE])
{
	flattened_write_record(out, UINT64_MAX, UINT64_MAX);
}

#ifndef DUMP_DEFLATE_FROM_LZ4_H
#define DUMP_DEFLATE_FROM_LZ4_H

#include <stddef.h>
#include <stdint.h>

/*
 * LZ4's matches as a zlib stream with fixed Huffman codes: src is one LZ4 block, page its decompressed bytes. Returns
 * the size, or 0 if it is not smaller than room. Source: RFC 1950, RFC 1951 and LZ4's doc/lz4_Block_format.md.
 */
size_t deflate_from_lz4(const uint8_t *src, size_t src_size, const uint8_t *page, size_t page_size, uint8_t *out,
			size_t room);

#endif

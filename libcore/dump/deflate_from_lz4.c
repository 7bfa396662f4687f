#include "dump/deflate_from_lz4.h"

#include <stdbool.h>

#include <zlib.h>

#include "base/span.h"

/* Bits go out least significant first, Huffman codes most significant first (RFC 1951, 3.1.1). */
struct bits {
	uint8_t *out;
	size_t used, room; /* what does not fit is dropped, and shows in used > room */
	uint64_t held;
	unsigned count;
};

/* n is at most 32, and fewer than 32 bits are held before: one look at the room for every four bytes. */
static inline void put_bits(struct bits *b, uint32_t value, unsigned n)
{
	b->held |= (uint64_t)value << b->count;
	b->count += n;
	if (b->count < 32)
		return;
	if (b->used + 4 <= b->room)
		put_le32(b->out + b->used, (uint32_t)b->held);
	b->used += 4;
	b->held >>= 32;
	b->count -= 32;
}

static void put_last_bits(struct bits *b)
{
	for (; b->count; b->count -= b->count < 8 ? b->count : 8) {
		if (b->used < b->room)
			b->out[b->used] = (uint8_t)b->held;
		b->used++;
		b->held >>= 8;
	}
}

static uint32_t reversed(uint32_t code, unsigned n)
{
	uint32_t r = 0;

	while (n--) {
		r = r << 1 | (code & 1);
		code >>= 1;
	}
	return r;
}

/* The four bits of each number from 0 to 15, the other way round. */
static const uint8_t nibbles[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

static inline uint32_t reversed8(uint32_t code)
{
	return (uint32_t)nibbles[code & 15] << 4 | nibbles[code >> 4 & 15];
}

/* The fixed code for a literal or length symbol (RFC 1951, 3.2.6): 8, 9, 7 and 8 bits. */
static inline void put_symbol(struct bits *b, unsigned symbol)
{
	if (symbol < 144)
		put_bits(b, reversed8(0x30 + symbol), 8);
	else if (symbol < 256)
		put_bits(b, 1 | reversed8(0x90 + symbol - 144) << 1, 9);
	else if (symbol < 280)
		put_bits(b, reversed8((symbol - 256) << 1), 7);
	else
		put_bits(b, reversed8(0xc0 + symbol - 280), 8);
}

static unsigned log2_of(uint32_t n)
{
	return 31u - (unsigned)__builtin_clz(n);
}

/* Length 3 to 258: symbols 257 to 285, in groups of four that double in width (RFC 1951, 3.2.5). */
static void put_length(struct bits *b, unsigned length)
{
	unsigned n = length - 3, extra;

	if (length == 258) {
		put_symbol(b, 285);
	} else if (n < 8) {
		put_symbol(b, 257 + n);
	} else {
		extra = log2_of(n) - 2;
		put_symbol(b, 257 + 4 * extra + (n >> extra));
		put_bits(b, n & ((1u << extra) - 1), extra);
	}
}

/* Distance 1 to 32768: codes 0 to 29, in pairs that double in width; 5 bits each. */
static void put_distance(struct bits *b, unsigned distance)
{
	unsigned n = distance - 1, extra;

	if (n < 4) {
		put_bits(b, reversed(n, 5), 5);
		return;
	}
	extra = log2_of(n) - 1;
	put_bits(b, reversed(2 * extra + (n >> extra), 5), 5);
	put_bits(b, n & ((1u << extra) - 1), extra);
}

/* A match of any length; none of its parts may be shorter than 3. */
static void put_match(struct bits *b, size_t length, unsigned distance)
{
	while (length) {
		unsigned n = length > 258 ? 258 : (unsigned)length;

		if (length > 258 && length - n < 3)
			n -= 3;
		put_length(b, n);
		put_distance(b, distance);
		length -= n;
	}
}

/* LZ4's lengths: four bits, then bytes of 255 and a last one. */
static bool read_length(struct span s, size_t *pos, size_t *length)
{
	uint8_t byte;

	if (*length != 15)
		return true;
	do {
		if (!span_u8(s, *pos, &byte))
			return false;
		++*pos;
		*length += byte;
	} while (byte == 255);
	return true;
}

/* Each step: a token, literals, then a match; the last has no match. False where the block is damaged. */
static bool put_sequences(struct bits *b, struct span s, size_t page_size)
{
	size_t pos = 0, done = 0;

	while (pos < s.size && b->used <= b->room) {
		uint8_t token = s.data[pos++];
		size_t literals = token >> 4, match = token & 15;
		uint16_t distance;

		if (!read_length(s, &pos, &literals) || !span_has(s, pos, literals))
			return false;
		for (size_t i = 0; i < literals; i++)
			put_symbol(b, s.data[pos + i]);
		pos += literals;
		done += literals;
		if (pos == s.size)
			break;
		if (!span_le16(s, pos, &distance))
			return false;
		pos += 2;
		if (!read_length(s, &pos, &match) || distance == 0 || distance > done || distance > 32768)
			return false;
		match += 4;
		put_match(b, match, distance);
		done += match;
	}
	return done == page_size;
}

size_t deflate_from_lz4(const uint8_t *src, size_t src_size, const uint8_t *page, size_t page_size, uint8_t *out,
			size_t room)
{
	struct bits b = {.out = out, .room = room};

	if (src_size >= room)
		return 0;         /* LZ4 found next to nothing: literals take no less here than there */
	put_bits(&b, 0x0178, 16); /* CMF 0x78, FLG 0x01: a 32 KiB window, no dictionary */
	put_bits(&b, 1, 1);       /* the last block */
	put_bits(&b, 1, 2);       /* with fixed codes */
	if (!put_sequences(&b, span_of(src, src_size), page_size))
		return 0;
	put_symbol(&b, 256);
	put_last_bits(&b);
	if (b.used + 4 > room)
		return 0;
	put_be32(out + b.used, (uint32_t)adler32(1, page, (uInt)page_size));
	return b.used + 4;
}

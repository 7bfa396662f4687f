#include "fmt/inflate.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	LONGEST = 15, /* bits of a code */
	LITERALS = 288,
	DISTANCES = 30,
	WINDOW = 32768, /* the farthest that a match reaches back */
	END = 256,      /* of a block */
};

/* A canonical code: how many codes of each length, and their symbols in the order of the codes. */
struct code {
	uint16_t count[LONGEST + 1], symbol[LITERALS];
};

struct inflate {
	struct span in;
	size_t at;     /* of the next byte */
	uint32_t hold; /* bits taken from in and not yet used, the next one lowest */
	unsigned held;
	struct unpacked *out;
	size_t used;      /* bytes of the buffer */
	uint64_t written; /* bytes in all */
	int status;       /* the first error, negative; bits are zeros from then on */
	struct code literals, distances;
	uint8_t buffer[2 * WINDOW]; /* always the last WINDOW bytes, and those not handed out yet */
};

int unpacked_put(struct unpacked *out, const void *data, size_t size)
{
	if (size > out->max - out->size)
		return -EFBIG;
	out->size += size;
	return size ? out->take(out->context, data, size) : 0;
}

int unpacked_keep(void *context, const void *data, size_t size)
{
	struct kept *kept = context;

	if (size >= kept->capacity - kept->size) {
		size_t capacity = 2 * (kept->size + size) + 1;
		uint8_t *larger = realloc(kept->data, capacity);

		if (!larger)
			return -ENOMEM;
		kept->data = larger;
		kept->capacity = capacity;
	}
	memcpy(kept->data + kept->size, data, size);
	kept->size += size;
	kept->data[kept->size] = 0;
	return 0;
}

/* The next count bits (at most 16), the first one lowest. */
static unsigned take_bits(struct inflate *s, unsigned count)
{
	unsigned value;

	while (s->held < count) {
		uint8_t byte = 0;

		if (!span_u8(s->in, s->at, &byte) && !s->status)
			s->status = -EINVAL;
		s->at++;
		s->hold |= (uint32_t)byte << s->held;
		s->held += 8;
	}
	value = s->hold & ((1u << count) - 1);
	s->hold >>= count;
	s->held -= count;
	return s->status ? 0 : value;
}

static void hand_out(struct inflate *s, size_t size)
{
	if (!s->status)
		s->status = unpacked_put(s->out, s->buffer, size);
	s->used -= size;
	memmove(s->buffer, s->buffer + size, s->used);
}

/* When the buffer is full, drops its older half: no match reaches further back than the newer one. */
static void put_byte(struct inflate *s, uint8_t byte)
{
	s->buffer[s->used++] = byte;
	s->written++;
	if (s->used == sizeof(s->buffer))
		hand_out(s, WINDOW);
}

/* Makes a code from the length of each symbol's; more codes than fit are damage (3.2.2). */
static void make_code(struct inflate *s, struct code *code, const uint8_t *lengths, unsigned symbols)
{
	uint16_t next[LONGEST + 2] = {0};
	int room = 1;

	memset(code->count, 0, sizeof(code->count));
	for (unsigned i = 0; i < symbols; i++)
		code->count[lengths[i]]++;
	code->count[0] = 0;
	for (unsigned length = 1; length <= LONGEST; length++) {
		room = 2 * room - code->count[length];
		if (room < 0) {
			s->status = s->status ? s->status : -EINVAL;
			room = 0;
		}
		next[length + 1] = (uint16_t)(next[length] + code->count[length]);
	}
	for (unsigned i = 0; i < symbols; i++)
		if (lengths[i])
			code->symbol[next[lengths[i]]++] = (uint16_t)i;
}

/* The next symbol of a code; bits that match none are damage. */
static unsigned take_symbol(struct inflate *s, const struct code *code)
{
	unsigned bits = 0, first = 0, before = 0;

	for (unsigned length = 1; length <= LONGEST; length++) {
		bits = bits << 1 | take_bits(s, 1);
		first = (first + code->count[length - 1]) << 1;
		if (bits - first < code->count[length])
			return code->symbol[before + bits - first];
		before += code->count[length];
	}
	s->status = s->status ? s->status : -EINVAL;
	return END;
}

/* A length or a distance (3.2.5): pairs or quads of symbols have one more bit each. */
static unsigned take_number(struct inflate *s, unsigned symbol, unsigned shift)
{
	unsigned of_each = 1u << shift, extra;

	if (symbol < 2 * of_each)
		return symbol;
	extra = (symbol >> shift) - 1;
	return ((of_each + (symbol & (of_each - 1))) << extra) + take_bits(s, extra);
}

static void copy_match(struct inflate *s, unsigned symbol)
{
	/* The longest has a symbol of its own. */
	unsigned length = symbol == 285 ? 258 : 3 + take_number(s, symbol - 257, 2), distance;

	symbol = take_symbol(s, &s->distances);
	distance = symbol < DISTANCES ? 1 + take_number(s, symbol, 1) : WINDOW + 1;
	if (!s->status && (symbol >= DISTANCES || distance > s->written || distance > WINDOW))
		s->status = -EINVAL;
	for (; length && !s->status; length--)
		put_byte(s, s->buffer[s->used - distance]);
}

static void unpack_codes(struct inflate *s)
{
	while (!s->status) {
		unsigned symbol = take_symbol(s, &s->literals);

		if (symbol == END)
			return;
		if (symbol < END)
			put_byte(s, (uint8_t)symbol);
		else if (symbol <= 285)
			copy_match(s, symbol);
		else
			s->status = -EINVAL;
	}
}

/* A stored block (3.2.4). */
static void copy_stored(struct inflate *s)
{
	unsigned size, check;

	take_bits(s, s->held & 7);
	size = take_bits(s, 16);
	check = take_bits(s, 16);
	if (size != (check ^ 0xffff) && !s->status)
		s->status = -EINVAL;
	while (size-- && !s->status)
		put_byte(s, (uint8_t)take_bits(s, 8));
}

static void use_fixed(struct inflate *s)
{
	uint8_t lengths[LITERALS];

	for (unsigned i = 0; i < LITERALS; i++)
		lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	make_code(s, &s->literals, lengths, LITERALS);
	memset(lengths, 5, DISTANCES);
	make_code(s, &s->distances, lengths, DISTANCES);
}

/* The codes of a block, whose lengths are themselves coded (3.2.7). */
static void read_codes(struct inflate *s)
{
	static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
	unsigned literals = 257 + take_bits(s, 5), distances = 1 + take_bits(s, 5), count = 4 + take_bits(s, 4);
	uint8_t lengths[LITERALS + 32 + 138] = {0}, own[19] = {0}, last = 0;

	for (unsigned i = 0; i < count; i++)
		own[order[i]] = (uint8_t)take_bits(s, 3);
	make_code(s, &s->literals, own, 19);
	for (unsigned i = 0; i < literals + distances && !s->status;) {
		unsigned symbol = take_symbol(s, &s->literals), again = 1;

		if (symbol < 16)
			last = (uint8_t)symbol;
		else if (symbol == 16 && i)
			again = 3 + take_bits(s, 2);
		else if (symbol == 16 || symbol > 18)
			s->status = -EINVAL;
		else
			again = symbol == 17 ? 3 + take_bits(s, 3) : 11 + take_bits(s, 7);
		if (symbol > 16)
			last = 0;
		memset(lengths + i, last, again);
		i += again;
		if (i > literals + distances)
			s->status = -EINVAL;
	}
	if (literals > 286 || distances > DISTANCES)
		s->status = s->status ? s->status : -EINVAL;
	if (s->status)
		return;
	make_code(s, &s->literals, lengths, literals);
	make_code(s, &s->distances, lengths + literals, distances);
}

static void unpack_blocks(struct inflate *s)
{
	bool last = false;

	while (!last && !s->status) {
		unsigned kind;

		last = take_bits(s, 1);
		kind = take_bits(s, 2);
		if (kind == 0) {
			copy_stored(s);
			continue;
		}
		if (kind == 1)
			use_fixed(s);
		else if (kind == 2)
			read_codes(s);
		else
			s->status = -EINVAL;
		unpack_codes(s);
	}
}

ssize_t inflate_span(struct span packed, struct unpacked *out)
{
	struct inflate *s CLEANUP(free_ptr) = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->in = packed;
	s->out = out;
	unpack_blocks(s);
	if (s->status == -EINVAL)
		unpacked_put(out, s->buffer, s->used);
	hand_out(s, s->used);
	/* Gives back whole bytes that were read ahead. */
	return s->status ? s->status : (ssize_t)(s->at - s->held / 8);
}

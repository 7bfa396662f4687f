/*
 * Bytes from outside: a span is a pointer with a length, and every load from it is checked. The function's name gives
 * the byte order, independent of this machine; nothing is ever cast to a struct.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes: the span owns nothing. */
struct span {
	const uint8_t *data;
	size_t size;
};

static inline struct span span_of(const void *data, size_t size)
{
	return (struct span){.data = data, .size = size};
}

/* Whether [off, off + len) is inside; does not overflow. */
static inline bool span_has(struct span s, uint64_t off, uint64_t len)
{
	return off <= s.size && len <= s.size - off;
}

/* The part [off, off + len), or an empty span if that is not inside. */
static inline struct span span_part(struct span s, uint64_t off, uint64_t len)
{
	return span_has(s, off, len) ? span_of(s.data + off, len) : span_of(NULL, 0);
}

/* Whether the bytes are those of a text, without its final zero. */
static inline bool span_is(struct span s, const char *text)
{
	return s.size == strlen(text) && (s.size == 0 || memcmp(s.data, text, s.size) == 0);
}

/* Unchecked loads and stores, for bytes whose presence the caller has checked. */
static inline uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

static inline uint64_t get_be64(const uint8_t *p)
{
	return get_be32(p + 4) | (uint64_t)get_be32(p) << 32;
}

static inline void put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
	put_le32(p, (uint32_t)v);
	put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static inline void put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

/* Checked loads: false, and *v untouched, if the value is not wholly inside the span. */
static inline bool span_u8(struct span s, uint64_t off, uint8_t *v)
{
	if (!span_has(s, off, 1))
		return false;
	*v = s.data[off];
	return true;
}

static inline bool span_le16(struct span s, uint64_t off, uint16_t *v)
{
	if (!span_has(s, off, 2))
		return false;
	*v = get_le16(s.data + off);
	return true;
}

static inline bool span_le32(struct span s, uint64_t off, uint32_t *v)
{
	if (!span_has(s, off, 4))
		return false;
	*v = get_le32(s.data + off);
	return true;
}

static inline bool span_le64(struct span s, uint64_t off, uint64_t *v)
{
	if (!span_has(s, off, 8))
		return false;
	*v = get_le64(s.data + off);
	return true;
}

/* A blank: space, tab, or a character that ends a line. */
static inline bool span_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The span without blanks at its ends. */
struct span span_trim(struct span s);

/* Takes the next line off a text and returns it without its newline, which the last line may lack. */
struct span span_take_line(struct span *text);

#endif

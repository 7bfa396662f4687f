#include "fmt/vmcoreinfo.h"

#include <string.h>

/* Finds the line that begins with prefix, key, suffix and '='. */
static struct span find(struct span s, const char *prefix, const char *key, const char *suffix)
{
	size_t pos = 0;

	while (pos < s.size) {
		const uint8_t *line = s.data + pos;
		const uint8_t *end = memchr(line, '\n', s.size - pos);
		const char *parts[] = {prefix, key, suffix, "="};
		size_t length, used = 0;
		bool same = true;

		if (!end)
			break;
		length = (size_t)(end - line);
		for (size_t i = 0; i < 4 && same; i++) {
			size_t part = strlen(parts[i]);

			same = part <= length - used && memcmp(line + used, parts[i], part) == 0;
			if (same)
				used += part;
		}
		if (same)
			return span_of(line + used, length - used);
		pos += length + 1;
	}
	return span_of(NULL, 0);
}

/* Digits of a base up to the span's end; false for none, another character, or more than 64 bits. */
static bool parse(struct span s, unsigned base, uint64_t *value)
{
	uint64_t v = 0;

	if (!s.size)
		return false;
	for (size_t i = 0; i < s.size; i++) {
		uint8_t c = s.data[i];
		unsigned digit = c >= '0' && c <= '9'   ? c - 48u
				 : c >= 'a' && c <= 'f' ? c - 'a' + 10u
				 : c >= 'A' && c <= 'F' ? c - 'A' + 10u
							: 99;

		if (digit >= base || v > (UINT64_MAX - digit) / base)
			return false;
		v = v * base + digit;
	}
	*value = v;
	return true;
}

static bool is_0x(struct span s)
{
	return s.size > 2 && s.data[0] == '0' && (s.data[1] == 'x' || s.data[1] == 'X');
}

struct span vmcoreinfo_get(struct span text, const char *key)
{
	return find(text, "", key, "");
}

bool vmcoreinfo_symbol(struct span text, const char *name, uint64_t *value)
{
	struct span s = find(text, "SYMBOL(", name, ")");

	return parse(is_0x(s) ? span_part(s, 2, s.size - 2) : s, 16, value);
}

bool vmcoreinfo_number(struct span text, const char *name, int64_t *value)
{
	struct span s = find(text, "NUMBER(", name, ")");
	bool minus = s.size > 1 && s.data[0] == '-';
	uint64_t v;

	if (minus)
		s = span_part(s, 1, s.size - 1);
	if (is_0x(s) ? !parse(span_part(s, 2, s.size - 2), 16, &v) : !parse(s, 10, &v))
		return false;
	*value = (int64_t)(minus ? 0 - v : v);
	return true;
}

bool vmcoreinfo_size(struct span text, const char *name, uint64_t *value)
{
	return parse(find(text, "SIZE(", name, ")"), 10, value);
}

bool vmcoreinfo_offset(struct span text, const char *name, uint64_t *value)
{
	return parse(find(text, "OFFSET(", name, ")"), 10, value);
}

bool vmcoreinfo_length(struct span text, const char *name, uint64_t *value)
{
	return parse(find(text, "LENGTH(", name, ")"), 10, value);
}

bool vmcoreinfo_decimal(struct span text, const char *key, uint64_t *value)
{
	return parse(vmcoreinfo_get(text, key), 10, value);
}

bool vmcoreinfo_hex(struct span text, const char *key, uint64_t *value)
{
	return parse(vmcoreinfo_get(text, key), 16, value);
}

bool vmcoreinfo_text(struct span text, const char *key, char *out, size_t size)
{
	struct span s = vmcoreinfo_get(text, key);

	if (!s.data || s.size >= size)
		return false;
	memcpy(out, s.data, s.size);
	out[s.size] = 0;
	return true;
}

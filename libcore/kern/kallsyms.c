#include "kern/kallsyms.h"

#include <errno.h>
#include <string.h>

#include "fmt/vmcoreinfo.h"

enum {
	MOST_WANTED = 32,
	MOST_SYMBOLS = 4 << 20, /* a kernel has some hundred thousand */
	TOKENS = 256,
	TABLE_SIZE = 8192, /* of the tokens' text: 256 short words */
	NAME_MAX_SIZE = 512,
	WINDOW = 4096, /* of the compressed names */
	/*
	 * Only the order of the pages needs symbols: a damaged table must not take the time that the dump needs. Bytes
	 * read and letters written, and SYMBOL_WORK for each symbol; a million real symbols take less than half.
	 */
	MOST_WORK = 1 << 28,
	SYMBOL_WORK = 64,
};

struct table {
	struct kernel *kernel;
	uint64_t names, offsets, relative_base;
	bool has_base;
	uint32_t nr_symbols;
	/* the words that names are made of */
	uint16_t token_at[TOKENS];
	uint8_t token_text[TABLE_SIZE];
	size_t text_size;
	/* what has been read of the names */
	uint8_t window[WINDOW];
	size_t used, size;
	uint32_t work; /* done so far */
};

static int read_tokens(struct table *t, uint64_t text, uint64_t index, struct error *e)
{
	uint8_t bytes[TOKENS * 2];
	size_t last = 0;
	int r = kernel_read(t->kernel, index, bytes, sizeof(bytes), e);

	for (unsigned i = 0; r == 0 && i < TOKENS; i++) {
		t->token_at[i] = get_le16(bytes + i * 2UL);
		if (t->token_at[i] > last)
			last = t->token_at[i];
	}
	/* The last word's end is unknown, but it is short. */
	t->text_size = last + 64;
	if (r == 0 && t->text_size > TABLE_SIZE)
		r = error_set(e, ENODATA, "kallsyms: words of %zu bytes", t->text_size);
	return r < 0 ? r : kernel_read(t->kernel, text, t->token_text, t->text_size, e);
}

static int open_table(struct table *t, struct kernel *kernel, struct error *e)
{
	struct span info = kernel->info;
	uint64_t text, index, number;
	int r;

	t->kernel = kernel;
	if (!vmcoreinfo_symbol(info, "kallsyms_names", &t->names) ||
	    !vmcoreinfo_symbol(info, "kallsyms_num_syms", &number) ||
	    !vmcoreinfo_symbol(info, "kallsyms_token_table", &text) ||
	    !vmcoreinfo_symbol(info, "kallsyms_token_index", &index) ||
	    !vmcoreinfo_symbol(info, "kallsyms_offsets", &t->offsets))
		return error_set(e, ENODATA, "VMCOREINFO does not lead to kallsyms");
	r = kernel_read_u32(kernel, number, &t->nr_symbols, e);
	if (r == 0 && t->nr_symbols > MOST_SYMBOLS)
		r = error_set(e, ENODATA, "kallsyms: %u symbols, more than any kernel has", t->nr_symbols);
	if (r == 0)
		r = read_tokens(t, text, index, e);
	if (r == 0 && vmcoreinfo_symbol(info, "kallsyms_relative_base", &number)) {
		r = kernel_read_u64(kernel, number, &t->relative_base, e);
		t->has_base = true;
	}
	return r;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static int next_byte(struct table *t, uint8_t *byte, struct error *e)
{
	if (t->work++ >= MOST_WORK)
		return error_set(e, ENODATA, "kallsyms: larger than any kernel's");
	if (t->used == t->size) {
		uint64_t at = t->names + t->size;
		int r;

		/* Up to the end of the page: the table may end where the mapping does. */
		t->names = at;
		t->size = WINDOW - at % WINDOW;
		t->used = 0;
		r = kernel_read(t->kernel, at, t->window, t->size, e);
		if (r < 0)
			return r;
	}
	*byte = t->window[t->used++];
	return 0;
}

/* Appends a word; a name that is too long is cut, and then matches none. */
static void append_token(struct table *t, uint8_t token, char *name, size_t *size)
{
	size_t at = t->token_at[token];

	for (; at < t->text_size && t->token_text[at] && *size < NAME_MAX_SIZE - 1; at++, t->work++)
		name[(*size)++] = (char)t->token_text[at];
}

/* The next symbol's name, after the letter of its type. Two bytes of length since 6.1: 73bbb94466fd. */
static int next_name(struct table *t, char name[NAME_MAX_SIZE], struct error *e)
{
	size_t size = 0;
	uint8_t byte = 0, high = 0;
	unsigned count;
	int r = next_byte(t, &byte, e);

	t->work += SYMBOL_WORK;
	count = byte;
	if (r == 0 && (byte & 0x80)) {
		r = next_byte(t, &high, e);
		count = (byte & 0x7fU) | (unsigned)high << 7;
	}
	for (unsigned i = 0; r == 0 && i < count; i++) {
		r = next_byte(t, &byte, e);
		if (r == 0)
			append_token(t, byte, name, &size);
	}
	name[size] = 0;
	return r;
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

/* How a kernel encodes addresses as offsets. */
enum encoding {
	SIGNED_FROM_BASE, /* CONFIG_KALLSYMS_ABSOLUTE_PERCPU: per-CPU symbols are absolute, all others negative */
	FROM_BASE,
	FROM_ENTRY, /* relative to the entry itself: kernels without kallsyms_relative_base */
	NR_ENCODINGS,
};

static uint64_t decode(const struct table *t, enum encoding encoding, uint32_t i, uint32_t offset)
{
	uint64_t distance = (uint64_t)(int64_t)(int32_t)offset;

	if (encoding == FROM_ENTRY)
		return t->offsets + UINT64_C(4) * i + distance;
	if (encoding == FROM_BASE)
		return t->relative_base + offset;
	return (int32_t)offset >= 0 ? offset : t->relative_base - 1 - distance;
}

/* The encoding that gives a symbol its address in VMCOREINFO, or NR_ENCODINGS. */
static enum encoding choose(const struct table *t, uint32_t i, uint32_t offset, uint64_t address)
{
	enum encoding encoding = t->has_base ? SIGNED_FROM_BASE : FROM_ENTRY;

	while (encoding < NR_ENCODINGS && decode(t, encoding, i, offset) != address)
		encoding++;
	return encoding;
}

static int read_offset(struct table *t, uint32_t i, uint32_t *offset, struct error *e)
{
	return kernel_read_u32(t->kernel, t->offsets + UINT64_C(4) * i, offset, e);
}

static const char known[] = "init_uts_ns";

/* Converts positions in the table to addresses. */
static int settle(struct table *t, struct kallsyms_wanted *wanted, const uint32_t *position, unsigned nr, int known_at,
		  struct error *e)
{
	enum encoding encoding;
	uint64_t address;
	uint32_t offset;
	int found = 0, r;

	if (known_at < 0 || !vmcoreinfo_symbol(t->kernel->info, known, &address))
		return error_set(e, ENODATA, "kallsyms or VMCOREINFO lacks %s", known);
	r = read_offset(t, (uint32_t)known_at, &offset, e);
	if (r < 0)
		return r;
	encoding = choose(t, (uint32_t)known_at, offset, address);
	if (encoding == NR_ENCODINGS)
		return error_set(e, ENODATA, "kallsyms: unknown encoding of addresses");
	for (unsigned i = 0; i < nr; i++) {
		if (!wanted[i].found)
			continue;
		r = read_offset(t, position[i], &offset, e);
		if (r < 0)
			return r;
		wanted[i].address = decode(t, encoding, position[i], offset);
		found++;
	}
	return found;
}

int kallsyms_find(struct kernel *kernel, struct kallsyms_wanted *wanted, unsigned nr, struct error *e)
{
	struct table t = {.kernel = kernel};
	uint32_t position[MOST_WANTED];
	char name[NAME_MAX_SIZE];
	unsigned left = nr + 1;
	int known_at = -1, r;

	for (unsigned i = 0; i < nr; i++)
		wanted[i].found = false;
	if (nr > MOST_WANTED)
		return error_set(e, EINVAL, "%u symbols at once", nr);
	r = open_table(&t, kernel, e);
	for (uint32_t at = 0; r == 0 && left && at < t.nr_symbols; at++) {
		r = next_name(&t, name, e);
		if (r < 0 || !name[0])
			continue;
		if (known_at < 0 && strcmp(name + 1, known) == 0) {
			known_at = (int)at;
			left--;
		}
		for (unsigned i = 0; i < nr; i++) {
			if (wanted[i].found || strcmp(name + 1, wanted[i].name) != 0)
				continue;
			wanted[i].found = true;
			position[i] = at;
			left--;
		}
	}
	if (r == 0)
		r = settle(&t, wanted, position, nr, known_at, e);
	if (r < 0)
		for (unsigned i = 0; i < nr; i++)
			wanted[i].found = false;
	return r;
}

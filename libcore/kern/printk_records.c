/*
 * The records of 3.5 to 5.9, and the older plain ring of text: kernel/printk/printk.c and kernel/printk.c of those
 * versions.
 */
#include <errno.h>
#include <string.h>

#include "fmt/vmcoreinfo.h"
#include "kern/printk_formats.h"

enum {
	MOST_LOG = 1 << 28,   /* bytes of a log buffer */
	MOST_PLAIN = 1 << 22, /* of a plain one, which is read byte by byte: the newest */
};

/* log_buf is a pointer and log_buf_len an int, both variables of the kernel. */
static int find_buffer(struct kernel *k, uint64_t *buffer, uint32_t *size, struct error *e)
{
	uint64_t at, size_at;
	int r;

	if (!vmcoreinfo_symbol(k->info, "log_buf", &at) || !vmcoreinfo_symbol(k->info, "log_buf_len", &size_at))
		return error_set(e, ENODATA, "VMCOREINFO lacks log_buf or log_buf_len");
	r = kernel_read_u64(k, at, buffer, e);
	if (r == 0)
		r = kernel_read_u32(k, size_at, size, e);
	if (r == 0 && (*size == 0 || *size > MOST_LOG))
		return error_set(e, ENODATA, "the log is damaged: a buffer of %u bytes", *size);
	return r;
}

static int read_variable(struct kernel *k, const char *name, uint32_t *value, struct error *e)
{
	uint64_t at;

	if (!vmcoreinfo_symbol(k->info, name, &at))
		return error_set(e, ENODATA, "VMCOREINFO lacks %s", name);
	return kernel_read_u32(k, at, value, e);
}

/* --- 3.5 to 5.9 --------------------------------------------------------------------------------------------------- */

/* struct printk_log, named log until 3.11 (kernel commit 62e32ac3505a). */
struct record_layout {
	uint64_t size, ts_nsec, len, text_len;
};

static bool find_layout(struct span info, struct record_layout *l)
{
	if (vmcoreinfo_size(info, "printk_log", &l->size))
		return vmcoreinfo_offset(info, "printk_log.ts_nsec", &l->ts_nsec) &&
		       vmcoreinfo_offset(info, "printk_log.len", &l->len) &&
		       vmcoreinfo_offset(info, "printk_log.text_len", &l->text_len);
	return vmcoreinfo_size(info, "log", &l->size) && vmcoreinfo_offset(info, "log.ts_nsec", &l->ts_nsec) &&
	       vmcoreinfo_offset(info, "log.len", &l->len) && vmcoreinfo_offset(info, "log.text_len", &l->text_len);
}

/* Reads the record at an index. Returns its length, 0 for "go on at the buffer's start", or a negative errno. */
static int read_record(struct kernel *k, const struct record_layout *l, uint64_t at, uint32_t room, char *text,
		       struct printk_record *record, struct error *e)
{
	uint8_t header[64];
	struct span s = span_of(header, (size_t)l->size);
	uint16_t len = 0, text_len = 0;
	int r = kernel_read(k, at, header, (size_t)l->size, e);

	if (r < 0)
		return r;
	if (!span_le64(s, l->ts_nsec, &record->ts_nsec) || !span_le16(s, l->len, &len) ||
	    !span_le16(s, l->text_len, &text_len))
		return error_set(e, ENODATA, "VMCOREINFO's layout of printk_log is impossible");
	if (len == 0)
		return 0;
	if (len < l->size || len > room || text_len > len - l->size)
		return error_set(e, EILSEQ, "a record of %u bytes with a text of %u", len, text_len);
	r = kernel_read(k, at + l->size, text, text_len, e);
	record->text = text;
	record->size = text_len;
	return r < 0 ? r : len;
}

int64_t printk_walk_records(struct kernel *k, char *text, printk_fn *fn, void *context, uint64_t *damaged,
			    struct error *e)
{
	struct record_layout l;
	uint32_t size, index, end, wraps = 0;
	uint64_t buffer;
	int64_t count = 0;
	int r = find_buffer(k, &buffer, &size, e);

	if (r < 0 || (r = read_variable(k, "log_first_idx", &index, e)) < 0 ||
	    (r = read_variable(k, "log_next_idx", &end, e)) < 0)
		return r;
	if (!find_layout(k->info, &l) || l.size < 8 || l.size > 64)
		return error_set(e, ENODATA, "VMCOREINFO lacks the layout of printk_log");
	while (index != end) {
		struct printk_record record = {.seq = (uint64_t)count};

		/* Wraps around at most once: a second time is a cycle. */
		if (index + l.size <= size)
			r = read_record(k, &l, buffer + index, size - index, text, &record, e);
		else
			r = 0;
		if (r == 0 && wraps++ == 0) {
			index = 0;
			continue;
		}
		if (r <= 0 || (wraps && index > end)) {
			++*damaged; /* this one's damage also hides the start of the next */
			break;
		}
		index += (uint32_t)r;
		r = fn(context, &record, e);
		if (r < 0)
			return r;
		count++;
	}
	return count;
}

/* --- before 3.5 --------------------------------------------------------------------------------------------------- */

/* Lines, oldest first: log_end counts every byte ever logged, and the buffer holds the last of them. */
int64_t printk_walk_plain(struct kernel *k, char *text, printk_fn *fn, void *context, uint64_t *damaged,
			  struct error *e)
{
	struct printk_record record = {.plain = true, .text = text};
	uint32_t size, end, logged;
	uint64_t buffer;
	int64_t count = 0;
	int r = find_buffer(k, &buffer, &size, e);

	(void)damaged;
	if (r < 0 || (r = read_variable(k, "log_end", &end, e)) < 0)
		return r;
	if (read_variable(k, "logged_chars", &logged, e) < 0 || logged > size)
		logged = end < size ? end : size;
	if (logged > MOST_PLAIN)
		logged = MOST_PLAIN;
	for (uint32_t i = 0; i < logged; i++) {
		uint32_t at = (end - logged + i) % size;
		char c;

		r = kernel_read(k, buffer + at, &c, 1, e);
		if (r < 0)
			return r;
		if (c != '\n')
			text[record.size++] = c;
		if ((c != '\n' || i == 0) && i + 1 < logged && record.size < PRINTK_TEXT_MAX)
			continue;
		record.seq = (uint64_t)count++;
		r = fn(context, &record, e);
		if (r < 0)
			return r;
		record.size = 0;
	}
	return count;
}

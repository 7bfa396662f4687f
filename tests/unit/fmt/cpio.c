#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fmt/cpio.h"

/* A fixed place for an archive, that fails from a given byte on. */
struct store {
	uint8_t bytes[2048];
	size_t size, limit;
};

static int store_put(void *context, const void *data, size_t size)
{
	struct store *s = context;

	if (size > s->limit - s->size)
		return -ENOSPC;
	memcpy(s->bytes + s->size, data, size);
	s->size += size;
	return 0;
}

/* A directory, a file of three bytes and a node. */
static int write_sample(struct store *s, struct error *e)
{
	struct cpio_writer w = {.put = store_put, .context = s};
	int status = cpio_put(&w, &(struct cpio_entry){.name = "dev", .ino = 1, .mode = S_IFDIR | 0755, .nlink = 2}, e);

	if (status == 0)
		status = cpio_put(&w,
				  &(struct cpio_entry){.name = "dev/console",
						       .ino = 2,
						       .mode = S_IFCHR | 0600,
						       .nlink = 1,
						       .rdevmajor = 5,
						       .rdevminor = 1},
				  e);
	if (status == 0)
		status = cpio_put(&w,
				  &(struct cpio_entry){.name = "init",
						       .ino = 3,
						       .mode = S_IFREG | 0755,
						       .nlink = 1,
						       .mtime = 7,
						       .data = span_of("abc", 3)},
				  e);
	return status < 0 ? status : cpio_put_end(&w, e);
}

static void layout(struct test *t)
{
	/* In the order of the format: magic, ino, mode, uid, gid, nlink, mtime, size, 2 devices, name's size, checksum.
	 */
	static const char header[] =
		"07070100000003000081ED000000000000000000000001000000070000000300000000000000000000"
		"00000000000000000005"
		"00000000init";
	struct store s = {.limit = sizeof(s.bytes)};
	struct error e = {.code = 0};

	CHECK_INT(t, write_sample(&s, &e), 0);
	CHECK_INT(t, s.size, 116 + 124 + 116 + 4 + 124);
	CHECK_MEM(t, s.bytes + 116 + 124, header, sizeof(header));
	CHECK_MEM(t, s.bytes + 116 + 124 + 116, "abc\000070701", 10);
	CHECK_MEM(t, s.bytes + s.size - 14, "TRAILER!!!\0\0\0", 14);
}

static void reading(struct test *t)
{
	struct store s = {.limit = sizeof(s.bytes)};
	struct error e = {.code = 0};
	struct cpio_reader r;
	struct cpio_entry entry;

	write_sample(&s, &e);
	r = (struct cpio_reader){.archive = span_of(s.bytes, s.size)};
	CHECK_INT(t, cpio_next(&r, &entry, &e), 1);
	CHECK_STR(t, entry.name, "dev");
	CHECK_INT(t, entry.mode, S_IFDIR | 0755);
	CHECK_INT(t, cpio_next(&r, &entry, &e), 1);
	CHECK_STR(t, entry.name, "dev/console");
	CHECK_INT(t, entry.rdevmajor, 5);
	CHECK_INT(t, entry.rdevminor, 1);
	CHECK_INT(t, cpio_next(&r, &entry, &e), 1);
	CHECK_STR(t, entry.name, "init");
	CHECK_INT(t, entry.mtime, 7);
	CHECK_INT(t, entry.data.size, 3);
	CHECK_MEM(t, entry.data.data, "abc", 3);
	CHECK_INT(t, cpio_next(&r, &entry, &e), 0);
	CHECK_INT(t, r.offset, s.size);
}

static int count(struct span archive, struct cpio_reader *r, struct error *e)
{
	struct cpio_entry entry;
	int n = 0, status;

	*r = (struct cpio_reader){.archive = archive};
	while ((status = cpio_next(r, &entry, e)) > 0)
		n++;
	return status < 0 ? status : n;
}

static void concatenated(struct test *t)
{
	struct store s = {.limit = sizeof(s.bytes)};
	struct error e = {.code = 0};
	struct cpio_reader r;

	write_sample(&s, &e);
	/* The kernel's own padding between archives: zeros up to any multiple of 4. */
	memset(s.bytes + s.size, 0, 28);
	s.size += 28;
	write_sample(&s, &e);
	CHECK_INT(t, count(span_of(s.bytes, s.size), &r, &e), 6);
	memcpy(s.bytes + s.size, "\x1f\x8b...", 5);
	CHECK_INT(t, count(span_of(s.bytes, s.size + 5), &r, &e), 6);
	CHECK_INT(t, r.offset, s.size);
}

static void damaged(struct test *t)
{
	struct store s = {.limit = sizeof(s.bytes)};
	struct error e = {.code = 0};
	struct cpio_reader r;

	write_sample(&s, &e);
	/* Cut anywhere but behind the last name's NUL: never more entries than there are, never a good end. */
	for (size_t size = 0; size < s.size - 3; size++)
		CHECK_INT(t, count(span_of(s.bytes, size), &r, &e), -EINVAL);
	CHECK_INT(t, count(span_of("", 0), &r, &e), -EINVAL);
	CHECK_HAS(t, e.text, "not a newc archive");
	s.bytes[20] = 'x';
	CHECK_INT(t, count(span_of(s.bytes, s.size), &r, &e), -EINVAL);
	CHECK_STR(t, e.text, "field 2 of the header at byte 0 is not a number");
	s.bytes[20] = '0';
	memcpy(s.bytes + 6 + 8 * 11, "FFFFFFFF", 8);
	CHECK_INT(t, count(span_of(s.bytes, s.size), &r, &e), -EINVAL);
	CHECK_STR(t, e.text, "the header at byte 0 has a bad name");
	memcpy(s.bytes + 6 + 8 * 11, "00000004", 8);
	memcpy(s.bytes + 6 + 8 * 6, "FFFFFFFF", 8);
	CHECK_INT(t, count(span_of(s.bytes, s.size), &r, &e), -EINVAL);
	CHECK_STR(t, e.text, "dev: its 4294967295 bytes go past the archive's end");
}

static void refused(struct test *t)
{
	struct store s = {.limit = sizeof(s.bytes)};
	struct cpio_writer w = {.put = store_put, .context = &s};
	struct error e = {.code = 0};

	CHECK_INT(t, cpio_put(&w, &(struct cpio_entry){.name = ""}, &e), -EINVAL);
	CHECK_INT(t, cpio_put(&w, &(struct cpio_entry){.name = "x", .data = span_of("", (size_t)1 << 32)}, &e), -EFBIG);
	CHECK_INT(t, s.size, 0);
	/* Whichever write fails, its error comes back. */
	for (size_t limit = 0; limit < 484; limit += 4) {
		s = (struct store){.limit = limit};
		CHECK_INT(t, write_sample(&s, &e), -ENOSPC);
		CHECK_HAS(t, e.text, "writing the archive at byte ");
	}
}

void suite_cpio(struct test *t)
{
	test_run(t, "the bytes of an archive", layout);
	test_run(t, "what was written is read back", reading);
	test_run(t, "archives one behind another", concatenated);
	test_run(t, "damage is named", damaged);
	test_run(t, "what cannot be written", refused);
}

/* Reading images: what is packed comes out again, and what is damaged is refused. */
#include "unit/test.h"

#include <errno.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fmt/gunzip.h"
#include "fmt/image_info.h"
#include "fmt/initrd.h"
#include "fmt/unlz4.h"
#include "fmt/cpio.h"

enum { ROOM = 1 << 20 };

struct heap {
	uint8_t *data;
	size_t size;
	int fail; /* what take returns */
};

static int take(void *context, const void *data, size_t size)
{
	struct heap *h = context;

	if (h->fail || size > ROOM - h->size)
		return h->fail ? h->fail : -ENOSPC;
	memcpy(h->data + h->size, data, size);
	h->size += size;
	return 0;
}

/* Bytes of several kinds, by turns: zeros, text with repeats near and far, and noise. */
static void make_sample(uint8_t *data, size_t size, unsigned seed)
{
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		switch ((i >> 12) % 4) {
		case 0:
			data[i] = 0;
			break;
		case 1:
			data[i] = "crash dump "[(x >> 24) % 11];
			break;
		case 2:
			data[i] = i >= 30000 ? data[i - 30000] : (uint8_t)(i / 3);
			break;
		default:
			data[i] = (uint8_t)(x >> 24);
		}
	}
}

static size_t pack_gzip(const uint8_t *data, size_t size, int level, int strategy, int memory, uint8_t *out)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
	size_t used;

	deflateInit2(&z, level, Z_DEFLATED, 15 + 16, memory, strategy);
	z.next_out = out;
	z.avail_out = ROOM;
	deflate(&z, Z_FINISH);
	used = ROOM - z.avail_out;
	deflateEnd(&z);
	return used;
}

struct rooms {
	uint8_t plain[ROOM], packed[ROOM], out[ROOM];
};

/* Every level and strategy, so every kind of block; sizes around the borders of the window. */
static void gzips(struct test *t)
{
	static const size_t sizes[] = {0, 1, 100, 32767, 32768, 65535, 65536, 65537, 300000};
	struct rooms *r = malloc(sizeof(*r));
	struct error e;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_sample(r->plain, sizes[i], (unsigned)i);
		for (int level = 0; level <= 9; level++) {
			for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++) {
				size_t packed =
					pack_gzip(r->plain, sizes[i], level, strategy, 1 + level % 9, r->packed);
				struct heap h = {.data = r->out};
				struct unpacked out = {.take = take, .context = &h, .max = ROOM};

				/* What stands behind it is left alone. */
				r->packed[packed] = 0x55;
				CHECK_INT(t, gunzip(span_of(r->packed, packed + 1), &out, &e), packed);
				CHECK_INT(t, h.size, sizes[i]);
				CHECK_INT(t, out.size, sizes[i]);
				CHECK_MEM(t, h.data, r->plain, sizes[i]);
			}
		}
	}
	free(r);
}

/* Cut at every byte, and with every byte changed: an error, or (in the header's time and the like) the same bytes. */
static void gzip_damage(struct test *t)
{
	struct rooms *r = malloc(sizeof(*r));
	size_t packed, size = 3000;
	struct error e;
	int accepted = 0;

	make_sample(r->plain, 8192, 7);
	memmove(r->plain, r->plain + 4096, size);
	memcpy(r->plain + 1000, r->plain, 500);
	packed = pack_gzip(r->plain, size, 9, Z_DEFAULT_STRATEGY, 9, r->packed);
	for (size_t i = 0; i < packed; i++) {
		struct heap h = {.data = r->out};
		struct unpacked out = {.take = take, .context = &h, .max = ROOM};
		uint8_t *cut = malloc(i);

		/* A copy of just that size: a read behind it is seen. */
		memcpy(cut, r->packed, i);
		CHECK_INT(t, gunzip(span_of(cut, i), &out, &e), -EINVAL);
		free(cut);
		h.size = out.size = 0;
		r->packed[i] ^= 0x10;
		if (gunzip(span_of(r->packed, packed), &out, &e) >= 0) {
			CHECK_MEM(t, h.data, r->plain, size);
			accepted++;
		}
		r->packed[i] ^= 0x10;
	}
	/* The time, the extra flags and the operating system; and what few bits mean nothing. */
	CHECK(t, accepted >= 6 && accepted < (int)packed / 20);
	free(r);
}

static void limits(struct test *t)
{
	struct rooms *r = malloc(sizeof(*r));
	struct heap h = {.data = r->out};
	struct unpacked out = {.take = take, .context = &h, .max = 99};
	size_t packed;
	struct error e;

	memset(r->plain, 'x', 100);
	packed = pack_gzip(r->plain, 100, 9, Z_DEFAULT_STRATEGY, 9, r->packed);
	CHECK_INT(t, gunzip(span_of(r->packed, packed), &out, &e), -EFBIG);
	CHECK_STR(t, e.text, "gzip: decompresses to more than 99 bytes");
	out.max = 100;
	out.size = h.size = 0;
	CHECK_INT(t, gunzip(span_of(r->packed, packed), &out, &e), packed);
	h.fail = -ENOSPC;
	out.size = h.size = 0;
	CHECK_INT(t, gunzip(span_of(r->packed, packed), &out, &e), -ENOSPC);
	CHECK_INT(t, gunzip(span_of("hello", 5), &out, &e), -EINVAL);
	CHECK_INT(t, gunzip(span_of(NULL, 0), &out, &e), -EINVAL);
	free(r);
}

static size_t pack_lz4(const uint8_t *data, size_t size, uint8_t *out)
{
	int n = LZ4_compress_default((const char *)data, (char *)out + 8, (int)size, ROOM - 8);

	put_le32(out, 0x184c2102);
	put_le32(out + 4, (uint32_t)n);
	return (size_t)n + 8;
}

static void lz4s(struct test *t)
{
	struct rooms *r = malloc(sizeof(*r));
	struct error e;

	for (size_t size = 1; size < 400000; size = size * 3 + 1) {
		struct heap h = {.data = r->out};
		struct unpacked out = {.take = take, .context = &h, .max = ROOM};
		size_t packed;

		make_sample(r->plain, size, (unsigned)size);
		packed = pack_lz4(r->plain, size, r->packed);
		memset(r->packed + packed, 0, 8);
		CHECK_INT(t, unlz4(span_of(r->packed, packed + 8), &out, &e), packed);
		CHECK_INT(t, h.size, size);
		CHECK_MEM(t, h.data, r->plain, size);
	}
	free(r);
}

static void lz4_damage(struct test *t)
{
	static const uint8_t far[] = "\x02\x21\x4c\x18\x05\0\0\0\x10x\x02\0\0"; /* a match before the start */
	static const uint8_t none[] = "\x02\x21\x4c\x18\x05\0\0\0\x10x\0\0\0";  /* ... and one of itself */
	static const uint8_t ends[] = "\x02\x21\x4c\x18\x02\0\0\0\xf0\xff";     /* a length that goes on */
	struct rooms *r = malloc(sizeof(*r));
	struct heap h = {.data = r->out};
	struct unpacked out = {.take = take, .context = &h, .max = ROOM};
	struct error e;

	CHECK_INT(t, unlz4(span_of(far, 13), &out, &e), -EINVAL);
	CHECK_INT(t, unlz4(span_of(none, 13), &out, &e), -EINVAL);
	CHECK_INT(t, unlz4(span_of(ends, 10), &out, &e), -EINVAL);
	CHECK_INT(t, unlz4(span_of(far, 3), &out, &e), -EINVAL);
	free(r);
}

struct archive {
	uint8_t bytes[4096];
	size_t size;
};

static int put(void *context, const void *data, size_t size)
{
	struct archive *a = context;

	memcpy(a->bytes + a->size, data, size);
	a->size += size;
	return 0;
}

/* An archive of one file, behind what is there. */
static void add_file(struct archive *a, const char *name, const char *text)
{
	struct cpio_writer w = {.put = put, .context = a};
	struct cpio_entry entry = {.name = name, .mode = 0100644, .nlink = 1, .data = span_of(text, strlen(text))};
	struct error e;

	cpio_put(&w, &entry, &e);
	cpio_put_end(&w, &e);
}

static void several(struct test *t)
{
	struct archive one = {.size = 0}, two = {.size = 0}, three = {.size = 0};
	struct rooms *r = malloc(sizeof(*r));
	struct initrd i;
	struct span data;
	struct error e;
	size_t size;

	add_file(&one, "etc/a", "first");
	add_file(&one, "etc/b", "stays");
	add_file(&two, "./etc/a", "second");
	add_file(&three, "/etc/c", "third");
	memcpy(r->packed, one.bytes, one.size);
	size = one.size + 512 - one.size % 512;
	memset(r->packed + one.size, 0, size - one.size);
	size += pack_gzip(two.bytes, two.size, 9, Z_DEFAULT_STRATEGY, 9, r->plain);
	memcpy(r->packed + 512 * (one.size / 512 + 1), r->plain, size - 512 * (one.size / 512 + 1));
	memset(r->packed + size, 0, 7);
	size += 7;
	size += pack_lz4(three.bytes, three.size, r->packed + size);
	CHECK_INT(t, initrd_init(&i, span_of(r->packed, size), ROOM, &e), 0);
	CHECK_INT(t, i.count, 3);
	CHECK_INT(t, initrd_find(&i, "etc/a", &data), 1);
	CHECK(t, data.size == 6 && memcmp(data.data, "second", 6) == 0);
	CHECK_INT(t, initrd_find(&i, "etc/b", &data), 1);
	CHECK_INT(t, initrd_find(&i, "etc/c", &data), 1);
	CHECK_INT(t, initrd_find(&i, "etc/d", &data), 0);
	initrd_deinit(&i);
	CHECK_INT(t, initrd_init(&i, span_of(r->packed, size), 300, &e), -EFBIG);
	initrd_deinit(&i);
	r->packed[size++] = 'x';
	CHECK_INT(t, initrd_init(&i, span_of(r->packed, size), ROOM, &e), -EINVAL);
	CHECK_HAS(t, e.text, "the archive at byte");
	initrd_deinit(&i);
	free(r);
}

static void refused(struct test *t)
{
	struct initrd i;
	struct error e;

	CHECK_INT(t, initrd_init(&i, span_of(NULL, 0), ROOM, &e), -EINVAL);
	initrd_deinit(&i);
	CHECK_INT(t, initrd_init(&i, span_of("hello", 5), ROOM, &e), -EINVAL);
	initrd_deinit(&i);
	CHECK_INT(t, initrd_init(&i, span_of("\x28\xb5\x2f\xfd....", 8), ROOM, &e), -ENOTSUP);
	CHECK_STR(t, e.text, "compressed with zstd, which is not read here");
	initrd_deinit(&i);
}

static int parse(struct image_info *info, const char *text, struct error *e)
{
	return image_info_parse(info, span_of(text, strlen(text)), e);
}

static void infos(struct test *t)
{
	struct image_info info;
	struct error e;

	CHECK_INT(t,
		  parse(&info,
			"made_by crashbox 0.1\nconfiguration my dump.conf 0badcafe\nkernel 6.1.0-1-amd64 FFFFFFFF\n"
			"cmdline irqpoll x=\"a b\" # not a comment\nminimum 60817408\nfuture words\n\nend",
			&e),
		  0);
	CHECK_STR(t, info.made_by, "crashbox 0.1");
	CHECK(t, info.configuration.known && info.kernel.known);
	CHECK_STR(t, info.configuration.name, "my dump.conf");
	CHECK_INT(t, info.configuration.crc, 0x0badcafe);
	CHECK_STR(t, info.kernel.name, "6.1.0-1-amd64");
	CHECK_INT(t, info.kernel.crc, 0xffffffff);
	CHECK_STR(t, info.cmdline, "irqpoll x=\"a b\" # not a comment");
	CHECK_INT(t, info.minimum, 60817408);
	CHECK_INT(t, parse(&info, "", &e), 0);
	CHECK(t, !info.kernel.known && !info.cmdline[0] && !info.minimum);
	CHECK_INT(t, parse(&info, "made_by x\nkernel 6.1", &e), -EINVAL);
	CHECK_STR(t, e.text, "crashbox.info, line 2: invalid value of kernel");
	CHECK_INT(t, parse(&info, "kernel 6.1 0badcaf", &e), -EINVAL);
	CHECK_INT(t, parse(&info, "kernel 6.1 0badcafx", &e), -EINVAL);
	CHECK_INT(t, parse(&info, "minimum 64M", &e), -EINVAL);
	CHECK_INT(t, parse(&info, "minimum", &e), -EINVAL);
	CHECK_INT(t, parse(&info, "minimum 99999999999999999999999", &e), -EINVAL);
}

void suite_initrd(struct test *t)
{
	test_run(t, "gzip unpacks what zlib packs", gzips);
	test_run(t, "gzip that is damaged", gzip_damage);
	test_run(t, "limits and failures", limits);
	test_run(t, "lz4 unpacks what liblz4 packs", lz4s);
	test_run(t, "lz4 that is damaged", lz4_damage);
	test_run(t, "several archives, each packed in its own way", several);
	test_run(t, "images that are refused", refused);
	test_run(t, "crashbox.info", infos);
}

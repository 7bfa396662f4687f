/* Images as they are read back: made by the programs that others make theirs with, mixed, padded and damaged. */
#include "image/image_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/archive.h"
#include "base/cleanup.h"
#include "compress/compress.h"
#include "compress/frame_size.h"
#include "fmt/unlz4.h"
#include "sys/file.h"
#include "unit/test.h"

/* --- formats ------------------------------------------------------------------------------------------------------ */

static void formats(struct test *t)
{
	struct error e = {.text = ""};
	enum compression format = COMPRESSION_NONE;

	CHECK_INT(t, compress_format_read(&format, "gzip", &e), 0);
	CHECK_INT(t, format, COMPRESSION_GZIP);
	CHECK_INT(t, compress_format_read(&format, "lz4", &e), 0);
	CHECK_INT(t, format, COMPRESSION_LZ4);
	CHECK_INT(t, compress_format_read(&format, "none", &e), 0);
	CHECK_INT(t, format, COMPRESSION_NONE);
	CHECK_INT(t, compress_format_read(&format, "xz", &e), -EINVAL);
	CHECK_HAS(t, e.text, "gzip, none or lz4");
	CHECK_HAS(t, e.text, "more memory than it saves");
}

/* Each format is told from the others by its own first bytes, and by no fewer. */
static void magics(struct test *t)
{
	for (unsigned i = COMPRESSION_NONE + 1; i < COMPRESSIONS; i++) {
		struct span magic = compression_magic((enum compression)i);

		CHECK(t, magic.size >= 2);
		CHECK_INT(t, compression_find(magic), i);
		CHECK_INT(t, compression_find(span_of(magic.data, magic.size - 1)), COMPRESSION_NONE);
	}
	CHECK_INT(t, compression_find(span_of("070701", 6)), COMPRESSION_NONE);
	CHECK_INT(t, compression_find(span_of(NULL, 0)), COMPRESSION_NONE);
}

/* Two blocks and a bit, of which the second does not shrink. */
static void lz4_frames(struct test *t)
{
	enum { SIZE = 2 * UNLZ4_BLOCK + 1000 };
	struct buffer packed CLEANUP(buffer_deinit) = {0}, plain CLEANUP(buffer_deinit) = {0};
	uint8_t *data CLEANUP(free_ptr) = calloc(1, SIZE);
	struct error e = {.text = ""};
	uint32_t random = 1;
	size_t used = 0, whole;

	for (size_t i = UNLZ4_BLOCK; i < 2 * UNLZ4_BLOCK; i++)
		data[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
	CHECK_INT(t, compress_data(&packed, COMPRESSION_LZ4, span_of(data, SIZE), &e), 0);
	CHECK_MEM(t, packed.data, "\x02\x21\x4c\x18", 4);
	whole = packed.size;
	/* What follows a zero word is not its own. */
	buffer_add(&packed,
		   "\0\0\0\0"
		   "070701",
		   10);
	CHECK_INT(t, decompress_stream(&plain, COMPRESSION_LZ4, buffer_span(&packed), SIZE, &used, &e), 0);
	CHECK_INT(t, used, whole);
	CHECK_INT(t, plain.size, SIZE);
	CHECK_MEM(t, plain.data, data, SIZE);
	CHECK_INT(t, decompress_stream(&plain, COMPRESSION_LZ4, buffer_span(&packed), SIZE - 1, &used, &e), -EFBIG);
	CHECK_INT(t, decompress_stream(&plain, COMPRESSION_LZ4, span_of(packed.data, whole - 1), SIZE, &used, &e),
		  -EINVAL);
	CHECK_HAS(t, e.text, "damaged or truncated");
	packed.data[4] = 9;
	CHECK_INT(t, decompress_stream(&plain, COMPRESSION_LZ4, buffer_span(&packed), SIZE, &used, &e), -EINVAL);
	CHECK_INT(t, decompress_stream(&plain, COMPRESSION_LZ4, span_of("\x04\x22\x4d\x18", 4), SIZE, &used, &e),
		  -EINVAL);
}

/* --- by other programs -------------------------------------------------------------------------------------------- */

static char *in_scratch(struct test *t, const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", t->scratch, name);
	return path;
}

/* A command in the scratch directory. */
static void shell(struct test *t, const char *command)
{
	char line[2048];

	snprintf(line, sizeof(line), "cd %s && { %s ; } 2>errors", t->scratch, command);
	test_check(t, system(line) == 0, command, __FILE__, __LINE__);
}

/* A small tree with a file that does not shrink, and its archive in "a.cpio"; "b.cpio" is another. */
static void make_archives(struct test *t)
{
	shell(t,
	      "mkdir -p a/bin b/kernel && echo hello >a/hello && ln -s ../hello a/bin/greet && chmod 4755 a/hello && "
	      "head -c 300000 /dev/urandom >a/noise && mkfifo a/pipe && head -c 100000 /dev/zero >b/kernel/microcode "
	      "&& "
	      "cd a && find . | LC_ALL=C sort | cpio -o -H newc --quiet >../a.cpio && "
	      "cd ../b && find . | LC_ALL=C sort | cpio -o -H newc --quiet >../b.cpio");
}

/* How often a line of that beginning stands in a text. */
static unsigned lines_with(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
		n++;
	return n;
}

static void check_list(struct test *t, const char *name, const char *packing, unsigned archives)
{
	struct buffer out CLEANUP(buffer_deinit) = {0};
	struct error e = {.text = ""};

	CHECK_INT(t, image_list(&out, in_scratch(t, name), &e), 0);
	CHECK_STR(t, e.text, "");
	CHECK_HAS(t, buffer_text(&out), packing);
	CHECK_INT(t, lines_with(buffer_text(&out), "--- byte "), archives);
	CHECK_HAS(t, buffer_text(&out), " hello\n-rw-");
	CHECK_HAS(t, buffer_text(&out), "-rwsr-xr-x ");
	CHECK_HAS(t, buffer_text(&out), " bin/greet -> ../hello\n");
	CHECK_HAS(t, buffer_text(&out), "     300000 noise\np");
}

static const struct {
	const char *name, *packing, *command;
} packers[] = {
	{"gz.img", "gzip", "gzip -c"},
	{"xz.img", "xz", "xz -c --check=crc32"},
	{"xz2.img", "xz", "xz -c --x86 --lzma2=preset=1 --check=sha256"},
	{"xz3.img", "xz", "xz -c -T2 --block-size=65536"},
	{"zst.img", "zstd", "zstd -q -c"},
	{"zst2.img", "zstd", "zstd -q -19 --no-check -c --no-content-size"},
	{"lz4.img", "lz4", "lz4 -q -l -c"},
	{"bz2.img", "bzip2", "bzip2 -c"},
	{"bz1.img", "bzip2", "bzip2 -1 -c"},
	{"lzma.img", "lzma", "xz --format=lzma -c"},
};

enum { NR_PACKERS = sizeof(packers) / sizeof(packers[0]) };

static void foreign(struct test *t)
{
	char command[256];

	make_archives(t);
	check_list(t, "a.cpio", "--- byte 0: not compressed, ", 1);
	for (size_t i = 0; i < NR_PACKERS; i++) {
		snprintf(command, sizeof(command), "%s <a.cpio >%s", packers[i].command, packers[i].name);
		shell(t, command);
		check_list(t, packers[i].name, packers[i].packing, 1);
	}
}

/* Each behind each, with and without zeros between them, and zeros at the end. */
static void mixed(struct test *t)
{
	static const char *const between[] = {"", "head -c 7 /dev/zero;", "head -c 5000 /dev/zero;"};
	char command[512];

	make_archives(t);
	for (size_t i = 0; i < NR_PACKERS; i++) {
		bool ends = strcmp(packers[i].packing, "lzma") != 0, frame = strcmp(packers[i].packing, "lz4") == 0;

		snprintf(command, sizeof(command), "%s <b.cpio >b.%s; %s <a.cpio >a.%s", packers[i].command,
			 packers[i].name, packers[i].command, packers[i].name);
		shell(t, command);
		/* Microcode in front, as distributions have it. */
		snprintf(command, sizeof(command), "cat b.cpio a.%s >mixed.img; head -c 9 /dev/zero >>mixed.img",
			 packers[i].name);
		shell(t, command);
		check_list(t, "mixed.img", packers[i].packing, 2);
		for (size_t j = frame; ends && j < 3; j++) {
			snprintf(command, sizeof(command), "rm mixed.img; { cat b.%s; %s gzip -c a.cpio; } >mixed.img",
				 packers[i].name, between[j]);
			shell(t, command);
			check_list(t, "mixed.img", packers[i].packing, 2);
		}
		/* Not packed behind it: at a multiple of 4. */
		snprintf(command, sizeof(command),
			 "rm mixed.img; cat b.%s a.gz.img >mixed.img; truncate -s +4 mixed.img; "
			 "truncate -s %%4 mixed.img; cat a.cpio >>mixed.img",
			 packers[i].name);
		shell(t, "gzip -c b.cpio >a.gz.img");
		if (ends && !frame) {
			shell(t, command);
			check_list(t, "mixed.img", "not compressed", 3);
		}
	}
}

/* --- ours --------------------------------------------------------------------------------------------------------- */

static void our_archive(struct buffer *out, const char *name, uint32_t mode, struct span data)
{
	struct archive a CLEANUP(archive_deinit) = {0};
	struct error e;

	if (archive_add(&a, name, mode, data, &e) < 0 || archive_write(&a, 0, out, &e) < 0)
		abort();
}

static void lines(struct test *t)
{
	struct buffer image CLEANUP(buffer_deinit) = {0}, out CLEANUP(buffer_deinit) = {0};
	struct archive a CLEANUP(archive_deinit) = {0};
	struct image_listed listed;
	struct error e = {.text = ""};

	CHECK_INT(t, archive_add(&a, "init", S_IFREG | 0755, span_of("12345", 5), &e), 0);
	CHECK_INT(t, archive_add(&a, "l\x1b[2J", S_IFLNK | 0777, span_of("to\n", 3), &e), 0);
	CHECK_INT(t, archive_add_node(&a, "dev/console", S_IFCHR | 0600, 5, 1, &e), 0);
	CHECK_INT(t, archive_write(&a, 0, &image, &e), 0);
	CHECK_INT(t, image_list_span(&out, buffer_span(&image), &listed, &e), 0);
	CHECK_INT(t, listed.last, COMPRESSION_NONE);
	CHECK_STR(t, strchr(buffer_text(&out), '\n') + 1,
		  "-rwxr-xr-x     0     0          5 init\n"
		  "drwxr-xr-x     0     0          0 dev\n"
		  "crw-------     0     0    5,    1 dev/console\n"
		  "lrwxrwxrwx     0     0          3 l?[2J -> to?\n");
}

static void damage(struct test *t)
{
	struct buffer image CLEANUP(buffer_deinit) = {0}, out CLEANUP(buffer_deinit) = {0};
	struct buffer plain CLEANUP(buffer_deinit) = {0};
	struct error e = {.text = ""};
	struct image_listed listed;
	size_t second;

	CHECK_INT(t, image_list_span(&out, span_of("\0\0\0\0", 4), &listed, &e), -EINVAL);
	CHECK_HAS(t, e.text, "no archive: it is empty or only zeros");
	CHECK_INT(t, image_list_span(&out, span_of("\0\0hello", 7), &listed, &e), -EINVAL);
	CHECK_HAS(t, e.text, "byte 2: neither");
	our_archive(&image, "one", S_IFREG | 0644, span_of("1", 1));
	second = image.size;
	our_archive(&plain, "two", S_IFREG | 0644, span_of("2", 1));
	CHECK_INT(t, compress_data(&image, COMPRESSION_GZIP, buffer_span(&plain), &e), 0);
	/* Whatever is missing at the end, the first is listed, and the byte is right. */
	for (size_t size = second + 3; size < image.size; size++) {
		out.size = 0;
		CHECK(t, image_list_span(&out, span_of(image.data, size), &listed, &e) < 0);
		CHECK_HAS(t, e.text, "the archive at byte");
		CHECK_HAS(t, buffer_text(&out), " one\n");
	}
	/* An archive that is not packed, and does not begin at a multiple of 4. */
	image.size = second;
	buffer_add(&image, "\0", 1);
	buffer_add(&image, plain.data, plain.size);
	CHECK_INT(t, image_list_span(&out, buffer_span(&image), &listed, &e), -EINVAL);
	CHECK_HAS(t, e.text, "multiple of 4");
	/* A header that is none, inside a packed archive. */
	plain.data[3] = 'x';
	image.size = second;
	CHECK_INT(t, compress_data(&image, COMPRESSION_GZIP, buffer_span(&plain), &e), 0);
	CHECK_INT(t, image_list_span(&out, buffer_span(&image), &listed, &e), -EINVAL);
	CHECK_HAS(t, e.text, ", decompressed: ");
}

/* Streams that end too early, or hold anything at all, have no end; nothing is read beyond them. */
static void ends(struct test *t)
{
	bool (*const find[])(struct span data, size_t * length) = {zstd_frame_size, xz_frame_size, bzip2_frame_size};
	static const char *const commands[] = {"zstd -q -c <a.cpio >f", "xz -c <a.cpio >f", "bzip2 -c <a.cpio >f"};

	make_archives(t);
	for (size_t i = 0; i < 3; i++) {
		char *data CLEANUP(free_ptr) = NULL;
		size_t size = 0, length = 0;
		struct error e;

		shell(t, commands[i]);
		CHECK_INT(t, file_read(in_scratch(t, "f"), 1 << 20, &data, &size, &e), 0);
		CHECK(t, find[i](span_of(data, size), &length));
		CHECK_INT(t, length, size);
		for (size_t cut = 0; cut < size; cut += cut < 100 || cut > size - 100 ? 1 : 97) {
			/* A copy of its own: one byte too far is seen. */
			char *copy CLEANUP(free_ptr) = malloc(cut ? cut : 1);

			memcpy(copy, data, cut);
			CHECK(t, !find[i](span_of(copy, cut), &length));
		}
	}
}

static void prepended(struct test *t)
{
	struct buffer one CLEANUP(buffer_deinit) = {0}, packed CLEANUP(buffer_deinit) = {0};
	struct buffer image CLEANUP(buffer_deinit) = {0}, out CLEANUP(buffer_deinit) = {0};
	enum compression kinds[] = {COMPRESSION_GZIP, COMPRESSION_NONE, COMPRESSION_LZ4};
	struct error e = {.text = ""};
	struct image_listed listed;
	uint64_t unpacked = 0;

	for (int i = 0; i < 9; i++) {
		const char *path = in_scratch(t, "front");
		FILE *file;

		one.size = packed.size = image.size = out.size = 0;
		our_archive(&one, "front", S_IFREG | 0644, span_of("12", 2));
		CHECK_INT(t, compress_data(&packed, kinds[i / 3], buffer_span(&one), &e), 0);
		file = fopen(path, "w");
		CHECK_INT(t, fwrite(packed.data, 1, packed.size, file), packed.size);
		fclose(file);
		CHECK_INT(t, image_list_prepend(&image, path, &listed, &e), 0);
		unpacked += listed.unpacked;
		CHECK_INT(t, image.size & 3, 0);
		one.size = 0;
		our_archive(&one, "back", S_IFREG | 0644, span_of("12", 2));
		CHECK_INT(t, compress_data(&image, kinds[i % 3], buffer_span(&one), &e), 0);
		CHECK_INT(t, image_list_span(&out, buffer_span(&image), &listed, &e), 0);
		CHECK_HAS(t, buffer_text(&out), " front\n");
		CHECK_HAS(t, buffer_text(&out), " back\n");
	}
	CHECK_INT(t, unpacked, 9 * one.size);
	shell(t, "echo 070701 >none");
	CHECK_INT(t, image_list_prepend(&image, in_scratch(t, "none"), &listed, &e), -EINVAL);
	CHECK_HAS(t, e.text, "can precede another");
	CHECK_INT(t, image_list_prepend(&image, in_scratch(t, "missing"), &listed, &e), -ENOENT);
}

/* What others may not read in an archive: by a file's own mode, or by a directory's; only if it has content. */
static void secrets(struct test *t)
{
	static const struct {
		const char *name;
		uint32_t mode, directory;
		const char *data, *want;
	} cases[] = {
		{"etc/key", 0644, 0755, "k", ""},        {"etc/key", 0640, 0755, "k", "etc/key"},
		{"etc/key", 0644, 0750, "k", "etc/key"}, {"etc/key", 0644, 0711, "k", ""},
		{"etc/key", 0600, 0700, "", ""},
	};
	static const enum compression packings[] = {COMPRESSION_NONE, COMPRESSION_GZIP};
	struct error e = {.text = ""};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer image CLEANUP(buffer_deinit) = {0}, out CLEANUP(buffer_deinit) = {0};
		struct buffer plain CLEANUP(buffer_deinit) = {0};
		struct archive a CLEANUP(archive_deinit) = {0};
		struct image_listed listed;

		CHECK_INT(t, archive_add(&a, "etc", S_IFDIR | cases[i / 2].directory, span_of(NULL, 0), &e), 0);
		CHECK_INT(t,
			  archive_add(&a, cases[i / 2].name, S_IFREG | cases[i / 2].mode,
				      span_of(cases[i / 2].data, strlen(cases[i / 2].data)), &e),
			  0);
		/* Beside a secret directory, not in it. */
		CHECK_INT(t, archive_add(&a, "etcetera", S_IFREG | 0644, span_of("x", 1), &e), 0);
		CHECK_INT(t, archive_write(&a, 0, &plain, &e), 0);
		CHECK_INT(t, compress_data(&image, packings[i % 2], buffer_span(&plain), &e), 0);
		CHECK_INT(t, image_list_span(&out, buffer_span(&image), &listed, &e), 0);
		CHECK_STR(t, listed.secret, cases[i / 2].want);
	}
}

void suite_image_list(struct test *t)
{
	test_run(t, "formats by name", formats);
	test_run(t, "formats by their first bytes", magics);
	test_run(t, "lz4 legacy frames", lz4_frames);
	test_run(t, "images of other programs", foreign);
	test_run(t, "images one behind another", mixed);
	test_run(t, "an image's lines", lines);
	test_run(t, "what others may not read", secrets);
	test_run(t, "damage, with its byte", damage);
	test_run(t, "where streams end", ends);
	test_run(t, "an image in front of another", prepended);
}

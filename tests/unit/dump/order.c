/* The order in which pages are saved: each has the priority that it should, and is there once; where addresses come
 * from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump/info.h"
#include "dump/selection.h"
#include "kern/kallsyms.h"
#include "unit/fake_kernel.h"

enum { ROOM = 8 << 20 };

/* --- the order ---------------------------------------------------------------------------------------------------- */

/* Every page has the priority that it should, the priorities follow each other in the file, and nothing is there twice.
 */
static void order(struct test *t)
{
	static const unsigned levels[] = {0, 31};
	struct dump_stats stats;
	struct dump_info told;
	char path[300];
	struct error e;
	struct fake f;

	fake_kernel_init(&f);
	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	for (unsigned l = 0; l < 2; l++) {
		struct save_options o = {.codec = CODEC_FAST, .level = levels[l]};
		uint64_t want[NR_PAGE_PRIORITIES] = {0};
		struct look look;
		struct span file;

		CHECK_INT(t, fake_kernel_save(&f, &o, path, &stats, &e), 0);
		file = fake_kernel_slurp(t, path);
		fake_kernel_look(&f, file, &look);
		for (uint64_t number = 0; number < FAKE_PAGES; number++)
			want[fake_kernel_priority(number)] +=
				levels[l] == 0 || fake_kernel_priority(number) != PRIORITY_REST;
		for (int v = 0; v < NR_PAGE_PRIORITIES; v++) {
			CHECK_INT(t, stats.by_priority[v], want[v]);
			for (int later = v + 1; later < NR_PAGE_PRIORITIES; later++)
				CHECK(t, look.highest[v] < look.lowest[later]);
		}
		CHECK_INT(t, look.pages, stats.pages);
		CHECK_INT(t, look.with_data, stats.pages);
		CHECK_INT(t, look.wrong, 0);
		CHECK_INT(t, dump_info_read(path, &told, &e), 0);
		CHECK(t, !told.incomplete);
		CHECK_INT(t, told.shared, ZEROS_END - ZEROS - 1);
		CHECK_MEM(t, told.summary.by_priority, stats.by_priority, sizeof(stats.by_priority));
		free((void *)file.data);
	}
	fake_deinit(&f);
}

/* With a page array of random bytes, the passes together still give each page once, with the rank that it has. */
static void random_order(struct test *t)
{
	static uint64_t pfns[FAKE_PAGES];
	uint32_t state = 7;

	for (int round = 0; round < 200 && t->ok; round++) {
		uint64_t by_priority[NR_PAGE_PRIORITIES], total = 0, given = 0, rank;
		struct page_order o;
		struct selection s;
		struct kernel k;
		struct error e;
		struct fake f;
		struct run run;

		fake_kernel_init(&f);
		for (int i = 0; i < FAKE_PAGES * 64; i++) {
			uint8_t *byte = fake_at(&f, KNOWN_BASE + ARRAY * FAKE_PAGE + (uint64_t)i);

			state = state * 1664525 + 1013904223;
			if (i % 64 < 48 ? state >> 24 < 30 : state >> 24 < 3) /* mostly what it was */
				*byte = (uint8_t)(state >> 16);
		}
		CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
		selection_init(&s, &f.source);
		page_order_init(&o, &s);
		CHECK_INT(t, page_classifier_filter(&s.classifier, &k, 31, NULL, &e), 0);
		CHECK_INT(t, page_order_find(&o, &k, &e), 0);
		while (selection_next(&s, &run) > 0)
			for (uint64_t i = 0; i < run.count; i++)
				pfns[total++] = run.first + i;
		CHECK_INT(t, page_order_count(&o, by_priority), total);
		for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++) {
			uint64_t found = 0;

			page_order_begin(&o, p);
			while (page_order_next(&o, &run, &rank) > 0)
				for (uint64_t i = 0; i < run.count; i++, found++)
					if (rank + i >= total || pfns[rank + i] != run.first + i)
						CHECK(t, !"a page with another's rank");
					else
						given++;
			CHECK_INT(t, found, by_priority[p]);
		}
		CHECK_INT(t, given, total);
		page_order_deinit(&o);
		selection_deinit(&s);
		kernel_deinit(&k);
		fake_deinit(&f);
	}
}

/* Each way of packing addresses; a kernel that fits none is said not to be known. */
static void kallsyms(struct test *t)
{
	static const enum packing packings[] = {SIGNED, FROM_BASE, FROM_ENTRY};
	struct kallsyms_wanted wanted[] = {{.name = "nr_cpu_ids"}, {.name = "no such"}, {.name = "__per_cpu_offset"}};
	struct kernel k;
	struct error e;
	struct fake f;

	fake_kernel_init(&f);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	for (unsigned i = 0; i < 3; i++) {
		fake_kernel_put_symbols(&f, packings[i]);
		CHECK_INT(t, kallsyms_find(&k, wanted, 3, &e), 2);
		CHECK_INT(t, wanted[0].address, 0xffffffff81071100);
		CHECK(t, !wanted[1].found);
		CHECK_INT(t, wanted[2].address, 0xffffffff81071000);
		view_deinit(&k.view);
		view_init(&k.view, &f.source, 16384);
	}
	put_le64(fake_at(&f, KNOWN_BASE + 0x67008), 0x123);
	put_le32(fake_at(&f, KNOWN_BASE + 0x6a000 + 6 * 4), 0x123);
	CHECK_INT(t, kallsyms_find(&k, wanted, 3, &e), -ENODATA);
	CHECK(t, !wanted[0].found);
	put_le32(fake_at(&f, KNOWN_BASE + 0x67000), 0xffffffff);
	view_deinit(&k.view);
	view_init(&k.view, &f.source, 16384);
	CHECK_INT(t, kallsyms_find(&k, wanted, 3, &e), -ENODATA);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* 512 GiB of names that are one page of 0xff, four million times 32767 words: the search gives up. */
static void kallsyms_without_end(struct test *t)
{
	static const char names[] = "(kallsyms_names)=ffffffff81065f80";
	struct kallsyms_wanted wanted[] = {{.name = "nr_cpu_ids"}};
	struct kernel k;
	struct error e;
	struct fake f;
	uint64_t tables, page;
	bool found = false;

	fake_kernel_init(&f);
	for (size_t at = 0; at + sizeof(names) < f.notes_size && !found; at++) {
		found = memcmp(f.notes + at, names, sizeof(names) - 1) == 0;
		if (found)
			memcpy(f.notes + at + 17, "ffffa00000000000", 16);
	}
	CHECK(t, found);
	tables = f.next_table;
	page = tables + 3 * FAKE_PAGE;
	fake_map(&f, 0xffffa00000000000, page, 12);
	CHECK_INT(t, f.next_table, page);
	for (unsigned i = 0; i < 3 * 512; i++)
		put_le64(fake_at(&f, tables + i * 8), (tables + (i / 512 + 1) * FAKE_PAGE) | 0x63);
	memset(fake_at(&f, page), 0xff, FAKE_PAGE);
	put_le32(fake_at(&f, KNOWN_BASE + 0x67000), 4 << 20);
	CHECK_INT(t, kernel_init(&k, &f.source, &e), 0);
	CHECK_INT(t, kallsyms_find(&k, wanted, 1, &e), -ENODATA);
	CHECK_HAS(t, e.text, "larger than any kernel's");
	CHECK(t, !wanted[0].found);
	kernel_deinit(&k);
	fake_deinit(&f);
}

/* --- at each sync ---------------------------------------------------------------------------------------------------
 */

/* A device, as memory. What it holds is looked at when it is synced. */
struct device {
	struct sink sink;
	struct fake *machine;
	uint8_t *bytes;
	unsigned syncs;
	uint64_t wrong, most;
};

static int device_put(struct sink *sink, uint64_t offset, const void *data, size_t size, struct error *e)
{
	struct device *d = (struct device *)sink;

	if (offset + size > ROOM)
		return error_set(e, ENOSPC, "the device is full");
	memcpy(d->bytes + offset, data, size);
	return 0;
}

static int device_sync(struct sink *sink, struct error *e)
{
	struct device *d = (struct device *)sink;
	struct look look;

	(void)e;
	d->syncs++;
	fake_kernel_look(d->machine, span_of(d->bytes, ROOM), &look);
	d->wrong += look.wrong;
	d->most = look.with_data > d->most ? look.with_data : d->most;
	return 0;
}

static int device_commit(struct sink *sink, uint64_t size, struct error *e)
{
	(void)size;
	return device_sync(sink, e);
}

static void device_end(struct sink *sink)
{
	(void)sink;
}

static const struct sink_ops device_ops = {
	.put = device_put,
	.sync = device_sync,
	.commit = device_commit,
	.abort = device_end,
	.destroy = device_end,
};

/* At each sync every page that the file has is right. */
static void at_each_sync(struct test *t)
{
	struct save_options o = {.codec = CODEC_FAST, .level = 31};
	struct dump_identity id = {.uts = "Linux"};
	struct device d = {.sink = {.ops = &device_ops}, .bytes = calloc(1, ROOM)};
	struct dump_stats stats;
	struct kernel kernel;
	struct error e;
	struct fake f;

	fake_kernel_init(&f);
	d.machine = &f;
	CHECK_INT(t, kernel_init(&kernel, &f.source, &e), 0);
	CHECK_INT(t, save_dump(&f.source, &kernel, &id, &o, &d.sink, NULL, NULL, &stats, &e), 0);
	CHECK(t, d.syncs > 6);
	CHECK_INT(t, d.wrong, 0);
	CHECK_INT(t, d.most, stats.pages);
	kernel_deinit(&kernel);
	free(d.bytes);
	fake_deinit(&f);
}

/*
 * One read of the machine fails, once, wherever it is: passes over the page array that then disagree would put pages
 * into other pages' places. Such a dump fails, and what there is of it is right.
 */
static void array_unread_once(struct test *t)
{
	struct save_options o = {.codec = CODEC_FAST, .level = 31};
	char path[300], incomplete[320];
	unsigned failed = 0;
	bool done = false;
	struct fake f;

	snprintf(path, sizeof(path), "%s/dump", t->scratch);
	snprintf(incomplete, sizeof(incomplete), "%s-incomplete", path);
	fake_kernel_init(&f);
	for (long nth = 1; !done && nth < 10000; nth += 1 + nth / 40) {
		struct dump_stats stats;
		struct error e = {.text = ""};
		struct look look = {0};
		struct span file;
		int r;

		f.fail_nth = nth;
		r = fake_kernel_save(&f, &o, path, &stats, &e);
		done = f.fail_nth > 0;
		failed += strcmp(e.text, "the page array has changed, or can no longer be read") == 0;
		if (access(r == 0 ? path : incomplete, F_OK) != 0)
			continue;
		file = fake_kernel_slurp(t, r == 0 ? path : incomplete);
		fake_kernel_look(&f, file, &look);
		CHECK_INT(t, look.wrong, 0);
		CHECK(t, r < 0 || look.with_data + stats.unreadable == stats.pages);
		free((void *)file.data);
		unlink(path);
		unlink(incomplete);
	}
	CHECK(t, done && failed > 5);
	fake_deinit(&f);
}

void suite_order(struct test *t)
{
	test_run(t, "pages are saved in order of priority", order);
	test_run(t, "passes in order of priority, over random page arrays", random_order);
	test_run(t, "kallsyms, each way of packing addresses", kallsyms);
	test_run(t, "kallsyms without an end", kallsyms_without_end);
	test_run(t, "at each sync, every page in the file is right", at_each_sync);
	test_run(t, "a read of the page array fails once", array_unread_once);
}

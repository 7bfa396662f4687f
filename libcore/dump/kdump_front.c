#include "dump/kdump_front.h"

#include <errno.h>
#include <string.h>

#include "dump/dump_summary.h"
#include "fmt/elf.h"

static uint32_t count_cpus(struct span notes)
{
	struct elf_note note;
	uint32_t n = 0;
	size_t pos = 0;

	while (elf_next_note(notes, &pos, &note))
		n += elf_note_is(&note, "CORE", ELF_NT_PRSTATUS);
	return n ? n : 1;
}

void kdump_make_header(struct kdump *k)
{
	const struct source *source = k->job->source;
	const struct dump_identity *id = &k->job->identity;
	struct kdump_header *h = &k->header;

	memcpy(h->uts, id->uts, sizeof(h->uts));
	h->time = id->crash_time;
	h->block_size = source->page_size;
	h->nr_cpus = count_cpus(source->notes);
	h->max_pfn = source_max_pfn(source);
	h->phys_base = id->phys_base;
	h->dump_level = id->level;
	h->notes_size = source->notes.size + SUMMARY_NOTE_SIZE;
	kdump_layout(h, k->total, &k->at);
	h->notes_offset = k->at.notes;
	if (source->vmcoreinfo.size) {
		h->vmcoreinfo_offset = k->at.notes + (uint64_t)(source->vmcoreinfo.data - source->notes.data);
		h->vmcoreinfo_size = source->vmcoreinfo.size;
	}
}

int kdump_put_header(struct kdump *k, uint32_t status, struct error *e)
{
	uint8_t header[KDUMP_HEADER_SIZE];

	k->header.status = status;
	kdump_write_header(header, &k->header);
	return sink_put(k->job->sink, 0, header, sizeof(header), e);
}

int kdump_array_changed(struct error *e)
{
	return error_set(e, EILSEQ, "the page array has changed, or can no longer be read");
}

/* Our own note follows the kernel's. */
static int put_summary(struct kdump *k, bool final, struct error *e)
{
	uint8_t note[SUMMARY_NOTE_SIZE];

	summary_write_note(note, &k->job->stats, k->job->identity.level, final);
	return sink_put(k->job->sink, k->at.notes + k->job->source->notes.size, note, sizeof(note), e);
}

int kdump_put_sub_header(struct kdump *k, bool final, struct error *e)
{
	uint8_t sub[KDUMP_SUB_HEADER_SIZE];
	struct span notes = k->job->source->notes;
	int r;

	kdump_write_sub_header(sub, &k->header);
	r = sink_put(k->job->sink, k->header.block_size, sub, sizeof(sub), e);
	if (r == 0)
		r = sink_put(k->job->sink, k->at.notes, notes.data, notes.size, e);
	if (r == 0)
		r = put_summary(k, final, e);
	return r;
}

/* Bits of a bitmap in rising order, put piece by piece; pieces without a bit are left as holes. */
struct bitmap {
	struct sink *sink;
	uint64_t offset; /* of the bitmap in the file */
	uint64_t piece;  /* which one is in bytes */
	bool used;
	uint8_t bytes[4096];
};

static int put_piece(struct bitmap *b, struct error *e)
{
	if (!b->used)
		return 0;
	b->used = false;
	return sink_put(b->sink, b->offset + b->piece * sizeof(b->bytes), b->bytes, sizeof(b->bytes), e);
}

static int set_bits(struct bitmap *b, struct run run, struct error *e)
{
	const uint64_t bits = sizeof(b->bytes) * 8;

	for (uint64_t pfn = run.first; pfn < run.first + run.count; pfn++) {
		if (!b->used || pfn / bits != b->piece) {
			int r = put_piece(b, e);

			if (r < 0)
				return r;
			memset(b->bytes, 0, sizeof(b->bytes));
			b->piece = pfn / bits;
			b->used = true;
		}
		b->bytes[pfn % bits / 8] |= (uint8_t)(1 << pfn % 8);
	}
	return 0;
}

/* Bitmap 1: the pages that exist. */
static int put_bitmap1(struct kdump *k, struct error *e)
{
	const struct source *source = k->job->source;
	struct bitmap b = {.sink = k->job->sink, .offset = k->at.bitmap1};

	for (size_t i = 0; i < source->nr_ranges; i++) {
		uint64_t first, last;
		int r;

		source_pfns(source, i, &first, &last);
		r = set_bits(&b, (struct run){.first = first, .count = last - first}, e);
		if (r < 0)
			return r;
	}
	return put_piece(&b, e);
}

/* Bitmap 2: the pages that have a descriptor. */
static int put_bitmap2(struct kdump *k, struct error *e)
{
	struct bitmap b = {.sink = k->job->sink, .offset = k->at.bitmap2};
	struct run run;

	selection_rewind(k->job->selection);
	while (selection_next(k->job->selection, &run) > 0) {
		int r = set_bits(&b, run, e);

		if (r < 0)
			return r;
	}
	return put_piece(&b, e);
}

int kdump_put_front(struct kdump *k, uint32_t status, struct error *e)
{
	int r = kdump_put_header(k, status, e);

	if (r == 0)
		r = kdump_put_sub_header(k, false, e);
	if (r == 0)
		r = put_bitmap1(k, e);
	if (r == 0)
		r = put_bitmap2(k, e);
	return r;
}

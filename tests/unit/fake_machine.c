#include "unit/fake_machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/elf.h"

/* A view never gets more at once: more borders to cross, and no copies of megabytes. */
enum { MOST_AT_ONCE = 64 << 10 };

static int fill(struct source *source, struct view *view, uint64_t paddr, size_t min, struct error *e)
{
	struct fake *f = (struct fake *)source;
	const struct phys_range *range = source_range(source, paddr);
	uint64_t end = range->end;

	(void)min;
	if (end > paddr + view->capacity)
		end = paddr + view->capacity;
	if (end > paddr + MOST_AT_ONCE)
		end = paddr + MOST_AT_ONCE;
	if ((f->fail_nth && --f->fail_nth == 0) || (f->bad_pfn && paddr / FAKE_PAGE == f->bad_pfn))
		return error_set(e, EIO, "a fault that the test wants");
	if (f->bad_pfn && paddr < f->bad_pfn * FAKE_PAGE && end > f->bad_pfn * FAKE_PAGE)
		end = f->bad_pfn * FAKE_PAGE;
	/* A copy of its own size: reading behind what a view holds is then seen by the sanitizer. */
	free(view->buffer);
	view->buffer = malloc(end - paddr);
	memcpy(view->buffer, fake_at(f, paddr), end - paddr);
	view->data = view->buffer;
	view->start = paddr;
	view->size = end - paddr;
	return 0;
}

static const struct source_ops fake_ops = {.fill = fill};

void fake_init(struct fake *f, uint64_t base)
{
	memset(f, 0, sizeof(*f));
	f->ram = calloc(1, FAKE_SIZE);
	f->base = base;
	f->source.ops = &fake_ops;
	f->source.machine = ELF_MACHINE_X86_64;
	f->source.page_size = FAKE_PAGE;
	fake_range(f, base, base + FAKE_SIZE);
	fake_finish(f);
	f->nr_ranges = 0;
}

void fake_deinit(struct fake *f)
{
	free(f->ram);
}

uint8_t *fake_at(struct fake *f, uint64_t paddr)
{
	return f->ram + (paddr - f->base);
}

void fake_range(struct fake *f, uint64_t start, uint64_t end)
{
	f->ranges[f->nr_ranges] = (struct phys_range){.start = start, .end = end};
	f->segments[f->nr_ranges] =
		(struct segment){.paddr = start, .vaddr = 0xffff888000000000 + start, .size = end - start};
	f->nr_ranges++;
}

void fake_note(struct fake *f, const char *name, uint32_t type, const void *desc, size_t size)
{
	uint8_t *p = f->notes + f->notes_size;
	size_t name_size = strlen(name) + 1;

	put_le32(p, (uint32_t)name_size);
	put_le32(p + 4, (uint32_t)size);
	put_le32(p + 8, type);
	memcpy(p + 12, name, name_size);
	memcpy(p + 12 + (name_size + 3) / 4 * 4, desc, size);
	f->notes_size += 12 + (name_size + 3) / 4 * 4 + (size + 3) / 4 * 4;
}

void fake_vmcoreinfo(struct fake *f, const char *text)
{
	uint8_t *desc;

	fake_note(f, "VMCOREINFO", 0, text, strlen(text));
	desc = f->notes + f->notes_size - (strlen(text) + 3) / 4 * 4;
	f->source.vmcoreinfo = span_of(desc, strlen(text));
}

void fake_finish(struct fake *f)
{
	f->source.ranges = f->ranges;
	f->source.segments = f->segments;
	if (f->nr_ranges)
		f->source.nr_ranges = f->source.nr_segments = f->nr_ranges;
	f->source.notes = span_of(f->notes, f->notes_size);
}

static uint64_t new_table(struct fake *f)
{
	uint64_t table = f->next_table;

	f->next_table += FAKE_PAGE;
	memset(fake_at(f, table), 0, FAKE_PAGE);
	return table;
}

void fake_tables(struct fake *f, unsigned levels, uint64_t first_free)
{
	f->next_table = first_free;
	f->levels = levels;
	f->root = new_table(f);
}

void fake_map(struct fake *f, uint64_t vaddr, uint64_t paddr, unsigned shift)
{
	uint64_t table = f->root;

	for (unsigned at = 12 + 9 * (f->levels - 1); at > shift; at -= 9) {
		uint8_t *entry = fake_at(f, table + (vaddr >> at & 511) * 8);

		if (!get_le64(entry))
			put_le64(entry, new_table(f) | 0x63);
		table = get_le64(entry) & 0x000ffffffffff000;
	}
	/* Bit 63 (no execute) and the low bits must not become part of an address. */
	put_le64(fake_at(f, table + (vaddr >> shift & 511) * 8), paddr | (shift > 12 ? 0x80 : 0) | 0x8000000000000163);
}

void fake_fill(struct fake *f, uint64_t first, uint64_t count)
{
	for (uint64_t pfn = first; pfn < first + count; pfn++) {
		char *page = (char *)fake_at(f, pfn * FAKE_PAGE);

		for (int at = 0; at < FAKE_PAGE - 64; at += 64)
			snprintf(page + at, 64, "page %llu, line %d of a text that compresses somewhat %x",
				 (unsigned long long)pfn, at / 64, at * 2654435761u);
	}
}

bool fake_write_vmcore(struct fake *f, const char *path)
{
	struct elf_header h = {.machine = f->source.machine, .phoff = ELF_HEADER_SIZE};
	uint8_t header[ELF_HEADER_SIZE], phdr[ELF_PHDR_SIZE];
	uint64_t offset = 65536 * 2;
	FILE *out = fopen(path, "wb");
	struct elf_phdr p = {.type = ELF_PT_NOTE, .offset = 4096, .filesz = f->notes_size, .memsz = f->notes_size};

	if (!out)
		return false;
	h.phnum = (uint32_t)f->source.nr_segments + 1;
	elf_write_header(header, &h);
	fwrite(header, 1, sizeof(header), out);
	elf_write_phdr(phdr, &p);
	fwrite(phdr, 1, sizeof(phdr), out);
	for (size_t i = 0; i < f->source.nr_segments; i++) {
		const struct segment *s = &f->segments[i];

		p = (struct elf_phdr){.type = ELF_PT_LOAD,
				      .flags = 7,
				      .offset = offset,
				      .vaddr = s->vaddr,
				      .paddr = s->paddr,
				      .filesz = s->size,
				      .memsz = s->size};
		elf_write_phdr(phdr, &p);
		fwrite(phdr, 1, sizeof(phdr), out);
		offset += (s->size + FAKE_PAGE - 1) / FAKE_PAGE * FAKE_PAGE;
	}
	fseek(out, 4096, SEEK_SET);
	fwrite(f->notes, 1, f->notes_size, out);
	offset = 65536 * 2;
	for (size_t i = 0; i < f->source.nr_segments; i++) {
		fseek(out, (long)offset, SEEK_SET);
		fwrite(fake_at(f, f->segments[i].paddr), 1, f->segments[i].size, out);
		offset += (f->segments[i].size + FAKE_PAGE - 1) / FAKE_PAGE * FAKE_PAGE;
	}
	return fclose(out) == 0;
}

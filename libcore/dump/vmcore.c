#include "dump/vmcore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fmt/elf.h"
#include "fmt/vmcoreinfo.h"
#include "sys/file.h"

enum {
	/* Bounds on what a file may ask for: a machine with more ranges or larger notes does not exist. */
	MOST_PHDRS = 1 << 18,
	MOST_NOTES = 64 << 20,
	/* A window that is read costs memory, unlike one that is mapped. */
	READ_WINDOW = 256 << 10,
	/* What is worth having of a window of which less is asked for. */
	NEAR_WINDOW = 64 << 10,
	PROC_SUPER_MAGIC = 0x9fa0,
};

/* A PT_LOAD with its bytes' place in the file. */
struct load {
	uint64_t paddr, offset, size;
	uint64_t highest; /* end of any load up to this one, in their order by paddr */
};

struct vmcore {
	struct source source; /* first: the rest of the program knows only this */
	int fd;
	bool map;                 /* windows are mapped, not read */
	uint64_t size;            /* of the file */
	bool *cut;                /* a file that broke off is taken, and this says so; NULL: it is not */
	struct load *loads;       /* sorted by paddr, for look-ups */
	struct segment *segments; /* in the kernel's order */
	struct phys_range *ranges;
	uint8_t *notes;
};

/* --- look-ups and windows --------------------------------------------------------------------------------------- */

/*
 * The load that holds paddr and goes on longest from there. Loads overlap (the kernel's text lies inside RAM), so the
 * look goes back from the last one that starts at or below paddr, as far as any can still reach it.
 */
static const struct load *find_load(const struct vmcore *v, uint64_t paddr)
{
	const struct load *best = NULL;
	size_t low = 0, high = v->source.nr_segments;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v->loads[middle].paddr <= paddr)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i-- > 0 && v->loads[i].highest > paddr;) {
		const struct load *l = &v->loads[i];
		bool holds = paddr - l->paddr < l->size;

		if (holds && (!best || l->paddr + l->size > best->paddr + best->size))
			best = l;
	}
	return best;
}

/* mmap of /proc/vmcore needs page-aligned offsets: the bytes before paddr come along. */
static int fill_by_map(struct vmcore *v, struct view *view, uint64_t offset, size_t want, struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t before = offset % page;
	void *map;

	if (view->map)
		munmap(view->map, view->map_size);
	view->map_size = want + before;
	map = mmap(NULL, view->map_size, PROT_READ, MAP_PRIVATE, v->fd, (off_t)(offset - before));
	if (map == MAP_FAILED) {
		view->map = NULL;
		return error_errno(e, "mapping %zu bytes at %#llx", want, (unsigned long long)offset);
	}
	view->map = map;
	view->data = (const uint8_t *)map + before;
	view->size = want;
	return 0;
}

static int fill_by_read(struct vmcore *v, struct view *view, uint64_t offset, size_t want, struct error *e)
{
	size_t room = view->capacity < READ_WINDOW ? view->capacity : READ_WINDOW;
	ssize_t n;

	if (!view->buffer)
		view->buffer = malloc(room);
	if (!view->buffer)
		return error_set(e, ENOMEM, "no memory for a window of %zu bytes", room);
	if (want > room)
		want = room;
	n = read_all_at(v->fd, view->buffer, want, offset);
	if (n == (ssize_t)want) {
		view->data = view->buffer;
		view->size = want;
		return 0;
	}
	if (n < 0)
		return error_set(e, (int)-n, "reading %zu bytes at %#llx: %s", want, (unsigned long long)offset,
				 strerror((int)-n));
	return error_set(e, EIO, "reading at %#llx: the file has become shorter", (unsigned long long)offset);
}

static int fill(struct source *source, struct view *view, uint64_t paddr, size_t min, struct error *e)
{
	struct vmcore *v = (struct vmcore *)source;
	const struct load *load = find_load(v, paddr);
	uint64_t left, offset;
	size_t want;
	int r = -EAGAIN;

	if (!load)
		return error_set(e, ENXIO, "physical address %#llx is in no segment", (unsigned long long)paddr);
	left = load->size - (paddr - load->paddr);
	offset = load->offset + (paddr - load->paddr);
	if (view->until > paddr) {
		uint64_t near = view->until - paddr < NEAR_WINDOW ? NEAR_WINDOW : view->until - paddr;

		left = left < near ? left : near;
	}
	want = left < view->capacity ? (size_t)left : view->capacity;
	view->data = NULL;
	if (v->map)
		r = fill_by_map(v, view, offset, want, e);
	if (r < 0)
		r = fill_by_read(v, view, offset, want, e);
	/* One bad page must not take its whole window along. */
	if (r < 0 && want > min)
		r = fill_by_read(v, view, offset, min, e);
	view->start = paddr;
	return r;
}

static void drop(struct source *source, struct view *view)
{
	(void)source;
	munmap(view->map, view->map_size);
	view->map = NULL;
}

static const struct source_ops vmcore_ops = {.fill = fill, .drop = drop};

/* --- opening ----------------------------------------------------------------------------------------------------- */

static int read_part(struct vmcore *v, uint64_t offset, uint64_t size, uint8_t **out, const char *what, struct error *e)
{
	ssize_t n;

	if (offset > v->size || size > v->size - offset)
		return error_set(e, EINVAL, "the file is cut short: %s at %llu to %llu, but it has %llu bytes", what,
				 (unsigned long long)offset, (unsigned long long)(offset + size),
				 (unsigned long long)v->size);
	*out = malloc(size ? (size_t)size : 1);
	if (!*out)
		return error_set(e, ENOMEM, "no memory for %s of %llu bytes", what, (unsigned long long)size);
	n = read_all_at(v->fd, *out, (size_t)size, offset);
	if (n < 0)
		return error_set(e, (int)-n, "reading %s: %s", what, strerror((int)-n));
	if ((uint64_t)n != size)
		return error_set(e, EINVAL, "the file is cut short in %s", what);
	return 0;
}

static int read_phdr_table(struct vmcore *v, struct elf_header *h, uint8_t **table, struct error *e)
{
	if (h->phnum == ELF_PN_XNUM) {
		uint8_t *section CLEANUP(free_ptr) = NULL;
		int r = read_part(v, h->shoff, ELF_SHDR_SIZE, &section, "section header 0", e);

		if (r < 0)
			return r;
		elf_read_xnum(span_of(section, ELF_SHDR_SIZE), &h->phnum);
	}
	if (h->phnum == 0)
		return error_set(e, EINVAL, "the file has no program headers");
	if (h->phnum > MOST_PHDRS)
		return error_set(e, EINVAL, "%u program headers, more than any machine has", h->phnum);
	return read_part(v, h->phoff, (uint64_t)h->phnum * ELF_PHDR_SIZE, table, "the program headers", e);
}

/* Appends one PT_NOTE's bytes; every note's padding to 4 bytes comes along. */
static int append_notes(struct vmcore *v, const struct elf_phdr *p, struct error *e)
{
	size_t old = v->source.notes.size;
	size_t room = (old + p->filesz + 3) & ~(size_t)3;
	uint8_t *larger, *part CLEANUP(free_ptr) = NULL;
	int r;

	if (p->filesz > MOST_NOTES || room > MOST_NOTES)
		return error_set(e, EINVAL, "notes of more than %d MiB", MOST_NOTES >> 20);
	r = read_part(v, p->offset, p->filesz, &part, "the notes", e);
	if (r < 0)
		return r;
	larger = realloc(v->notes, room ? room : 1);
	if (!larger)
		return error_set(e, ENOMEM, "no memory for %zu bytes of notes", room);
	memset(larger + old, 0, room - old);
	memcpy(larger + old, part, (size_t)p->filesz);
	v->notes = larger;
	v->source.notes = span_of(larger, room);
	return 0;
}

static int add_load(struct vmcore *v, const struct elf_phdr *p, struct error *e)
{
	struct load *l = &v->loads[v->source.nr_segments];
	uint64_t there = p->offset > v->size ? 0 : v->size - p->offset, size = p->filesz;

	if (size > there && !v->cut)
		return error_set(e, EINVAL,
				 "the file is cut short: a segment lies at %llu to %llu, but the file has %llu bytes",
				 (unsigned long long)p->offset, (unsigned long long)(p->offset + p->filesz),
				 (unsigned long long)v->size);
	if (size > there) {
		*v->cut = true;
		size = there;
	}
	if (size == 0)
		return 0;
	if (p->paddr > UINT64_MAX - size || (p->paddr + size) >> 56)
		return error_set(e, EINVAL, "a segment at physical address %#llx, beyond any machine's memory",
				 (unsigned long long)p->paddr);
	*l = (struct load){.paddr = p->paddr, .offset = p->offset, .size = size};
	v->segments[v->source.nr_segments++] = (struct segment){.paddr = p->paddr, .vaddr = p->vaddr, .size = size};
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct load *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int by_paddr(const void *a, const void *b)
{
	const struct load *x = a, *y = b;

	if (x->paddr != y->paddr)
		return x->paddr > y->paddr ? 1 : -1;
	return (x->size > y->size) - (x->size < y->size);
}

/* Overlapping file ranges are damage: two places in memory cannot have the same bytes. */
static int check_overlaps(struct vmcore *v, struct error *e)
{
	struct load *l = v->loads;

	qsort(l, v->source.nr_segments, sizeof(*l), by_offset);
	for (size_t i = 1; i < v->source.nr_segments; i++)
		if (l[i].offset < l[i - 1].offset + l[i - 1].size)
			return error_set(e, EINVAL, "damaged: two segments share the file's bytes %llu to %llu",
					 (unsigned long long)l[i].offset,
					 (unsigned long long)(l[i - 1].offset + l[i - 1].size));
	return 0;
}

/* From the loads sorted by paddr: the merged ranges, and how far the loads up to each one reach. */
static void build_ranges(struct vmcore *v)
{
	size_t n = 0;

	qsort(v->loads, v->source.nr_segments, sizeof(*v->loads), by_paddr);
	for (size_t i = 0; i < v->source.nr_segments; i++) {
		uint64_t start = v->loads[i].paddr, end = start + v->loads[i].size;

		if (n && start <= v->ranges[n - 1].end) {
			if (end > v->ranges[n - 1].end)
				v->ranges[n - 1].end = end;
		} else {
			v->ranges[n++] = (struct phys_range){.start = start, .end = end};
		}
		v->loads[i].highest = i && v->loads[i - 1].highest > end ? v->loads[i - 1].highest : end;
	}
	v->source.ranges = v->ranges;
	v->source.nr_ranges = n;
}

static int read_segments(struct vmcore *v, struct elf_header *h, struct error *e)
{
	uint8_t *table CLEANUP(free_ptr) = NULL;
	struct elf_phdr p;
	int r = read_phdr_table(v, h, &table, e);

	if (r < 0)
		return r;
	v->loads = calloc(h->phnum, sizeof(*v->loads));
	v->segments = calloc(h->phnum, sizeof(*v->segments));
	v->ranges = calloc(h->phnum, sizeof(*v->ranges));
	if (!v->loads || !v->segments || !v->ranges)
		return error_set(e, ENOMEM, "no memory for %u segments", h->phnum);
	for (uint32_t i = 0; i < h->phnum; i++) {
		elf_read_phdr(span_of(table, (size_t)h->phnum * ELF_PHDR_SIZE), i, &p);
		if (p.type == ELF_PT_NOTE)
			r = append_notes(v, &p, e);
		else if (p.type == ELF_PT_LOAD)
			r = add_load(v, &p, e);
		if (r < 0)
			return r;
	}
	if (v->source.nr_segments == 0 && !v->cut)
		return error_set(e, EINVAL, "the file has no segment of memory (PT_LOAD)");
	v->source.segments = v->segments;
	r = check_overlaps(v, e);
	if (r == 0)
		build_ranges(v);
	return r;
}

/*
 * Finds VMCOREINFO, whose text may end in zero bytes, and cuts the notes at the end of the last whole one: after a
 * damaged one, or padding, nobody would find the note that a dump appends.
 */
static void read_notes(struct vmcore *v, const struct log *log)
{
	struct span notes = v->source.notes, *info = &v->source.vmcoreinfo;
	struct elf_note note;
	size_t end = 0;

	for (size_t pos = 0; elf_next_note(notes, &pos, &note); end = pos) {
		const uint8_t *zero;

		if (info->data || !elf_note_is(&note, "VMCOREINFO", 0) || !note.desc.size)
			continue;
		zero = memchr(note.desc.data, 0, note.desc.size);
		*info = span_of(note.desc.data, zero ? (size_t)(zero - note.desc.data) : note.desc.size);
	}
	for (size_t i = end; i < notes.size; i++) {
		if (!notes.data[i])
			continue;
		log_line(log, LOG_WARN, "the notes are damaged from byte %zu of %zu on", end, notes.size);
		break;
	}
	v->source.notes.size = end;
}

/* The page size is the crashed kernel's, which is not always this one's. */
static uint32_t crashed_page_size(const struct vmcore *v)
{
	uint64_t size;

	if (!vmcoreinfo_decimal(v->source.vmcoreinfo, "PAGESIZE", &size))
		return 4096;
	return size == 16384 || size == 65536 ? (uint32_t)size : 4096;
}

static int load_vmcore(struct vmcore *v, const char *path, const struct log *log, struct error *e)
{
	uint8_t start[ELF_HEADER_SIZE];
	struct elf_header h;
	struct stat st;
	struct statfs fs;
	ssize_t n;
	int r;

	v->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (v->fd < 0 && errno == ENOENT && strcmp(path, "/proc/vmcore") == 0) {
		error_errno(e, "opening");
		return error_hint(e, "This machine has not booted as a capture kernel (or /proc is not mounted).");
	}
	if (v->fd < 0 || fstat(v->fd, &st) != 0)
		return error_errno(e, "opening");
	if (S_ISDIR(st.st_mode))
		return error_set(e, EISDIR, "is a directory, not a vmcore");
	if (!S_ISREG(st.st_mode))
		return error_set(e, EINVAL, "not a regular file: a vmcore is read more than once, at any place");
	v->size = (uint64_t)st.st_size;
	v->map = fstatfs(v->fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	n = read_all_at(v->fd, start, sizeof(start), 0);
	if (n < 0)
		return error_set(e, (int)-n, "reading: %s", strerror((int)-n));
	r = elf_read_header(span_of(start, (size_t)n), &h, e);
	if (r < 0)
		return r;
	v->source.machine = h.machine;
	v->source.flags = h.flags;
	r = read_segments(v, &h, e);
	if (r < 0)
		return r;
	read_notes(v, log);
	v->source.page_size = crashed_page_size(v);
	return 0;
}

int vmcore_open_cut(const char *path, bool *cut, const struct log *log, struct source **source, struct error *e)
{
	struct vmcore *v = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return error_set(e, ENOMEM, "%s: no memory", path);
	v->source.ops = &vmcore_ops;
	v->fd = -1;
	v->cut = cut;
	r = load_vmcore(v, path, log, e);
	if (r < 0) {
		vmcore_close(&v->source);
		return error_context(e, "%s", path);
	}
	*source = &v->source;
	return 0;
}

int vmcore_open(const char *path, const struct log *log, struct source **source, struct error *e)
{
	return vmcore_open_cut(path, NULL, log, source, e);
}

void vmcore_close(struct source *source)
{
	struct vmcore *v = (struct vmcore *)source;

	if (!v)
		return;
	close_fd(&v->fd);
	free(v->loads);
	free(v->segments);
	free(v->ranges);
	free(v->notes);
	free(v);
}

void vmcore_closep(struct source **source)
{
	vmcore_close(*source);
}

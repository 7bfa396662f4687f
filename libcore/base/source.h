/*
 * The source's interface: anything that looks like the crashed machine's RAM. Physical address in, bytes out, and the
 * list of ranges that exist. For example a vmcore (dump/vmcore.h), or an array in a test.
 */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

/* Physical addresses [start, end), in bytes. */
struct phys_range {
	uint64_t start, end;
};

/* A PT_LOAD of the crashed kernel: memsz bytes at paddr, seen by the kernel at vaddr (all ones: nowhere). */
struct segment {
	uint64_t paddr, vaddr, size;
};

struct view;
struct source;

struct source_ops {
	/*
	 * Makes the view hold the bytes at paddr, which is inside a range: as many as the view's capacity, the source
	 * and the range allow, at least one, and at least min if they exist. Sets view->start, data and size. Returns 0
	 * or a negative errno.
	 */
	int (*fill)(struct source *source, struct view *view, uint64_t paddr, size_t min, struct error *e);
	/* Releases what fill put into view->map. */
	void (*drop)(struct source *source, struct view *view);
};

/* A source's properties. Ranges are sorted, disjoint and merged; segments are in the kernel's order. */
struct source {
	const struct source_ops *ops;
	const struct phys_range *ranges;
	size_t nr_ranges;
	const struct segment *segments;
	size_t nr_segments;
	struct span notes;      /* all ELF notes, verbatim */
	struct span vmcoreinfo; /* the text in them; empty: none */
	uint16_t machine;       /* ELF's e_machine */
	uint32_t flags;         /* ELF's e_flags */
	uint32_t page_size;     /* bytes */
	bool unread;            /* set where a read fails, for who clears it */
};

/*
 * A window on a source. Several can be open at once; each has its own mapping or buffer, so that page tables and page
 * data do not evict each other.
 */
struct view {
	struct source *source;
	size_t capacity;     /* bytes that one window covers at most */
	uint64_t until;      /* physical address up to which the caller will read; 0: no limit */
	uint64_t start;      /* physical address of data[0] */
	const uint8_t *data; /* NULL: nothing is held */
	size_t size;
	uint8_t *buffer; /* owned: capacity bytes, made on first use by sources that copy */
	void *map;       /* owned by the source's ops: a mapping */
	size_t map_size;
	uint8_t *page; /* owned: a page assembled from parts, made on first use */
};

/* The capacity is rounded up to whole pages of the source. Allocates nothing until the first fill. */
void view_init(struct view *view, struct source *source, size_t capacity);
void view_deinit(struct view *view);

/*
 * The bytes at a physical address: *data stays valid until the next call on this view. Returns how many there are (1 to
 * want), 0 if the address is in no range, or a negative errno.
 */
ssize_t view_get(struct view *view, uint64_t paddr, size_t want, const uint8_t **data, struct error *e);

/* Copies exactly size bytes; -ENXIO if part of them is in no range. */
int view_read(struct view *view, uint64_t paddr, void *buffer, size_t size, struct error *e);

/*
 * A whole page, source->page_size bytes at *data, valid until the next call on this view. If only part of the page is
 * in a range, the rest is zeros. Returns 0 or a negative errno.
 */
int view_page(struct view *view, uint64_t pfn, const uint8_t **data, struct error *e);

/* The range with paddr, or the next one above it; NULL if there is none. */
const struct phys_range *source_range(const struct source *source, uint64_t paddr);

/* One more than the highest pfn that any range touches. */
uint64_t source_max_pfn(const struct source *source);

/*
 * The range with that index as pfns: *first to *last (exclusive), all pages that the range touches and no earlier range
 * does.
 */
void source_pfns(const struct source *source, size_t index, uint64_t *first, uint64_t *last);

#endif

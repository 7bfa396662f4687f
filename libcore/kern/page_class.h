/*
 * What a page is used for, from its struct page and this kernel's VMCOREINFO. Pure: bytes in, class out.
 */
#ifndef KERN_PAGE_CLASS_H
#define KERN_PAGE_CLASS_H

#include "base/error.h"
#include "base/log.h"
#include "base/span.h"

/* Every page is in one class. The dump level's bits leave out classes; PAGE_KERNEL and PAGE_UNKNOWN are always kept. */
enum page_class {
	PAGE_KERNEL,        /* everything else */
	PAGE_UNKNOWN,       /* its struct page is missing or inconsistent: kept */
	PAGE_CACHE,         /* page cache without private data: bit 2 */
	PAGE_CACHE_PRIVATE, /* page cache with private data: bit 4, which also leaves out PAGE_CACHE */
	PAGE_USER,          /* anonymous memory and huge pages of processes: bit 8 */
	PAGE_FREE,          /* in the buddy system, or not yet accepted from the hypervisor: bit 16 */
	PAGE_HWPOISON,      /* broken memory: never read */
	PAGE_OFFLINE,       /* absent for now (balloon, virtio-mem): never read */
	NR_PAGE_CLASSES,
};

const char *page_class_name(enum page_class class);

/* A member or flag that is not in VMCOREINFO has the value UNKNOWN_KEY. */
#define UNKNOWN_KEY INT64_MIN

/* How one generation of kernels stores the order of a compound page and marks huge pages. */
struct compound_row;

struct page_rules {
	size_t page_struct; /* bytes */
	/* offsets in struct page */
	size_t flags, mapping, mapcount, private, compound;
	/* flags, as masks; 0: this kernel lacks the flag or does not export it */
	uint64_t lru, private_flag, swapcache, swapbacked, hwpoison, head, slab, hugetlb_flag;
	/* page types, as the int32 in _mapcount */
	int64_t buddy, offline, hugetlb, slab_type, unaccepted;
	bool typed;                              /* _mapcount below -128 is a page type: 4.18 and later */
	unsigned max_order;                      /* of free pages, one less than LENGTH(zone.free_area) */
	const struct compound_row *compound_row; /* NULL: not known */
	/* what the row needs */
	size_t order_at, dtor_at; /* in the second struct page */
	int64_t hugetlb_dtor;
};

/*
 * Reads the rules from VMCOREINFO. page_shift is that of the kernel's pages. Logs what is missing; the pages concerned
 * are then kept. -ENODATA if members that every rule needs are missing.
 */
int page_rules_init(struct page_rules *rules, struct span info, const struct log *log, struct error *e);

/*
 * The class of a page and, in *order, of the 1 << *order pages that it heads (free blocks, compound pages). entry is
 * its struct page; second the next one, or NULL if unreadable (heads of compound pages only). Returns false for an
 * impossible order or alignment; *class and *order then say "unknown, this page alone".
 */
bool page_classify(const struct page_rules *rules, uint64_t pfn, const uint8_t *entry, const uint8_t *second,
		   enum page_class *class, unsigned *order);

/* Whether a page of PAGE_KERNEL is the slab allocator's; for a compound page, call it with the head. */
bool page_is_slab(const struct page_rules *rules, const uint8_t *entry);

/* Whether page_classify needs the second struct page: the page is the head of a compound page. */
static inline bool page_is_head(const struct page_rules *rules, const uint8_t *entry)
{
	return (get_le64(entry + rules->flags) & rules->head) != 0;
}

/* Whether a page is broken, in addition to its class; parts of a compound page can be, too. */
static inline bool page_is_poisoned(const struct page_rules *rules, const uint8_t *entry)
{
	return (get_le64(entry + rules->flags) & rules->hwpoison) != 0;
}

#endif

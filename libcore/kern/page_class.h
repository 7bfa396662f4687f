/*
 * What a page is used for, told from its struct page by what VMCOREINFO says of this kernel. Pure: bytes in, class out.
 */
#ifndef KERN_PAGE_CLASS_H
#define KERN_PAGE_CLASS_H

#include "base/error.h"
#include "base/log.h"
#include "base/span.h"

/* Every page is in one class. The dump level's bits leave out classes; PAGE_KERNEL and PAGE_UNKNOWN are always kept. */
enum page_class {
	PAGE_KERNEL,        /* all that is nothing of the below */
	PAGE_UNKNOWN,       /* its struct page is not there, or makes no sense: kept */
	PAGE_CACHE,         /* page cache without private data: bit 2 */
	PAGE_CACHE_PRIVATE, /* page cache with private data: bit 4, which leaves out PAGE_CACHE too */
	PAGE_USER,          /* anonymous memory and huge pages of processes: bit 8 */
	PAGE_FREE,          /* in the buddy system, or not yet accepted from the hypervisor: bit 16 */
	PAGE_HWPOISON,      /* broken memory: never read */
	PAGE_OFFLINE,       /* not there now (balloon, virtio-mem): never read */
	NR_PAGE_CLASSES,
};

const char *page_class_name(enum page_class class);

/* A member or flag that VMCOREINFO does not tell has the value UNKNOWN_KEY. */
#define UNKNOWN_KEY INT64_MIN

/* How one generation of kernels tells the order of a compound page, and that it is a huge page. */
struct compound_row;

struct page_rules {
	size_t page_struct; /* bytes */
	/* offsets in struct page */
	size_t flags, mapping, mapcount, private, compound;
	/* flags, as masks; 0: this kernel has no such flag, or does not tell */
	uint64_t lru, private_flag, swapcache, swapbacked, hwpoison, head, slab, hugetlb_flag;
	/* page types, as the int32 that stands in _mapcount */
	int64_t buddy, offline, hugetlb, slab_type, unaccepted;
	bool typed;                              /* _mapcount below -128 is a page type: 4.18 and later */
	unsigned max_order;                      /* of free pages, one less than LENGTH(zone.free_area) */
	const struct compound_row *compound_row; /* NULL: not known */
	/* what the row needs */
	size_t order_at, dtor_at; /* in the second struct page */
	int64_t hugetlb_dtor;
};

/*
 * Reads the rules from VMCOREINFO. page_shift is that of the kernel's pages. What is missing is said to log, and costs
 * no more than that its pages are kept. -ENODATA where the members that every rule needs are missing.
 */
int page_rules_init(struct page_rules *rules, struct span info, const struct log *log, struct error *e);

/*
 * The class of a page and, in *order, of the 1 << *order pages that it heads (free blocks, compound pages). entry is
 * its struct page; second the next one, or NULL where that cannot be had (heads of compound pages only). Returns false
 * for what cannot be: an impossible order or alignment; *class and *order then say "unknown, this page alone".
 */
bool page_classify(const struct page_rules *rules, uint64_t pfn, const uint8_t *entry, const uint8_t *second,
		   enum page_class *class, unsigned *order);

/* Whether a page of PAGE_KERNEL is the slab allocator's; its head tells for a whole compound page. */
bool page_is_slab(const struct page_rules *rules, const uint8_t *entry);

/* Whether page_classify needs the second struct page: the page is the head of a compound page. */
static inline bool page_is_head(const struct page_rules *rules, const uint8_t *entry)
{
	return (get_le64(entry + rules->flags) & rules->head) != 0;
}

/* Whether a page is broken, whatever else it is: also a part of a compound page can be. */
static inline bool page_is_poisoned(const struct page_rules *rules, const uint8_t *entry)
{
	return (get_le64(entry + rules->flags) & rules->hwpoison) != 0;
}

#endif

#include "kern/page_class.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/vmcoreinfo.h"

enum {
	/* No compound page is larger: 16 GiB of 64 KiB pages, 1 GiB of 4 KiB pages (order 18), with room to spare. */
	MOST_ORDER = 22,
	/* Page types lie below every map count (include/linux/page-flags.h: PAGE_MAPCOUNT_RESERVE,
	   PGTY_mapcount_underflow). */
	TYPE_LIMIT = -128,
	MAPPING_ANON = 1, /* PAGE_MAPPING_ANON, in the low bits of mapping */
	TAIL = 1,         /* in the low bit of compound_head */
};

const char *page_class_name(enum page_class class)
{
	static const char names[NR_PAGE_CLASSES][16] = {
		[PAGE_KERNEL] = "kernel",   [PAGE_UNKNOWN] = "unknown",
		[PAGE_CACHE] = "cache",     [PAGE_CACHE_PRIVATE] = "cache-private",
		[PAGE_USER] = "user",       [PAGE_FREE] = "free",
		[PAGE_HWPOISON] = "poison", [PAGE_OFFLINE] = "offline",
	};

	return names[class];
}

/* --- compound pages, by generation -------------------------------------------------------------------------------- */

struct compound_row {
	const char *name;
	/* Whether VMCOREINFO has this generation's keys; sets order_at and dtor_at. */
	bool (*applies)(struct page_rules *rules, struct span info);
	unsigned order_size, dtor_size; /* bytes there; dtor_size 0: by a page type or a flag, not a destructor */
};

static int64_t get_mapcount(const struct page_rules *r, const uint8_t *entry)
{
	return (int32_t)get_le32(entry + r->mapcount);
}

/* A type's value has its number in the top byte since 6.12 (kernel commit 4ffca5a96678), and a use count below it. */
static bool is_type(const struct page_rules *r, const uint8_t *entry, int64_t type)
{
	int64_t count = get_mapcount(r, entry);

	if (type == UNKNOWN_KEY)
		return false;
	if (((uint32_t)type & 0xffffff) == 0)
		return ((uint32_t)count ^ (uint32_t)type) >> 24 == 0;
	return count == type;
}

static bool version_from(struct span info, unsigned major, unsigned minor)
{
	char release[64];
	char *dot;
	unsigned long have;

	if (!vmcoreinfo_text(info, "OSRELEASE", release, sizeof(release)))
		return true; /* by default, the newest rules */
	have = strtoul(release, &dot, 10);
	return have != major ? have > major : *dot == '.' && strtoul(dot + 1, NULL, 10) >= minor;
}

static bool small_offset(struct span info, const char *name, size_t *offset)
{
	uint64_t value;

	if (!vmcoreinfo_offset(info, name, &value) || value > 512)
		return false;
	*offset = (size_t)value;
	return true;
}

/* A member of the second page, exported as one of struct folio. */
static bool folio_offset(const struct page_rules *r, struct span info, const char *name, size_t *offset)
{
	if (!small_offset(info, name, offset) || *offset < r->page_struct || *offset + 2 > 2 * r->page_struct)
		return false;
	*offset -= r->page_struct;
	return true;
}

/* An order or destructor in the second page: size bytes at an offset. */
static uint64_t get_sized(const uint8_t *at, unsigned size)
{
	return size == 1 ? *at : size == 2 ? get_le16(at) : get_le64(at);
}

/* By its page type, by a flag of the second page, or by the destructor there, depending on the kernel. */
static bool is_hugetlb(const struct page_rules *r, const uint8_t *head, const uint8_t *second)
{
	unsigned size = r->compound_row->dtor_size;

	if (size)
		return r->hugetlb_dtor != UNKNOWN_KEY &&
		       get_sized(second + r->dtor_at, size) == (uint64_t)r->hugetlb_dtor;
	if (r->hugetlb != UNKNOWN_KEY)
		return is_type(r, head, r->hugetlb);
	return (get_le64(second + r->flags) & r->hugetlb_flag) != 0;
}

static bool has_type(struct page_rules *r, struct span info)
{
	(void)info;
	r->order_at = r->flags;
	return r->hugetlb != UNKNOWN_KEY;
}

static bool has_flag(struct page_rules *r, struct span info)
{
	(void)info;
	r->order_at = r->flags;
	return r->hugetlb_flag != 0;
}

static bool has_folio(struct page_rules *r, struct span info)
{
	vmcoreinfo_number(info, "HUGETLB_PAGE_DTOR", &r->hugetlb_dtor);
	return folio_offset(r, info, "folio._folio_order", &r->order_at) &&
	       folio_offset(r, info, "folio._folio_dtor", &r->dtor_at);
}

static bool has_compound_order(struct page_rules *r, struct span info)
{
	vmcoreinfo_number(info, "HUGETLB_PAGE_DTOR", &r->hugetlb_dtor);
	return small_offset(info, "page.compound_order", &r->order_at) && r->order_at + 2 <= r->page_struct &&
	       small_offset(info, "page.compound_dtor", &r->dtor_at) && r->dtor_at + 2 <= r->page_struct;
}

static bool has_compound_order_u8(struct page_rules *r, struct span info)
{
	return version_from(info, 4, 16) && has_compound_order(r, info);
}

static bool has_lru_pair(struct page_rules *r, struct span info)
{
	uint64_t free_huge_page;

	if (version_from(info, 4, 4) || !small_offset(info, "page.lru", &r->dtor_at) ||
	    r->dtor_at + 16 > r->page_struct)
		return false;
	r->order_at = r->dtor_at + 8;
	if (vmcoreinfo_symbol(info, "free_huge_page", &free_huge_page))
		r->hugetlb_dtor = (int64_t)free_huge_page;
	return true;
}

static bool is_new(struct page_rules *r, struct span info)
{
	r->order_at = r->flags;
	return version_from(info, 6, 6);
}

/* The first row that applies, by the keys present, not by version: stable kernels got the changes, too. */
static const struct compound_row rows[] = {
	/* 6.9: d99e3140a4d3 "mm: turn folio_test_hugetlb into a PageType" */
	{"order in flags, hugetlb by page type", has_type, 1, 0},
	/* 6.6: ebc1baf5c9b4 "mm: free up a word in the first tail page", 9c5ccf2db04b "mm: remove HUGETLB_PAGE_DTOR" */
	{"order in flags, hugetlb by flag", has_flag, 1, 0},
	/* 6.3: 1c5509be58f6 "mm: remove 'First tail page' members from struct page" */
	{"struct folio, 8 bits", has_folio, 1, 1},
	/* 4.16: 036e7aa49fb2 "mm: store compound_dtor / compound_order as bytes" */
	{"compound_order, 8 bits", has_compound_order_u8, 1, 1},
	/* 4.4: f1e61557f023 "mm: pack compound_dtor and compound_order into one word in struct page" */
	{"compound_order, 16 bits", has_compound_order, 2, 2},
	/* before: the second page's list pointers */
	{"in lru", has_lru_pair, 2, 8},
	/* 6.6 and later with CONFIG_HUGETLB_PAGE=n: nothing is exported, and nothing has moved */
	{"order in flags, no hugetlb", is_new, 1, 0},
};

/* --- the rules of one kernel -------------------------------------------------------------------------------------- */

/* A flag's bit number as a mask; 0: not exported. */
static uint64_t flag(struct span info, const char *name)
{
	int64_t bit;

	return vmcoreinfo_number(info, name, &bit) && bit >= 0 && bit < 64 ? UINT64_C(1) << bit : 0;
}

static int64_t number(struct span info, const char *name)
{
	int64_t value;

	if (!vmcoreinfo_number(info, name, &value))
		return UNKNOWN_KEY;
	return (int32_t)(uint32_t)value; /* some kernels print it without its sign */
}

static bool read_members(struct page_rules *r, struct span info)
{
	uint64_t size;

	if (!vmcoreinfo_size(info, "page", &size) || size > 512)
		return false;
	r->page_struct = (size_t)size;
	/* 7.1 renamed compound_head to compound_info; before 4.4 there was neither (and PG_tail told). */
	if (!small_offset(info, "page.compound_head", &r->compound) &&
	    !small_offset(info, "page.compound_info", &r->compound))
		r->compound = SIZE_MAX;
	return small_offset(info, "page.flags", &r->flags) && small_offset(info, "page.mapping", &r->mapping) &&
	       small_offset(info, "page._mapcount", &r->mapcount) && small_offset(info, "page.private", &r->private) &&
	       r->flags + 8 <= size && r->mapping + 8 <= size && r->mapcount + 4 <= size && r->private + 8 <= size &&
	       (r->compound == SIZE_MAX || r->compound + 8 <= size);
}

static void read_flags(struct page_rules *r, struct span info)
{
	int64_t mask;

	r->lru = flag(info, "PG_lru");
	r->private_flag = flag(info, "PG_private");
	r->swapcache = flag(info, "PG_swapcache");
	r->swapbacked = flag(info, "PG_swapbacked");
	r->hwpoison = flag(info, "PG_hwpoison");
	r->slab = flag(info, "PG_slab");
	r->hugetlb_flag = flag(info, "PG_hugetlb");
	if (vmcoreinfo_number(info, "PG_head_mask", &mask))
		r->head = (uint64_t)mask;
}

static void read_types(struct page_rules *r, struct span info)
{
	r->buddy = number(info, "PAGE_BUDDY_MAPCOUNT_VALUE");
	r->offline = number(info, "PAGE_OFFLINE_MAPCOUNT_VALUE");
	r->hugetlb = number(info, "PAGE_HUGETLB_MAPCOUNT_VALUE");
	r->slab_type = number(info, "PAGE_SLAB_MAPCOUNT_VALUE");
	r->unaccepted = number(info, "PAGE_UNACCEPTED_MAPCOUNT_VALUE");
	/* 4.18: 6e292b9be7f4 "mm: split page_type out from _mapcount"; before, the buddy's value was -128. */
	r->typed = r->buddy != UNKNOWN_KEY ? r->buddy < TYPE_LIMIT : version_from(info, 4, 18);
}

int page_rules_init(struct page_rules *r, struct span info, const struct log *log, struct error *e)
{
	uint64_t length;

	*r = (struct page_rules){.hugetlb_dtor = UNKNOWN_KEY};
	if (!read_members(r, info))
		return error_set(e, ENODATA, "VMCOREINFO lacks members of struct page");
	read_flags(r, info);
	read_types(r, info);
	if (vmcoreinfo_length(info, "zone.free_area", &length) && length > 0 && length <= MOST_ORDER)
		r->max_order = (unsigned)length - 1;
	else
		log_line(log, LOG_WARN, "VMCOREINFO lacks LENGTH(zone.free_area): free pages are kept");
	if (r->buddy == UNKNOWN_KEY)
		log_line(log, LOG_WARN, "VMCOREINFO lacks PAGE_BUDDY_MAPCOUNT_VALUE: free pages are kept");
	if (!r->lru)
		log_line(log, LOG_WARN, "VMCOREINFO lacks PG_lru: most of the page cache is kept");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !r->compound_row; i++)
		if (rows[i].applies(r, info))
			r->compound_row = &rows[i];
	if (!r->compound_row)
		log_line(log, LOG_WARN,
			 "this kernel's compound pages are not known: they are kept but for their first page");
	else
		log_line(log, LOG_DEBUG, "compound pages: %s", r->compound_row->name);
	return 0;
}

/* --- one page ----------------------------------------------------------------------------------------------------- */

static bool aligned(uint64_t pfn, unsigned order)
{
	return (pfn & ((UINT64_C(1) << order) - 1)) == 0;
}

/* A head's order and kind. False for an impossible order. */
static bool read_compound(const struct page_rules *r, uint64_t pfn, const uint8_t *entry, const uint8_t *second,
			  unsigned *order, bool *hugetlb)
{
	if (!r->compound_row || !second)
		return true;
	*order = (unsigned)get_sized(second + r->order_at, r->compound_row->order_size);
	*hugetlb = is_hugetlb(r, entry, second);
	/* A head without an order: a page that was being split or freed. */
	if (*order <= MOST_ORDER && aligned(pfn, *order))
		return true;
	*order = 0;
	*hugetlb = false;
	return false;
}

static bool is_free(const struct page_rules *r, uint64_t flags, const uint8_t *entry)
{
	return is_type(r, entry, r->buddy) && !(flags & r->slab);
}

/* A free block's order is in private; unaccepted memory comes in blocks of the largest order. */
static bool free_order(const struct page_rules *r, uint64_t pfn, const uint8_t *entry, unsigned *order)
{
	uint64_t private = get_le64(entry + r->private);

	if (is_type(r, entry, r->unaccepted))
	private = r->max_order;
	if (private > r->max_order || !r->max_order || !aligned(pfn, (unsigned)private))
		return false;
	*order = (unsigned)private;
	return true;
}

static enum page_class class_of(const struct page_rules *r, uint64_t flags, const uint8_t *entry, bool hugetlb)
{
	bool typed = (r->typed && get_mapcount(r, entry) < TYPE_LIMIT) || (flags & r->slab);
	bool anon = (get_le64(entry + r->mapping) & MAPPING_ANON) && !typed;
	/* PG_swapcache is another flag's second name since 4.10 (6326fec1122c): only swap-backed pages have it. */
	bool cached = (flags & r->lru) || ((flags & r->swapcache) && (!r->swapbacked || (flags & r->swapbacked)));

	if (cached && !typed && !anon)
		return flags & r->private_flag ? PAGE_CACHE_PRIVATE : PAGE_CACHE;
	if (anon || hugetlb)
		return PAGE_USER;
	return is_type(r, entry, r->offline) ? PAGE_OFFLINE : PAGE_KERNEL;
}

bool page_classify(const struct page_rules *r, uint64_t pfn, const uint8_t *entry, const uint8_t *second,
		   enum page_class *class, unsigned *order)
{
	uint64_t flags = get_le64(entry + r->flags);
	bool hugetlb = false, possible = true;

	*order = 0;
	*class = flags & r->hwpoison ? PAGE_HWPOISON : PAGE_KERNEL;
	if (r->compound != SIZE_MAX && (get_le64(entry + r->compound) & TAIL))
		return true; /* its head has decided, and was not left out */
	if (flags & r->head)
		possible = read_compound(r, pfn, entry, second, order, &hugetlb);
	if (is_free(r, flags, entry) || is_type(r, entry, r->unaccepted)) {
		*class = PAGE_FREE;
		possible = free_order(r, pfn, entry, order);
	} else {
		*class = class_of(r, flags, entry, hugetlb);
	}
	if (!possible)
		*class = PAGE_UNKNOWN;
	/* For a huge page, this does not show which part is broken. */
	if ((flags & r->hwpoison) && (*order == 0 || hugetlb))
		*class = PAGE_HWPOISON;
	return possible;
}

bool page_is_slab(const struct page_rules *r, const uint8_t *entry)
{
	return (get_le64(entry + r->flags) & r->slab) || is_type(r, entry, r->slab_type);
}

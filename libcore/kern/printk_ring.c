/* The lockless ring of 5.10 and later: kernel/printk/printk_ringbuffer.h. */
#include "kern/printk_formats.h"

#include <errno.h>

#include "fmt/vmcoreinfo.h"

enum {
	MOST_DESC_BITS = 24,    /* 16 million records */
	MOST_DATA_BITS = 31,    /* 2 GiB of text */
	MOST_RECORDS = 1 << 20, /* that are saved, of these: the newest, with so much text */
	MOST_TEXT_BITS = 26,
	ID_SIZE = 8, /* a block begins with its descriptor's id */
	/* desc_state: the top two bits of state_var */
	STATE_COMMITTED = 1,
	STATE_FINALIZED = 2,
};

#define ID_MASK (UINT64_MAX >> 2)

/* Offsets and sizes that VMCOREINFO gives for the ring's structures. */
struct layout {
	uint64_t desc_ring, text_data_ring;                  /* in printk_ringbuffer */
	uint64_t count_bits, descs, infos, head_id, tail_id; /* in prb_desc_ring */
	uint64_t desc_size, state_var, text_blk_lpos;        /* prb_desc */
	uint64_t begin, next;                                /* in prb_data_blk_lpos */
	uint64_t info_size, seq, ts_nsec, text_len;          /* printk_info */
	uint64_t size_bits, data;                            /* in prb_data_ring */
	uint64_t counter;                                    /* in atomic_long_t */
};

/* The ring itself: virtual addresses and sizes. */
struct ring {
	struct kernel *kernel;
	struct layout at;
	uint64_t descs, infos, data;
	unsigned desc_bits, data_bits;
	uint64_t head_id, tail_id;
	char *text; /* PRINTK_TEXT_MAX bytes */
};

static int find_layout(struct span info, struct layout *l, struct error *e)
{
	const struct {
		const char *name;
		uint64_t *value;
	} offsets[] = {
		{"printk_ringbuffer.desc_ring", &l->desc_ring},
		{"printk_ringbuffer.text_data_ring", &l->text_data_ring},
		{"prb_desc_ring.count_bits", &l->count_bits},
		{"prb_desc_ring.descs", &l->descs},
		{"prb_desc_ring.infos", &l->infos},
		{"prb_desc_ring.head_id", &l->head_id},
		{"prb_desc_ring.tail_id", &l->tail_id},
		{"prb_desc.state_var", &l->state_var},
		{"prb_desc.text_blk_lpos", &l->text_blk_lpos},
		{"prb_data_blk_lpos.begin", &l->begin},
		{"prb_data_blk_lpos.next", &l->next},
		{"printk_info.seq", &l->seq},
		{"printk_info.ts_nsec", &l->ts_nsec},
		{"printk_info.text_len", &l->text_len},
		{"prb_data_ring.size_bits", &l->size_bits},
		{"prb_data_ring.data", &l->data},
		{"atomic_long_t.counter", &l->counter},
	};

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		if (!vmcoreinfo_offset(info, offsets[i].name, offsets[i].value) || *offsets[i].value > 65536)
			return error_set(e, ENODATA, "VMCOREINFO lacks OFFSET(%s)", offsets[i].name);
	if (!vmcoreinfo_size(info, "prb_desc", &l->desc_size) || !vmcoreinfo_size(info, "printk_info", &l->info_size) ||
	    l->desc_size > 65536 || l->info_size > 65536)
		return error_set(e, ENODATA, "VMCOREINFO lacks SIZE(prb_desc) or SIZE(printk_info)");
	return 0;
}

static int open_ring(struct ring *r, struct kernel *k, struct error *e)
{
	uint64_t symbol, prb, desc_ring, text_ring;
	uint32_t desc_bits, data_bits;
	int err;

	r->kernel = k;
	if (!vmcoreinfo_symbol(k->info, "prb", &symbol))
		return error_set(e, ENODATA, "this kernel's log is not the ring buffer of 5.10 and later");
	err = find_layout(k->info, &r->at, e);
	if (err < 0)
		return err;
	err = kernel_read_u64(k, symbol, &prb, e);
	desc_ring = prb + r->at.desc_ring;
	text_ring = prb + r->at.text_data_ring;
	if (err < 0 || (err = kernel_read_u32(k, desc_ring + r->at.count_bits, &desc_bits, e)) < 0 ||
	    (err = kernel_read_u64(k, desc_ring + r->at.descs, &r->descs, e)) < 0 ||
	    (err = kernel_read_u64(k, desc_ring + r->at.infos, &r->infos, e)) < 0 ||
	    (err = kernel_read_u64(k, desc_ring + r->at.head_id + r->at.counter, &r->head_id, e)) < 0 ||
	    (err = kernel_read_u64(k, desc_ring + r->at.tail_id + r->at.counter, &r->tail_id, e)) < 0 ||
	    (err = kernel_read_u32(k, text_ring + r->at.size_bits, &data_bits, e)) < 0 ||
	    (err = kernel_read_u64(k, text_ring + r->at.data, &r->data, e)) < 0)
		return err;
	if (desc_bits == 0 || desc_bits > MOST_DESC_BITS || data_bits < 4 || data_bits > MOST_DATA_BITS)
		return error_set(e, ENODATA, "the ring is damaged: 2^%u records, 2^%u bytes", desc_bits, data_bits);
	r->desc_bits = desc_bits;
	r->data_bits = data_bits;
	return 0;
}

/*
 * Where a block's text is in the data ring. Returns its size in bytes, 0 for a record without text, or -EILSEQ. A block
 * that does not fit before the ring's end restarts at the ring's start. Before the fix 67e1b0052f6b ("printk:
 * ringbuffer: Fix data-less records") no block ended exactly at the ring's end without wrapping: one whose next is a
 * multiple of the size and whose text fits before the end has not wrapped.
 */
static int64_t locate_text(const struct ring *r, uint64_t begin, uint64_t next, uint32_t text_len, uint64_t *start)
{
	uint64_t size = UINT64_C(1) << r->data_bits;
	uint64_t b = begin & (size - 1), n = next & (size - 1);
	uint64_t laps = ((next - 1) >> r->data_bits) - (begin >> r->data_bits), block;

	if ((begin & 1) && (next & 1))
		return 0; /* a data-less record: FAILED_LPOS or NO_LPOS */
	if (laps == 0 && !(n == 0 && b != 0 && b + ID_SIZE + text_len > size)) {
		block = next - begin;
		*start = b + ID_SIZE;
	} else if (laps <= 1) {
		block = n; /* wrapped: the block is the ring's first bytes */
		*start = ID_SIZE;
	} else {
		return -EILSEQ;
	}
	if (block < ID_SIZE || block > size || *start + (block - ID_SIZE) > size)
		return -EILSEQ;
	return (int64_t)(block - ID_SIZE);
}

/* Reads the record with that id. Returns 1, 0 if there is none (reused, reserved), or a negative errno. */
static int read_record(struct ring *r, uint64_t id, struct printk_record *record, struct error *e)
{
	uint64_t slot = id & ((UINT64_C(1) << r->desc_bits) - 1);
	uint64_t desc = r->descs + slot * r->at.desc_size, info = r->infos + slot * r->at.info_size;
	uint64_t lpos = desc + r->at.text_blk_lpos, state, begin, next, start = 0;
	uint8_t length[2];
	uint32_t text_len;
	int64_t room;
	int err = kernel_read_u64(r->kernel, desc + r->at.state_var + r->at.counter, &state, e);

	if (err < 0)
		return err;
	if ((state & ID_MASK) != id || (state >> 62 != STATE_COMMITTED && state >> 62 != STATE_FINALIZED))
		return 0;
	if ((err = kernel_read_u64(r->kernel, lpos + r->at.begin, &begin, e)) < 0 ||
	    (err = kernel_read_u64(r->kernel, lpos + r->at.next, &next, e)) < 0 ||
	    (err = kernel_read_u64(r->kernel, info + r->at.seq, &record->seq, e)) < 0 ||
	    (err = kernel_read_u64(r->kernel, info + r->at.ts_nsec, &record->ts_nsec, e)) < 0 ||
	    (err = kernel_read(r->kernel, info + r->at.text_len, length, sizeof(length), e)) < 0)
		return err;
	text_len = get_le16(length);
	room = locate_text(r, begin, next, text_len, &start);
	if (room < 0)
		return error_set(e, EILSEQ, "record %llu has a damaged place", (unsigned long long)record->seq);
	if (text_len > room)
		text_len = (uint32_t)room;
	err = kernel_read(r->kernel, r->data + start, r->text, text_len, e);
	if (err < 0)
		return err;
	record->text = r->text;
	record->size = text_len;
	return 1;
}

/*
 * How many of the newest records are walked, regardless of the two ids: at most as many as there are slots, and not
 * more text than a sane ring holds. In a damaged one each of 2^24 could claim 64 KiB, and fill the target before the
 * dump.
 */
static uint64_t count_newest(struct ring *r, uint64_t said)
{
	uint64_t slots = UINT64_C(1) << r->desc_bits, n = 0;
	/* Twice the ring: the text of a record can be lost, and its length still be there. */
	uint64_t room = UINT64_C(2) << (r->data_bits < MOST_TEXT_BITS ? r->data_bits : MOST_TEXT_BITS - 1);
	uint64_t most = slots < MOST_RECORDS ? slots : MOST_RECORDS;
	uint8_t length[2];
	struct error e;

	for (; n < said && n < most; n++) {
		uint64_t slot = (r->head_id - n) & (slots - 1);

		if (kernel_read(r->kernel, r->infos + slot * r->at.info_size + r->at.text_len, length, sizeof(length),
				&e) < 0)
			continue;
		if (get_le16(length) > room)
			break;
		room -= get_le16(length);
	}
	return n;
}

int64_t printk_walk_ring(struct kernel *kernel, char *text, printk_fn *fn, void *context, uint64_t *damaged,
			 struct error *e)
{
	struct ring r = {.text = text};
	struct printk_record record = {.plain = false};
	int64_t count = 0;
	uint64_t id, left, said;
	int err;

	err = open_ring(&r, kernel, e);
	if (err < 0)
		return err;
	said = ((r.head_id - r.tail_id) & ID_MASK) + 1;
	left = count_newest(&r, said);
	*damaged += left < said;
	id = (r.head_id - left + 1) & ID_MASK;
	for (; left; left--, id = (id + 1) & ID_MASK) {
		err = read_record(&r, id, &record, e);
		if (err < 0)
			++*damaged;
		if (err <= 0)
			continue;
		err = fn(context, &record, e);
		if (err < 0)
			return err;
		count++;
	}
	return count;
}

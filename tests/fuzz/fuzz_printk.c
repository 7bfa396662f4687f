/*
 * A log ring of any content, below page tables of any content: the input is laid over the made-up machine's first
 * pages, page tables (first 8 KiB of the input) and ring alike.
 */
#include "kern/printk.h"

#include <stdlib.h>
#include <string.h>

#include "unit/fake_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char info[] =
	"SYMBOL(swapper_pg_dir)=ffffffff80000000\nNUMBER(phys_base)=1073741824\nNUMBER(pgtable_l5_enabled)=0\n"
	"SYMBOL(prb)=ffffffff80004000\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=64\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	"OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\n"
	"SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
	"OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\n"
	"SIZE(printk_info)=32\nOFFSET(printk_info.seq)=0\nOFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)="
	"16\n"
	"OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\nOFFSET(atomic_long_t.counter)=0\n";

static int look(void *context, const struct printk_record *record, struct error *e)
{
	char *line = context;
	size_t n = printk_format(record, line, 4096);

	(void)e;
	if (n >= 4096 || line[n] != 0 || strlen(line) > n)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t base = 0x40000000, text = 0xffffffff80000000;
	static char line[4096];
	struct kernel kernel;
	struct fake f;
	uint64_t damaged;
	struct error e;

	fake_init(&f, base);
	fake_range(&f, base, base + 0x10000);
	fake_vmcoreinfo(&f, info);
	fake_finish(&f);
	fake_tables(&f, 4, base);
	fake_map(&f, text, base, 21);
	put_le64(fake_at(&f, base + 0x4000), text + 0x4100);
	put_le32(fake_at(&f, base + 0x4100), 4);
	put_le64(fake_at(&f, base + 0x4108), text + 0x5000);
	put_le64(fake_at(&f, base + 0x4110), text + 0x6000);
	put_le32(fake_at(&f, base + 0x4140), 10);
	put_le64(fake_at(&f, base + 0x4148), text + 0x7000);
	/* Mostly the ring; where the first byte says so, the page tables too. */
	if (size > 1 && data[0] == 0xff)
		memcpy(fake_at(&f, base), data + 1, size - 1 < 0x8000 ? size - 1 : 0x8000);
	else if (size > 1)
		memcpy(fake_at(&f, base + 0x4118), data + 1, size - 1 < 0x4000 ? size - 1 : 0x4000);
	if (kernel_init(&kernel, &f.source, &e) == 0)
		printk_walk(&kernel, look, line, &damaged, &e);
	kernel_deinit(&kernel);
	fake_deinit(&f);
	return 0;
}

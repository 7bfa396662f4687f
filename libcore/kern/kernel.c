#include "kern/kernel.h"

#include <errno.h>
#include <string.h>

#include "fmt/vmcoreinfo.h"

/* Page tables and records are read in small pieces: a window of a few pages. */
enum { WINDOW = 16384 };

int kernel_init(struct kernel *k, struct source *source, struct error *e)
{
	*k = (struct kernel){.source = source, .info = source->vmcoreinfo};
	view_init(&k->view, source, WINDOW);
	if (!k->info.size)
		return error_set(e, ENODATA, "the vmcore has no VMCOREINFO note");
	return paging_init(&k->paging, source, e);
}

void kernel_deinit(struct kernel *k)
{
	view_deinit(&k->view);
}

int kernel_translate(struct kernel *k, uint64_t vaddr, uint64_t *paddr, uint64_t *left, struct error *e)
{
	return paging_translate(&k->paging, &k->view, vaddr, paddr, left, e);
}

int kernel_read(struct kernel *k, uint64_t vaddr, void *buffer, size_t size, struct error *e)
{
	uint8_t *out = buffer;

	while (size) {
		uint64_t paddr, left;
		int r = kernel_translate(k, vaddr, &paddr, &left, e);
		size_t n;

		if (r < 0)
			return r;
		n = left < size ? (size_t)left : size;
		r = view_read(&k->view, paddr, out, n, e);
		if (r < 0)
			return error_context(e, "virtual address %#llx", (unsigned long long)vaddr);
		out += n;
		vaddr += n;
		size -= n;
	}
	return 0;
}

int kernel_read_u32(struct kernel *k, uint64_t vaddr, uint32_t *value, struct error *e)
{
	uint8_t bytes[4];
	int r = kernel_read(k, vaddr, bytes, sizeof(bytes), e);

	if (r == 0)
		*value = get_le32(bytes);
	return r;
}

int kernel_read_u64(struct kernel *k, uint64_t vaddr, uint64_t *value, struct error *e)
{
	uint8_t bytes[8];
	int r = kernel_read(k, vaddr, bytes, sizeof(bytes), e);

	if (r == 0)
		*value = get_le64(bytes);
	return r;
}

int kernel_read_uts(struct kernel *k, uint8_t uts[UTS_SIZE], struct error *e)
{
	/* The offset is told since the name was moved to the front (5.11: 9a56493f6942, ca4a9241cc5e); it came after an
	   int before. */
	uint64_t symbol, offset = 4;
	int r;

	if (!vmcoreinfo_symbol(k->info, "init_uts_ns", &symbol))
		return error_set(e, ENODATA, "VMCOREINFO does not say where the kernel's name is");
	vmcoreinfo_offset(k->info, "uts_namespace.name", &offset);
	r = kernel_read(k, symbol + offset, uts, UTS_SIZE, e);
	if (r < 0)
		return error_context(e, "reading the kernel's name");
	if (memcmp(uts, "Linux", 6) != 0)
		return error_set(e, ENODATA, "there is no kernel's name where VMCOREINFO says it is");
	for (unsigned i = 0; i < 6; i++)
		uts[i * UTS_FIELD + UTS_FIELD - 1] = 0;
	return 0;
}

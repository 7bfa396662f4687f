/* A whole vmcore: header, program headers, notes; then each page that it says it has. */
#include "dump/vmcore.h"
#include "fuzz/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source;
	struct view view;
	char path[64];
	int fd = memory_file(data, size, path);
	struct error e;

	if (vmcore_open(path, NULL, &source, &e) == 0) {
		view_init(&view, source, 8192);
		for (size_t i = 0; i < source->nr_ranges && i < 64; i++) {
			uint64_t first, last;
			const uint8_t *page;

			source_pfns(source, i, &first, &last);
			for (uint64_t pfn = first; pfn < last && pfn < first + 64; pfn++)
				view_page(&view, pfn, &page, &e);
		}
		view_deinit(&view);
		vmcore_close(source);
	}
	close(fd);
	return 0;
}

/* Dump files, whole and broken, as dump-info reads them. */
#include "dump/info.h"
#include "fuzz/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dump_info info;
	char path[64];
	int fd = memory_file(data, size, path);
	struct error e;

	dump_info_read(path, &info, &e);
	close(fd);
	return 0;
}

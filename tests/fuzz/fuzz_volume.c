/* Superblocks, partition tables and kernel images: the start of any disk or file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/kernel_cmdline.h"
#include "fmt/kernel_image.h"
#include "fmt/volume_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct volume volume = {.type = ""};
	struct volume_bytes bytes;
	struct kernel_image image;
	struct span head = span_of(data, size);
	struct error e;
	char *line = calloc(1, size + 1), out[64];

	bytes = (struct volume_bytes){
		.head = head, .tail = head, .disk = head, .size = size, .number = 1, .sector_size = 512};
	volume_probe(&bytes, &volume);
	bytes.number = 128;
	bytes.sector_size = 4096;
	bytes.size = 1 << 20;
	volume_probe(&bytes, &volume);
	if (strlen(volume.type) + strlen(volume.uuid) + strlen(volume.label) + strlen(volume.partlabel) > 400)
		abort();
	kernel_image_probe(head, &image);
	if (size)
		memcpy(line, data, size);
	cmdline_reuse(line, true, out, sizeof(out), &e);
	cmdline_has(line, "crashkernel");
	free(line);
	return 0;
}

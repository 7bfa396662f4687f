/* Superblocks, partition tables and kernel images: whatever a disk or a file begins with. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/cmdline.h"
#include "fmt/kernel_image.h"
#include "fmt/volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct volume volume = {.type = ""};
	struct kernel_image image;
	struct span head = span_of(data, size);
	struct error e;
	char *line = calloc(1, size + 1), out[64];

	volume_probe(head, head, 512, 1, &volume);
	volume_probe(head, head, 4096, 128, &volume);
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

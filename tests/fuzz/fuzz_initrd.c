/* Images as the running system reads them: whatever is found lies in the image, or in what was unpacked from it. */
#include <stdint.h>
#include <stdlib.h>

#include "fmt/image_info.h"
#include "fmt/initrd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span found = span_of(NULL, 0);
	struct image_info info;
	struct initrd initrd;
	struct error e;
	uint8_t sum = 0;

	if (initrd_init(&initrd, span_of(data, size), MAX, &e) == 0) {
		if (initrd.count > INITRD_PARTS || (initrd_find(&initrd, "a", &found) && found.size > MAX))
			abort();
		for (size_t i = 0; i < found.size; i++)
			sum ^= found.data[i];
	}
	initrd_deinit(&initrd);
	if (image_info_parse(&info, span_of(data, size), &e) == 0 && info.kernel.known && sum == 1)
		return 0;
	return 0;
}

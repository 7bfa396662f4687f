/* VMCOREINFO: the first line is the key that is looked for, the rest is the text. */
#include "fmt/vmcoreinfo.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct span text;
	char key[64], out[65];
	uint64_t u;
	int64_t n;

	if (!end || (size_t)(end - data) >= sizeof(key))
		return 0;
	memcpy(key, data, (size_t)(end - data));
	key[end - data] = 0;
	text = span_of(end + 1, size - (size_t)(end - data) - 1);
	vmcoreinfo_symbol(text, key, &u);
	vmcoreinfo_number(text, key, &n);
	vmcoreinfo_offset(text, key, &u);
	vmcoreinfo_size(text, key, &u);
	vmcoreinfo_length(text, key, &u);
	vmcoreinfo_decimal(text, key, &u);
	vmcoreinfo_hex(text, key, &u);
	if (vmcoreinfo_text(text, key, out, sizeof(out)) && strlen(out) >= sizeof(out))
		__builtin_trap();
	return 0;
}

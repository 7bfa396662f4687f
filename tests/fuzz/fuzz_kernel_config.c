/*
 * A kernel's configuration: the text up to the first line "%" is held against the rest as a fragment. Whatever either
 * holds, what is printed has no control characters but newlines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/kernel_config.h"
#include "kernel/config_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct buffer *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (((unsigned char)text->data[i] < 32 && text->data[i] != '\n') || text->data[i] == 127)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n%\n";
	const uint8_t *at = memmem(data, size, mark, 3);
	size_t length = at ? (size_t)(at - data) : size;
	struct config_fragment fragment = {span_of(at ? at + 3 : NULL, at ? size - length - 3 : 0), "f"};
	struct span config = span_of(data, length), value;
	struct buffer text = {0};
	struct error e;

	kernel_config_is_one(config);
	if (kernel_config_get(config, "CONFIG_A", &value) != (value.data != NULL))
		abort();
	if (kernel_config_version(config).size > size)
		abort();
	config_check(&text, config, &fragment, 1, &e);
	check_text(&text);
	buffer_deinit(&text);
	return 0;
}

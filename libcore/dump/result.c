#include "dump/result.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fmt/image_info.h"

static void copy_text(char *out, size_t size, struct span value)
{
	size_t n = value.size < size - 1 ? value.size : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = value.data[i] < ' ' || value.data[i] == 127 ? '?' : (char)value.data[i];
	out[n] = 0;
}

static int parse_status(struct capture_result *result, const char *text)
{
	static const char names[][9] = {"running", "saved", "degraded", "failed"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		result->status = (enum capture_status)i;
		return 1;
	}
	return -EINVAL;
}

int capture_result_parse(struct capture_result *result, struct span text, struct error *e)
{
	struct span option, value;
	int found = 0;

	*result = (struct capture_result){.time = 0};
	while (found >= 0 && image_info_line(&text, &option, &value)) {
		char name[16], number[24];

		copy_text(name, sizeof(name), option);
		copy_text(number, sizeof(number), value);
		if (strcmp(name, "status") == 0)
			found = parse_status(result, number);
		else if (strcmp(name, "time") == 0)
			result->time = strtoull(number, NULL, 10);
		else if (strcmp(name, "directory") == 0)
			copy_text(result->directory, sizeof(result->directory), value);
		else if (strcmp(name, "message") == 0)
			copy_text(result->message, sizeof(result->message), value);
	}
	return found > 0 ? 0 : error_set(e, EINVAL, "its status is missing or wrong");
}

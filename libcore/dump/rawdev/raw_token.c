#include "dump/rawdev/raw_token.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "dump/sink/sink.h"
#include "fmt/kernel_cmdline.h"
#include "sys/file.h"

enum { CMDLINE_MAX = 4096 };

int raw_token_find(struct rawdump_owner *owner, struct error *e)
{
	char text[CMDLINE_MAX];
	struct span value;

	file_read_line("/proc/cmdline", text, sizeof(text));
	if (!cmdline_value(text, RAW_TOKEN_PARAMETER, &value)) {
		if (!file_read_line(RAW_TOKEN_FILE, text, sizeof(text)) && errno != ENOENT)
			return error_errno(e, RAW_TOKEN_FILE);
		value = span_of(text, strlen(text));
	}
	*owner = (struct rawdump_owner){.without = false};
	if (value.size == RAWDUMP_TOKEN || value.size == 2 * RAWDUMP_TOKEN + 1)
		memcpy(owner->tokens, value.data, value.size);
	return 0;
}

int raw_token_write(const struct rawdump_owner *owner, struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	size_t size = strlen(owner->tokens);
	int r;

	mkdir("/var/lib/crashbox", 0755);
	r = sink_file_create(-1, RAW_TOKEN_FILE, true, &sink, e);
	if (r == 0)
		r = sink_put(sink, 0, owner->tokens, size, e);
	return r < 0 ? r : sink_commit(sink, size, e);
}

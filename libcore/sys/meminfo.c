#include "sys/meminfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sys/file.h"

/* The number after a key at the start of a line. Returns whether it was found. */
static int line_number(const char *text, const char *key, uint64_t *value)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) != 0)
			continue;
		*value = strtoull(line + length, NULL, 10);
		return 1;
	}
	return 0;
}

int meminfo_parse(const char *text, struct meminfo *m)
{
	if (!line_number(text, "MemTotal:", &m->total))
		return -EINVAL;
	if (!line_number(text, "MemAvailable:", &m->available) && !line_number(text, "MemFree:", &m->available))
		return -EINVAL;
	return 0;
}

int meminfo_read(int fd, struct meminfo *m)
{
	char text[256]; /* all three are near its start */
	ssize_t n = read_all_at(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return (int)n;
	text[n] = 0;
	return meminfo_parse(text, m);
}

uint64_t meminfo_oom_kills(void)
{
	char *text CLEANUP(free_ptr) = NULL;
	uint64_t kills = 0;
	struct error e;
	size_t size;

	if (file_read("/proc/vmstat", 65536, &text, &size, &e) == 0)
		line_number(text, "oom_kill ", &kills);
	return kills;
}

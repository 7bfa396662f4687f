#include "dump/sink/sink_open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

enum { BUFFER = 256 << 10 };

static int open_stream(const char *path, struct sink **sink, struct error *e)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? 1 : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return error_errno(e, "opening %s", path);
	r = sink_stream_create(fd, standard ? "standard output" : path, sink, e);
	if (r < 0 && !standard)
		close_fd(&fd);
	return r;
}

static int open_bottom(const char *path, unsigned how, struct sink **sink, struct error *e)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return open_stream(path, sink, e);
	if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return open_stream(path, sink, e);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		error_set(e, EISDIR, "%s is a directory", path);
		return error_hint(e, "Add a final / to make a directory for this dump in it.");
	}
	/* /dev is memory: a missing device must not become a file there. */
	if (strncmp(path, "/dev/", 5) == 0 && lstat(path, &st) != 0)
		return error_set(e, ENODEV, "%s: no such device", path);
	return sink_file_create(-1, path, how & SINK_REPLACE, sink, e);
}

int sink_wrap(struct sink *bottom, unsigned how, struct sink **sink, struct error *e)
{
	struct sink *top CLEANUP(sink_destroyp) = bottom;
	struct sink *wrapper = NULL;
	int r = 0;

	if (how & SINK_FLATTENED) {
		r = sink_flattened_create(top, &wrapper, e);
		if (r == 0)
			top = wrapper;
	}
	if (r == 0)
		r = sink_buffer_create(top, BUFFER, &wrapper, e);
	if (r < 0)
		return r;
	top = NULL;
	*sink = wrapper;
	return 0;
}

int sink_open(const char *path, unsigned how, struct sink **sink, struct error *e)
{
	struct sink *bottom = NULL;
	int r = open_bottom(path, how, &bottom, e);

	return r < 0 ? r : sink_wrap(bottom, how, sink, e);
}

#include "kdump/kdump_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/image_info.h"
#include "sys/file.h"

#define LOADED KDUMP_RUN "/loaded"

bool kdump_make_run(void)
{
	mkdir("/run", 0755);
	return mkdir(KDUMP_RUN, 0755) == 0 || errno == EEXIST;
}

/* "image CRC", "kernel CRC". */
void kdump_record_read(struct kdump_record *record)
{
	char *text CLEANUP(free_ptr) = NULL, number[16];
	struct span rest, option, value;
	struct error ignored;
	size_t size;

	*record = (struct kdump_record){.known = false};
	if (file_read(LOADED, 4096, &text, &size, &ignored) < 0)
		return;
	rest = span_of(text, size);
	while (image_info_line(&rest, &option, &value)) {
		uint32_t *crc = span_is(option, "image")    ? &record->image
				: span_is(option, "kernel") ? &record->kernel
							    : NULL;

		if (!crc || image_info_text(number, sizeof(number), value) < 0)
			continue;
		*crc = (uint32_t)strtoul(number, NULL, 16);
		record->known = true;
	}
}

void kdump_record_write(uint32_t image, uint32_t kernel)
{
	char text[64];
	int fd CLEANUP(close_fd) = -1, size;

	kdump_make_run();
	fd = open(LOADED, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size = snprintf(text, sizeof(text), "image %08x\nkernel %08x\n", image, kernel);
	/* Without it, status cannot detect that the image has changed since the load. */
	if (fd < 0 || write_all(fd, text, (size_t)size) < 0)
		applet_say("note: %s: %m", LOADED);
}

void kdump_record_remove(void)
{
	unlink(LOADED);
}

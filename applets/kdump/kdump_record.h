/* A record of the last load, until the next boot. */
#ifndef APPLETS_KDUMP_KDUMP_RECORD_H
#define APPLETS_KDUMP_KDUMP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#define KDUMP_RUN "/run/crashbox"

struct kdump_record {
	bool known;             /* there is one */
	uint32_t image, kernel; /* checksums of what was loaded */
};

/* Makes KDUMP_RUN. Returns whether it exists now. */
bool kdump_make_run(void);

/* If the record cannot be written, prints a note on standard error. */
void kdump_record_read(struct kdump_record *record);
void kdump_record_write(uint32_t image, uint32_t kernel);
void kdump_record_remove(void);

#endif

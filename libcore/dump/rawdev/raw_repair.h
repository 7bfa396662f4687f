/*
 * Repairs the copy of a file of which a damaged device has lost a part, so that no reader takes what is missing for
 * data.
 */
#ifndef DUMP_RAWDEV_RAW_REPAIR_H
#define DUMP_RAWDEV_RAW_REPAIR_H

#include "base/log.h"
#include "dump/rawdev/raw_reader.h"
#include "dump/sink/sink.h"

struct raw_repair {
	struct raw_reader *reader; /* before the first record of the file that exists */
	uint32_t file;             /* its number */
	bool headless;             /* earlier records of the file may have been lost, too */
	int fd;                    /* of the copy, for reading */
	struct sink *sink;         /* and for writing */
	const char *name;          /* for messages */
	const struct log *log;
};

/*
 * Reads the file's records on the device once more to find what is missing, and
 * - in a KDUMP file clears the descriptor of every page whose data or rank in the table is unreliable, and marks the
 *   file as incomplete;
 * - fills what is missing in the memory of an ELF file, or in any other file, with ENCODE_MARK.
 * The dump's own note then says that something was lost. Returns 0; -ERANGE if there is more to repair than the device
 * can have held, as in a forged dump; or another negative errno.
 */
int raw_repair_file(const struct raw_repair *repair, struct error *e);

#endif

/*
 * The second stage of a dump by way of a raw device: from there into the dump directory.
 */
#ifndef DUMP_RAWDEV_RAW_SAVECORE_H
#define DUMP_RAWDEV_RAW_SAVECORE_H

#include "base/log.h"
#include "dump/rawdev/raw_reader.h"

struct savecore_result {
	char *directory;  /* that was made; the caller's to free */
	uint64_t files;   /* that are whole */
	uint64_t cut;     /* that are not: NAME-incomplete, where something in it can be read */
	uint64_t damages; /* places where the device is damaged; each was said on the log */
	uint64_t bytes;   /* of data that were copied */
};

/*
 * Copies what the reader's dump holds into a new directory below parent, synced. Every file that is not whole, or
 * damaged, keeps the name NAME-incomplete. Does not mark the dump. Returns 0; -ENODATA where nothing can be read; or
 * another negative errno: the dump is then still on the device.
 */
int savecore(struct raw_reader *reader, const char *parent, const struct log *log, struct savecore_result *result,
	     struct error *e);

#endif

/*
 * The second stage of a dump by way of a raw device: from there into the dump directory.
 */
#ifndef DUMP_RAWDEV_RAW_SAVECORE_H
#define DUMP_RAWDEV_RAW_SAVECORE_H

#include "base/log.h"
#include "dump/rawdev/raw_reader.h"

struct savecore_result {
	char *directory;  /* that was made; the caller's to free, as the next */
	char *saving;     /* a file in it, for the caller to remove once the dump is marked; NULL: none */
	uint64_t files;   /* that are whole */
	uint64_t cut;     /* that are not: NAME-incomplete, where something in it can be read */
	uint64_t damages; /* places where the device is damaged; each was said on the log */
	uint64_t bytes;   /* of data that were copied */
	bool empty;       /* the dump had begun, and nothing of it reached the device */
};

/*
 * Copies what the reader's dump holds into a new directory below parent, synced. Every file that is not whole, or
 * damaged, keeps the name NAME-incomplete. Does not mark the dump: as long as the file "saving-ID" in the directory
 * says whose it is, another run writes into the same one. Returns 0, or a negative errno: the dump, if it is not empty,
 * is then still on the device. -EIO also if parts of it could not be read; the rest is in the directory. -ERANGE if it
 * has a name or a size that no file can have: it is then as good as empty.
 */
int savecore(struct raw_reader *reader, const char *parent, const struct log *log, struct savecore_result *result,
	     struct error *e);

#endif

/*
 * Files on a raw device: the log of fmt/rawdump.h, written from its start to its end. Whenever the power fails, the
 * whole records are a dump, complete or not, that savecore can find.
 */
#ifndef DUMP_RAWDEV_RAW_WRITER_H
#define DUMP_RAWDEV_RAW_WRITER_H

#include "dump/sink/sink.h"
#include "fmt/rawdump.h"

/* A device that is being written. */
struct raw_writer;

/* All borrowed during raw_writer_open. */
struct raw_writer_request {
	const char *host; /* with crash_time, the name of the directory that savecore will make */
	uint64_t crash_time;
	bool replace; /* even a whole dump that counts and that nobody has saved yet */
	const struct rawdump_owner
		*owner; /* whose dumps count; its first token goes into the superblock. NULL: all, none */
};

/*
 * Begins a dump. The device's first superblock is written and synced; a whole dump that counts and that nobody has
 * saved yet is only replaced if the request says so (-EEXIST otherwise). fd is open for reading and writing, and stays
 * the caller's; with O_DIRECT the page cache stays empty. size: bytes of the device. name is for messages. Returns 0
 * with *writer, which raw_writer_closep frees, or a negative errno.
 */
int raw_writer_open(int fd, uint64_t size, const char *name, const struct raw_writer_request *request,
		    struct raw_writer **writer, struct error *e);

/*
 * The next file: a sink that takes any offset. One after the other: a sink's commit comes before the next file. What
 * was never put reads as zeros later.
 */
int raw_writer_file(struct raw_writer *writer, const char *name, struct sink **sink, struct error *e);

/* The dump is complete: says so on the device. Returns 0 or a negative errno. */
int raw_writer_complete(struct raw_writer *writer, struct error *e);

/* CLEANUP for a struct raw_writer *; NULL is fine. */
void raw_writer_closep(struct raw_writer **writer);

#endif

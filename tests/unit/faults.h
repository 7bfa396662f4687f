/*
 * System calls that fail when a test wants it (linked with --wrap): the Nth write-like call of the program under test
 * returns an errno. A mock where no real part can do it at every place.
 */
#ifndef UNIT_FAULTS_H
#define UNIT_FAULTS_H

/* The nth call from now on (1 is the next) of write, pwrite, fsync, ftruncate, rename fails with that errno; a write
 * has then done nothing. 0 disarms. */
void faults_arm(long nth, int error);

/* The nth call of pread from now on, and count - 1 after it, fail likewise; independently of the others. */
void faults_arm_read(long nth, long count, int error);

/*
 * Writes down, from now on, what the program under test does to files, in the order in which it is done; NULL ends it.
 * Each record: a letter, then as 64-bit little-endian numbers an offset, a size and the nanoseconds since the start,
 * then the bytes. w: a write of these bytes at the offset; s: a sync of a file; d: of a directory; t: the file now has
 * this size; r: a rename, the bytes are the new name; z: the bytes up to offset + size read as zeros now, if they were
 * not there.
 */
void faults_record(const char *path);

/* How many such calls there have been since faults_arm. */
long faults_calls(void);

#endif

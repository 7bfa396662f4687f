/*
 * Whole files and whole writes: the loops around POSIX's calls.
 */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Reads a file of at most max bytes, also one of unknown size (/proc, /sys). The caller frees *data, which has a zero
 * byte after its size bytes. A larger file is -EFBIG. Returns 0 or a negative errno.
 */
int file_read(const char *path, size_t max, char **data, size_t *size, struct error *e);

/* The first line of a small file of /proc or /sys, without its newline, cut to fit; "" if it cannot be read. Returns
 * whether it could. */
bool file_read_line(const char *path, char *text, size_t size);

/* The CRC-32 of a file's bytes, as in gzip (RFC 1952, 8). Returns 0 or a negative errno. */
int file_crc(const char *path, uint32_t *crc, struct error *e);

/* Writes a text to an existing file in one write, as /proc and /sys require. Returns 0 or a negative errno. */
int file_write_text(const char *path, const char *text, struct error *e);

/* Writes all size bytes, at an offset or at the file's position. Returns 0 or a negative errno; no error object, since
 * the caller knows what it was writing. */
int write_all_at(int fd, const void *data, size_t size, uint64_t offset);
int write_all(int fd, const void *data, size_t size);

/* Syncs the directory that a file is in, so that its name survives a power cut. Returns 0 or a negative errno. */
int file_sync_directory(const char *path, struct error *e);

/* Reads size bytes at an offset, fewer at the end of the file. Returns the count or a negative errno. */
ssize_t read_all_at(int fd, void *data, size_t size, uint64_t offset);

#endif

/*
 * Devices that the capture makes before it looks for its targets: md arrays, and mapped devices from their tables.
 */
#ifndef INITRAMFS_PLAN_VOLUME_H
#define INITRAMFS_PLAN_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "text/string_list.h"

enum {
	PLAN_WHERE = 256,     /* bytes of "FILE:LINE" with their NUL */
	MD_DEVICE = 16,       /* of "/dev/md127" */
	MD_UUID = 64,         /* of 32 digits with separators */
	DM_NAME = 128,        /* of a mapped device's name */
	VOLUME_KEY_MAX = 256, /* of a raw key: aes:64-cbc-lmk has the largest in use */
};

/* --- md --- */

struct md_level {
	const char *name;       /* "raid5", as in mdadm and sysfs */
	const char *modules[2]; /* its driver's names; the second, or NULL, is that of newer kernels */
	bool stripes;           /* has a stripe cache */
};

struct md_array {
	char device[MD_DEVICE];       /* "/dev/md0" */
	char uuid[MD_UUID];           /* 32 hexadecimal digits, with or without ':' and '-' */
	const struct md_level *level; /* NULL: not given */
	unsigned members;             /* 0: not given */
	bool force;                   /* start it even if missing members have newer data */
};

struct md_arrays {
	struct md_array *item;
	size_t count;
};

/* The level of that name, static, or NULL. */
const struct md_level *md_level_find(struct span name);

/* Adds a copy. Returns 0 or -ENOMEM. */
int md_arrays_add(struct md_arrays *arrays, const struct md_array *array, struct error *e);

/* --- device mapper --- */

struct mapped_type {
	const char *name;   /* of the kernel's target type */
	const char *module; /* its driver */
	bool encrypted;     /* its words are those of enum crypt_word */
};

/* The words of a crypt line: the kernel's Documentation/admin-guide/device-mapper/dm-crypt.rst. Options follow. */
enum crypt_word { CRYPT_CIPHER, CRYPT_KEY, CRYPT_IV_OFFSET, CRYPT_DEVICE, CRYPT_OFFSET, CRYPT_WORDS };

/* A line of a table. */
struct mapped_line {
	uint64_t start, length; /* sectors of 512 bytes */
	const struct mapped_type *type;
	struct string_list words; /* after the type; devices by persistent names */
	char where[PLAN_WHERE];   /* the configuration's line, for messages */
};

/* The volume key of an encrypted device, which replaces those in its lines. */
struct volume_key {
	char *file;                          /* absolute, on the system that crashes; NULL: no key file */
	char where[PLAN_WHERE];              /* of the option */
	char digits[2 * VOLUME_KEY_MAX + 1]; /* hexadecimal; "": not read yet */
};

/* One without lines, of which only the key is known, is not made. */
struct mapped_device {
	char name[DM_NAME]; /* in /dev/mapper */
	struct mapped_line *line;
	size_t count;
	struct volume_key key;
};

struct mapped_devices {
	struct mapped_device *item;
	size_t count;
};

/* The type of that name, static, or NULL. */
const struct mapped_type *mapped_type_find(struct span name);

/* Writes a line as 'dmsetup table' prints it: "START LENGTH TYPE WORDS". */
void mapped_line_print(struct buffer *out, const struct mapped_line *line);
void mapped_line_deinit(struct mapped_line *line);

/* The device of that name, or NULL. */
struct mapped_device *mapped_devices_find(const struct mapped_devices *devices, const char *name);

/* Adds a device without lines; name is shorter than DM_NAME. Returns it, or NULL with *e set (ENOMEM). */
struct mapped_device *mapped_devices_add(struct mapped_devices *devices, const char *name, struct error *e);

/* Adds a line and takes over its words, which are empty afterwards. Returns 0 or -ENOMEM. */
int mapped_device_add_line(struct mapped_device *device, struct mapped_line *line, struct error *e);

/* Whether any line is encrypted. */
bool mapped_device_encrypted(const struct mapped_device *device);

void md_arrays_deinit(struct md_arrays *arrays);
void mapped_devices_deinit(struct mapped_devices *devices);

#endif

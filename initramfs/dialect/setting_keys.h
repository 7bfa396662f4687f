/*
 * The keys of encrypted devices among those that the capture makes.
 */
#ifndef INITRAMFS_DIALECT_SETTING_KEYS_H
#define INITRAMFS_DIALECT_SETTING_KEYS_H

#include "dialect/setting.h"

/*
 * Reads "NAME FILE": where the volume key of the device is that the lines dm of that name make, which follow. The file
 * is read by host/key_files.h.
 */
int setting_dm_key(struct plan *plan, const struct setting *setting, struct error *e);

/*
 * Checks a crypt line's words, and its key unless the device has one of its own: key, or NULL. setting->value must not
 * hold the key. Returns 0 or -EINVAL.
 */
int crypt_check(const struct setting *setting, const char *name, const struct volume_key *key,
		const struct mapped_line *line, struct error *e);

/*
 * Puts the key of a file, which has been read, into a crypt line: where that has none, or has the same. Returns 0,
 * -EINVAL for a key that cannot be the line's, or -ENOMEM. No message shows a key.
 */
int crypt_put_key(const char *name, const struct volume_key *key, struct mapped_line *line, struct error *e);

/* What keeps a file's bytes from being a key, or NULL. */
const char *wrong_key_bytes(struct span bytes);

/* Adds to an error how to write a key's file. Returns -e->code. */
int hint_key_file(struct error *e);

/* Whether a device's line is longer than a configuration may have it. */
bool mapped_line_too_long(const char *name, const struct mapped_line *line);

#endif

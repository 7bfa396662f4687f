/*
 * Keys of the encrypted devices in a configuration.
 */
#ifndef INITRAMFS_DIALECT_SETTING_KEYS_H
#define INITRAMFS_DIALECT_SETTING_KEYS_H

#include "dialect/setting.h"

/*
 * Reads "NAME FILE": the file with the volume key of the device that the following dm lines of that name make.
 * host/key_files.h reads the file.
 */
int setting_dm_key(struct plan *plan, const struct setting *setting, struct error *e);

/*
 * Checks a crypt line's words, and its key unless the device has one of its own: key, or NULL. setting->value must not
 * hold the key. Returns 0 or -EINVAL.
 */
int crypt_check(const struct setting *setting, const char *name, const struct volume_key *key,
		const struct mapped_line *line, struct error *e);

/*
 * Puts the key that was read from a file into a crypt line that has none, or the same one. Returns 0,
 * -EINVAL for a key that cannot be the line's, or -ENOMEM. No message shows a key.
 */
int crypt_put_key(const char *name, const struct volume_key *key, struct mapped_line *line, struct error *e);

/* Why a file's bytes cannot be a key, or NULL. */
const char *wrong_key_bytes(struct span bytes);

/* Adds to an error how to write a key file. Returns -e->code. */
int hint_key_file(struct error *e);

/* Whether a device's line is too long for a configuration. */
bool mapped_line_too_long(const char *name, const struct mapped_line *line);

#endif

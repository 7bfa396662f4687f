/*
 * Encrypted devices among those that the capture makes: their keys, which lie in the image, and their ciphers' modules.
 */
#ifndef INITRAMFS_DIALECT_SETTING_KEYS_H
#define INITRAMFS_DIALECT_SETTING_KEYS_H

#include "fmt/dm_table.h"
#include "module/modules.h"
#include "dialect/setting.h"

/*
 * Reads "NAME FILE": the volume key of the device that the lines dm of that name make, which follow. The file holds the
 * key's bytes as they are, as cryptsetup's --volume-key-file writes them. Adds it to plan->keys. As the other functions
 * of setting.h.
 */
int setting_dm_key(struct plan *plan, const struct setting *setting, struct error *e);

/* Whether plan->keys has the key of that device. */
bool plan_knows_key(const struct plan *plan, struct span name);

/*
 * Reads a crypt line's words: checks their form and the key's size, and puts the key of plan->keys, in hexadecimal
 * digits, where the line has none, or has the same. out: room for size bytes; gets the words with single blanks.
 * setting->value must not hold the key: it is shown. Returns 0 or -EINVAL.
 */
int crypt_words(const struct plan *plan, const struct setting *setting, struct span name, struct span words, char *out,
		size_t size, struct error *e);

/* Whether a key stands in the plan: in the table of an encrypted device. */
bool plan_has_key(const struct plan *plan);

/* Says that the image will hold keys, and of each of plan->keys that no device has taken it. */
void plan_warn_of_keys(const struct plan *plan, const struct log *log);

/*
 * Wants the modules of a crypt line's cipher, by the names of its parts: the kernel would ask modprobe for them.
 * Returns 0 or a negative errno.
 */
int plan_want_cipher(struct modules *modules, struct span words, struct error *e);

#endif

#include "dialect/setting_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "text/word.h"

enum { DM_LINE_MAX = 1000 }; /* bytes, with the name */

static const char how_to_write[] =
	"'cryptsetup luksDump --dump-volume-key --volume-key-file FILE DEVICE' writes a LUKS volume's key";
static const char hexadecimal[] = "0123456789abcdefABCDEF";

int hint_key_file(struct error *e)
{
	return error_hint(e, "%s", how_to_write);
}

bool mapped_line_too_long(const char *name, const struct mapped_line *line)
{
	struct buffer text CLEANUP(buffer_deinit) = {0};

	mapped_line_print(&text, line);
	return strlen(name) + 1 + text.size > DM_LINE_MAX;
}

/* --- keys in files --- */

int setting_dm_key(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value), word = conf_word(&rest), file = conf_word(&rest);
	char name[DM_NAME], shown[DM_NAME + 8];
	bool fits = word_copy(name, sizeof(name), word);
	struct setting hidden = *s;
	struct mapped_device *device;

	/* In place of the file, or alone, there may be the key itself. */
	snprintf(shown, sizeof(shown), "%s...", file.size && word.size < 64 ? name : "");
	hidden.value = shown;
	if (!file.size || file.data[0] != '/' || file.size >= PLAN_TEXT || conf_word(&rest).size)
		return setting_bad(&hidden, e, "write the device's name and the absolute path of its key file");
	if (!fits || mapped_devices_find(&plan->dm, name))
		return setting_bad(s, e, "a device has one dm_key line, before its dm lines");
	device = mapped_devices_add(&plan->dm, name, e);
	if (!device)
		return -e->code;
	snprintf(device->key.where, sizeof(device->key.where), "%s", s->where);
	device->key.file = strndup((const char *)file.data, file.size);
	return device->key.file ? 0 : error_set(e, ENOMEM, "out of memory");
}

const char *wrong_key_bytes(struct span bytes)
{
	size_t zeros = 0, digits = 0;

	for (size_t i = 0; i < bytes.size; i++) {
		zeros += !bytes.data[i];
		digits += bytes.data[i] && strchr(hexadecimal, bytes.data[i]);
	}
	if (zeros == bytes.size)
		return "the file is empty or contains only zeros";
	if (digits == bytes.size - (bytes.data[bytes.size - 1] == '\n'))
		return "the file contains hexadecimal digits instead of raw bytes: 'xxd -r -p' converts them";
	return NULL;
}

/* --- lines --- */

/* The ciphers that people use have keys of 16, 24 or 32 bytes; xts takes two of them. */
static bool good_size(const char *cipher, size_t bytes)
{
	static const char *const blocks[] = {"aes", "serpent", "twofish", "camellia"};
	static const char *const others[] = {"authenc", "lmk", "tcw", "lrw", "adiantum"};
	size_t keys = strstr(cipher, "xts") ? 2 : 1;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strstr(cipher, others[i]))
			return true;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (strstr(cipher, blocks[i]))
			return bytes == 16 * keys || bytes == 24 * keys || bytes == 32 * keys;
	return true;
}

/* The size in bytes of a line's key; of one in the kernel's keyring (":64:logon:NAME"), the number there. */
static size_t key_size(const char *key)
{
	return key[0] == ':' ? (size_t)strtoul(key + 1, NULL, 10) : strlen(key) / 2;
}

/* Without --showkeys, dmsetup shows zeros in place of the key. */
static bool is_hidden(const char *key)
{
	return key[0] == ':' || text_only(key, "0");
}

/* What is wrong with the line's own key, or NULL. */
static const char *wrong_digits(const char *cipher, const char *key)
{
	if (strcmp(key, "-") == 0)
		return strstr(cipher, "cipher_null") ? NULL : "the line has no key";
	if (key[0] == ':')
		return "the key is in the kernel's keyring, where the capture cannot find it";
	if (is_hidden(key))
		return "the key is only zeros: 'dmsetup table' hides it without --showkeys";
	if (!text_only(key, hexadecimal) || strlen(key) % 2)
		return "the key is not an even number of hexadecimal digits";
	return good_size(cipher, strlen(key) / 2) ? NULL : "the cipher does not accept a key of this size";
}

/* Why the key in a file cannot be the line's, or NULL. */
static const char *wrong_file(const char *cipher, const char *line, const char *key)
{
	bool none = strcmp(line, "-") == 0;

	if (!none && key_size(line) != strlen(key) / 2)
		return "the key in the key file differs in size from the device's";
	if (!none && !is_hidden(line) && strncasecmp(line, key, strlen(key)) != 0)
		return "the key in the key file is not the device's";
	return good_size(cipher, strlen(key) / 2) ? NULL : "the cipher does not accept a key of the file's size";
}

static int bad_key(const struct setting *s, const char *name, const char *wrong, struct error *e)
{
	setting_bad(s, e, wrong);
	return error_hint(e, "add a line before it: dm_key %s FILE; %s", name, how_to_write);
}

static int check_words(const struct setting *s, const struct mapped_line *line, struct error *e)
{
	if (line->words.count >= CRYPT_WORDS)
		return 0;
	return setting_bad(s, e, "after 'crypt' come CIPHER KEY IV_OFFSET DEVICE OFFSET, and options");
}

int crypt_check(const struct setting *s, const char *name, const struct volume_key *key, const struct mapped_line *line,
		struct error *e)
{
	const char *wrong;

	if (check_words(s, line, e) < 0)
		return -e->code;
	wrong = key && key->file ? NULL : wrong_digits(line->words.item[CRYPT_CIPHER], line->words.item[CRYPT_KEY]);
	return wrong ? bad_key(s, name, wrong, e) : 0;
}

int crypt_put_key(const char *name, const struct volume_key *key, struct mapped_line *line, struct error *e)
{
	char shown[DM_NAME + 64];
	const struct setting setting = {.name = "dm", .value = shown, .where = line->where};
	const char *wrong;

	snprintf(shown, sizeof(shown), "%s %llu %llu crypt...", name, (unsigned long long)line->start,
		 (unsigned long long)line->length);
	if (check_words(&setting, line, e) < 0)
		return -e->code;
	wrong = wrong_file(line->words.item[CRYPT_CIPHER], line->words.item[CRYPT_KEY], key->digits);
	if (wrong)
		return bad_key(&setting, name, wrong, e);
	if (string_list_set(&line->words, CRYPT_KEY, key->digits, e) < 0)
		return -e->code;
	return mapped_line_too_long(name, line) ? setting_bad(&setting, e, "the line is too long") : 0;
}

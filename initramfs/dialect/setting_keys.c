#include "dialect/setting_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "fmt/conf.h"
#include "sys/file.h"

enum { KEY_MAX = 256 }; /* bytes: aes:64-cbc-lmk has the largest in use */

static const char how_to_write[] =
	"'cryptsetup luksDump --dump-volume-key --volume-key-file FILE DEVICE' writes a LUKS volume's key";

/* The words behind a line's type: the kernel's Documentation/admin-guide/device-mapper/dm-crypt.rst. */
enum { CIPHER, KEY, IV_OFFSET, DEVICE, OFFSET, WORDS };

static struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

static bool is_word(struct span word, const char *text)
{
	return word.size == strlen(text) && memcmp(word.data, text, word.size) == 0;
}

static bool same_word(struct span a, struct span b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* --- keys in files --- */

/* The key of a device in hexadecimal digits, or nothing. */
static struct span find_key(const struct plan *plan, struct span name)
{
	for (size_t i = 0; i < plan->keys.count; i++) {
		struct span rest = text_span(plan->keys.item[i]);

		if (same_word(conf_word(&rest), name))
			return conf_word(&rest);
	}
	return span_of(NULL, 0);
}

bool plan_knows_key(const struct plan *plan, struct span name)
{
	return find_key(plan, name).size > 0;
}

static bool is_made(const struct plan *plan, struct span name)
{
	for (size_t i = 0; i < plan->dm.count; i++) {
		struct span rest = text_span(plan->dm.item[i]);

		if (same_word(conf_word(&rest), name))
			return true;
	}
	return false;
}

static bool only_zeros(const char *data, size_t size, char zero)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] != zero)
			return false;
	return true;
}

static bool only_digits(struct span text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!text.data[i] || !strchr("0123456789abcdefABCDEF", text.data[i]))
			return false;
	return true;
}

/* What keeps a file's bytes from being a key, or NULL. */
static const char *wrong_key(const char *data, size_t size)
{
	if (size == 0 || only_zeros(data, size, 0))
		return "the file is empty, or holds zeros alone";
	if (only_digits(span_of(data, size - (data[size - 1] == '\n'))))
		return "the file holds digits, and not the key's bytes: 'xxd -r -p' makes bytes of them";
	return NULL;
}

/* A plain file: nothing that has no end, or waits for a writer. */
static int read_key(const char *path, char **data, size_t *size, struct stat *st, struct error *e)
{
	if (stat(path, st) != 0)
		return error_errno(e, "%s", path);
	if (!S_ISREG(st->st_mode))
		return error_set(e, EINVAL, "%s: this is no file", path);
	return file_read(path, KEY_MAX, data, size, e);
}

int setting_dm_key(struct plan *plan, const struct setting *s, struct error *e)
{
	struct span rest = text_span(s->value), name = conf_word(&rest), word = conf_word(&rest);
	char path[PLAN_TEXT], item[PLAN_TEXT + 2 * KEY_MAX + 2], *data CLEANUP(free_ptr) = NULL;
	struct setting hidden = *s;
	size_t size, used;
	struct stat st;

	/* What stands in the file's place, or alone, may be the key itself. */
	snprintf(path, sizeof(path), "%.*s...", word.size && name.size < 64 ? (int)name.size : 0,
		 (const char *)name.data);
	hidden.value = path;
	if (!word.size || word.data[0] != '/' || word.size >= sizeof(path) || conf_word(&rest).size)
		return setting_bad(&hidden, e, "write the name of the device and its key's file, absolutely");
	if (name.size > 128 || plan_knows_key(plan, name) || is_made(plan, name))
		return setting_bad(s, e, "a device has one key, which stands before its line dm");
	snprintf(path, sizeof(path), "%.*s", (int)word.size, (const char *)word.data);
	if (read_key(path, &data, &size, &st, e) < 0) {
		error_context(e, "%s: %s: the key's file", s->where, s->name);
		return error_hint(e, "%s", how_to_write);
	}
	if (wrong_key(data, size)) {
		setting_bad(s, e, wrong_key(data, size));
		return error_hint(e, "%s", how_to_write);
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		setting_note(s, "%s: others than its owner may read it: chmod 600 %s", path, path);
	used = (size_t)snprintf(item, sizeof(item), "%.*s ", (int)name.size, (const char *)name.data);
	for (size_t i = 0; i < size; i++)
		used += (size_t)sprintf(item + used, "%02x", (uint8_t)data[i]);
	return string_list_add(&plan->keys, text_span(item), e) < 0 ? -ENOMEM : 0;
}

/* --- lines --- */

static bool cipher_has(struct span cipher, const char *part)
{
	return memmem(cipher.data, cipher.size, part, strlen(part));
}

/* The ciphers that people use have keys of 16, 24 or 32 bytes, of which xts takes two. */
static bool good_size(struct span cipher, size_t bytes)
{
	static const char *const blocks[] = {"aes", "serpent", "twofish", "camellia"};
	size_t of = cipher_has(cipher, "xts") ? 2 : 1;

	if (cipher_has(cipher, "authenc") || cipher_has(cipher, "lmk") || cipher_has(cipher, "tcw") ||
	    cipher_has(cipher, "lrw") || cipher_has(cipher, "adiantum"))
		return true;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (cipher_has(cipher, blocks[i]))
			return bytes == 16 * of || bytes == 24 * of || bytes == 32 * of;
	return true;
}

/* The bytes of a key in the kernel's keyring, for which ":64:logon:NAME" stands. */
static size_t hidden_size(struct span key)
{
	size_t bytes = 0;

	for (size_t i = 1; i < key.size && key.data[i] >= '0' && key.data[i] <= '9' && bytes <= KEY_MAX; i++)
		bytes = bytes * 10 + (size_t)(key.data[i] - '0');
	return bytes;
}

/* dmsetup shows zeros in place of the key where it is not asked for it. */
static bool is_hidden(struct span key)
{
	return key.data[0] == ':' || only_zeros((const char *)key.data, key.size, '0');
}

/* What is wrong with the line's own key, or NULL. */
static const char *wrong_digits(struct span cipher, struct span key)
{
	if (is_word(key, "-"))
		return cipher_has(cipher, "cipher_null") ? NULL : "there is no key in the line";
	if (key.data[0] == ':')
		return "the key is in the kernel's keyring, where the capture cannot find it";
	if (is_hidden(key))
		return "the key is zeros alone: 'dmsetup table' hides it without --showkeys";
	if (!only_digits(key) || key.size % 2)
		return "the key is no even number of hexadecimal digits";
	return good_size(cipher, key.size / 2) ? NULL : "the cipher takes no key of this size";
}

/* What keeps the key of a file from being the line's, or NULL. */
static const char *wrong_file(struct span cipher, struct span line, struct span key)
{
	size_t bytes = line.data[0] == ':' ? hidden_size(line) : line.size / 2;

	if (!is_word(line, "-") && bytes != key.size / 2)
		return "the key in its file has another size than the device's";
	if (!is_word(line, "-") && !is_hidden(line) &&
	    strncasecmp((const char *)line.data, (const char *)key.data, key.size) != 0)
		return "the key in its file is not the device's";
	return good_size(cipher, key.size / 2) ? NULL : "the cipher takes no key of the size that is in its file";
}

static int bad_key(const struct setting *s, struct span name, const char *wrong, struct error *e)
{
	setting_bad(s, e, wrong);
	return error_hint(e, "write a line before: dm_key %.*s FILE; %s", (int)name.size, (const char *)name.data,
			  how_to_write);
}

int crypt_words(const struct plan *plan, const struct setting *s, struct span name, struct span words, char *out,
		size_t size, struct error *e)
{
	struct span word[WORDS], rest = words, key = find_key(plan, name);
	const char *wrong;
	size_t used = 0;

	for (int i = 0; i < WORDS; i++)
		word[i] = conf_word(&rest);
	if (!word[OFFSET].size)
		return setting_bad(s, e, "behind 'crypt' stand CIPHER KEY IV_OFFSET DEVICE OFFSET, and options");
	wrong = key.size ? wrong_file(word[CIPHER], word[KEY], key) : wrong_digits(word[CIPHER], word[KEY]);
	if (wrong)
		return bad_key(s, name, wrong, e);
	if (key.size)
		word[KEY] = key;
	rest = words;
	for (int i = 0;; i++) {
		struct span next = conf_word(&rest);

		if (i < WORDS && next.size)
			next = word[i];
		if (!next.size)
			return 0;
		if (used + next.size + 2 > size)
			return setting_bad(s, e, "the line is too long");
		used += (size_t)sprintf(out + used, "%s%.*s", used ? " " : "", (int)next.size, (const char *)next.data);
	}
}

/* --- the plan --- */

static bool is_encrypted(const char *item, struct span *name)
{
	struct span rest = text_span(item);
	struct dm_line line;

	*name = conf_word(&rest);
	return dm_line_read(rest, &line) && is_word(line.type, "crypt");
}

bool plan_has_key(const struct plan *plan)
{
	struct span name;

	for (size_t i = 0; i < plan->dm.count; i++)
		if (is_encrypted(plan->dm.item[i], &name))
			return true;
	return false;
}

void plan_warn_of_keys(const struct plan *plan, const struct log *log)
{
	struct span name;

	for (size_t i = 0; i < plan->dm.count; i++)
		if (is_encrypted(plan->dm.item[i], &name))
			log_line(log, LOG_WARN,
				 "the image holds the key of %.*s: whoever reads the image can read what is on that "
				 "device; keep it where only root can read it, and on no disk that is not encrypted",
				 (int)name.size, (const char *)name.data);
	for (size_t i = 0; i < plan->keys.count; i++) {
		struct span rest = text_span(plan->keys.item[i]);

		name = conf_word(&rest);
		if (!is_made(plan, name))
			log_line(log, LOG_WARN, "dm_key %.*s: no line dm makes a device of this name", (int)name.size,
				 (const char *)name.data);
	}
}

int plan_want_cipher(struct modules *modules, struct span words, struct error *e)
{
	static const char between[] = "-:(),";
	struct span cipher = conf_word(&words);
	size_t from = 0;

	for (size_t i = 0; i <= cipher.size; i++) {
		if (i < cipher.size && !(cipher.data[i] && strchr(between, cipher.data[i])))
			continue;
		if (i > from && modules_want_algorithm(modules, span_of(cipher.data + from, i - from), e) < 0)
			return -e->code;
		from = i + 1;
	}
	return 0;
}

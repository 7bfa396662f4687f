#include "host/key_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "dialect/setting_keys.h"
#include "sys/file.h"

/* Only regular files: others may have no end, or wait for a writer. */
static int read_file(const char *path, char **data, size_t *size, struct stat *st, struct error *e)
{
	if (stat(path, st) != 0)
		return error_errno(e, "%s", path);
	if (!S_ISREG(st->st_mode))
		return error_set(e, EINVAL, "%s: not a regular file", path);
	return file_read(path, VOLUME_KEY_MAX, data, size, e);
}

static int read_key(struct volume_key *key, const char *name, const char *root, const struct log *log, struct error *e)
{
	char path[PATH_MAX], *data CLEANUP(free_ptr) = NULL;
	const char *wrong;
	struct stat st;
	size_t size;

	if (snprintf(path, sizeof(path), "%s%s", root ? root : "", key->file) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: dm_key %s: the file's name is too long", key->where, name);
	if (read_file(path, &data, &size, &st, e) < 0) {
		error_context(e, "%s: dm_key: the key's file", key->where);
		return hint_key_file(e);
	}
	wrong = wrong_key_bytes(span_of(data, size));
	if (wrong) {
		error_set(e, EINVAL, "%s: dm_key %s %.128s: %s", key->where, name, path, wrong);
		return hint_key_file(e);
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		log_line(log, LOG_NOTE, "%s: dm_key %s: users other than its owner can read it: chmod 600 %s",
			 key->where, path, path);
	for (size_t i = 0; i < size; i++)
		snprintf(key->digits + 2 * i, 3, "%02x", (uint8_t)data[i]);
	return 0;
}

int plan_read_keys(struct plan *plan, const char *root, const struct log *log, struct error *e)
{
	for (size_t i = 0; i < plan->dm.count; i++) {
		struct mapped_device *device = &plan->dm.item[i];

		if (!device->key.file)
			continue;
		if (read_key(&device->key, device->name, root, log, e) < 0)
			return -e->code;
		for (size_t j = 0; j < device->count; j++)
			if (device->line[j].type->encrypted &&
			    crypt_put_key(device->name, &device->key, &device->line[j], e) < 0)
				return -e->code;
	}
	return 0;
}

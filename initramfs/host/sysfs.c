#include "host/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Writes DIR/LEAF; returns false if that is too long. */
static bool join(char path[PATH_MAX], const char *dir, const char *leaf)
{
	return snprintf(path, PATH_MAX, "%s/%s", dir, leaf) < PATH_MAX;
}

int sysfs_find(struct sysfs *sysfs, const char *dir, struct error *e)
{
	if (!realpath(dir, sysfs->dir))
		return error_errno(e, "%s", dir);
	return join(sysfs->top, sysfs->dir, "devices")
		       ? 0
		       : error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", dir);
}

int sysfs_block(const struct sysfs *sysfs, const char *number, char real[PATH_MAX], struct error *e)
{
	char leaf[64];

	snprintf(leaf, sizeof(leaf), "dev/block/%.40s", number);
	if (sysfs_resolve(sysfs->top, sysfs->dir, leaf, real))
		return 0;
	return error_set(e, ENODEV, "%.200s/%s: no such block device", sysfs->dir, leaf);
}

void sysfs_disk(char path[PATH_MAX])
{
	if (sysfs_has(path, "partition"))
		*strrchr(path, '/') = 0;
}

bool sysfs_text(const char *dir, const char *leaf, char *text, size_t size)
{
	char path[PATH_MAX];
	int fd CLEANUP(close_fd) = join(path, dir, leaf) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = 0;
	text[strcspn(text, "\n")] = 0;
	return n >= 0;
}

bool sysfs_has(const char *dir, const char *leaf)
{
	char path[PATH_MAX];

	return join(path, dir, leaf) && access(path, F_OK) == 0;
}

bool sysfs_resolve(const char *top, const char *dir, const char *leaf, char real[PATH_MAX])
{
	char path[PATH_MAX];
	size_t length = strlen(top);

	return join(path, dir, leaf) && realpath(path, real) && strncmp(real, top, length) == 0 && real[length] == '/';
}

bool sysfs_link_name(const char *dir, const char *leaf, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n = join(path, dir, leaf) ? readlink(path, target, sizeof(target) - 1) : -1;
	const char *slash;

	if (n <= 0)
		return false;
	target[n] = 0;
	slash = strrchr(target, '/');
	return snprintf(name, size, "%s", slash ? slash + 1 : target) < (int)size && name[0];
}

int sysfs_each(const char *dir, size_t max, int (*visit)(void *context, const char *dir, const char *name),
	       void *context, struct error *e)
{
	struct dirent **entries = NULL;
	int count = scandir(dir, &entries, NULL, alphasort), result = 0;
	size_t visited = 0;

	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(e, "%s", dir);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (result == 0 && name[0] != '.') {
			result = visited < max ? visit(context, dir, name)
					       : error_set(e, E2BIG, "%s: more than %zu entries", dir, max);
			visited++;
		}
		free(entries[i]);
	}
	free(entries);
	return result;
}

int sysfs_each_slave(const char *path, int (*visit)(void *context, const char *dir, const char *name), void *context,
		     struct error *e)
{
	char dir[PATH_MAX];

	if (!join(dir, path, "slaves"))
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", path);
	return sysfs_each(dir, 4096, visit, context, e);
}

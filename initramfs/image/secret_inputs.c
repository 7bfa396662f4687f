#include "image/secret_inputs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* Whether the directory named by the first bytes of path is above the other path, or is its directory. */
static bool is_above(const char *path, size_t length, const char *other)
{
	return other && strncmp(path, other, length) == 0 && other[length] == '/';
}

/* Whether others may enter the directories above the file, except those that are above out too. */
static bool is_reachable(char *path, const char *out)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		bool open;
		struct stat st;

		*slash = 0;
		open = is_above(path, (size_t)(slash - path), out) || (stat(path, &st) == 0 && (st.st_mode & S_IXOTH));
		*slash = '/';
		if (!open)
			return false;
	}
	return true;
}

/* The name that out has, or will have, with links resolved. */
static char *real_output(const char *out)
{
	char *real = realpath(out, NULL), *copy CLEANUP(free_ptr) = NULL, *slash, *longer;

	if (real)
		return real;
	copy = strdup(out);
	slash = copy ? strrchr(copy, '/') : NULL;
	if (slash)
		slash[slash == copy] = 0;
	real = copy ? realpath(slash ? copy : ".", NULL) : NULL;
	longer = real ? realloc(real, strlen(real) + sizeof("/x")) : NULL;
	if (longer)
		memcpy(longer + strlen(longer), "/x", sizeof("/x"));
	else
		free(real);
	return longer;
}

int secret_inputs_add(struct string_list *secrets, const char *name, struct error *e)
{
	for (size_t i = 0; i < secrets->count; i++)
		if (strcmp(secrets->item[i], name) == 0)
			return 0;
	return string_list_add(secrets, span_of(name, strlen(name)), e);
}

int secret_inputs_check(struct string_list *secrets, const char *path, const char *out, struct error *e)
{
	char *real CLEANUP(free_ptr) = realpath(path, NULL), *beside CLEANUP(free_ptr) = real_output(out);
	struct stat st;

	if (real && stat(real, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH) && is_reachable(real, beside))
		return 0;
	return secret_inputs_add(secrets, path, e);
}

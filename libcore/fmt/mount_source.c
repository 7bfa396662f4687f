#include "fmt/mount_source.h"

bool is_server_type(const char *type)
{
	static const char *const types[] = {"nfs", "nfs4", "cifs", "smb3"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

struct span nfs_host(struct span source)
{
	size_t at = 0;

	if (source.size && source.data[0] == '[') {
		while (at < source.size && source.data[at] != ']')
			at++;
		at++;
	} else {
		while (at < source.size && source.data[at] != ':' && source.data[at] != '/')
			at++;
	}
	if (!at || !span_has(source, at, 2) || memcmp(source.data + at, ":/", 2) != 0)
		return span_of(NULL, 0);
	return span_part(source, 0, at);
}

struct span cifs_host(struct span source)
{
	size_t at = 2;

	if (source.size < 2 || memcmp(source.data, "//", 2) != 0)
		return span_of(NULL, 0);
	while (at < source.size && source.data[at] != '/')
		at++;
	/* A share follows. */
	return at + 1 < source.size ? span_part(source, 2, at - 2) : span_of(NULL, 0);
}

bool mount_has_option(const char *options, const char *name)
{
	size_t length = strlen(name);
	bool value = length && name[length - 1] == '=';

	while (*options) {
		size_t word = strcspn(options, ",");

		if (word >= length && memcmp(options, name, length) == 0 && (value || word == length))
			return true;
		options += word + (options[word] == ',');
	}
	return false;
}

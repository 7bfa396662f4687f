#include "shared/mount_request.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

const struct option mount_request_options[] = {
	{'t', "types", "TYPE", "type of the file system (default: from the superblock)"},
	{'o', "options", "OPTIONS", "comma-separated options; may be repeated"},
	{'r', "read-only", NULL, "the same as -o ro"},
	{'w', "rw", NULL, "the same as -o rw (the default)"},
	{0},
};

int mount_request_parse(struct mount_request *request, int argc, char **argv, struct error *e)
{
	struct options o = {.argc = argc, .argv = argv};
	int id, count = 0;

	while ((id = options_next(&o, mount_request_options, e)) != 0) {
		const char *operand = o.value;
		int result = 0;

		switch (id) {
		case OPTION_OPERAND:
			if (count == 2)
				return error_set(e, EINVAL, "unexpected argument '%s'", operand);
			*(count++ ? &request->dir : &request->source) = operand;
			break;
		case 't':
			request->type = operand;
			break;
		case 'o':
			result = mount_options_parse(&request->options, operand, e);
			break;
		case 'r':
			request->options.flags |= MS_RDONLY;
			break;
		case 'w':
			request->options.flags &= ~(unsigned long)MS_RDONLY;
			break;
		default:
			return id;
		}
		if (result < 0)
			return result;
	}
	/* A remount needs only the directory. */
	if (count == 1 && (request->options.flags & MS_REMOUNT)) {
		request->dir = request->source;
		request->source = "none";
		return 2;
	}
	if (count == 1)
		return error_set(e, EINVAL, "missing DIR");
	return count;
}

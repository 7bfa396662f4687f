#include "kernel/config_check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fmt/kernel_config.h"
#include "sys/file.h"

#include "image/crashbox_binary.h"
#include "compress/decompress.h"

enum {
	CONFIG_MAX = 16 * 1024 * 1024, /* bytes of a .config; Debian's have 270,000 */
	FRAGMENT_MAX = 1024 * 1024,
};

/* The architecture as file names have it, or NULL. */
static const char *config_arch(struct span config)
{
	if (kernel_config_builtin(config, "CONFIG_X86_64"))
		return "x86_64";
	if (kernel_config_builtin(config, "CONFIG_ARM64"))
		return "arm64";
	return NULL;
}

static int find_directory(char directory[PATH_MAX], struct error *e)
{
	static const char *const places[] = {"../share/crashbox/kernel", "../config/kernel"};
	char self[PATH_MAX], file[PATH_MAX];

	if (crashbox_binary_directory(self, e) < 0)
		return -e->code;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (snprintf(directory, PATH_MAX, "%s/%s", self, places[i]) < PATH_MAX &&
		    snprintf(file, sizeof(file), "%s/production.config", directory) < PATH_MAX &&
		    access(file, R_OK) == 0)
			return 0;
	error_set(e, ENOENT, "%s/%s: no kernel configuration fragments found", self, places[0]);
	return error_hint(e, "'make install' puts them there; in a source tree they are in config/kernel");
}

static int check_role(struct buffer *out, struct span config, const char *directory, const char *role, const char *arch,
		      struct error *e)
{
	char *common CLEANUP(free_ptr) = NULL, *own CLEANUP(free_ptr) = NULL;
	struct buffer found CLEANUP(buffer_deinit) = {0};
	char paths[2][PATH_MAX];
	size_t sizes[2];
	int missing;

	if (snprintf(paths[0], PATH_MAX, "%s/%s.config", directory, role) >= PATH_MAX ||
	    snprintf(paths[1], PATH_MAX, "%s/%s-%s.config", directory, role, arch) >= PATH_MAX)
		return error_set(e, ENAMETOOLONG, "%.100s...: the name is too long", directory);
	if (file_read(paths[0], FRAGMENT_MAX, &common, &sizes[0], e) < 0 ||
	    file_read(paths[1], FRAGMENT_MAX, &own, &sizes[1], e) < 0)
		return -e->code;
	const struct config_fragment fragments[] = {{span_of(common, sizes[0]), paths[0]},
						    {span_of(own, sizes[1]), paths[1]}};

	missing = config_check(&found, config, fragments, 2, e);
	if (missing < 0)
		return missing;
	if (missing)
		buffer_print(out, "as a %s kernel: %d needed option%s missing or wrong\n", role, missing,
			     missing == 1 ? " is" : "s are");
	else
		buffer_print(out, "as a %s kernel: all needed options are set\n", role);
	buffer_add(out, buffer_text(&found), found.size);
	return missing;
}

static void add_head(struct buffer *out, const char *path, struct span config, const char *arch)
{
	unsigned version = config_check_release(config);

	buffer_print(out, "%s: ", path);
	if (version)
		buffer_print(out, "Linux %u.%u, ", version >> 16, version & 0xffff);
	buffer_print(out, "%s\n", arch);
	if (!version)
		buffer_print(out, "its header has no version: options that only some versions need are not checked\n");
}

int config_check_report(struct buffer *out, const char *path, const char *role, const char *directory, struct error *e)
{
	static const char *const roles[] = {"production", "capture"};
	struct buffer text CLEANUP(buffer_deinit) = {0};
	struct span config;
	char found[PATH_MAX];
	const char *arch;
	int missing = 0;

	if (role && strcmp(role, roles[0]) != 0 && strcmp(role, roles[1]) != 0)
		return error_set(e, EINVAL, "unknown role '%.64s'; expected production or capture", role);
	if (decompress_file(&text, path, CONFIG_MAX, e) < 0)
		return error_context(e, "reading the kernel's configuration");
	config = buffer_span(&text);
	if (!kernel_config_is_one(config)) {
		error_set(e, EINVAL, "%s: not a kernel's configuration", path);
		return error_hint(e,
				  "give the .config that it was built from, /boot/config-VERSION or /proc/config.gz");
	}
	arch = config_arch(config);
	if (!arch)
		return error_set(e, EINVAL,
				 "%s: neither CONFIG_X86_64=y nor CONFIG_ARM64=y; crashbox supports only these two",
				 path);
	if (!directory && find_directory(found, e) < 0)
		return -e->code;
	add_head(out, path, config, arch);
	for (size_t i = 0; i < 2; i++) {
		int count = role && strcmp(role, roles[i]) != 0
				    ? 0
				    : check_role(out, config, directory ? directory : found, roles[i], arch, e);

		if (count < 0)
			return count;
		missing += count;
	}
	return buffer_check(out, e) < 0 ? -e->code : missing;
}

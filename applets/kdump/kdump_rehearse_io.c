/* What a rehearsal does instead of loading modules and saving a dump. */
#include "kdump/kdump_rehearse_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "dump/target/dump_directory.h"
#include "fmt/compression.h"
#include "fmt/gunzip.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/module.h"

/* A rest of it is not taken for a dump. */
#define SAMPLE_NAME "vmcore-starting"

enum { SAMPLE = 1 << 20, MODULE_MAX = 256 << 20 };

/* --- modules --- */

/* "nvme_core" of "/lib/modules/nvme-core.ko": the name in sysfs. */
static void module_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(name, size, "%s", slash ? slash + 1 : path);
	name[strcspn(name, ".")] = 0;
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
}

/* The release that a module was built for: the first word of its vermagic, or empty. */
static void module_release(struct span module, char *release, size_t size)
{
	static const char key[] = "vermagic=";
	const uint8_t *end = module.data + module.size, *at = module.data;
	size_t n = 0;

	while ((size_t)(end - at) >= sizeof(key) && memcmp(at, key, sizeof(key) - 1) != 0)
		at++;
	if ((size_t)(end - at) < sizeof(key))
		at = end;
	at += at < end ? sizeof(key) - 1 : 0;
	while (n + 1 < size && at<end && * at> ' ')
		release[n++] = (char)*at++;
	release[n] = 0;
}

/* As insmod reads it in the capture: plain, or compressed with gzip. The caller frees plain->data. */
static int unpack_module(struct span *module, struct kept *plain, struct error *e)
{
	struct unpacked out = {.take = unpacked_keep, .context = plain, .max = MODULE_MAX};
	enum compression compression = compression_find(*module);

	if (compression == COMPRESSION_NONE)
		return 0;
	if (compression != COMPRESSION_GZIP)
		return error_set(e, ENOEXEC, "compressed with %s, which insmod cannot read",
				 compression_name(compression));
	if (gunzip(*module, &out, e) < 0)
		return -e->code;
	*module = span_of(plain->data, plain->size);
	return 0;
}

int rehearse_module(struct rehearsal *r, const char *path, const char *parameters)
{
	const char *kernel = r->facts->info.kernel.name;
	uint8_t *data CLEANUP(free_ptr) = NULL;
	char name[64], release[65], sys[96];
	struct kept plain = {.data = NULL};
	struct span module;
	struct error e;
	int unpacked;

	module_name(path, name, sizeof(name));
	rehearsal_note(r, " %s", name);
	if (!initrd_find(&r->facts->initrd, path + (*path == '/'), &module)) {
		rehearsal_note(r, ": %s is not in the image", path);
		return STATUS_FAILED;
	}
	unpacked = unpack_module(&module, &plain, &e);
	data = plain.data;
	if (unpacked < 0) {
		rehearsal_note(r, ": %s", e.text);
		return STATUS_FAILED;
	}
	module_release(module, release, sizeof(release));
	if (!release[0] || (kernel[0] && strcmp(kernel, release) != 0)) {
		rehearsal_note(r, ": made for kernel %s, but the image is for %s", release[0] ? release : "?", kernel);
		return STATUS_FAILED;
	}
	snprintf(sys, sizeof(sys), "/sys/module/%s", name);
	if (access(sys, F_OK) == 0) {
		rehearsal_note(r, " (loaded here)");
	} else if (!r->load_modules || strcmp(release, r->facts->release) != 0) {
		rehearsal_note(r, " (in the image; not loaded here)");
	} else if (module_load_image(module.data, module.size, path, parameters, &e) < 0) {
		rehearsal_note(r, ": %s", e.text);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

/* --- a dump of 1 MiB --- */

/* Not zeros, and not the same in any two places. */
static void fill(uint8_t *data)
{
	uint32_t x = 2463534242;

	for (size_t i = 0; i < SAMPLE; i += 4) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		put_le32(data + i, x);
	}
}

static int write_and_read(int fd, const char *path, struct error *e)
{
	uint8_t *data CLEANUP(free_ptr) = malloc(2 * SAMPLE);
	int result;

	if (!data)
		return error_set(e, ENOMEM, "no memory");
	fill(data);
	result = write_all(fd, data, SAMPLE);
	if (result < 0)
		return error_set(e, -result, "writing %s: %s", path, strerror(-result));
	if (fsync(fd) != 0)
		return error_errno(e, "writing %s to the device", path);
	/* Read it back from the device. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (read_all_at(fd, data + SAMPLE, SAMPLE, 0) != SAMPLE || memcmp(data, data + SAMPLE, SAMPLE) != 0)
		return error_set(e, EIO, "%s: the data read back differs from what was written", path);
	return 0;
}

/* Without a mount a dump would go into memory. */
static int check_mounted(const char *dir, struct error *e)
{
	char above[REHEARSAL_DIR + 4];
	struct stat st, up;

	snprintf(above, sizeof(above), "%s/..", dir);
	if (stat(dir, &st) != 0 || stat(above, &up) != 0)
		return error_errno(e, "%s", dir);
	return st.st_dev != up.st_dev ? 0 : error_set(e, ENODEV, "nothing is mounted on %s", dir);
}

/* Where a dump of this second would go, and like it; the directories above it stay. */
static int try_target(struct rehearsal *r, const char *dest, struct statvfs *fs, struct error *e)
{
	int parent CLEANUP(close_fd) = check_mounted(r->dir, e) < 0 ? -1 : directory_open(r->dir, dest, true, e);
	int dir CLEANUP(close_fd) = -1, fd CLEANUP(close_fd) = -1, result;
	char *path CLEANUP(free_ptr) = NULL;

	if (parent < 0)
		return -e->code;
	dir = directory_make(parent, dest, "rehearsal", (uint64_t)time(NULL), NULL, &path, e);
	if (dir < 0)
		return dir;
	fd = openat(dir, SAMPLE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	result = fd < 0 ? error_errno(e, "%s", path) : write_and_read(fd, path, e);
	if (fstatvfs(dir, fs) != 0)
		fs->f_bavail = 0;
	unlinkat(dir, SAMPLE_NAME, 0);
	unlinkat(parent, strrchr(path, '/') + 1, AT_REMOVEDIR);
	return result;
}

struct sample {
	struct rehearsal *rehearsal;
	const char *dest;
};

/* In the child; its last message is the result, also of a success. */
static int write_sample(void *context)
{
	const struct sample *s = context;
	uint64_t start = clock_ms();
	struct error e = {.code = 0};
	struct statvfs fs;
	char dest[KDUMP_PATH];

	/* Of a single file, its directory. */
	snprintf(dest, sizeof(dest), "%.*s", (int)(strrchr(s->dest, '/') - s->dest) + 1, s->dest);
	if (try_target(s->rehearsal, dest, &fs, &e) < 0)
		return applet_error(&e);
	if (applet_last_words)
		snprintf(applet_last_words, APPLET_WORDS, "1 MiB written and read back in %llu ms, %llu MiB free",
			 (unsigned long long)(clock_ms() - start), (unsigned long long)fs.f_bavail * fs.f_frsize >> 20);
	return STATUS_DONE;
}

int rehearse_write(struct rehearsal *r, const char *dest, uint64_t ms)
{
	struct sample sample = {.rehearsal = r, .dest = dest};
	int result;

	/* "-" and the like cannot be tried. */
	if (strncmp(dest, r->dir, strlen(r->dir)) != 0 || dest[strlen(r->dir)] != '/') {
		rehearsal_note(r, " to %s (not tried)", dest);
		return 0;
	}
	result = child_call(write_sample, &sample, ms);
	if (result == 0) {
		rehearsal_note(r, " (instead: %s)", applet_last_words ? applet_last_words : "1 MiB written");
		r->wrote = true;
	}
	return result;
}

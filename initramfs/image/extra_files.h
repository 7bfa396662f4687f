/*
 * Files from the build machine that go into the image: programs, scripts, and what they read.
 */
#ifndef INITRAMFS_IMAGE_EXTRA_FILES_H
#define INITRAMFS_IMAGE_EXTRA_FILES_H

#include "text/buffer.h"
#include "kernel/elf_program.h"
#include "plan/plan.h"

struct extra_file {
	char *name;    /* in the image, without the first slash: "etc/kdump/pre.sh" */
	char *path;    /* where it was read */
	uint32_t mode; /* 0755 or 0644 */
	struct buffer data;
};

/* Starts as all zeros; sorted by name. */
struct extra_files {
	struct extra_file *item;
	size_t count;
};

/*
 * Reads what plan->files names, and the programs of the hooks in plan->pre and plan->post. root is the directory
 * that names are relative to, "" for this machine's own root; a name without a slash is searched for in /usr/bin,
 * /usr/sbin, /bin and /sbin. Links are followed below root, and the file keeps the name that was given. Refused, with
 * a remedy: what is missing or not a regular file; a name that init's mounts would hide; a program that needs shared
 * libraries or is for another architecture than arch (ARCH_UNKNOWN: any); a script whose interpreter is not among the
 * files; a hook that is not executable. A hook with an applet's name needs no file. Returns 0 or a negative errno; the
 * caller calls extra_files_deinit either way.
 */
int extra_files_collect(struct extra_files *files, const struct plan *plan, const char *root, enum arch arch,
			struct error *e);
void extra_files_deinit(struct extra_files *files);

#endif

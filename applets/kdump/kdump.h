/*
 * What the parts of the kdump applet share: the request, and the facts that every verb begins with.
 */
#ifndef APPLETS_KDUMP_KDUMP_H
#define APPLETS_KDUMP_KDUMP_H

#include <stdbool.h>

#include "base/error.h"
#include "fmt/image_info.h"
#include "fmt/initrd.h"
#include "sys/armed.h"

enum {
	KDUMP_PATH = 512,
	KDUMP_TARGETS = 8,
};

/* The command line; all borrowed. */
struct kdump_request {
	const char *verb;
	const char *conf, *image, *kernel, *append; /* NULL: not given */
	const char *root;                           /* the tree that is looked at in place of the running system's */
	bool load_modules;
};

/* What was loaded by the last start, out of /run/crashbox/loaded; gone with the next boot. */
struct kdump_loaded {
	bool known;
	uint32_t image, kernel; /* checksums */
};

/* Everything is found, or not; only what makes no sense at all is an error. */
struct kdump_facts {
	char conf[KDUMP_PATH];   /* "": there is none */
	char image[KDUMP_PATH];  /* always a name */
	char kernel[KDUMP_PATH]; /* "": there is none */
	bool disabled;
	uint32_t conf_crc, image_crc, kernel_crc; /* the kernel's only where the image names one */
	bool image_found;
	char *image_bytes; /* owned */
	size_t image_size;
	struct error image_error; /* code 0: it could be read */
	struct initrd initrd;
	struct image_info info;
	struct span plan, script; /* /etc/crashbox.conf and /etc/capture.sh of the image; empty: not in it */
	int64_t reserved;         /* bytes; negative: not known */
	int loaded;               /* 1, 0, negative */
	bool asked_for;           /* crashkernel= is on the command line */
	char release[65];         /* of this kernel */
	struct kdump_loaded record;
};

/* Fills the facts; the caller frees them, also after a failure. Returns 0, or -ENOENT where --conf names no file. */
int kdump_facts_init(struct kdump_facts *facts, const struct kdump_request *request, struct error *e);
void kdump_facts_deinit(struct kdump_facts *facts);

/* The value of an option of the image's plan, the first of its name. Returns whether it is there and fits. */
bool kdump_plan_get(const struct kdump_facts *facts, const char *option, char *out, size_t size);

/* What the capture kernel's command line will be. Returns 0, -ENODATA where nobody says one, or -E2BIG. */
int kdump_cmdline(const struct kdump_facts *facts, const struct kdump_request *request, char *line, size_t size,
		  struct error *e);

/* Whether the configuration, or the kernel, is another than the image was made from. */
bool kdump_conf_changed(const struct kdump_facts *facts);
bool kdump_kernel_changed(const struct kdump_facts *facts);

/* --- targets --- */

enum kdump_target_state { TARGET_SILENT, TARGET_FOUND, TARGET_GONE };

/* Lies in memory that a child shares, which does all that can hang. */
struct kdump_targets {
	unsigned count;
	struct kdump_target {
		char type[16], spec[256]; /* "ext4", "UUID=..." */
		enum kdump_target_state state;
		char device[80];   /* its node */
		char mounted[256]; /* where, or "" */
	} item[KDUMP_TARGETS];
	char last[1400]; /* how the last capture ended, as a sentence; "": not looked for to the end */
	uint64_t last_time;
};

/*
 * Looks for the image's targets, and on them for the result of the last capture; where a target is not mounted it is
 * mounted read-only for that, where only the child sees it. Waits at most 15 s. The caller calls kdump_targets_free.
 * Returns NULL without memory.
 */
struct kdump_targets *kdump_targets_look(const struct kdump_facts *facts);
void kdump_targets_free(struct kdump_targets *targets);

/*
 * Prints a line where pstore holds the log of a crash that is not older than the last capture that the targets know of;
 * targets may be NULL.
 */
void kdump_say_pstore(const struct kdump_targets *targets);

/* Whether memory is reserved, and enough: 0, or -ENOMEM with the classic error and what to do. */
int kdump_check_reservation(const struct kdump_facts *facts, struct error *e);

/* armed_judge of these facts; targets may be NULL. */
enum armed kdump_judge(const struct kdump_facts *facts, const struct kdump_targets *targets, char *text, size_t size);

/* --- the verbs: each returns an exit status --- */
int kdump_start(const struct kdump_request *request, struct kdump_facts *facts, bool anew);
int kdump_stop(const struct kdump_request *request, struct kdump_facts *facts);
int kdump_reload(const struct kdump_request *request, struct kdump_facts *facts);
int kdump_status(const struct kdump_facts *facts);
int kdump_check(const struct kdump_facts *facts);
int kdump_save(const struct kdump_facts *facts);
int kdump_query(const struct kdump_request *request, const struct kdump_facts *facts);
int kdump_rehearse(const struct kdump_request *request, const struct kdump_facts *facts);

/* Where the state of this boot is kept, and making it. Returns whether it is there. */
bool kdump_make_run(void);
#define KDUMP_RUN    "/run/crashbox"
#define KDUMP_LOADED KDUMP_RUN "/loaded"

#endif

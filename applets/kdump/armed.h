/*
 * Whether a crash of this machine would be saved, from facts that the caller collected. Pure, so that every state can
 * be tested.
 */
#ifndef APPLETS_KDUMP_ARMED_H
#define APPLETS_KDUMP_ARMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum armed {
	ARMED,          /* nothing is wrong */
	ARMED_DEGRADED, /* a capture kernel is loaded, but it is outdated or its target is missing */
	ARMED_NOT,
};

/* Texts are borrowed; NULL or "": unknown or missing. */
struct armed_facts {
	int64_t reserved;  /* bytes, of kexec_reservation; negative: the kernel does not say */
	int loaded;        /* of kexec_loaded: 1, 0, or negative: the kernel does not say */
	bool asked_for;    /* crashkernel= is on this kernel's command line */
	bool disabled;     /* the configuration disables loading */
	uint64_t minimum;  /* bytes that the image requires; 0: unknown */
	const char *conf;  /* the configuration's file */
	bool conf_changed; /* it differs from the one that the image was made from */
	const char *image; /* the image's file */
	bool image_found;
	bool image_changed;      /* it differs from the loaded one */
	const char *image_error; /* why it cannot be read, if it exists */
	const char *kernel;      /* the capture kernel's file */
	bool kernel_changed;     /* it differs from the one that the image was made for */
	unsigned targets;        /* how many the image names */
	unsigned targets_found;  /* how many of them exist */
	unsigned targets_silent; /* how many did not answer in time */
	const char *target;      /* the first, in words */
};

/* The smallest sufficient crashkernel=, in MiB; 64 if the image does not say. */
unsigned armed_wanted_mib(uint64_t minimum);

/* Describes the state, the reason and the remedy in one line: "armed: ...", "armed, but ...", "NOT armed: ...". */
enum armed armed_judge(const struct armed_facts *facts, char *text, size_t size);

/* Why nothing is or can be loaded: the line of ARMED_NOT without "NOT armed: ". */
void armed_why_not(const struct armed_facts *facts, char *text, size_t size);

/* Whether memory is reserved, and as much as the image requires. */
bool armed_reserved(const struct armed_facts *facts);

#endif

/*
 * Whether a crash of the machine that runs now would be saved, from facts that the caller has collected. Pure, so
 * that every state can be tested.
 */
#ifndef APPLETS_KDUMP_ARMED_H
#define APPLETS_KDUMP_ARMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum armed {
	ARMED,          /* nothing is wrong */
	ARMED_DEGRADED, /* a capture kernel is loaded, but an outdated one, or its target is missing */
	ARMED_NOT,
};

/* Texts are borrowed; NULL or "": not known, or there is none. */
struct armed_facts {
	int64_t reserved;  /* bytes, of kexec_reservation; negative: the kernel does not say */
	int loaded;        /* of kexec_loaded: 1, 0, or negative: the kernel does not say */
	bool asked_for;    /* crashkernel= is on this kernel's command line */
	bool disabled;     /* the configuration disables loading */
	uint64_t minimum;  /* bytes that the image asks for; 0: it does not say */
	const char *conf;  /* the configuration's file */
	bool conf_changed; /* it is not the one that the image was made from */
	const char *image; /* the image's file */
	bool image_found;
	bool image_changed;      /* it is not the one that was loaded */
	const char *image_error; /* it is there, but cannot be read: why */
	const char *kernel;      /* the capture kernel's file */
	bool kernel_changed;     /* it is not the one that the image was made for */
	unsigned targets;        /* of the image: how many it names */
	unsigned targets_found;  /* how many of them exist */
	unsigned targets_silent; /* how many did not answer in time */
	const char *target;      /* the first, in words */
};

/* The smallest crashkernel= that will do, as people write it, in MiB; 64 where the image does not say. */
unsigned armed_wanted_mib(uint64_t minimum);

/* Says in one line what the state is, why, and what to do: "armed: ...", "armed, but ...", "NOT armed: ...". */
enum armed armed_judge(const struct armed_facts *facts, char *text, size_t size);

/* Why nothing is or can be loaded: the line of ARMED_NOT without "NOT armed: ". */
void armed_why_not(const struct armed_facts *facts, char *text, size_t size);

/* Whether memory is reserved, and as much as the image asks for. */
bool armed_reserved(const struct armed_facts *facts);

#endif

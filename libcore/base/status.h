/* Exit statuses: the same for every applet, and for mkcaptureinitrd. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* nothing that looks like a dump is left under its final name */
	STATUS_USAGE = 2,
	STATUS_DEGRADED = 3,    /* a whole dump was saved, but is degraded, and says so */
	STATUS_OVER_BUDGET = 4, /* mkcaptureinitrd: the image needs more memory than --crashkernel */
};

#endif

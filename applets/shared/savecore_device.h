/*
 * For savecore and "kdump save": copies a dump from a raw device to files in a directory.
 */
#ifndef APPLETS_SHARED_SAVECORE_DEVICE_H
#define APPLETS_SHARED_SAVECORE_DEVICE_H

#include "applet.h"

enum savecore_action {
	SAVECORE_SAVE,  /* copy it and mark it saved */
	SAVECORE_AGAIN, /* copy it even if marked */
	SAVECORE_CHECK, /* only say what the device has */
	SAVECORE_CLEAR, /* mark it saved without copying it */
};

/*
 * Does that for one device and prints what it does. Returns an exit status: STATUS_DONE also if there is nothing to
 * save, STATUS_DEGRADED if the saved dump is not whole, STATUS_FAILED if anything failed. SAVECORE_CHECK: STATUS_DONE
 * if there is a dump to save, STATUS_FAILED if there is none, STATUS_DEGRADED if the device cannot be read.
 */
int savecore_device(const char *device, const char *directory, enum savecore_action action);

#endif

/*
 * What savecore and "kdump save" share: a dump on a raw device becomes files in a directory.
 */
#ifndef APPLETS_SHARED_SAVECORE_DEVICE_H
#define APPLETS_SHARED_SAVECORE_DEVICE_H

#include "applet.h"

enum savecore_action {
	SAVECORE_SAVE,  /* copy it and mark it saved */
	SAVECORE_AGAIN, /* copy it also if it is marked */
	SAVECORE_CHECK, /* say what is there, do nothing */
	SAVECORE_CLEAR, /* mark it saved without copying it */
};

/*
 * Does that for one device, saying in the applet's name what it does. Returns an exit status: STATUS_DONE also where
 * there is nothing to save, STATUS_DEGRADED where what was saved is not whole. SAVECORE_CHECK: STATUS_DONE where there
 * is a dump to save, else STATUS_FAILED.
 */
int savecore_device(const char *device, const char *directory, enum savecore_action action);

#endif

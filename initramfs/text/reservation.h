/*
 * The size of a reservation, as in crashkernel=.
 */
#ifndef INITRAMFS_TEXT_RESERVATION_H
#define INITRAMFS_TEXT_RESERVATION_H

#include <stdint.h>

#include "base/error.h"

/*
 * Reads "64M" or "64M@256M" (K, M, G; decimal or 0x) into bytes; *place, the address, is 0 if none is given. Returns
 * 0, or -EINVAL with a remedy for anything else and for sizes outside 1M to 64G.
 */
int reservation_read(uint64_t *size, uint64_t *place, const char *text, struct error *e);

#endif

/*
 * LZ4 in the old framing that the kernel's initramfs knows ("lz4 -l"). Pure.
 * Source: the LZ4 project's lz4_Frame_format.md ("Legacy frame") and lz4_Block_format.md.
 */
#ifndef FMT_UNLZ4_H
#define FMT_UNLZ4_H

#include "fmt/gunzip.h"

/*
 * Unpacks the frame that packed starts with. Nothing marks its end: it goes on as long as blocks follow, so that it
 * ends at zero bytes, or where no further block fits. Returns as gunzip does.
 */
ssize_t unlz4(struct span packed, struct unpacked *out, struct error *e);

#endif

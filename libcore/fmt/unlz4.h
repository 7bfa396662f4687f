/*
 * LZ4 in the legacy frame that the kernel accepts for an initramfs ("lz4 -l"). Pure. Source: the LZ4 project's
 * lz4_Frame_format.md ("Legacy frame") and lz4_Block_format.md.
 */
#ifndef FMT_UNLZ4_H
#define FMT_UNLZ4_H

#include "fmt/gunzip.h"

enum { UNLZ4_BLOCK = 8 << 20 }; /* decompressed bytes of every block but the last, which has at most that */

/*
 * Decompresses the frame that packed starts with. As in the kernel, it ends at a zero word, or before fewer than four
 * bytes. Returns as gunzip does.
 */
ssize_t unlz4(struct span packed, struct unpacked *out, struct error *e);

#endif

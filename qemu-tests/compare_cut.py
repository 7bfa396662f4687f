#!/usr/bin/python3
"""compare_cut.py CUT SOURCE: what libkdumpfile gives of a KDUMP file that broke off, page by page.

SOURCE is a raw vmcore, or the machine's memory from address 0 on. Every page that has a descriptor must be the source's,
and every one that has none must be refused. Prints
"pages N described N different N refused N invented N"."""

import mmap
import struct
import sys

from kdumpfile import kdumpfile
from _kdumpfile import KDUMP_MACHPHYSADDR

from vmcore import PAGE, Memory, RawVmcore, is_elf

DESC = struct.Struct("<QIIQ")
RAW, ZLIB = 0, 1


def descriptors(path):
    """(pfn, offset, size, flags) of every page in bitmap 2, from the format's description alone."""
    with open(path, "rb") as f:
        data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    block, sub_blocks, bitmap_blocks = struct.unpack_from("<III", data, 428)
    start = (1 + sub_blocks) * block
    bits = data[start + bitmap_blocks * block // 2:start + bitmap_blocks * block]
    at = start + bitmap_blocks * block
    for index, byte in enumerate(bits):
        for bit in range(8) if byte else ():
            if byte >> bit & 1:
                yield index * 8 + bit, *DESC.unpack_from(data, at)[:3]
                at += DESC.size


def described(offset, size, flags):
    """Whether a descriptor stands for a page. Half of one across two sectors does not."""
    return offset != 0 and size != 0 and flags in (RAW, ZLIB)


def main(cut, source):
    raw = RawVmcore(source) if is_elf(source) else Memory(source)
    where = raw.pages()
    context = kdumpfile(cut)
    pages = have = different = refused = invented = 0
    for pfn, offset, size, flags in descriptors(cut):
        pages += 1
        is_there = described(offset, size, flags)
        have += is_there
        try:
            got = bytes(context.read(KDUMP_MACHPHYSADDR, pfn * PAGE, PAGE))
        except Exception:
            refused += is_there
            continue
        if not is_there:
            invented += 1
        elif got != raw.page(where[pfn]):
            different += 1
    print(f"pages {pages} described {have} different {different} refused {refused} invented {invented}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

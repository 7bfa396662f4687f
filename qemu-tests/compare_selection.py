#!/usr/bin/python3
"""Holds the set of dumped pfns of one KDUMP file against another's: compare_selection.py OURS THEIRS.

Bitmap 2 of both files is compared bit by bit. Prints how many pfns each has and the first that differ; exits with 1
where any does."""

import mmap
import struct
import sys


def bitmap1(path):
    """The bytes of bitmap 1, of the pages that were there, without the zeros at its end."""
    return _bitmap(path, 0)


def bitmap2(path):
    """The bytes of bitmap 2, of the pages that were dumped, without the zeros at its end."""
    return _bitmap(path, 1)


def _bitmap(path, number):
    with open(path, "rb") as f:
        data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    if data[:8] != b"KDUMP   ":
        sys.exit(f"{path}: not a KDUMP file")
    block, sub_blocks, bitmap_blocks = struct.unpack_from("<III", data, 428)
    size = bitmap_blocks * block // 2
    start = (1 + sub_blocks) * block + number * size
    return data[start:start + size].rstrip(b"\0")


def differences(ours, theirs, limit=None):
    """(pfn, whether it is ours) for each pfn that only one of them has."""
    found = []
    for index in range(max(len(ours), len(theirs))):
        a = ours[index] if index < len(ours) else 0
        b = theirs[index] if index < len(theirs) else 0
        for bit in range(8) if a != b else ():
            if (a ^ b) >> bit & 1:
                found.append((index * 8 + bit, bool(a >> bit & 1)))
                if limit and len(found) == limit:
                    return found
    return found


def count(bits):
    return int.from_bytes(bits, "little").bit_count()


def main():
    ours, theirs = bitmap2(sys.argv[1]), bitmap2(sys.argv[2])
    found = differences(ours, theirs)
    print(f"{count(ours)} and {count(theirs)} pfns, {len(found)} differ")
    for pfn, is_ours in found[:20]:
        print(f"  pfn {pfn:#x}: only in {sys.argv[1 if is_ours else 2]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

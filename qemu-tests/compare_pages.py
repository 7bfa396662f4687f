#!/usr/bin/python3
"""compare_pages.py [--zero-dropped] DUMP RAW-VMCORE: every page of the raw vmcore, read back from the dump through libkdumpfile."""

import sys

from kdumpfile import kdumpfile
from _kdumpfile import KDUMP_MACHPHYSADDR

from vmcore import PAGE, RawVmcore


def compare(dump, source, zero_dropped):
    raw = RawVmcore(source)
    different = unreadable = zero = 0
    nothing = bytes(PAGE)
    pages = raw.pages()
    context = kdumpfile(dump)
    if zero_dropped:
        # A page that was dropped reads as zeros: right only where it was all zeros.
        context.attr["file.zero_excluded"] = 1
    for pfn, offset in pages.items():
        want = raw.page(offset)
        zero += want == nothing
        try:
            got = bytes(context.read(KDUMP_MACHPHYSADDR, pfn * PAGE, PAGE))
        except Exception as error:
            unreadable += 1
            if unreadable <= 3:
                print(f"pfn {pfn:#x}: {error}")
            continue
        if got != want:
            different += 1
            if different <= 3:
                print(f"pfn {pfn:#x} differs")
    print(f"pages {len(pages)} different {different} unreadable {unreadable} zero {zero}")
    return 1 if different or unreadable else 0


if __name__ == "__main__":
    options = sys.argv[1:-2]
    sys.exit(compare(sys.argv[-2], sys.argv[-1], "--zero-dropped" in options))

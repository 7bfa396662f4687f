#!/usr/bin/python3
"""compare_dumps.py DAMAGED WHOLE: every page of a whole KDUMP file, as libkdumpfile reads it, against what it gives of what a
damaged device has left of the same. Prints "pages N the same N different N not there N"."""

import sys

from kdumpfile import kdumpfile
from _kdumpfile import KDUMP_MACHPHYSADDR

from compare_cut import descriptors
from vmcore import PAGE


def read(context, pfn):
    try:
        return bytes(context.read(KDUMP_MACHPHYSADDR, pfn * PAGE, PAGE))
    except Exception:
        return None


def main(damaged, whole):
    contexts = kdumpfile(damaged), kdumpfile(whole)
    pages = same = different = missing = 0
    for pfn, *_ in descriptors(whole):
        got, want = (read(context, pfn) for context in contexts)
        pages += 1
        if got is None:
            missing += 1
        elif got == want:
            same += 1
        else:
            different += 1
    print(f"pages {pages} the same {same} different {different} not there {missing}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

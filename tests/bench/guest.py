#!/usr/bin/python3
"""The vmcore that tests/bench/dump-save.sh measures: a 6.1 guest of 4 GiB under qemu-tests' mixed load, as the kernel
shows it. Made once; prints its path."""

import os
import sys

sys.dont_write_bytecode = True
os.chdir(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, "qemu-tests")

import loaded
from disk import MIB

# The disk holds the file tree and the vmcore.
print(loaded.verbatim("bookworm", variant="-4G", memory="4G", deadline=900, disk=8192 * MIB))

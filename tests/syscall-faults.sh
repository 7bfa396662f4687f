#!/bin/sh
# A share of tests/syscall-faults.py, for the gate: every 6th of its runs. All of them are a part of the matrix.
# The last line is the count.
cd "$(dirname "$0")/.." || exit 1
exec /usr/bin/python3 -B tests/syscall-faults.py --share 6

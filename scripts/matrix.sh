#!/bin/sh
# The long tests, beyond the gate: more kernels with their symbols, and a fresh Debian 12. The last line is the sum.
. "$(dirname "$0")/lib.sh"

sh scripts/setup.sh matrix
make -s -j"$(nproc)"
make -s -j"$(nproc)" ARCH=arm64
mkdir -p build/check
failed=0
/usr/bin/python3 qemu-tests/run.py matrix 2>&1 | tee build/check/matrix.log
count=$(tail -n 1 build/check/matrix.log)
case $count in
*" 0 failed"*) ;;
*) failed=1 ;;
esac
if [ "$(id -u)" != 0 ]; then
	say "fresh Debian 12: skipped, it needs root"
elif sh scripts/fresh.sh; then
	say "fresh Debian 12: the demo runs"
else
	say "fresh Debian 12: FAILED"
	failed=1
fi
say "$count"
exit $failed

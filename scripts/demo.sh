#!/bin/sh
# The whole path, on a stock Debian kernel in an emulator: sets up, builds, crashes, captures in 64M, opens the dump.
# Asks nothing; a second run downloads nothing.
. "$(dirname "$0")/lib.sh"

step() {
	say "--- $*"
}

step "setting up (packages of this Debian, once)"
sh scripts/setup.sh demo
step "building crashbox and mkcaptureinitrd"
mkdir -p build
make -j"$(nproc)" >build/demo-make.log 2>&1 || {
	tail -n 20 build/demo-make.log
	die "the build failed: see build/demo-make.log"
}
step "fetching a stock kernel and its debug symbols (once)"
sh scripts/kernel.sh --debug bookworm amd64 >build/demo-kernel.log 2>&1 || {
	cat build/demo-kernel.log
	exit 1
}
exec /usr/bin/python3 qemu-tests/demo.py

#!/bin/sh
# Choosing pages on small and large machines, in one run: a made-up 4 GiB and 1 TiB vmcore of the same mix of pages, and any real
# ones given as arguments. Time per page and memory must not grow with the machine.
set -eu
cd "$(dirname "$0")/../.."
make -s build/test/selection
mkdir -p build/bench
for gib in 4 1024; do
	/usr/bin/python3 tests/bench/make-vmcore.py "build/bench/vmcore-$gib" "$gib"
	printf '%5s GiB, made up: ' "$gib"
	build/test/selection "build/bench/vmcore-$gib" "$([ "$gib" -gt 100 ] && echo 1 || echo 10)"
done
for vmcore; do
	printf '%s: ' "$(basename "$vmcore")"
	build/test/selection "$vmcore" 10
done
rm -f build/bench/vmcore-4 build/bench/vmcore-1024

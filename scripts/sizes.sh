#!/bin/sh
# The sizes that the README states: sizes.sh. Builds what is needed.
. "$(dirname "$0")/lib.sh"

make -s -j"$(nproc)"
mkdir -p build/sizes
printf 'ext4 UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11\npath /var/crash\n' >build/sizes/kdump.conf
build/mkcaptureinitrd -c build/sizes/kdump.conf -o build/sizes/capture.img >build/sizes/log

# kib FILE
kib() {
	stat -c %s "$1" | awk '{ printf "%.1f KiB", $1 / 1024 }'
}

gzip -dc build/sizes/capture.img >build/sizes/capture.cpio
say "crashbox, stripped           $(kib build/crashbox)"
say "capture image, compressed    $(kib build/sizes/capture.img)"
say "capture image, unpacked      $(kib build/sizes/capture.cpio)"

#!/bin/sh
# A minimal Debian 12 with systemd, for the guests of qemu-tests: guest.sh
#
# Prints the name of an archive of its root directory, build/guests/bookworm.tar: what debootstrap calls minbase, with
# systemd, udev, kmod and xz (for packed modules). Needs root; uses this machine's mirror. A second run finds it there and
# needs no network; remove it to get the mirror's newest.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

dir=build/guests/bookworm

make_system() {
	[ "$(id -u)" = 0 ] || die "needs root, for debootstrap"
	have debootstrap ||
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install debootstrap >&2
	note "fetching a minimal Debian bookworm with systemd"
	rm -rf --one-file-system "$dir.new"
	mkdir -p "$dir.new"
	debootstrap --variant=minbase --include=systemd,systemd-sysv,udev,kmod,xz-utils bookworm "$dir.new" "$(mirror "")" \
		>"$dir.log" 2>&1 || die "debootstrap failed: see $dir.log"
	# What only installing more would need.
	rm -rf "$dir.new"/var/cache/apt/archives/*.deb "$dir.new"/var/lib/apt/lists/*
	tar --numeric-owner -cf "$dir.tar.new" -C "$dir.new" .
	rm -rf --one-file-system "$dir.new"
	mv "$dir.tar.new" "$dir.tar"
}

take_lock guests
[ -f "$dir.tar" ] || make_system
echo "$dir.tar"

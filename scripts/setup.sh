#!/bin/sh
# Installs what is needed on Debian: sh scripts/setup.sh [build|demo|test|matrix]
#
#   build   to build crashbox for this machine
#   demo    the same, and to crash a kernel in an emulator and open the dump
#   test    the same, and to build for arm64 and run every test (the default)
#   matrix  the same, and to build the minimal capture kernel
#
# Asks nothing. Does nothing, and downloads nothing, where everything is there.
. "$(dirname "$0")/lib.sh"

build="gcc libc6-dev linux-libc-dev make musl-tools musl-dev binutils dpkg-dev xz-utils bzip2 patch"
# The emulator, what runs in it, and the reader.
demo="qemu-system-x86 busybox-static kmod cpio gzip lz4 e2fsprogs crash python3 makedumpfile"
# Debian's musl for arm64 comes by scripts/musl-flags.sh.
test="debhelper gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu linux-libc-dev-arm64-cross
	qemu-system-arm gdb python3-drgn python3-libkdumpfile xfsprogs dosfstools git shellcheck clang-format groff-base time
	libarchive-tools zstd cppcheck clang libclang-rt-dev strace iproute2 dnsmasq-base"
# The kernel's own build.
matrix="flex bison bc libelf-dev"

case ${1:-test} in
build) wanted=$build ;;
demo) wanted="$build $demo" ;;
test) wanted="$build $demo $test" ;;
matrix) wanted="$build $demo $test $matrix" ;;
*) die "usage: setup.sh [build|demo|test|matrix]" ;;
esac

# What of the packages given is not installed.
missing() {
	for package; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=none
		case $status in
		*installed*) [ "$status" = not-installed ] && echo "$package" ;;
		*) echo "$package" ;;
		esac
	done
	return 0
}

# Whether apt knows the packages, without doing anything.
known() {
	apt-get -qq -s --no-install-recommends install "$@" >/dev/null 2>&1
}

install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold install "$@" </dev/null
}

have dpkg-query || die "this is not Debian: install by hand:
$wanted"

# Words on purpose, here and below: package names.
# shellcheck disable=SC2086
lacking=$(missing $wanted | tr '\n' ' ')
[ -n "$lacking" ] || exit 0

note "setup: installing $lacking"
# The lists that are there may do; if not, they are old or were never fetched.
# shellcheck disable=SC2086
if ! known $lacking || ! install $lacking; then
	as_root apt-get -qq update || die "apt-get update failed: is the network there, and /etc/apt right?"
	install $lacking || die "apt-get could not install: $lacking"
fi

#!/bin/sh
# Builds the Debian package from a clean copy of the tree: package.sh [DIRECTORY], by default build/package
#
# Prints the package's name. It needs setup.sh test, no root, and no network where build/cache holds what is pinned. The
# unit tests are left out, as DEB_BUILD_OPTIONS=nocheck asks: here they run on their own.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

out=${1:-build/package}
tree=$out/crashbox

have dh || die "debhelper is missing: sh scripts/setup.sh test"
rm -rf "$out"
mkdir -p "$tree/build/cache"
tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$tree"
for name in zlib lz4 musl-arm64; do
	fetch_pinned "$name"
	for file in $pinned_files; do
		cp "$cache/$file" "$tree/build/cache/"
	done
done
(cd "$tree" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage -us -uc -b) >"$out/log" 2>&1 ||
	die "dpkg-buildpackage failed:
$(tail -n 40 "$out/log")"
rm -rf "$tree"
find "$out" -maxdepth 1 -name 'crashbox_*.deb'

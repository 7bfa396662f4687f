#!/bin/sh
# Unpacks programs of another Debian suite or architecture, with all that they depend on: packages.sh SUITE ARCH PACKAGE...
#
# They land together in build/packages/SUITE-ARCH, which it prints: a root directory that nothing is installed in, whose
# programs run with its own loader (lib64/ld-linux-x86-64.so.2 --library-path ...). A second run finds them there and
# needs no network; remove the directory to get the mirror's newest.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

[ $# -ge 3 ] || die "usage: packages.sh SUITE ARCH PACKAGE..."
suite=$1 arch=$2
shift 2
dir=build/packages/$suite-$arch

# Where /usr is merged, the suite's packages count on lib being a link; older packages still hold files under /lib.
make_root() {
	mkdir -p "$dir/.unpacked" "$dir/usr/bin" "$dir/usr/sbin" "$dir/usr/lib" "$dir/usr/lib64"
	for name in bin sbin lib lib64; do
		ln -sfn "usr/$name" "$dir/$name"
	done
}

# A package is unpacked through tar, which follows those links.
unpack_deb() {
	dpkg-deb --fsys-tarfile "$1" | tar --keep-directory-symlink -xf - -C "$dir"
}

# The lists may be older than the mirror: then they are fetched again.
fetch() {
	apt_state "$suite" "$arch"
	rm -f "$state"/archives/*.deb
	note "fetching $1 of Debian $suite for $arch, with what it depends on"
	private_apt "$suite" "$arch" install --download-only --no-install-recommends "$1" >/dev/null 2>&1 ||
		{ private_apt "$suite" "$arch" update &&
			private_apt "$suite" "$arch" install --download-only --no-install-recommends "$1" >/dev/null; } ||
		die "cannot download $1 from this machine's mirror"
	for deb in "$state"/archives/*.deb; do
		name=$(basename "$deb")
		[ -f "$dir/.unpacked/$name" ] || unpack_deb "$deb"
		: >"$dir/.unpacked/$name"
	done
	rm -f "$state"/archives/*.deb
}

take_lock packages
make_root
for package; do
	[ -f "$dir/.unpacked/$package" ] || fetch "$package"
	: >"$dir/.unpacked/$package"
done
echo "$dir"

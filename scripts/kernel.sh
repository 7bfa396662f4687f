#!/bin/sh
# Fetches a stock Debian kernel: kernel.sh [--debug] SUITE ARCH [cloud|generic]
#
# Prints its directory, build/kernels/SUITE-ARCH (with -generic behind it for that flavour), which holds
#   version, vmlinuz, config, System.map    of that kernel
#   modules/                                its modules, with modules.dep
#   vmlinux                                 with --debug: the debug symbols of exactly this build (600 MB)
# A second run finds it all there and needs no network; remove the directory to get the mirror's newest.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

debug=
if [ "${1:-}" = --debug ]; then
	debug=yes
	shift
fi
[ $# -ge 2 ] || die "usage: kernel.sh [--debug] SUITE ARCH [cloud|generic]"
suite=$1 arch=$2 flavour=${3:-cloud}
dir=build/kernels/$suite-$arch
[ "$flavour" = cloud ] || dir=$dir-$flavour

# listed COLUMN: what config/kernels.list says of this kernel.
listed() {
	awk -v s="$suite" -v a="$arch" -v f="$flavour" -v c="$1" '$1 == s && $2 == a && $3 == f { print $c }' \
		config/kernels.list
}

# What the metapackage depends on: the one package that holds a kernel.
newest_image() {
	meta=$(listed 5)
	[ -n "$meta" ] || die "config/kernels.list has no $flavour kernel of $suite for $arch"
	private_apt "$suite" "$arch" update || note "cannot refresh the lists of $suite: using those of the last time"
	set -- depends "$meta"
	[ "$(listed 4)" != release ] || set -- -o "APT::Default-Release=$suite" "$@"
	private_apt_cache "$suite" "$arch" "$@" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# fetch_deb PACKAGE DIRECTORY: downloads it there, and nothing else is there.
fetch_deb() {
	rm -rf "$2"
	mkdir -p "$2"
	note "fetching $1 of Debian $suite"
	private_apt_in "$2" "$suite" "$arch" download "$1" ||
		die "cannot download $1 from this machine's mirror.
If the mirror has a newer build by now, remove $dir to take that one."
}

# From 7.x on, the image's package is empty, and depends on those that hold the kernel, its modules and the rest.
fetch_parts() {
	for part in binary modules base; do
		fetch_deb "linux-$part-$version" "$1"
		dpkg-deb -x "$1"/*.deb "$new/root"
	done
}

fetch_image() {
	image=$(newest_image)
	[ -n "$image" ] || die "the mirror has no $flavour kernel of $suite for $arch"
	version=${image#linux-image-}
	new=$dir.new
	fetch_deb "$image" "$new/deb"
	dpkg-deb -x "$new"/deb/*.deb "$new/root"
	dpkg-deb -f "$new"/deb/*.deb Version >"$new/package-version"
	[ -f "$new/root/boot/vmlinuz-$version" ] || fetch_parts "$new/deb"
	# Where /usr is merged, the modules lie below it.
	modules=$new/root/lib/modules
	[ -d "$modules" ] || modules=$new/root/usr/lib/modules
	for file in vmlinuz config System.map; do
		cp "$(first_of "$new/root/boot/$file-$version" "$modules/$version/$file")" "$new/$file"
	done
	mkdir -p "$new/lib"
	mv "$modules" "$new/lib/modules"
	ln -s "lib/modules/$version" "$new/modules"
	/sbin/depmod -b "$new" "$version"
	echo "$version" >"$new/version"
	rm -rf "$new/deb" "$new/root" "$dir"
	mv "$new" "$dir"
}

# The first of the files given that is there.
first_of() {
	for file; do
		[ ! -f "$file" ] || break
	done
	echo "$file"
}

# Only vmlinux out of 280 MB; the debug package must be of the same build, so its version is given too.
fetch_debug() {
	version=$(cat "$dir/version")
	fetch_deb "linux-image-$version-dbg=$(cat "$dir/package-version")" "$dir/dbg"
	# From 7.x on, the first is a link to the second.
	for file in "boot/vmlinux-$version" "lib/modules/$version/vmlinux"; do
		[ -s "$dir/vmlinux.new" ] ||
			dpkg-deb --fsys-tarfile "$dir"/dbg/*.deb | tar -xOf - "./usr/lib/debug/$file" >"$dir/vmlinux.new"
	done
	[ -s "$dir/vmlinux.new" ] || die "the debug package of $version holds no vmlinux"
	mv "$dir/vmlinux.new" "$dir/vmlinux"
	rm -rf "$dir/dbg"
}

take_lock kernels
[ -f "$dir/version" ] || fetch_image
[ -z "$debug" ] || [ -f "$dir/vmlinux" ] || fetch_debug
echo "$dir"

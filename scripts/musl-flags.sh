#!/bin/sh
# Prints the compiler flags for Debian's musl: musl-flags.sh ARCH (what uname -m says, but arm64 for aarch64)
#
# The native musl is that of the package musl-tools; for another machine the pinned musl-dev is unpacked under build/deps
# on first use. musl has no linux/*.h: the kernel's headers come behind all others, by links, so that nothing else of the
# C library they lie with can slip in.
. "$(dirname "$0")/lib.sh"

arch=${1:?usage: musl-flags.sh ARCH}
dir=build/deps/$arch/musl

# make reads only standard output: a compiler that stops is better than one that quietly takes another C library.
refuse() {
	note "musl-flags.sh: $*"
	echo "-specs=musl-for-$arch-is-missing"
	exit 1
}

# link_headers DIRECTORY ASM_DIRECTORY
link_headers() {
	mkdir -p "$dir/kernel"
	for name in linux asm-generic mtd; do
		ln -sfn "$1/$name" "$dir/kernel/$name"
	done
	ln -sfn "$2/asm" "$dir/kernel/asm"
	[ -f "$dir/kernel/asm/types.h" ] || refuse "the kernel's headers for $arch are missing: run scripts/setup.sh"
}

native() {
	machine=$(uname -m)
	specs=/usr/lib/$machine-linux-musl/musl-gcc.specs
	[ -f "$specs" ] || refuse "$specs is missing: run scripts/setup.sh"
	link_headers /usr/include "/usr/include/$machine-linux-gnu"
}

# A relative path in the specs file: make runs in the tree's root, and no path of this machine gets anywhere.
arm64() {
	specs=$dir/musl-gcc.specs
	. scripts/private-apt.sh
	fetch_pinned musl-arm64
	rm -rf "$dir"
	mkdir -p "$dir"
	dpkg-deb -x "$cache/$pinned_files" "$dir"
	sed -e "s|/usr/lib/aarch64-linux-musl|$dir&|g" -e "s|/usr/include/aarch64-linux-musl|$dir&|g" "$dir/usr/lib/aarch64-linux-musl/musl-gcc.specs" >"$specs"
	link_headers /usr/aarch64-linux-gnu/include /usr/aarch64-linux-gnu/include
}

if [ ! -f "$dir/flags" ]; then
	take_lock deps
	if [ "$arch" = "$(uname -m | sed s/aarch64/arm64/)" ]; then
		native
	elif [ "$arch" = arm64 ]; then
		arm64
	else
		refuse "there is no musl for $arch here; give make CC, ZLIB and LZ4"
	fi
	echo "-specs=$specs -idirafter $dir/kernel" >"$dir/flags"
fi
cat "$dir/flags"

#!/bin/sh
# Builds a minimal capture kernel from config/kernel/capture*.config: capture-kernel.sh [amd64|arm64]
#
# Prints its directory, build/kernels-own/ARCH, which then holds
#   version, vmlinuz, config, System.map    of that kernel; it has no modules
# The source is Debian's linux-source-6.1, kept in build/cache. The configuration is tinyconfig and the fragments, and is
# held against them by mkcaptureinitrd before anything is compiled. It needs `setup.sh matrix`, and some minutes. A second
# run finds it all there, unless a fragment has changed; remove build/kernels-own and the package in build/cache to get
# the mirror's newest source.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

line=6.1
own=build/kernels-own
arch=${1:-amd64}
case $arch in
amd64) karch=x86_64 image=arch/x86/boot/bzImage target=bzImage cross= ;;
arm64) karch=arm64 image=arch/arm64/boot/Image target=Image cross=aarch64-linux-gnu- ;;
*) die "usage: capture-kernel.sh [amd64|arm64]" ;;
esac
[ "$arch" != "$(dpkg --print-architecture)" ] || cross=
dir=$own/$arch
objects=$root/$own/$arch.build
fragments="config/kernel/capture.config config/kernel/capture-$karch.config"

# kmake TARGET...: in the kernel's tree, with all that is made beside it.
kmake() {
	make -s -C "$source" O="$objects" ARCH="$karch" CROSS_COMPILE="$cross" KBUILD_BUILD_USER=crashbox \
		KBUILD_BUILD_HOST=build "$@" >&2
}

fetch_source() {
	package=linux-source-$line
	rm -rf "$cache/new-$package"
	mkdir -p "$cache/new-$package"
	note "fetching $package of Debian bookworm (140 MB)"
	private_apt_in "$cache/new-$package" bookworm "$(dpkg --print-architecture)" download "$package" ||
		die "cannot download $package from this machine's mirror"
	mv -f "$cache/new-$package"/*.deb "$cache/"
	rmdir "$cache/new-$package"
}

# The newest that is there: $deb.
find_source() {
	deb=$(find "$cache/" -maxdepth 1 -name "linux-source-${line}_*_all.deb" | sort | tail -n 1)
}

# Only from a whole unpacking does the directory get its name.
unpack_source() {
	find_source
	[ -n "$deb" ] || fetch_source
	find_source
	note "unpacking $deb (1.5 GB)"
	rm -rf "$own/new"
	mkdir -p "$own/new"
	dpkg-deb --fsys-tarfile "$deb" | tar -xOf - "./usr/src/linux-source-$line.tar.xz" | tar -xJf - -C "$own/new"
	rm -rf "$own/linux-source-$line"
	basename "$deb" >"$own/new/linux-source-$line/.package"
	mv "$own/new/linux-source-$line" "$own/"
	rmdir "$own/new"
}

# tinyconfig and the fragments, by the kernel's own script; what their dependencies drop is seen by the check.
configure() {
	kmake tinyconfig 2>"$objects/tinyconfig.log"
	# Words on purpose: file names.
	# shellcheck disable=SC2086
	ARCH=$karch sh "$source/scripts/kconfig/merge_config.sh" -m -O "$objects" "$objects/.config" $fragments >"$objects/merge.log"
	kmake olddefconfig
	build/mkcaptureinitrd --check-config "$objects/.config" --as capture >&2 ||
		die "the kernel's own rules have changed what config/kernel needs: see above, and $objects/.config"
	check_each
}

# Every line of the fragments as it is there; only alternatives (SLOB, SLUB_TINY) may have gone, with the version.
check_each() {
	# shellcheck disable=SC2086
	grep -hE '^(CONFIG_|# CONFIG_)' $fragments | while read -r wanted; do
		name=${wanted#"# "}
		name=${name%%[= ]*}
		case $wanted in
		*" is not set") ! grep -q "^$name=" "$objects/.config" || note "not as in the fragments: $name is set" ;;
		*) grep -qxF "$wanted" "$objects/.config" || note "not as in the fragments: $wanted is not there" ;;
		esac
	done
}

# The same sources and the same fragments are the same kernel.
inputs() {
	# shellcheck disable=SC2086
	cat $fragments | sha256sum
	cat "$source/.package"
}

build() {
	note "building a minimal Linux $line for $arch: some minutes"
	mkdir -p "$objects"
	configure
	# The time of the build does not get into it.
	KBUILD_BUILD_TIMESTAMP=1970-01-01 kmake -j"$(nproc)" "$target"
	rm -rf "$dir"
	mkdir -p "$dir"
	cp "$objects/$image" "$dir/vmlinuz"
	cp "$objects/.config" "$dir/config"
	cp "$objects/System.map" "$dir/"
	cat "$objects/include/config/kernel.release" >"$dir/version"
	inputs >"$dir/inputs"
	rm -rf "$objects"
}

take_lock kernels-own
for tool in flex bison bc; do
	have $tool || die "the kernel's build lacks $tool: sh scripts/setup.sh matrix"
done
[ -x build/mkcaptureinitrd ] || die "build/mkcaptureinitrd is missing: make"
source=$own/linux-source-$line
[ -d "$source" ] || unpack_source
[ "$(inputs)" = "$(cat "$dir/inputs" 2>/dev/null)" ] || build
echo "$dir"

#!/bin/sh
# contrib: what the Buildroot package and the Yocto recipe state holds for this tree, and their commands build and install,
# run as they stand, with other compilers and other places for the libraries than the Makefile's own: arm64 with musl in
# Buildroot's place, this machine with glibc in Yocto's. Neither build system itself is here. The last line is the count.
# shellcheck disable=SC2016 # the inner shells and make expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
root=$PWD
mk=contrib/buildroot/package/crashbox/crashbox.mk
recipe=$(echo contrib/yocto/recipes-core/crashbox/crashbox_*.bb)

# --- what they state --------------------------------------------------------------------------------------------------
version=$(sed -n 's/^VERSION = //p' Makefile)
check "Buildroot: the version" grep -qx "CRASHBOX_VERSION = $version" $mk
check "Yocto: the version" test "$(basename "$recipe")" = "crashbox_$version.bb"
check "Debian: the version" grep -q "^crashbox ($version) " debian/changelog
check "Buildroot: the licence's checksum" sh -c 'sed -n "s/^sha256 //p" contrib/buildroot/package/crashbox/crashbox.hash | grep . | sha256sum -c'
check "Yocto: the licence's checksum" sh -c \
	'sed -n "s|^LIC_FILES_CHKSUM = \"file://\(.*\);md5=\(.*\)\"|\2  \1|p" "$1" | grep . | md5sum -c' - "$recipe"
for file in contrib/buildroot/package/crashbox/Config.in*; do
	# The manual's: tabs, and help at most 62 columns wide after one and two blanks.
	lacks_line "$(basename "$file"): its layout" '^ |.{72,}|[[:space:]]+$' "$file"
done

# --- the places of a build system's libraries and compilers -----------------------------------------------------------
# staging DIRECTORY TARGET: its libraries in one place, their headers in another.
staging() {
	mkdir -p "$1/usr/lib" "$1/usr/include" &&
		cp "build/deps/$2"/zlib/libz.a "build/deps/$2"/lz4/liblz4.a "$1/usr/lib/" &&
		cp "build/deps/$2"/zlib/*.h "build/deps/$2"/lz4/*.h "$1/usr/include/"
}

# A copy of the tree with nothing built, in which nothing may be fetched.
copy() {
	mkdir -p "$1" && tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$1"
}

check "libraries are there" make -s deps host-deps build/deps/host/lz4/liblz4.a
check "libraries for arm64 are there" make -s ARCH=arm64 deps
check "for arm64" staging "$work/staging" arm64
check "for this machine" staging "$work/host" host
check "a copy for Buildroot" copy "$work/buildroot"
check "a copy for Yocto" copy "$work/yocto"
sed "s|build/deps/arm64|$root/&|g" build/deps/arm64/musl/musl-gcc.specs >"$work/musl.specs"

# --- Buildroot: its variables, and the recipe's commands as make has them ---------------------------------------------
cat >"$work/buildroot.mk" <<END
BR2_aarch64 = y
BR2_INIT_SYSTEMD = y
BR2_EXTERNAL_CRASHBOX_PATH = $root/contrib/buildroot
TARGET_CC = aarch64-linux-gnu-gcc -specs=$work/musl.specs -isystem $work/staging/usr/include -idirafter $root/build/deps/arm64/musl/kernel
TARGET_AR = aarch64-linux-gnu-ar
TARGET_STRIP = aarch64-linux-gnu-strip
TARGET_DIR = $work/target
STAGING_DIR = $work/staging
HOST_DIR = $work/host
HOSTCC = gcc
HOST_CFLAGS = -O2 -I$work/host/usr/include
TARGET_MAKE_ENV = env
HOST_MAKE_ENV = env
INSTALL = install
include $root/$mk
# As there, \$(@D) is where the stamp lies.
$work/buildroot/.stamp_target:
	\$(CRASHBOX_BUILD_CMDS)
	\$(CRASHBOX_INSTALL_TARGET_CMDS)
$work/buildroot/.stamp_sysv:
	\$(CRASHBOX_INSTALL_INIT_SYSV)
$work/buildroot/.stamp_host:
	\$(HOST_CRASHBOX_BUILD_CMDS)
	\$(HOST_CRASHBOX_INSTALL_CMDS)
$work/buildroot/.stamp_licence:
	test -f \$(CRASHBOX_SITE)/\$(CRASHBOX_LICENSE_FILES)
END
# Buildroot's host tree has lib beside include.
ln -s usr/lib "$work/host/lib"
buildroot() {
	env -i PATH="$PATH" make -s -f "$work/buildroot.mk" "$work/buildroot/.stamp_$1"
}

check "Buildroot: builds and installs for the target" buildroot target
check "Buildroot: crashbox is for arm64" sh -c 'readelf -h "$1" | grep -q AArch64' - "$work/target/usr/sbin/crashbox"
static "Buildroot: it is static" "$work/target/usr/sbin/crashbox"
check "Buildroot: the target has no mkcaptureinitrd" test ! -e "$work/target/usr/sbin/mkcaptureinitrd"
check "Buildroot: builds and installs for the host" buildroot host
check "Buildroot: it makes an image of the target's binary" sh -c 'echo "ext4 UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11" >"$1/conf" &&
	"$1/host/sbin/mkcaptureinitrd" -c "$1/conf" --binary "$1/target/usr/sbin/crashbox" -o "$1/capture.img"' - "$work"
check "Buildroot: nothing was fetched" test ! -e "$work/buildroot/build/deps"
check "Buildroot: the licence's file, in the sources' place" buildroot licence
check "Buildroot: scripts for sysvinit" buildroot sysv
check "Buildroot: what they call" test -x "$work/target/usr/lib/crashbox/savecore-at-boot" -a -x "$work/target/etc/init.d/S00crashbox-savecore"

# --- Yocto: the recipe's shell functions, with its variables as the shell's -------------------------------------------
# The one that bitbake evaluates in Python is given below.
sed -n '/^do_[a-z:-]*() {$/,/^}$/p' "$recipe" | sed 's/^\(do_[a-z]*\):class-native()/\1_native()/' >"$work/functions"
cat >"$work/yocto.sh" <<END
set -eu
oe_runmake() {
	make -s -C $work/yocto "\$@"
}
CRASHBOX_ARCH=$(uname -m | sed s/aarch64/arm64/) CRASHBOX_INIT="systemd sysvinit"
CC="gcc -isystem $work/host/usr/include" CFLAGS="-O2 -isystem $work/host/usr/include" AR=ar STRIP=strip
STAGING_LIBDIR=$work/host/usr/lib D=$work/image prefix=/usr
systemd_system_unitdir=/lib/systemd/system nonarch_base_libdir=/lib
. $work/functions
"\$@"
END
for function in do_compile do_install do_compile_native do_install_native; do
	check "Yocto: $function" env -i PATH="$PATH" sh "$work/yocto.sh" $function
done
static "Yocto: crashbox is static, with glibc" "$work/image/usr/sbin/crashbox"
check "Yocto: and runs" "$work/image/usr/sbin/crashbox" --version
check "Yocto: crashbox-native runs" "$work/image/usr/sbin/mkcaptureinitrd" -c "$work/conf" --binary "$work/target/usr/sbin/crashbox" \
	-o "$work/other.img"
check "both make the same image of the same binary" cmp "$work/capture.img" "$work/other.img"
check "Yocto: nothing was fetched" test ! -e "$work/yocto/build/deps"
[ ! -f services/crashbox-kdump.service ] ||
	check "Yocto: the unit" grep -q "^ExecStart=/usr/sbin/crashbox " "$work/image/lib/systemd/system/crashbox-kdump.service"
check "Yocto: what saves dumps at boot" test -x "$work/image/usr/lib/crashbox/savecore-at-boot"
check "Yocto: its script for sysvinit" test -x "$work/image/etc/init.d/crashbox-savecore"

close_test

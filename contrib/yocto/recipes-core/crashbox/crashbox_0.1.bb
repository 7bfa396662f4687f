SUMMARY = "Capture environment for Linux kernel crashes"
DESCRIPTION = "A static binary that is the whole user space of a capture kernel \
and saves the memory of the crashed one. crashbox-native has mkcaptureinitrd, \
which makes the capture kernel's initramfs of it."
SECTION = "base"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=6908437c439788b11d1c4c83c3dd6ba4"

DEPENDS = "zlib lz4"
COMPATIBLE_HOST:class-target = "(x86_64|aarch64).*-linux"

# The repository that contains the layer, at its last commit.
SRC_URI = "git://${CRASHBOX_TREE};protocol=file;branch=main"
SRCREV = "${AUTOREV}"
S = "${WORKDIR}/git"

inherit systemd update-rc.d

# A package has one script for sysvinit: what saves dumps off raw devices at boot
# has its own, after the local file systems and the script that sets up volatile /var.
PACKAGE_BEFORE_PN = "${PN}-savecore"
RRECOMMENDS:${PN}:class-target = "${PN}-savecore"
RDEPENDS:${PN}-savecore = "${PN}"
INITSCRIPT_PACKAGES = "${PN} ${PN}-savecore"
INITSCRIPT_NAME:${PN} = "crashbox-kdump"
INITSCRIPT_NAME:${PN}-savecore = "crashbox-savecore"
INITSCRIPT_PARAMS:${PN}-savecore = "start 38 S ."
SYSTEMD_SERVICE:${PN} = "crashbox-kdump.service crashbox-savecore.service"

CRASHBOX_ARCH = "${@'arm64' if d.getVar('TARGET_ARCH') == 'aarch64' else d.getVar('TARGET_ARCH')}"
CRASHBOX_INIT = "${@bb.utils.contains('DISTRO_FEATURES', 'systemd', 'systemd', 'sysvinit', d)}"

# CFLAGS and LDFLAGS stay crashbox's own: it is linked statically and built for
# size; CC brings the machine's tuning and the sysroot. A newer compiler's new
# warnings must not fail the build.
do_compile() {
	oe_runmake O=build WARNINGS=-Wall ARCH="${CRASHBOX_ARCH}" CC="${CC}" AR="${AR}" STRIP="${STRIP}" \
		ZLIB="${STAGING_LIBDIR}" LZ4="${STAGING_LIBDIR}" build/crashbox
}

do_install() {
	oe_runmake O=build WARNINGS=-Wall ARCH="${CRASHBOX_ARCH}" CC="${CC}" AR="${AR}" STRIP="${STRIP}" \
		ZLIB="${STAGING_LIBDIR}" LZ4="${STAGING_LIBDIR}" DESTDIR="${D}" PREFIX="${prefix}" \
		UNITDIR="${systemd_system_unitdir}" UDEVDIR="${nonarch_base_libdir}/udev/rules.d" \
		INIT="${CRASHBOX_INIT}" install-crashbox
}

do_compile:class-native() {
	oe_runmake O=build WARNINGS=-Wall HOSTCC="${CC}" HOSTCFLAGS="${CFLAGS}" HOST_ZLIB="${STAGING_LIBDIR}" \
		HOST_LZ4="${STAGING_LIBDIR}" build/mkcaptureinitrd
}

do_install:class-native() {
	oe_runmake O=build WARNINGS=-Wall HOSTCC="${CC}" HOSTCFLAGS="${CFLAGS}" HOST_ZLIB="${STAGING_LIBDIR}" \
		HOST_LZ4="${STAGING_LIBDIR}" DESTDIR="${D}" PREFIX="${prefix}" install-mkcaptureinitrd
}

# The binary is static and stripped, and contains nothing from the sysroot.
INHIBIT_PACKAGE_STRIP = "1"
INHIBIT_PACKAGE_DEBUG_SPLIT = "1"
INSANE_SKIP:${PN} += "already-stripped ldflags"

FILES:${PN} += "${systemd_system_unitdir} ${nonarch_base_libdir}/udev ${nonarch_libdir}/crashbox"
FILES:${PN}-savecore = "${sysconfdir}/init.d/crashbox-savecore"

BBCLASSEXTEND = "native"

#!/bin/sh
# The Debian package: built from a clean copy of the tree, installed, removed and purged by dpkg in a root of its own, which
# has a shell and the few programs that maintainer scripts call, so that one sees what they ask for. That it works on a
# whole Debian is qemu-tests' systemd_guest. Without root it runs in a user namespace. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
if [ "$(id -u)" != 0 ]; then
	unshare --map-root-user true 2>/dev/null || {
		echo "skipped: dpkg needs root, or user namespaces"
		echo "0 passed, 0 failed, 1 skipped"
		exit 0
	}
	exec unshare --map-root-user sh "$0"
fi
. tests/lib.sh
root=$work/root

# --- built ------------------------------------------------------------------------------------------------------------
check "the package builds" sh scripts/package.sh "build/package"
deb=$(find build/package -maxdepth 1 -name 'crashbox_*.deb')
[ -n "$deb" ] || close_test || exit
lacks_line "nothing is said about the package's fields" "dpkg-[a-z]*: (warning|error)" build/package/log
dpkg-deb -x "$deb" "$work/content"
dpkg-deb --fsys-tarfile "$deb" | tar -tf - | sed '/\/$/d' >"$work/files"

# Another package may have any other name: dpkg refuses a file that two packages have.
finds_nothing "every file has a name of ours" "$(grep -vE "crashbox|mkcaptureinitrd" "$work/files" 2>&1)"
check "... and there are some" test -s "$work/files"
dpkg-deb -c "$deb" >"$work/owners"
check "its files have owners" grep -q " root/root " "$work/owners"
finds_nothing "all is owned by root" "$(grep -v " root/root " "$work/owners")"
finds_nothing "no path of this machine is in it" "$(grep -rlF -e "$PWD" -e build/package "$work/content" 2>&1)"
check "crashbox is the one that make builds" cmp build/crashbox "$work/content/usr/sbin/crashbox"
static "crashbox is static" "$work/content/usr/sbin/crashbox"
finds_nothing "no configuration is installed" "$(find "$work/content/etc" ! -type d ! -path "*/init.d/*" 2>&1)"
for part in zlib lz4 musl; do
	check "the notice of $part is there" sh -c 'zcat -f "$1"/usr/share/doc/crashbox/licenses/"$2".txt* | cmp - doc/licenses/"$2".txt' \
		- "$work/content" $part
done
for manual in doc/man/*.[58]; do
	name=$(basename "$manual")
	case $name in crashbox* | mkcaptureinitrd*) ;; *) name=crashbox-$name ;; esac
	check "the manual $name is there" sh -c 'zcat "$1"/usr/share/man/man?/"$2".gz | cmp - "$3"' - "$work/content" "$name" "$manual"
done
for name in crashbox mkcaptureinitrd; do
	check "the completion of $name is there" cmp "contrib/completion/$name" "$work/content/usr/share/bash-completion/completions/$name"
done
for fragment in config/kernel/*.config; do
	[ ! -f "$fragment" ] || check "$fragment is there" cmp "$fragment" "$work/content/usr/share/crashbox/kernel/$(basename "$fragment")"
done
# What the tree has of these, the package has: all of it calls /usr/sbin/crashbox.
for pair in services/crashbox-kdump.service:lib/systemd/system/crashbox-kdump.service \
	services/crashbox-savecore.service:lib/systemd/system/crashbox-savecore.service \
	services/crashbox-swap.conf:lib/systemd/system/swap.d/10-crashbox.conf \
	services/crashbox-kdump.init:etc/init.d/crashbox-kdump \
	services/crashbox-savecore.init:etc/init.d/crashbox-savecore \
	services/crashbox-savecore.sh:usr/lib/crashbox/savecore-at-boot \
	services/98-crashbox-kdump.rules:lib/udev/rules.d/98-crashbox-kdump.rules; do
	check "${pair#*:} is there" cmp "${pair%%:*}" "$work/content/${pair#*:}"
done
check "what is run at boot can be" test -x "$work/content/usr/lib/crashbox/savecore-at-boot"

other="build/package's (2nd) directory"
check "it builds under a difficult name" sh scripts/package.sh "$other"
check "and is the same package to the byte" cmp "$deb" "$other/$(basename "$deb")"
rm -rf "$other"

# --- a root with a shell, and programs that write down that they were called -------------------------------------------
mkdir -p "$root/bin" "$root/dev" "$root/usr/sbin" "$root/tmp" "$root/etc" "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
: >"$root/var/lib/dpkg/status"
# A device would take more than a user namespace may do.
: >"$root/dev/null"
cp /bin/busybox "$root/bin/busybox"
for name in sh rm rmdir ls cat grep sed mkdir echo true; do
	ln -s busybox "$root/bin/$name"
done
for name in deb-systemd-helper deb-systemd-invoke update-rc.d invoke-rc.d systemctl; do
	printf '#!/bin/sh\necho "%s $*" >>/calls\n' $name >"$root/bin/$name"
	chmod 755 "$root/bin/$name"
done
mkdir -p "$root/usr/bin"
# debhelper asks for them by their whole name.
for name in deb-systemd-helper deb-systemd-invoke; do
	ln -s /bin/$name "$root/usr/bin/$name"
done

files() {
	(cd "$root" && find . ! -type d ! -path './var/lib/dpkg*' ! -path ./calls ! -path ./dev/null ! -path './var/log/*' | sort)
}

apply() {
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin dpkg --root="$root" --log="$work/dpkg.log" \
		--force-depends "$@"
}

files >"$work/before"
check "dpkg installs it" apply -i "$deb"
cat "$work/output" >"$work/install.log"
check "what dpkg said is there" grep -q "Setting up crashbox" "$work/install.log"
finds_nothing "its maintainer scripts say nothing" "$(grep -iE "warning|error|not found" "$work/install.log" | grep -v "ignoring pre-dependency problem")"
check "it is installed" sh -c 'dpkg-query --admindir="$1"/var/lib/dpkg -W -f "\${Status}" crashbox | grep -x "install ok installed"' - "$root"
check "crashbox runs in it" chroot "$root" /usr/sbin/crashbox --version
check "an applet runs in it" sh -c 'chroot "$1" /usr/sbin/crashbox dump-save --help | grep -q "^usage: "' - "$root"
printf 'ext4 UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11\n' >"$work/kdump.conf"
check "mkcaptureinitrd finds the crashbox beside it" "$root/usr/sbin/mkcaptureinitrd" -c "$work/kdump.conf" -o "$work/capture.img"
check "the image has this crashbox as its init" sh -c 'cd "$1" && gzip -dc capture.img | cpio -i --quiet --to-stdout init | cmp - root/usr/sbin/crashbox' \
	- "$work"
for unit in crashbox-kdump crashbox-savecore; do
	check "its unit $unit is enabled" grep -qE "^deb-systemd-helper (--quiet )?(enable|update-state|was-enabled) .*$unit\.service" "$root/calls"
done
lacks_line "nothing is saved at installation" \
	"(deb-systemd-invoke|invoke-rc.d) .*start.*savecore|(deb-systemd-invoke|invoke-rc.d).*savecore.* start" "$root/calls"
# Files that an administrator and the service leave.
: >"$root/var/lib/crashbox/capture.img"
: >"$root/etc/crashbox.conf"

check "dpkg removes it" apply -r crashbox
files >"$work/after"
check "only images, the configuration, and /etc/init.d stay" sh -c \
	'diff "$1"/before "$1"/after | sed -n "s/^> //p" | grep -vxE "\./(var/lib/crashbox/capture.img|etc/crashbox.conf|etc/init.d/crashbox-(kdump|savecore))" | (! grep .)' \
	- "$work"
check "dpkg purges it" apply -P crashbox
files >"$work/after"
check "only the configuration stays, which is not the package's" sh -c \
	'diff "$1"/before "$1"/after | sed -n "s/^[<>] //p" >"$1"/left; cat "$1"/left; [ "$(cat "$1"/left)" = ./etc/crashbox.conf ]' - "$work"
check "no directory stays" sh -c '! find "$1" -path "$1"/var/lib/dpkg -prune -o -type d -name "*crashbox*" -print | grep .' - "$root"
check "dpkg installs it again" apply -i "$deb"

# --- installed by make ------------------------------------------------------------------------------------------------
installed="build/package/it's installed (by make)"
check "make install" make -s install DESTDIR="$installed" PREFIX=/opt/crashbox INIT="systemd sysvinit"
check "make install for OpenRC" make -s install DESTDIR="$installed.openrc" PREFIX=/opt/crashbox INIT=openrc
for file in "$installed"/opt/crashbox/lib/systemd/system/*.service "$installed"/opt/crashbox/lib/crashbox/* \
	"$installed"/opt/crashbox/lib/udev/rules.d/* "$installed"/etc/init.d/* "$installed".openrc/etc/init.d/*; do
	check "$(basename "$file") calls the crashbox of its prefix" sh -c \
		'grep -qE "/opt/crashbox/(sbin/crashbox|lib/crashbox/savecore-at-boot)" "$1" &&
			! grep -E "(^[^#]*|=)/usr/(sbin|lib)" "$1"' - "$file"
done
finds_nothing "no path of this tree is in what is installed" "$(grep -rlF "$PWD" "$installed" 2>&1)"
check "make uninstall" make -s uninstall DESTDIR="$installed" PREFIX=/opt/crashbox INIT="systemd sysvinit"
check "make uninstall for OpenRC" make -s uninstall DESTDIR="$installed.openrc" PREFIX=/opt/crashbox INIT=openrc
check "nothing stays" sh -c '! find "$@" ! -type d | grep .' - "$installed" "$installed.openrc"
rm -rf "$installed" "$installed.openrc"

close_test

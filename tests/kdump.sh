#!/bin/sh
# crashbox kdump as a user calls it: every state that status knows, in trees that look like a system's, and a rehearsal
# on a file system in a file. Nothing is loaded. Needs build/crashbox and build/mkcaptureinitrd, and root, or user
# namespaces. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
if [ "$(id -u)" -ne 0 ] && [ -z "${KDUMP_TEST:-}" ] && unshare -r true 2>/dev/null; then
	KDUMP_TEST=1 exec unshare -r sh tests/kdump.sh
fi
. tests/lib.sh
crashbox=$PWD/build/crashbox
mk=$PWD/build/mkcaptureinitrd
loop=''
clean_up() {
	[ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit 1

# said TEXT: what the last command said as well; lacks TEXT: what it did not.
said() {
	if grep -qF -- "$1" output; then verdict "... $1" yes; else verdict "... $1" no; fi
}
lacks() {
	if grep -qF -- "$1" output; then verdict "... no: $1" no; else verdict "... no: $1" yes; fi
}

kdump() {
	"$crashbox" kdump "$@"
}

# --- a tree that looks like a system that is armed --------------------------------------------------------------------
uuid=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11
release=6.1.0-test

crc() {
	gzip -c <"$1" | tail -c 8 | od -An -N4 -tx4 | tr -d ' '
}

# add IMAGE FILE...: appends an archive with files of the current directory to an image.
add() {
	image=$1
	shift
	printf '%s\n' "$@" | cpio -o -H newc --quiet >added.cpio
	gzip -nc <added.cpio >>"$image"
}

# info FILE CONF KERNEL: what an image was made from.
info() {
	printf 'made_by crashbox 0.1\nconfiguration %s %s\nkernel %s %s\ncmdline irqpoll nr_cpus=1 target=x\nminimum %s\n' \
		"$(basename "$2")" "$(crc "$2")" "$release" "$(crc "$3")" 60817408 >"$1"
}

make_disk() {
	rm -f disk
	truncate -s 64M disk
	mkfs.ext4 -q -F -U $uuid -L crashdisk disk >/dev/null 2>&1
}

make_image() {
	mkdir -p etc
	cp tree/etc/crashbox.conf etc/crashbox.conf
	info etc/crashbox.info tree/etc/crashbox.conf tree/boot/vmlinuz-$release
	"$mk" -c tree/etc/crashbox.conf -o capture.img >/dev/null || exit 1
	add capture.img etc etc/crashbox.conf etc/crashbox.info
}

make_tree() {
	rm -rf tree
	mkdir -p tree/etc tree/boot tree/var/lib/crashbox tree/var/crash tree/run tree/dev tree/proc/self \
		tree/sys/kernel tree/sys/class/block/sda/holders
	echo 67108864 >tree/sys/kernel/kexec_crash_size
	echo 1 >tree/sys/kernel/kexec_crash_loaded
	echo 'root=/dev/sda crashkernel=64M' >tree/proc/cmdline
	echo 131072 >tree/sys/class/block/sda/size
	echo 8:0 >tree/sys/class/block/sda/dev
	ln disk tree/dev/sda
	echo '21 1 8:0 / / rw - ext4 /dev/sda rw' >tree/proc/self/mountinfo
	printf 'ext4 UUID=%s\npath /var/crash\n' $uuid >tree/etc/crashbox.conf
	echo 'not much of a kernel' >tree/boot/vmlinuz-$release
	[ -f capture.img ] || make_image
	cp capture.img tree/var/lib/crashbox/
}

# state WHAT STATUS TEXT: what status says of the tree, in its first line.
state() {
	expect "status: $1" "$2" "$3" kdump status --root tree
	head -n 1 output | grep -qF -- "$3" || verdict "status: $1: in the first line" no
}

if [ "$(id -u)" -ne 0 ]; then
	skip "all of it (not root, and no user namespaces)"
	printf '0 passed, 0 failed, 1 skipped\n'
	exit 0
fi
make_disk
make_tree

# --- status: each state -----------------------------------------------------------------------------------------------
state "armed" 0 "armed: 64 MiB reserved, capture kernel loaded, target ext4 UUID=$uuid"
said "last capture: none recorded"
expect "status says two lines" 0 2 sh -c '"$1" kdump status --root tree | wc -l' sh "$crashbox"

echo 0 >tree/sys/kernel/kexec_crash_size
echo 0 >tree/sys/kernel/kexec_crash_loaded
state "no reservation, though asked for" 1 "NOT armed: Memory for crashkernel is not reserved, though crashkernel="
echo 'root=/dev/sda' >tree/proc/cmdline
state "no reservation" 1 "NOT armed: Memory for crashkernel is not reserved: put crashkernel=58M on the kernel's command"
rm tree/var/lib/crashbox/capture.img
state "no reservation, and no image that says how much" 1 "put crashkernel=64M on"
rm tree/sys/kernel/kexec_crash_*
state "a kernel without kexec" 1 "NOT armed: this kernel has no kexec"

make_tree
echo 16777216 >tree/sys/kernel/kexec_crash_size
state "too small, though loaded" 3 "armed, but the reserved memory is too small: 16 MiB; this image needs 58 MiB"
echo 0 >tree/sys/kernel/kexec_crash_loaded
state "too small" 1 "NOT armed: the reserved memory is too small: 16 MiB; this image needs 58 MiB: boot with crashkernel=58M"

make_tree
echo 0 >tree/sys/kernel/kexec_crash_loaded
state "not loaded" 1 "NOT armed: no capture kernel is loaded: 'crashbox kdump start' loads it"
rm tree/var/lib/crashbox/capture.img
state "not loaded, without an image" 1 "NOT armed: /var/lib/crashbox/capture.img does not exist"
echo USE_KDUMP=0 >tree/etc/crashbox.conf
state "turned off" 1 "NOT armed: /etc/crashbox.conf disables loading"

make_tree
rm tree/var/lib/crashbox/capture.img
state "loaded, the image gone since" 3 "armed, but /var/lib/crashbox/capture.img no longer exists"
echo 'hello' >tree/var/lib/crashbox/capture.img
state "loaded, the image damaged since" 3 "armed, but /var/lib/crashbox/capture.img cannot be read"

make_tree
echo 'path /elsewhere' >>tree/etc/crashbox.conf
state "the configuration changed" 3 "armed, but the image was made from a different /etc/crashbox.conf"
make_tree
echo 'a newer kernel' >tree/boot/vmlinuz-$release
state "the kernel changed" 3 "armed, but the image was made for another kernel than /boot/vmlinuz-$release"
make_tree
mkdir -p tree/run/crashbox
printf 'image %s\nkernel 00000000\n' "$(crc capture.img)" >tree/run/crashbox/loaded
state "the image is the loaded one" 0 "armed: 64 MiB"
gzip -nc <added.cpio >>tree/var/lib/crashbox/capture.img
state "the image changed since it was loaded" 3 "armed, but /var/lib/crashbox/capture.img has changed since it was loaded"

make_tree
rm -r tree/sys/class/block/sda
state "the target gone" 3 "armed, but the target is gone: ext4 UUID=$uuid does not exist: a crash now is not saved"
said "last capture: unknown: no target was found"
echo 'path /elsewhere' >>tree/etc/crashbox.conf
state "the target gone, and the configuration changed" 3 "not saved; the image was made from a different"

# --- status: how the last capture ended -------------------------------------------------------------------------------
make_tree
result() {
	printf '%s\n' "$@" >tree/var/crash/last-capture
}
result 'status saved' 'time 1700000000' 'directory box-2023-11-14-221320' 'message 12 MiB in 3 s'
expect "last capture: saved" 0 \
	"last capture: saved, 2023-11-14 22:13:20 UTC, on ext4 UUID=$uuid in /var/crash/box-2023-11-14-221320: 12 MiB in 3 s" \
	kdump status --root tree
result 'status failed' 'time 1700000000' 'message No space left on device'
expect "last capture: failed" 0 "last capture: FAILED, 2023-11-14 22:13:20 UTC" kdump status --root tree
said "in /var/crash: No space left on device"
result 'status degraded' 'time 1700000000' 'directory d'
expect "last capture: degraded" 0 "last capture: saved, but DEGRADED, " kdump status --root tree
result 'status running' 'time 1700000000'
expect "last capture: cut off" 0 "last capture: begun, but NOT FINISHED, " kdump status --root tree
"$mk" -c /dev/stdin -o tree/boot/raw.img >/dev/null <<END
raw PARTLABEL=swap
path /var/crash
END
result 'status saved' 'time 1700000000' 'directory box-1'
expect "last capture: off a raw device, into this system's directory" 3 \
	"last capture: saved, 2023-11-14 22:13:20 UTC, off raw PARTLABEL=swap in /var/crash/box-1" \
	kdump status --root tree --image /boot/raw.img
result 'status who-knows'
expect "last capture: a damaged record" 0 "last capture: unknown: " kdump status --root tree
: >tree/proc/self/mountinfo
expect "last capture: the target is not mounted, and cannot be" 0 "last capture: unknown: " kdump status --root tree

# --- status: what pstore has ------------------------------------------------------------------------------------------
# pmsg FILE TIME: a log with the line that dmesg-save ends it with.
pmsg() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "5.1] cut" "[    6.789012] Kernel panic - not syncing: it" \
		"crashbox: end of the log of the crash, time $2" '' 'ECC: No errors detected' >"$1"
}
pstore=tree/sys/fs/pstore archive=tree/var/lib/systemd/pstore
make_tree
mkdir -p $pstore
printf 'hello\n' >$pstore/pmsg-ramoops-1
printf 'crashbox: end of the log of the crash, time 2023-11-14 22:13:20 UTC\n' >$pstore/console-ramoops-0
expect "pstore: nothing of ours" 0 "last capture: none recorded" kdump status --root tree
lacks "pstore:"
pmsg $pstore/pmsg-ramoops-0 '2023-11-14 22:13:20 UTC'
expect "pstore: a log" 0 \
	"pstore: the log of a crash, 2023-11-14 22:13:20 UTC, in /sys/fs/pstore/pmsg-ramoops-0, until the next boot: copy it" \
	kdump status --root tree
expect "pstore: check says it as well" 0 "pstore: the log of a crash, " kdump check --root tree
result 'status failed' 'time 1700000000' 'message No space left on device'
expect "pstore: the log of the last capture, which failed" 0 "pstore: the log of a crash, " kdump status --root tree
result 'status saved' 'time 1700000001'
expect "pstore: older than the last capture" 0 "last capture: saved" kdump status --root tree
lacks "pstore:"
rm tree/var/crash/last-capture
pmsg $archive/pmsg-ramoops-0 '2023-11-13 22:13:20 UTC'
expect "pstore: moved by systemd-pstore, and a newer one" 0 "in /sys/fs/pstore/pmsg-ramoops-0," kdump status --root tree
pmsg $archive/pmsg-ramoops-0 '2023-11-15 22:13:20 UTC'
expect "pstore: moved by systemd-pstore" 0 "2023-11-15 22:13:20 UTC, in /var/lib/systemd/pstore/pmsg-ramoops-0" \
	kdump status --root tree
lacks "until the next boot"
rm -r $archive
printf 'crashbox: end of the log of the crash, time 2023\033[2J' >$pstore/pmsg-ramoops-0
expect "pstore: bytes that cannot be printed" 0 "the log of a crash, 2023, in" kdump status --root tree

# --- start, stop, reload: up to the load ------------------------------------------------------------------------------
make_tree
echo 0 >tree/sys/kernel/kexec_crash_loaded
expect "start: what it would load" 0 \
	"would load /boot/vmlinuz-$release with /var/lib/crashbox/capture.img, command line: irqpoll nr_cpus=1 target=x" \
	kdump start --root tree
lacks "warning"
expect "config: LKCD's word for it" 0 "would load /boot/vmlinuz-$release" kdump config --root tree
expect "start: --append" 0 "command line: irqpoll nr_cpus=1 target=x console=ttyS0" \
	kdump start --root tree --append console=ttyS0
expect "reload: nothing is loaded" 1 "nothing to reload" kdump reload --root tree
expect "stop: nothing is loaded" 0 "no capture kernel is loaded" kdump stop --root tree
echo 1 >tree/sys/kernel/kexec_crash_loaded
expect "reload: it is loaded" 0 "would load /boot/vmlinuz-$release" kdump reload --root tree
expect "stop: it is loaded" 0 "would unload" kdump stop --root tree
mkdir -p tree/run/crashbox
printf 'image %s\nkernel %s\n' "$(crc capture.img)" "$(crc tree/boot/vmlinuz-$release)" >tree/run/crashbox/loaded
expect "start: loaded already" 0 "already armed: " kdump start --root tree
expect "restart: all the same" 0 "would load" kdump restart --root tree
echo 0 >tree/sys/kernel/kexec_crash_loaded
expect "start: loaded once, and not any more" 0 "would load" kdump start --root tree
echo 'kernel_version other' >>tree/etc/crashbox.conf
expect "start: a changed configuration" 0 "capture.img was made from another configuration; loading it anyway" \
	kdump start --root tree
echo 0 >tree/sys/kernel/kexec_crash_size
expect "start: the classic error" 1 "kdump: Memory for crashkernel is not reserved, though crashkernel= is on the kernel's command line" \
	kdump start --root tree
said "see 'dmesg | grep -i crashkernel'"
said "a crash now saves nothing"
: >tree/proc/cmdline
expect "start: what to do about it" 1 "put crashkernel=58M on the kernel's command line" kdump start --root tree
echo 16777216 >tree/sys/kernel/kexec_crash_size
expect "start: too small" 1 "the reserved memory is too small: 16 MiB; this image needs 58 MiB" \
	kdump start --root tree
make_tree
echo 0 >tree/sys/kernel/kexec_crash_loaded
rm tree/var/lib/crashbox/capture.img
expect "start: no image" 1 "make it: mkcaptureinitrd -c CONF -k KERNEL -o /var/lib/crashbox/capture.img" \
	kdump start --root tree
expect "start: no such configuration" 1 "the configuration: /none: No such file" kdump start --root tree --conf /none
"$mk" -c tree/etc/crashbox.conf -o tree/var/lib/crashbox/capture.img >/dev/null
printf 'nothing to see\n' >etc/crashbox.info
add tree/var/lib/crashbox/capture.img etc/crashbox.info
expect "start: an image that does not say its command line" 1 "or use --append" kdump start --root tree \
	--kernel /boot/vmlinuz-$release
expect "start: --append then is the whole line" 0 "command line: nr_cpus=1 quiet" \
	kdump start --root tree --append 'nr_cpus=1 quiet' --kernel /boot/vmlinuz-$release
make_image
for off in 'USE_KDUMP=0' 'USE_KDUMP="0" # no' 'DUMP_ACTIVE=0'; do
	make_tree
	rm tree/etc/crashbox.conf
	mkdir -p tree/etc/default
	echo "$off" >tree/etc/default/kdump-tools
	expect "start: $off" 0 "/etc/default/kdump-tools disables loading" kdump start --root tree
done

# --- where things are -------------------------------------------------------------------------------------------------
make_tree
expect "query: the image" 0 "image          /var/lib/crashbox/capture.img" kdump query --root tree
said "command line   irqpoll nr_cpus=1 target=x"
said "crashkernel    58M or more"
said "wait-device -t 30 UUID=$uuid"
said "path /var/crash"
mv tree/var/lib/crashbox/capture.img tree/boot/crashbox-capture.img
expect "the image in /boot" 0 "image          /boot/crashbox-capture.img" kdump query --root tree
mv tree/boot/crashbox-capture.img tree/boot/mine
expect "no image" 1 "/var/lib/crashbox/capture.img does not exist" kdump query --root tree
echo 'image /boot/mine' >>tree/etc/crashbox.conf
expect "the image where the configuration says" 0 "image          /boot/mine" kdump query --root tree
expect "the image where --image says" 1 "/x does not exist" kdump query --root tree --image /x
mv tree/etc/crashbox.conf tree/etc/kdump.conf
expect "the configuration of another package" 0 "configuration  /etc/kdump.conf" kdump query --root tree
mkdir -p tree/lib/modules/$release
mv tree/boot/vmlinuz-$release tree/lib/modules/$release/vmlinuz
expect "the kernel beside its modules" 0 "kernel         /lib/modules/$release/vmlinuz" kdump query --root tree
expect "the kernel where --kernel says" 0 "kernel         /k" kdump query --root tree --kernel /k

# packings: the same archive in each.
make_tree
"$mk" -c tree/etc/crashbox.conf -o tree/boot/mine >/dev/null
gzip -dc tree/boot/mine | head -c -0 >plain.cpio
for packing in 'cat' 'gzip -1c' 'gzip -9c' 'lz4 -l -c' 'lz4 -l -9 -c'; do
	if ! command -v "${packing%% *}" >/dev/null; then
		skip "an image packed by $packing"
		continue
	fi
	$packing <plain.cpio >tree/boot/mine 2>/dev/null
	expect "an image packed by $packing" 0 "wait-device -t 30 UUID=$uuid" kdump query --root tree --image /boot/mine
done
for packing in xz zstd; do
	if ! command -v $packing >/dev/null; then
		skip "an image packed by $packing"
		continue
	fi
	$packing -c <plain.cpio >tree/boot/mine
	expect "an image packed by $packing" 1 "compressed with $packing, which is not read here" \
		kdump query --root tree --image /boot/mine
done
gzip -c <plain.cpio | head -c 20000 >tree/boot/mine
expect "a truncated image" 1 "damaged or truncated" kdump query --root tree --image /boot/mine

# --- check ------------------------------------------------------------------------------------------------------------
make_tree
mkdir -p tree/proc/sys/kernel
for name in panic_on_oops softlockup_panic hung_task_panic panic; do
	echo 1 >tree/proc/sys/kernel/$name
done
printf 'CONFIG_KEXEC_FILE=y\nCONFIG_MAGIC_SYSRQ=y\nCONFIG_CRASH_DUMP=y\nCONFIG_PROC_VMCORE=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_DEVTMPFS=y\n' \
	>tree/boot/config-$release
cp tree/boot/config-$release "tree/boot/config-$(uname -r)"
expect "check: all is well" 0 "check: a panic now is saved; 0 warnings" kdump check --root tree
said "target   ext4 UUID=$uuid: /dev/sda, mounted on /"
gzip -c <tree/boot/config-$release >tree/proc/config.gz
expect "check: /proc/config.gz" 0 "ok       CONFIG_KEXEC_FILE of $(uname -r)" kdump check --root tree
watchdog=tree/sys/class/watchdog/watchdog0
mkdir -p "$watchdog/device/driver" tree/sys/module/i6300esb
echo inactive >"$watchdog/state"
ln -s /sys/module/i6300esb "$watchdog/device/driver/module"
expect "check: a watchdog that does not run" 0 "; 0 warnings" kdump check --root tree
echo active >"$watchdog/state"
expect "check: a watchdog that nobody would feed" 0 "warning: watchdog0 (i6300esb): it is running" kdump check --root tree
said "add 'extra_modules i6300esb'"
cp tree/var/lib/crashbox/capture.img without.img
mkdir -p etc
printf 'insmod /lib/modules/i6300esb.ko\nreboot\n' >etc/capture.sh
add tree/var/lib/crashbox/capture.img etc/capture.sh
expect "check: a watchdog whose driver is in the image" 0 "; 0 warnings" kdump check --root tree
mv without.img tree/var/lib/crashbox/capture.img
rm -r tree/sys/class/watchdog
echo 0 >tree/proc/sys/kernel/panic_on_oops
echo 1 >tree/proc/sys/kernel/panic_on_warn
echo 176 >tree/proc/sys/kernel/sysrq
expect "check: settings" 0 "warning: kernel.panic_on_oops=0" kdump check --root tree
said "sysctl -w kernel.panic_on_oops=1"
said "warning: kernel.panic_on_warn=1"
said "warning: kernel.sysrq=176"
said "check: a panic now is saved; 3 warnings"
echo 8 >tree/proc/sys/kernel/sysrq
expect "check: sysrq with the bit for dumps" 0 "ok       kernel.sysrq=8" kdump check --root tree
echo 1 >tree/proc/sys/kernel/kexec_load_disabled
expect "check: no loads any more, but it is loaded" 0 "warning: kernel.kexec_load_disabled=1" kdump check --root tree
echo 0 >tree/sys/kernel/kexec_crash_loaded
expect "check: no loads any more" 1 "PROBLEM: kernel.kexec_load_disabled=1" kdump check --root tree
echo 1 >tree/sys/kernel/kexec_crash_loaded
grep -v PROC_VMCORE tree/boot/config-$release >config
cp config tree/boot/config-$release
expect "check: a capture kernel without /proc/vmcore" 1 "PROBLEM: CONFIG_PROC_VMCORE of $release" kdump check --root tree
echo CONFIG_PROC_VMCORE=y >>tree/boot/config-$release
echo >>tree/etc/crashbox.conf
expect "check: a changed configuration" 3 "conf     /etc/crashbox.conf (has changed)" kdump check --root tree
rm -r tree/sys/class/block/sda
expect "check: no target" 1 "target   ext4 UUID=$uuid: NOT FOUND" kdump check --root tree

# --- wrong use --------------------------------------------------------------------------------------------------------
expect "no verb" 2 "missing verb; expected one of: start" kdump
expect "an unknown verb" 2 "unknown verb 'arm'" kdump arm
expect "two verbs" 2 "unexpected argument 'stop'" kdump start stop
expect "an unknown option" 2 "" kdump status --verbose
expect "no such tree" 1 "none: No such file" kdump status --root none

# --- service files ----------------------------------------------------------------------------------------------------
services=$(dirname "$mk")/../services
# A crashbox that says what it was called with, and ends with the status in the file "status".
printf '#!/bin/sh\necho "called: $*"\nexit "$(cat "%s/status")"\n' "$work" >fake
chmod 755 fake
sed "s|^crashbox=.*|crashbox=$work/fake|" "$services/crashbox-kdump.init" >init
# lsb VERB STATUS WANTED CALLED: what the script makes of a status.
lsb() {
	echo "$2" >status
	expect "init script: $1 with status $2" "$3" "$4" sh init "$1"
}
if [ -e /proc/vmcore ]; then
	skip "init script (this is a capture environment)"
else
	lsb start 0 0 "called: kdump start"
	lsb start 1 1 "called: kdump start"
	lsb stop 0 0 "called: kdump stop"
	lsb reload 1 1 "called: kdump reload"
	lsb force-reload 0 0 "called: kdump restart"
	lsb status 0 0 "called: kdump status"
	lsb status 3 0 "called: kdump status"
	lsb status 1 3 "called: kdump status"
	lsb status 2 4 "called: kdump status"
	lsb try-restart 1 1 "called: kdump restart"
	lsb try-restart 0 0 ""
	lacks "called: kdump"
	lsb what 0 2 "usage: init start"
	rm fake
	lsb start 0 5 ""
fi
if command -v systemd-analyze >/dev/null; then
	sed "s|/usr/sbin/crashbox|$crashbox|" "$services/crashbox-kdump.service" >crashbox-kdump.service
	sed "s|/usr/lib/crashbox/savecore-at-boot|$crashbox|" "$services/crashbox-savecore.service" >crashbox-savecore.service
	for unit in crashbox-kdump crashbox-savecore; do
		expect "the systemd unit $unit" 0 "" systemd-analyze verify --man=no ./$unit.service
		lacks "crashbox"
	done
	# What comes after swapping, as a tmpfs does, must not have to come before.
	mkdir -p units/swap.d
	cp crashbox-savecore.service units/
	cp "$services/crashbox-swap.conf" units/swap.d/10-crashbox.conf
	mkdir units/sysinit.target.wants units/swap.target.wants units/local-fs.target.wants
	printf '[Swap]\nWhat=/dev/vda2\n' >units/dev-vda2.swap
	printf '[Mount]\nWhat=tmpfs\nWhere=/var\nType=tmpfs\n' >units/var.mount
	ln -s ../crashbox-savecore.service units/sysinit.target.wants/
	ln -s ../dev-vda2.swap units/swap.target.wants/
	ln -s ../var.mount units/local-fs.target.wants/
	SYSTEMD_UNIT_PATH=$PWD/units: expect "the order of the systemd units" 0 "" systemd-analyze verify --man=no multi-user.target
	lacks "cycle"
else
	skip "the systemd units (no systemd-analyze)"
fi

# --- saving at boot ---------------------------------------------------------------------------------------------------
mkdir -p programs
# What it calls writes down that it was called, and looks for its status in a file of its name: kdump-save, swapoff.
cat >programs/crashbox <<'END'
#!/bin/sh
echo "called: $*"
case $1 in
timeout)
	# With LIMITS the real one counts, so that what hangs ends.
	[ -z "${LIMITS:-}" ] || exec "$CRASHBOX" "$@"
	case $2 in *[!0-9mh]*) exit 125 ;; esac
	shift 2
	exec "$@"
	;;
kdump)
	name=kdump-$2
	[ "$2" != query ] || cat plan
	;;
*) name=$1 ;;
esac
# What hangs, and leaves a process that holds its output.
if [ "$name" = "${HANGS:-}" ]; then
	setsid /bin/sleep 100 &
	echo $! >holder
	exec /bin/sleep 300
fi
exit "$(cat "status-$name" 2>/dev/null || echo 0)"
END
printf '#!/bin/sh\nexec crashbox "${0##*/}" "$@"\n' >programs/swapon
# As the kernel's, the list gets shorter under who reads it.
printf '#!/bin/sh\nleft=$(grep -v "^$1 " swaps)\necho "$left" >swaps\nexec crashbox swapoff "$@"\n' >programs/swapoff
printf '#!/bin/sh\necho "called: sleep"\ncp fstab mounts\n' >programs/sleep
chmod 755 programs/*
sed -e "s|^crashbox=.*|crashbox=crashbox|" -e 's|^conf=.*|conf=own.conf|' -e 's|^fstab=.*|fstab=fstab|' -e 's|^mounts=.*|mounts=mounts|' \
	-e 's|^swaps=.*|swaps=swaps|' -e 's|mount_limit=90|mount_limit=3|' -e 's|^answer=.*|answer=answer|' "$services/crashbox-savecore.sh" >savecore-at-boot
at_boot() {
	PATH=$work/programs:$PATH sh savecore-at-boot
}
# boot STATUS-OF-CHECK STATUS-OF-SAVE: a plan with a raw device, nothing swapped onto, all mounted.
boot() {
	printf '# /etc/crashbox.conf\next4 UUID=1\nraw PARTLABEL=swap one\npath /var/crash\n\n# /etc/capture.sh\nraw none\n' >plan
	printf 'UUID=1 / ext4 defaults 0 1\n# no mount\nPARTLABEL=swap none swap sw\n' >fstab
	cp fstab mounts
	printf 'Filename Type\n' >swaps
	rm -f status-*
	echo "$1" >status-savecore
	echo "$2" >status-kdump-save
}
boot 1 0
expect "at boot: there is no dump" 0 "called: kdump save" at_boot
said "called: wait-device -t 30 PARTLABEL=swap one"
lacks "called: swapoff"
boot 0 0
expect "at boot: a dump is saved" 0 "called: timeout 600 crashbox kdump save" at_boot
lacks "later"
CRASHBOX_SAVE_LIMIT=20m expect "at boot: the limit" 0 "called: timeout 20m crashbox kdump save" at_boot
boot 0 3
expect "at boot: one that is not whole" 0 "" at_boot
boot 0 1
expect "at boot: it fails" 1 "to save it later: swapoff the device, 'crashbox kdump save', 'swapon -a'" at_boot
boot 0 124
expect "at boot: it takes too long" 1 "not done in 600 (CRASHBOX_SAVE_LIMIT)" at_boot
said "stays on its device until swapping writes over it"
boot 0 0
printf '/dev/zram0 partition 1\n/swap file 1\n/dev/sda2 partition 1\n/dev/sdb2 partition 1\n' >>swaps
expect "at boot: it is swapped onto already" 0 "called: swapoff /dev/sda2" at_boot
said "called: swapoff /dev/sdb2"
lacks "called: swapoff /swap"
lacks "called: swapoff /dev/zram0"
cp output first
expect "at boot: and again afterwards" 0 "called: swapon -a" sed -n '/kdump save/,$p' first
echo 1 >status-kdump-save
echo '/dev/sda2 partition 1' >>swaps
expect "at boot: swapping goes on also where it fails" 1 "called: swapon -a" at_boot
echo '/dev/sda2 partition 1' >>swaps
echo 255 >status-swapoff
expect "at boot: it cannot be turned off" 1 "called: kdump save" at_boot
lacks "called: swapon"
boot 0 0
echo 'UUID=2 /var/crash ext4 defaults' >>fstab
expect "at boot: the directory's file system comes later" 0 "called: sleep" at_boot
said "called: kdump save"
for line in '#UUID=2 /var ext4 defaults 0 2' '# /var was on /dev/sda3 during installation'; do
	boot 0 0
	echo "$line" >>fstab
	expect "at boot: a comment is no mount: $line" 0 "called: kdump save" at_boot
	lacks "called: sleep"
done
boot 0 0
echo 'UUID=2 /var/ ext4 defaults' >>fstab
echo 'UUID=2 /var ext4 rw' >>mounts
expect "at boot: a mount point with a trailing slash" 0 "called: kdump save" at_boot
lacks "called: sleep"
# The image comes with its file system: the second question has an answer.
cp programs/crashbox crashbox.plain
cat >programs/crashbox <<'END'
#!/bin/sh
case $1-$2 in kdump-query) grep -q ' /var ' mounts || exit 1 ;; esac
exec sh ./crashbox.plain "$@"
END
boot 0 0
echo 'UUID=2 /var ext4 defaults' >>fstab
expect "at boot: the image's file system comes later" 0 "called: sleep" at_boot
said "called: kdump save"
boot 0 0
echo 'tmpfs /var tmpfs defaults' >>fstab
expect "at boot: a tmpfs for the image is not waited for" 0 "no raw device is known" at_boot
lacks "called: sleep"
boot 0 0
printf 'image /mnt/images/capture.img\n' >own.conf
printf 'UUID=2 /mnt/images ext4 defaults\nUUID=3 /var ext4 defaults\n' >>fstab
expect "at boot: an image in another place" 0 "called: sleep" at_boot
said "called: kdump save"
rm own.conf
cp crashbox.plain programs/crashbox
boot 0 0
echo 'UUID=2 /var ext4 defaults' >>fstab
printf '#!/bin/sh\n:\n' >programs/sleep
expect "at boot: the directory's file system does not come" 1 "/var/crash: /var is not mounted after 3 s" at_boot
lacks "called: kdump save"
echo 1 >status-savecore
expect "at boot: it is not waited for without a dump" 0 "called: kdump save" at_boot
for line in 'server:/dumps /var/crash nfs4 defaults' 'UUID=3 /var/crash ext4 rw,_netdev'; do
	boot 0 0
	echo "$line" >>fstab
	expect "at boot: a directory on the network: $line" 1 "on the network, which comes only after swapping" at_boot
done
boot 0 0
echo 'server:/dumps /var/crash nfs4 noauto' >>fstab
expect "at boot: what is not mounted at boot is not waited for" 0 "called: kdump save" at_boot
boot 0 0
sed -i '/^raw/d' plan
expect "at boot: no raw device" 0 "" at_boot
lacks "called"
echo 1 >status-kdump-query
expect "at boot: no image" 0 "no raw device is known: called: timeout 60 crashbox kdump query" at_boot
said "called: kdump query"

# Nothing that hangs keeps the machine from booting: each wait has a deadline of its own, here of 1 s. What hangs leaves a
# process that holds the outputs, as one that is stuck in the kernel does: that is not waited for, either.
sed -e 's|device_limit=30|device_limit=1|' -e 's|answer_limit=60|answer_limit=1|' -e 's|swap_limit=120|swap_limit=1|' \
	savecore-at-boot >short-at-boot
check "at boot: the limits are found" sh -c '! cmp -s savecore-at-boot short-at-boot'
# hanging WHAT STATUS TEXT: boots with something that hangs. Its outputs are files, whose end nobody waits for.
hanging() {
	HANGS=$1 LIMITS=1 CRASHBOX=$crashbox CRASHBOX_SAVE_LIMIT=1 PATH=$work/programs:$PATH \
		expect "at boot: $1 hangs" "$2" "$3" sh short-at-boot
	cp output answered
	check "... and what holds its output is not waited for" kill "$(cat holder)"
	rm -f holder
	mv answered output
}
boot 0 0
hanging kdump-query 1 "crashbox-savecore: kdump query: not done after 1 s; the boot goes on without it"
lacks "called: kdump save"
check "at boot: no answer is left" test ! -e answer
boot 0 0
hanging wait-device 0 "crashbox-savecore: looking for PARTLABEL=swap one: not done after 2 s; the boot goes on without it"
said "called: kdump save"
boot 0 0
hanging savecore 0 "crashbox-savecore: looking for a dump on PARTLABEL=swap one: not done after 1 s; the boot goes on without it"
said "called: kdump save"
boot 0 0
hanging kdump-save 1 "crashbox-savecore: not done in 1 (CRASHBOX_SAVE_LIMIT)"
boot 0 0
echo '/dev/sda2 partition 1' >>swaps
hanging swapoff 0 "crashbox-savecore: swapoff /dev/sda2: not done after 1 s; the boot goes on without it"
said "called: kdump save"
said "called: swapon -a"
boot 0 0
echo '/dev/sda2 partition 1' >>swaps
hanging swapon 0 "crashbox-savecore: swapon -a: not done after 1 s; the boot goes on without it"
# The second question, after the image's file system came.
cp programs/crashbox crashbox.plain
cat >programs/crashbox <<'END'
#!/bin/sh
case $1-$2 in kdump-query) grep -q ' /var ' mounts || exit 1 ;; esac
exec sh ./crashbox.plain "$@"
END
printf '#!/bin/sh\ncp fstab mounts\n' >programs/sleep
boot 0 0
echo 'UUID=2 /var ext4 defaults' >>fstab
hanging kdump-query 1 "crashbox-savecore: kdump query: not done after 1 s; the boot goes on without it"
cp crashbox.plain programs/crashbox
# Every command of crashbox's and of others' that the script runs is in a line with its limit.
finds_nothing "at boot: nothing is called without a deadline" \
	"$(grep -nE '^[^#]*("\$crashbox"|swapon|swapoff)' "$services/crashbox-savecore.sh" |
		grep -vE 'within .* "[^"]*" |"\$crashbox" timeout |^[0-9]+:[[:space:]]*(say |"to save )')"
boot 0 0
CRASHBOX_SAVE_LIMIT=10min expect "at boot: a limit that is none" 0 "CRASHBOX_SAVE_LIMIT=10min is not a time such as 600" at_boot
said "called: timeout 600 crashbox kdump save"

# --- a rehearsal ------------------------------------------------------------------------------------------------------
rehearse() {
	kdump rehearse --image "$PWD/live.img" --conf "$PWD/live.conf" "$@"
}

# live SCRIPT-LINE...: an image with that script.
live() {
	printf '%s\n' "$@" >etc/capture.sh
	"$mk" -c live.conf -o live.img >/dev/null
	info etc/crashbox.info live.conf tree/boot/vmlinuz-$release
	add live.img etc/capture.sh etc/crashbox.info
}

rehearsals() {
	printf 'ext4 UUID=%s\npath /var/crash\n' $uuid >live.conf
	"$mk" -c live.conf -o live.img >/dev/null
	expect "rehearse: the script as mkcaptureinitrd writes it" 0 "rehearsal: a crash would be saved by line 4" rehearse
	said "wait-device, mount, dump-save (instead: 1 MiB written and read back in "
	said "umount, reboot (not done)"
	expect "rehearse: nothing stays mounted" 1 "" grep -q "$loop" /proc/mounts
	expect "rehearse: nothing stays in /run" 1 "" test -e /run/crashbox/target
	debugfs -R "ls -p /var/crash" "$loop" >listed 2>/dev/null
	check "rehearse: its directory stays on the target" grep -q '/\./' listed
	check "rehearse: ... and nothing else of it" sh -c '! grep rehearsal listed'
	live 'wait-device -t 1 UUID=none && mount UUID=none /target && dump-save /proc/vmcore /target/ && reboot' \
		"mount -t ext4 UUID=$uuid /target && dump-save -d 31 /proc/vmcore /target/x/ && umount /target && reboot"
	expect "rehearse: the first target is not there" 3 "line 1: FAILED" rehearse
	said "UUID=none: no block device has this name"
	said "rehearsal: a crash would be saved by line 2; but 1 line failed"
	live "mount -t ext4 UUID=$uuid /target && timeout 5 wait-device -t 1 UUID=none && dump-save /proc/vmcore /target/"
	expect "rehearse: no target" 1 "rehearsal: A CRASH WOULD NOT BE SAVED" rehearse
	expect "rehearse: what a failed line has mounted goes" 1 "" grep -q "$loop" /proc/mounts
	live 'where=/target/var' 'insmod /lib/modules/none.ko' '/bin/hook pre' \
		"timeout -k 3 60 mount -t ext4 UUID=$uuid /target && timeout -s KILL 5 dump-save -d 31 /proc/vmcore \$where/ && reboot" \
		"dump-save /proc/vmcore /target/" 'if true'
	expect "rehearse: variables, timeouts, hooks and modules" 3 "line 4: ok" rehearse
	said "line 2: FAILED"
	said "insmod none: /lib/modules/none.ko is not in the image"
	said "/bin/hook: not in the image"
	said "line 5: FAILED"
	said "nothing is mounted on "
	said "line 6: "
	mkdir -p lib/modules bin
	printf '\177ELFxx\0vermagic=%s SMP mod_unload \0' $release >lib/modules/no-such.ko
	printf '\177ELFxx\0vermagic=5.0 SMP mod_unload \0' >lib/modules/other.ko
	echo x >bin/hook
	# As mkcaptureinitrd puts a large one into the image; as another tool does; and what cannot be loaded.
	gzip -nc lib/modules/no-such.ko >lib/modules/large.ko.gz
	gzip -nc lib/modules/other.ko >lib/modules/old.ko.gz
	gzip -nc lib/modules/no-such.ko | head -c 30 >lib/modules/cut.ko.gz
	xz -c lib/modules/no-such.ko >lib/modules/foreign.ko.xz
	for name in large.ko.gz old.ko.gz cut.ko.gz foreign.ko.xz; do
		live "insmod /lib/modules/$name" "mount -t ext4 UUID=$uuid /target && dump-save /proc/vmcore /target/ && reboot"
		add live.img lib lib/modules lib/modules/$name
		case $name in
		large*) expect "rehearse: a compressed module" 0 "insmod large (in the image; not loaded here)" rehearse ;;
		old*) expect "rehearse: one of another kernel" 3 "insmod old: made for kernel 5.0, but the image is for $release" rehearse ;;
		cut*) expect "rehearse: a truncated one" 3 "insmod cut: gzip: damaged or truncated" rehearse ;;
		*) expect "rehearse: one that insmod cannot read" 3 "insmod foreign: compressed with xz, which insmod cannot read" rehearse ;;
		esac
	done
	live 'insmod /lib/modules/no-such.ko' 'insmod /lib/modules/other.ko a=1' '/bin/hook pre' 'hook post' reboot
	add live.img lib lib/modules lib/modules/no-such.ko lib/modules/other.ko bin bin/hook
	expect "rehearse: modules of the image" 1 "insmod no_such (in the image; not loaded here)" rehearse
	said "insmod other: made for kernel 5.0, but the image is for $release"
	said "/bin/hook (in the image; not run)"
	said "line 4: ok"
	live "mount -t ext4 -o ro UUID=$uuid /target && dump-save /proc/vmcore /target/ && reboot"
	expect "rehearse: a target that cannot be written" 1 "Read-only file system" rehearse
	# Links on the target: one to a directory on it, and one that leads out of it, onto the running system.
	live "mount -t ext4 UUID=$uuid /target && dump-save --root /target /proc/vmcore /target/link/crash/ && reboot"
	mkdir -p outside
	for to in /var ../../../var; do
		debugfs -w -R "symlink /link $to" "$loop" >output 2>&1
		expect "rehearse: a link to $to leads to the target's own" 0 "1 MiB written" rehearse
		debugfs -w -R "rm /link" "$loop" >output 2>&1
	done
	debugfs -w -R "symlink /link $PWD/outside" "$loop" >output 2>&1
	expect "rehearse: a link that leads out of the target is refused" 1 "Links are followed inside " rehearse
	debugfs -w -R "rm /link" "$loop" >output 2>&1
	expect "rehearse: nothing was made on the running system" 1 "" test -e outside/crash
	# The result of a capture, on a file system that is not mounted, and then on one that is.
	printf 'status saved\ntime 1700000000\ndirectory box-1\n' >last
	debugfs -w -R "write last /var/crash/last-capture" "$loop" >output 2>&1
	"$mk" -c live.conf -o live.img >/dev/null
	cp live.conf etc/crashbox.conf
	add live.img etc etc/crashbox.conf
	expect "status: reads a target that is not mounted" 1 "last capture: saved, 2023-11-14 22:13:20 UTC" \
		kdump status --image "$PWD/live.img" --conf "$PWD/live.conf"
	expect "status: nothing stays mounted" 1 "" grep -q "$loop" /proc/mounts
	mkdir -p dir
	mount "$loop" dir
	expect "status: reads a target that is mounted" 1 "in /var/crash/box-1" \
		kdump status --image "$PWD/live.img" --conf "$PWD/live.conf"
	expect "check: says where" 1 "$loop, mounted on $PWD/dir" \
		kdump check --image "$PWD/live.img" --conf "$PWD/live.conf"
	umount dir
}

make_disk
if ! loop=$(losetup -f --show disk 2>/dev/null); then
	loop=''
	skip "rehearsals (no loop device)"
elif ! grep -qE '[[:space:]]ext4$' /proc/filesystems || ! unshare -m true 2>/dev/null; then
	skip "rehearsals (no ext4, or mounting is not allowed here)"
else
	rehearsals
fi

close_test

#!/bin/sh
# The applets of the capture environment as a user calls them, on this machine: timeout, mount and umount, wait-device,
# insmod, kexec, and the ends that must not be one here. Needs build/crashbox. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
crashbox=$PWD/build/crashbox
loop=''
clean_up() {
	umount "$work/dir" 2>/dev/null
	[ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit 1
mkdir dir

# within SECONDS COMMAND...: its status, or 99 where it took longer.
within() {
	seconds=$1 start=$(date +%s)
	shift
	"$@"
	got=$?
	[ $(($(date +%s) - start)) -le "$seconds" ] && return "$got"
	echo "took more than $seconds s"
	return 99
}

# --- timeout ----------------------------------------------------------------------------------------------------------
timeout_() {
	"$crashbox" timeout "$@"
}
expect "timeout: the command's status" 7 "" timeout_ 10 sh -c 'exit 7'
expect "timeout: the command's arguments" 0 "-s x" timeout_ 10 echo -s x
expect "timeout: -- before the command" 0 "x" timeout_ -- 10 echo x
expect "timeout: time is up" 124 "sleep: timed out after 1 s: sending SIGTERM" within 4 timeout_ 1 sleep 20
expect "timeout: a fraction" 124 "" within 3 timeout_ 0.2s sleep 20
expect "timeout: 0 is no limit" 3 "" timeout_ 0 sh -c 'sleep 1; exit 3'
expect "timeout: another signal" 124 "SIGUSR1" timeout_ -s USR1 0.2 sleep 20
expect "timeout: SIGKILL at once" 137 "SIGKILL" within 3 timeout_ -s KILL 0.2 sleep 20
expect "timeout: SIGTERM ignored" 137 "" \
	within 5 timeout_ -k 1 0.2 sh -c 'trap "" TERM; sleep 3 & wait; sleep 3; sleep 20'
expect "timeout: a signal ends the command" 143 "" timeout_ 10 sh -c 'kill -TERM $$'
expect "timeout: no such command" 127 "/nonexistent/x: No such file" timeout_ 10 /nonexistent/x
expect "timeout: cannot be run" 126 "Permission denied" timeout_ 10 "$work/dir"
expect "timeout -i: what the status was, and 0" 0 "timeout: sh: status 7 ignored" \
	timeout_ -i 10 sh -c 'exit 7'
expect "timeout -i: time is up" 0 "status 124" within 4 timeout_ -i 0.2 sleep 20
expect "timeout -i: no such command" 0 "status 127" timeout_ -i 10 /nonexistent/x
expect "timeout -i: wrong usage counts" 125 "missing COMMAND" timeout_ -i 10
expect "timeout: an applet, without a file for it" 0 "usage: wait-device" env PATH=/none \
	"$crashbox" timeout 10 wait-device --help
expect "timeout: an applet's status" 1 "no block device" timeout_ 10 wait-device -t 0 UUID=none
timeout_ 0.3 sh -c 'sleep 77.7 & echo $! >started; wait' >output 2>&1
sleep 0.3
check "timeout: what the command starts" grep -qxE '[0-9]+' started
# A dead one may wait for its status to be read.
expect "timeout: ... ends too" 0 "gone" sh -c \
	'case $(sed "s/.*) //" "/proc/$(cat started)/stat" 2>/dev/null) in "" | Z*) echo gone ;; *) echo there ;; esac'
expect "timeout: hands on a signal" 0 "got it" sh -c \
	'"$0" timeout 10 sh -c "trap \"echo got it; exit 0\" TERM; sleep 5 & wait" & p=$!; sleep 0.5; kill $p; wait $p' "$crashbox"
expect "timeout: no time" 125 "'x' is not a duration" timeout_ x true
expect "timeout: no command" 125 "missing COMMAND" timeout_ 10
expect "timeout: not a signal" 125 "'NONE' is not a signal" timeout_ -s NONE 10 true

# --- servers ----------------------------------------------------------------------------------------------------------
expect "mount: no source of NFS" 1 "server: nfs needs a source like HOST:/PATH" "$crashbox" mount -t nfs server dir
expect "mount: no source of CIFS" 1 "//server: cifs needs a source like //HOST/SHARE" "$crashbox" mount -t cifs //server dir
expect "mount: credentials that cannot be read" 1 "credentials: none: No such file" "$crashbox" mount -t cifs -o credentials=none //192.0.2.1/x dir

# --- wait-device, insmod ----------------------------------------------------------------------------------------------
expect "wait-device: not there" 1 "wait-device: not found after 1 s: UUID=none" within 3 \
	"$crashbox" wait-device -t 1 UUID=none
expect "wait-device: no path" 1 "/dev/nonexistent: no such device" \
	"$crashbox" wait-device -t 0 /dev/nonexistent
expect "wait-device: not a block device" 1 "/dev/null: not a block device" within 2 \
	"$crashbox" wait-device -t 9 /dev/null
expect "wait-device: no operand" 2 "missing DEVICE" "$crashbox" wait-device
expect "wait-device: no time" 2 "'soon' is not a duration" "$crashbox" wait-device -t soon /dev/x

printf 'hello' >text.ko
printf 'hello' | gzip >packed.ko.gz
printf 'hello' | xz >packed.ko.xz
head -c 100000 "$crashbox" | gzip >cut.ko.gz
head -c 20000 cut.ko.gz >cut2.ko.gz
expect "insmod: no file" 1 "none.ko: No such file" "$crashbox" insmod none.ko
expect "insmod: a text" 1 "not a kernel module" "$crashbox" insmod text.ko a=1
expect "insmod: a text compressed with gzip" 1 "packed.ko.gz: not a kernel module" "$crashbox" insmod packed.ko.gz
expect "insmod: damaged gzip data" 1 "cut2.ko.gz: " "$crashbox" insmod cut2.ko.gz
expect "insmod: another compression" 1 "compressed with xz" "$crashbox" insmod packed.ko.xz
expect "insmod: what to do about it" 1 "mkcaptureinitrd decompresses" "$crashbox" insmod packed.ko.xz
expect "insmod: no operand" 2 "missing FILE" "$crashbox" insmod
cp "$crashbox" elf.ko
if [ "$(id -u)" -eq 0 ] && [ "$(cat /proc/sys/kernel/modules_disabled 2>/dev/null)" = 0 ]; then
	expect "insmod: a program" 1 "elf.ko: not a module for this kernel" "$crashbox" insmod elf.ko
	gzip -9 elf.ko
	expect "insmod: a compressed program" 1 "elf.ko.gz: not a module for this kernel" "$crashbox" insmod elf.ko.gz
else
	skip "insmod: a program (modules cannot be loaded here)"
fi

# --- kexec ------------------------------------------------------------------------------------------------------------
: >empty
printf 'hello, this is no kernel\n' >text
gzip <text >image.gz
# A bzImage's header and nothing else: boot protocol 2.15, 64-bit entry, init_size 51 MiB.
{
	head -c 510 /dev/zero
	printf '\125\252\353\146HdrS\017\002'
	head -c 46 /dev/zero
	printf '\077\000\377\007\000\000'
	head -c 36 /dev/zero
	printf '\000\000\060\003'
	head -c 4096 /dev/zero
} >bzImage
expect "kexec: nothing to do" 2 "missing action" "$crashbox" kexec
expect "kexec: no kernel" 2 "missing KERNEL" "$crashbox" kexec -p
expect "kexec: kexec_load" 2 "is not supported yet" "$crashbox" kexec -p -c bzImage
expect "kexec: no such file" 1 "none: No such file" "$crashbox" kexec -p none
expect "kexec: an empty file" 1 "empty: empty" "$crashbox" kexec -p empty
expect "kexec: a directory" 1 "dir: not a regular file" "$crashbox" kexec -p dir
expect "kexec: a text" 1 "text: not a kernel" "$crashbox" kexec -p text
expect "kexec: a compressed image" 1 "decompress it first: gzip -dc image.gz" "$crashbox" kexec -p image.gz
expect "kexec: an ELF file" 1 "use the bzImage" "$crashbox" kexec -l elf.ko
expect "kexec: no initrd" 1 "noinitrd: No such file" "$crashbox" kexec -p bzImage --initrd=noinitrd
expect "kexec: an empty initrd" 1 "empty: empty" "$crashbox" kexec -p bzImage --ramdisk empty
expect "kexec: a command line that is too long" 1 "command line" "$crashbox" kexec -p bzImage \
	--append="$(head -c 5000 /dev/zero | tr '\0' x)"
# The header above is no kernel, so the load fails, on every machine in its own way; what it is is said before that.
if [ "$(cat /sys/kernel/kexec_crash_loaded 2>/dev/null)" = 1 ]; then
	skip "kexec: a load that fails (this machine has a capture kernel, which would be lost)"
else
	expect "kexec: a load that fails" 1 "kexec: loading bzImage: " "$crashbox" kexec -p bzImage --append=a=1
	expect "kexec: -d" 1 "needs 52224 KiB to start" "$crashbox" kexec -d -p bzImage --append=a=1
	expect "kexec: --append" 1 "command line: a=1 b" "$crashbox" kexec -d -p bzImage --command-line "a=1 b"
	# The words that stay whatever the kernel is loaded for.
	word=$(tr ' ' '\n' </proc/cmdline | grep -E '^(console|ro|rw|quiet|earlycon|loglevel|root)(=[^"]*)?$' | head -n 1)
	if [ -n "$word" ]; then
		expect "kexec: --reuse-cmdline keeps $word" 1 "$word" "$crashbox" kexec -d -p bzImage --reuse-cmdline --append=z
	else
		skip "kexec: --reuse-cmdline (this kernel's command line has no word that would stay)"
	fi
fi
if [ -e /sys/kernel/kexec_crash_loaded ]; then
	expect "kexec: -S" "$(cat /sys/kernel/kexec_crash_loaded)" "capture kernel: " "$crashbox" kexec -S
	expect "kexec: -l -S" "$(cat /sys/kernel/kexec_loaded)" "loaded" "$crashbox" kexec -l -S
	[ "$(cat /sys/kernel/kexec_loaded)" = 1 ] ||
		expect "kexec: -e without a kernel" 1 "no kernel is loaded" "$crashbox" kexec -e
else
	expect "kexec: -S where the kernel cannot tell" 2 "kexec_crash_loaded" "$crashbox" kexec -S
	expect "kexec: -e where the kernel cannot tell" 1 "kexec_loaded" "$crashbox" kexec -e
fi

# --- what must not happen here ----------------------------------------------------------------------------------------
expect "init: not as PID 1" 1 "this is not PID 1" "$crashbox" init
if [ -e /proc/vmcore ]; then
	skip "reboot, poweroff, halt (this is a capture environment)"
else
	for name in reboot poweroff halt; do
		expect "$name: not on a machine at work" 1 "refused: this is no capture environment" "$crashbox" $name
		expect "$name: an operand" 2 "unexpected argument 'now'" "$crashbox" $name now
	done
fi

# --- mount and umount -------------------------------------------------------------------------------------------------
expect "mount: prints what is mounted" 0 " /proc proc " "$crashbox" mount
expect "mount: one operand" 2 "missing DIR" "$crashbox" mount /dev/x
expect "mount: three operands" 2 "unexpected argument 'c'" "$crashbox" mount a b c
expect "mount: no such device" 1 "/dev/nonexistent: no such device" "$crashbox" mount /dev/nonexistent dir
expect "mount: no such UUID" 1 "UUID=none: no block device has this name" "$crashbox" mount UUID=none dir
expect "umount: no operand" 2 "missing TARGET" "$crashbox" umount

mount_tests() {
	expect "mount: a type that the kernel does not know" 1 "this kernel does not know file system type nosuchfs" \
		"$crashbox" mount -t nosuchfs none dir
	expect "mount: no such directory" 1 "the directory none/dir does not exist: make it" \
		"$crashbox" mount -t tmpfs none none/dir
	expect "mount: tmpfs with options" 0 "" "$crashbox" mount -t tmpfs -o nosuid,noatime,size=64k -r tmpfs dir
	expect "mount: the options came through" 0 "" grep -q " $work/dir tmpfs ro,nosuid,noatime,size=64k" /proc/mounts
	expect "mount: remount" 0 "" "$crashbox" mount -o remount,rw dir
	expect "mount: is writable now" 0 "" touch dir/x
	expect "umount" 0 "" "$crashbox" umount dir
	expect "umount: nothing there" 1 "dir: nothing is mounted there" "$crashbox" umount dir
	expect "mount: the type by its name" 0 "" "$crashbox" mount tmpfs "$work/dir"
	expect "umount: two, one of them not there" 1 "none: No such file" "$crashbox" umount none dir
	expect "umount: the other is unmounted" 1 "" grep -q " $work/dir " /proc/mounts
	mkdir other
	expect "mount: bind, read-only" 0 "" "$crashbox" mount -o bind,ro other dir
	expect "mount: bind is read-only" 1 "Read-only" touch dir/x
	(cd dir && exec sleep 9) &
	sleep 0.3
	expect "umount: busy" 1 "-l detaches it" "$crashbox" umount dir
	expect "umount -l" 0 "" "$crashbox" umount -l dir
	kill $!
	wait $! 2>/dev/null
	expect "mount: a text file" 1 "text: not a block device" "$crashbox" mount text dir
}

# device_tests TYPE UUID LABEL: on $loop, which holds such a file system.
device_tests() {
	expect "$1: is named in wait-device's list" 1 "$loop 320 MiB $1 UUID=$2 LABEL=$3" \
		"$crashbox" wait-device -t 0 LABEL=none
	for spec in "$loop" "UUID=$2" "UUID=$(echo "$2" | tr a-f A-F)" "LABEL=$3"; do
		expect "$1: wait-device $spec" 0 "" "$crashbox" wait-device -t 2 "$spec"
	done
	if ! grep -qE "[[:space:]]$type\$" /proc/filesystems; then
		expect "$1: a type that the kernel lacks" 1 "this kernel does not know file system type $1: load its module" \
			"$crashbox" mount "$loop" dir
		skip "$1: mounting (this kernel does not have it)"
		return
	fi
	for spec in "$loop" "UUID=$2" "LABEL=$3"; do
		expect "$1: mount $spec" 0 "" "$crashbox" mount "$spec" dir
		expect "$1: the type was found" 0 "" grep -q "^$loop $work/dir $1 rw" /proc/mounts
		expect "$1: umount" 0 "" "$crashbox" umount "$loop"
	done
	expect "$1: mounted as something else" 1 "" "$crashbox" mount -t iso9660 "$loop" dir
}

attach() {
	loop=$(losetup "$@" -f --show image 2>output) && return
	loop=''
	skip "$type: no loop device ($(cat output))"
	return 1
}

detach() {
	losetup -d "$loop"
	loop=''
}

# with_image TYPE UUID LABEL COMMAND...: makes a file system in a file, and tries it through a loop device.
with_image() {
	type=$1 uuid=$2 label=$3
	shift 3
	if ! command -v "$1" >/dev/null; then
		skip "$type: $1 is not installed"
		return
	fi
	rm -f image
	truncate -s 320M image
	"$@" image >output 2>&1 || verdict "$*" no
	attach || return
	device_tests "$type" "$uuid" "$label"
	detach
}

# with_table TYPE PARTUUID SCRIPT: a partition table with a second partition of that PARTUUID.
with_table() {
	type=$1
	if ! command -v sfdisk >/dev/null; then
		skip "$1: sfdisk is not installed"
		return
	fi
	rm -f image
	truncate -s 64M image
	printf '%b' "$3" | sfdisk -q image >output 2>&1 || verdict "sfdisk $1" no
	attach -P || return
	if [ ! -e "/sys/class/block/$(basename "$loop")p2" ]; then
		skip "$1: this kernel finds no partitions on a loop device"
		detach
		return
	fi
	expect "$1: PARTUUID" 0 "" "$crashbox" wait-device -t 2 "PARTUUID=$2"
	expect "$1: PARTUUID in the list" 1 "PARTUUID=$2" "$crashbox" wait-device -t 0 LABEL=none
	[ "$1" != gpt ] || expect "$1: PARTLABEL" 0 "" "$crashbox" wait-device -t 2 "PARTLABEL=dümp 2"
	detach
}

if [ "$(id -u)" -ne 0 ]; then
	skip "mount and umount (not root)"
elif ! unshare -m true 2>/dev/null; then
	skip "mount and umount (mounting is not allowed here)"
else
	mount_tests
	id=2f1c0001-0203-4405-8607-08090a0b0cff
	with_image ext4 $id dump-e mkfs.ext4 -q -F -U $id -L dump-e
	with_image ext3 $id dump-3 mkfs.ext3 -q -F -U $id -L dump-3
	with_image xfs $id dump-x mkfs.xfs -q -f -m uuid=$id -L dump-x
	with_image vfat 1234-ABCD DUMP-V mkfs.vfat -i 1234ABCD -n DUMP-V
	with_image btrfs $id dump-b mkfs.btrfs -q -f -U $id -L dump-b
	with_image f2fs $id dump-f mkfs.f2fs -q -U $id -l dump-f
	with_table gpt $id "label: gpt\nsize=8M, name=one\nname=\"dümp 2\", uuid=$id\n"
	with_table mbr deadbeef-02 'label: dos\nlabel-id: 0xdeadbeef\nsize=8M\n\n'
fi

close_test

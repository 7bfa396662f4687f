#!/bin/sh
# mkcaptureinitrd as a user calls it: what is in an image, what a script says and does, and each message. Needs
# build/mkcaptureinitrd and build/crashbox. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
root=$PWD
mk=$PWD/build/mkcaptureinitrd
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1

has() {
	command -v "$1" >/dev/null
}

# conf LINE...: writes the file "conf".
conf() {
	printf '%s\n' "$@" >conf
}

# refused TEXT LINE...: a configuration of these lines is refused, and no image is left.
refused() {
	text=$1
	shift
	conf "$@"
	expect "refused: $*" 1 "$text" "$mk" -c conf -o refused.img
	check "refused: $*: no image" test ! -e refused.img
}

# --- a kernel and its modules, as far as the tool looks at them -------------------------------------------------------
# bytes OFFSET TEXT: puts a text (printf's escapes are understood) into the file "bzImage".
bytes() {
	# shellcheck disable=SC2059
	printf "$2" | dd of=bzImage bs=1 seek="$1" conv=notrunc 2>/dev/null
}

head -c 4096 /dev/zero >bzImage
bytes 510 '\125\252'
bytes 514 'HdrS\017\002'
bytes 526 '\000\003'
bytes 566 '\001\000'
bytes 1280 '6.1.0-test (builder@host) #1'

module() {
	mkdir -p "modules/$(dirname "$1")"
	printf '\177ELFmodule %s vermagic=6.1.0-test SMP' "$1" >"modules/$1"
}
for file in drivers/virtio/virtio.ko drivers/virtio/virtio_ring.ko drivers/virtio/virtio_pci.ko \
	drivers/block/virtio_blk.ko fs/xfs/xfs.ko lib/libcrc32c.ko fs/fat/fat.ko fs/fat/vfat.ko; do
	module "kernel/$file"
done
cat >modules/modules.dep <<'END'
kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/fs/xfs/xfs.ko: kernel/lib/libcrc32c.ko
kernel/lib/libcrc32c.ko:
kernel/fs/fat/fat.ko:
kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko
END
printf 'kernel/fs/ext4/ext4.ko\nkernel/drivers/nvme/host/nvme.ko\n' >modules/modules.builtin

# --- the image --------------------------------------------------------------------------------------------------------
cp "$root/config/examples/modules.conf" .
expect "an image with modules" 0 "libcrc32c.ko xfs.ko virtio_ring.ko virtio.ko virtio_pci.ko virtio_blk.ko" \
	"$mk" -c modules.conf -k bzImage -m modules -o one.img
check "the summary names the target" grep -qxF "  target   xfs LABEL=dumps, in /" out
check "gzip reads it" gzip -t one.img
gzip -dc one.img >one.cpio
# RFC 1952: no name, no time.
check "no name and no time in gzip's header" test "$(od -An -tx1 -N8 one.img | tr -d ' ')" = 1f8b080000000000
cat >want <<'END'
init
dev
dev/console
dev/null
etc
etc/capture.sh
etc/crashbox.conf
etc/crashbox.info
lib
lib/modules
lib/modules/libcrc32c.ko
lib/modules/virtio.ko
lib/modules/virtio_blk.ko
lib/modules/virtio_pci.ko
lib/modules/virtio_ring.ko
lib/modules/xfs.ko
proc
sys
target
tmp
END
if has cpio; then
	cpio -it --quiet <one.cpio >list
	check "cpio -t: /init first, parents before children" diff want list
	check "owner and time are fixed" sh -c '! TZ=UTC0 cpio -itv --numeric-uid-gid --quiet <one.cpio |
		grep -vE "^[-cdrwxs]{10} +[12] 0 +0 .* Jan  1  1970 "'
	mkdir unpacked
	(cd unpacked && cpio -id --quiet --no-absolute-filenames '[!d]*' <../one.cpio)
	check "/init is the binary" cmp unpacked/init "$root/build/crashbox"
	check "/init can be executed" test -x unpacked/init
	check "a module is as it was" cmp unpacked/lib/modules/xfs.ko modules/kernel/fs/xfs/xfs.ko
	"$mk" -c modules.conf -m modules --script >script
	check "--script prints what is in the image" cmp unpacked/etc/capture.sh script
else
	skip "cpio is not installed"
fi
if has bsdtar; then
	bsdtar -tf one.img >list
	check "bsdtar reads it, too" diff want list
else
	skip "bsdtar is not installed"
fi

# --- the same bytes ---------------------------------------------------------------------------------------------------
mkdir -p "else where/deep"
cp -r modules bzImage modules.conf "else where/deep"
touch -d 2001-02-03 "else where/deep/modules.conf"
(
	cd "else where/deep" && umask 077 && export TZ=Asia/Tokyo LC_ALL=C.UTF-8 TMPDIR=/nonexistent &&
		"$mk" -c ./modules.conf -k ./bzImage -m "$PWD/modules" -o two.img
) >/dev/null
check "another directory, umask and time zone: the same image" cmp one.img "else where/deep/two.img"
if [ "$(id -u)" -eq 0 ] && has setpriv; then
	# Another user, another minute, files of another owner and time, written down in another order.
	cp -r "else where/deep" "$work/another"
	rm "$work/another/two.img"
	tac modules/modules.dep >another/modules/modules.dep
	find "$work/another" -exec touch -d '2033-05-06 07:08' {} +
	chown -R 65534:65534 "$work/another"
	chmod 755 "$work"
	check "another user, owner and time: the same image" sh -c 'cd another &&
		setpriv --reuid=65534 --regid=65534 --clear-groups "$1" -c modules.conf -k bzImage -m modules -o two.img &&
		cmp two.img ../one.img' sh "$mk"
else
	skip "another user: not run by root, or without setpriv"
fi
SOURCE_DATE_EPOCH=86400 "$mk" -c modules.conf -m modules -o dated.img >/dev/null
check "SOURCE_DATE_EPOCH sets the time" sh -c 'gzip -dc dated.img | head -c 54 | tail -c 8 | grep -q 00015180'
expect "a wrong SOURCE_DATE_EPOCH" 1 "SOURCE_DATE_EPOCH is 'now'" env SOURCE_DATE_EPOCH=now "$mk" -c modules.conf \
	-m modules -o wrong.img

# --- a key ------------------------------------------------------------------------------------------------------------
line="aes-xts-plain64 :32:logon:cryptsetup:12-d0 0 UUID=12-34 32768"
printf '0123456789abcdef.0123456789abcd\n' >volume.key
chmod 600 volume.key
conf "dm_key c $work/volume.key" "dm c 0 8192 crypt $line" "ext4 UUID=56"
expect "an image with a key warns of who may read it" 0 "warning: the image holds the key of c: anyone who can read the image" \
	"$mk" -c conf -o key.img
check "which is its owner alone" test "$(stat -c %a key.img)" = 600
expect "what shows the key says so" 0 "warning: the output contains the keys of encrypted devices" "$mk" -c conf --show-config
"$mk" -c conf --script >script 2>/dev/null
check "the script has the file's key" grep -q "plain64 $(od -An -tx1 volume.key | tr -d ' \n') 0 UUID=12-34 32768'" script
: >key.img
chmod 644 key.img
"$mk" -c conf -o key.img 2>/dev/null >&2
check "also where another image was" test "$(stat -c %a key.img)" = 600
chmod 644 volume.key
expect "a key that others may read" 0 "conf:1: dm_key $work/volume.key: users other than its owner can read it" "$mk" -c conf --script
conf "dm c 0 8192 crypt $line" "ext4 UUID=56"
expect "a key that is not there" 1 "conf:1: dm c 0 8192 crypt...: the key is in the kernel's keyring" "$mk" -c conf --script
expect "and where to put it" 1 "add a line before it: dm_key c FILE; 'cryptsetup luksDump" "$mk" -c conf --script
conf "ext4 UUID=56" "dm_key c $work/none.key"
expect "a key's file that is not there" 1 "conf:2: dm_key: the key's file: $work/none.key: No such file" "$mk" -c conf --script
conf "dm_key c $work/volume.key" "dm c 0 8192 crypt ${line%% *} :64:logon:x 0 UUID=12 0" "ext4 UUID=56"
expect "one of another size" 1 "conf:2: dm c 0 8192 crypt...: the key in the key file differs in size" "$mk" -c conf --script
conf "dm_key c $work/volume.key" "dm c 0 8192 crypt ${line%% *} $(printf %064d 7) 0 UUID=12 0" "ext4 UUID=56"
expect "one that is not the line's" 1 "conf:2: dm c 0 8192 crypt...: the key in the key file is not the device's" "$mk" -c conf --script
head -c 32 /dev/zero >zero.key
conf "dm_key c $work/zero.key" "ext4 UUID=56"
expect "one of zeros" 1 "zero.key: the file is empty or contains only zeros" "$mk" -c conf --script
printf '%064d\n' 7 >digits.key
conf "dm_key c $work/digits.key" "ext4 UUID=56"
expect "one in digits" 1 "digits.key: the file contains hexadecimal digits instead of raw bytes" "$mk" -c conf --script
mkdir -p staged/etc/keys
cp -p volume.key staged/etc/keys/c.key
conf "dm_key c /etc/keys/c.key" "dm c 0 8192 crypt ${line%% *} - 0 UUID=12 0" "ext4 UUID=56"
expect "one of the system that crashes" 0 "" "$mk" -c conf --root staged --script
check "is read where that system is staged" grep -q "plain64 $(od -An -tx1 volume.key | tr -d ' \n') 0 UUID=12 0'" out
expect "and nowhere else" 1 "conf:1: dm_key: the key's file: /etc/keys/c.key: No such file" "$mk" -c conf --script
conf "dm_key d $work/volume.key" "ext4 UUID=56"
expect "one of no device" 0 "warning: dm_key d: no dm line makes this device" "$mk" -c conf -o key.img
# Wherever the key itself stands by mistake, no message shows it.
key=$(printf 'deadbeef%.0s' 1 2 3 4 5 6 7 8)
for line in "dm_key c $key" "dm_key $key" "dm c $key" "dm c 0 $key" "dm c 0 8192 $key" "dm c 0 8192 Crypt aes-xts-plain64 $key 0 UUID=1 0" \
	"dm c 0 8192 aes-xts-plain64 $key 0 UUID=1 0" "dm c 0 8192 crypt $key" "dm c 0 8192 crypt aes-xts-plain64 $key 0 8:1 0"; do
	conf "$line" "ext4 UUID=56"
	expect "a key in the wrong place" 1 "conf:1: " "$mk" -c conf --script
	check "... is not shown" sh -c '! grep deadbeef output'
done
line="aes-xts-plain64 :32:logon:cryptsetup:12-d0 0 UUID=12-34 32768"
conf "dm c 0 8192 crypt $line" "dm_key c $work/volume.key"
expect "one behind its device" 1 "conf:1: dm c" "$mk" -c conf --script

# --- who may read an image --------------------------------------------------------------------------------------------
# mode WHAT MODE TEXT ARGUMENT...: the image that they make has that mode, and the summary has that text ("": it has no such
# line). An image of another mode lies there before.
mode() {
	what=$1 want=$2 text=$3
	shift 3
	: >mode.img
	chmod 0666 mode.img
	expect "$what" 0 "$text" "$mk" "$@" -o mode.img
	check "... mode $want" test "$(stat -c %a mode.img)" = "$want"
	[ -n "$text" ] || check "... and nothing about it" sh -c '! grep "^  mode" out'
}
mkdir -p private
printf '#!/etc/interpreter\n' >private/hook
cp "$root/build/crashbox" private/interpreter
printf 'a=b\n' >private/data
chmod 755 private private/interpreter private/hook
chmod 644 private/data
mkdir -p system/etc system/usr/bin
cp -p private/* system/etc/
conf "ext4 UUID=12-ab" "extra_bins /etc/data" "extra_bins /etc/interpreter" "kdump_pre /etc/hook"
mode "files that everybody can read" 644 "" -c conf --root system
for file in data interpreter hook; do
	chmod o-r "system/etc/$file"
	mode "/etc/$file, which not everybody can read" 600 "  mode     0600, because not everybody may read: system/etc/$file" -c conf --root system
	chmod o+r "system/etc/$file"
done
chmod 750 system/etc
mode "files in a directory that not everybody can enter" 600 "may read: system/etc/data, system/etc/hook, system/etc/interpreter" \
	-c conf --root system
chmod 755 system/etc
ln -s "$work/private/data" system/etc/link
chmod 600 private/data
conf "ext4 UUID=12-ab" "extra_bins /etc/link"
mkdir -p "system$work"
cp -rp private "system$work/"
mode "a link to such a file" 600 "may read: system$work/private/data" -c conf --root system
conf "ext4 UUID=12-ab"
mode "a configuration for everybody" 644 "" -c conf
chmod 640 conf
mode "a configuration that not everybody can read" 600 "may read: conf" -c conf
chmod 644 conf
cp "$root/build/crashbox" own
chmod 711 own
mode "such a binary" 600 "may read: own" -c conf --binary own
# The modules' test tree is everybody's.
chmod o-r modules/kernel/fs/xfs/xfs.ko
mode "such a module" 600 "may read: modules/kernel/fs/xfs/xfs.ko" -c modules.conf -m modules
chmod o+r modules/kernel/fs/xfs/xfs.ko
mode "modules for everybody" 644 "" -c modules.conf -m modules
# Another image in front: its own mode, and the modes in it.
"$mk" -c conf -o front.img >/dev/null
mode "--concat of an image for everybody" 644 "" -c conf --concat front.img
chmod 600 front.img
mode "--concat of one that is not" 600 "may read: front.img" -c conf --concat front.img
if has cpio; then
	mkdir -p foreign/etc
	echo secret >foreign/etc/key
	for modes in "600 755" "644 700"; do
		chmod "${modes% *}" foreign/etc/key
		chmod "${modes#* }" foreign/etc
		(cd foreign && printf 'etc\netc/key\n' | cpio -o -H newc --quiet) | gzip -nc >foreign.img
		chmod 644 foreign.img
		mode "--concat of one with such a file: $modes" 600 "may read: etc/key in foreign.img" -c conf --concat foreign.img
	done
else
	skip "cpio is not installed"
fi
conf "dm_key c $work/volume.key" "dm c 0 8192 crypt $line" "ext4 UUID=56"
chmod 644 volume.key
mode "an image with a key" 600 "may read: its keys" -c conf
mv mode.img key.img
"$mk" --list key.img >list
check "an image with a key says so inside" sh -c 'grep -c "^-rw-------.* etc/c[ar][^ ]*\.\(sh\|conf\)$" list | grep -qx 2'
chmod 644 key.img
conf "ext4 UUID=56"
mode "so that --concat sees it whatever the file's mode" 600 "may read: etc/capture.sh in key.img" -c conf --concat key.img
# The file is never open to others, not even before it has its name.
if has strace; then
	conf "ext4 UUID=12-ab"
	chmod 600 conf
	strace -f -e trace=openat,open,fchmod,rename,fsync -o calls "$mk" -c conf -o strict.img >/dev/null 2>&1
	check "the temporary file is made with mode 0600" grep -qE 'strict\.img\.[^"]*", O_RDWR\|O_CREAT\|O_EXCL.*, 0600' calls
	check "... and keeps it" sh -c '! grep -E "fchmod\([0-9]+, 0[0-7]*[1-7][0-7]?\)|fchmod\([0-9]+, 0[0-7]*[1-7]\)" calls'
	check "its name is synced after it has it" sh -c "sed -n '/rename(.*strict.img/,\$p' calls | grep -q fsync"
	chmod 644 conf
else
	skip "strace is not installed"
fi

# --- what kdump reads of an image -------------------------------------------------------------------------------------
line_name=$(printf 'conf\nkernel 6.1.0-forged 00000000')
printf 'ext4 UUID=12-ab\n' >"$line_name"
expect "a configuration's name with a newline" 1 "the configuration's name, 'conf?kernel 6.1.0-forged 00000000', contains a control character" \
	"$mk" -c "$line_name" -o record.img
escape=$(printf 'conf\033[2J')
cp "$line_name" "$escape"
expect "... with an escape" 1 "contains a control character" "$mk" -c "$escape" -o record.img
long=$(printf '%0127d' 0)
cp "$line_name" "$long"
expect "a name of 127 bytes" 0 "" "$mk" -c "$long" -o long.img
expect "... is read by kdump" 0 "image          $work/long.img" "$root/build/crashbox" kdump query --conf "$work/conf" --image "$work/long.img"
cp "$line_name" "${long}0"
expect "a name of 128 bytes" 1 "has 128 bytes; kdump reads at most 127" "$mk" -c "${long}0" -o record.img
expect "... and what to do" 1 "rename ${long}0" "$mk" -c "${long}0" -o record.img
conf "ext4 UUID=12-ab"
expect "--append with a newline" 1 "contain a control character" "$mk" -c conf -o record.img --append "$(printf 'a\nminimum 1')"
conf "ext4 UUID=12-ab" "cmdline console=ttyS0"
expect "... after a whole command line" 1 "contain a control character" "$mk" -c conf -o record.img --append "$(printf 'a\nminimum 1')"
expect "... printed" 1 "contain a control character" "$mk" -c conf --cmdline --append "$(printf 'a\033[2J')"
expect "--append that makes a whole command line too long" 1 "the kernel would truncate it at 1984" \
	"$mk" -c conf -o record.img --append "$(printf '%02000d' 0)"
conf "ext4 LABEL=$(printf '%0250d' 0)"
expect "a target that kdump could not read" 1 "has 256 bytes; kdump reads at most 255" "$mk" -c conf -o record.img
conf "ext4 UUID=1" "path /$(printf '%0511d' 0)"
expect "a path that kdump could not read" 1 "has 512 bytes; kdump reads at most 511" "$mk" -c conf -o record.img
check "no image of these" test ! -e record.img

# --- a script that init reads -----------------------------------------------------------------------------------------
# hooks N: a configuration with so many hooks of 900 bytes.
hooks() {
	{
		echo "ext4 UUID=12-ab"
		i=0
		while [ "$i" -lt "$1" ]; do
			printf 'kdump_pre /etc/hook %0900d\n' 0
			i=$((i + 1))
		done
	} >conf
}
cp "$root/build/crashbox" system/etc/hook
hooks 69
expect "a script that is nearly too long" 0 "" "$mk" -c conf --root system -o some.img
hooks 70
expect "a script that init would refuse" 1 "bytes; init reads at most 65536" "$mk" -c conf --root system -o record.img
expect "... and what to do" 1 "leave out modules, volumes, targets or hooks" "$mk" -c conf --root system --script
check "no image of it" test ! -e record.img

# --- the script -------------------------------------------------------------------------------------------------------
for name in minimal redhat modules ladder; do
	with=
	[ "$name" != modules ] || with="-m modules"
	# shellcheck disable=SC2086
	expect "config/examples/$name.conf" 0 "" "$mk" -c "$root/config/examples/$name.conf" $with --script
	cp out "$name.sh"
	sed '1s/mkcaptureinitrd [^ ]*/mkcaptureinitrd VERSION/' out >versionless
	check "its script is the golden one" diff "$root/tests/golden/mkcaptureinitrd/$name.sh" versionless
	for shell in dash bash "busybox sh"; do
		# shellcheck disable=SC2086
		if has ${shell%% *}; then
			check "$shell reads the script of $name" $shell -n "$name.sh"
		else
			skip "$shell is not installed"
		fi
	done
done

# The script under a real shell, with programs that only say how they were called, and fail when told so.
mkdir -p stubs
for name in insmod wait-device timeout mount umount dump-save dmesg-save reboot halt poweroff; do
	cat >"stubs/$name" <<'END'
#!/bin/sh
printf '%s' "${0##*/}"
printf ' <%s>' "$@"
echo
case "${0##*/} $*" in
"$FAIL"*) exit 1 ;;
esac
case ${0##*/} in
timeout) shift && exec "$@" ;;
reboot | halt | poweroff) kill "$PPID" ;;
esac
END
	chmod +x "stubs/$name"
done
cat >want <<'END'
wait-device <-t> <30> <PARTLABEL=crash dumps>
timeout <60> <mount> <-t> <ext4> <-o> <errors=remount-ro> <PARTLABEL=crash dumps> </target>
mount <-t> <ext4> <-o> <errors=remount-ro> <PARTLABEL=crash dumps> </target>
wait-device <-t> <30> <UUID=5A3C-11D0>
timeout <60> <mount> <-t> <vfat> <UUID=5A3C-11D0> </target>
mount <-t> <vfat> <UUID=5A3C-11D0> </target>
timeout <1200> <dump-save> <--accept-partial> <-d> <1> <-c> <--root> </target> </proc/vmcore> </target/appliance/crash/>
dump-save <--accept-partial> <-d> <1> <-c> <--root> </target> </proc/vmcore> </target/appliance/crash/>
timeout <60> <umount> </target>
umount </target>
poweroff <>
END
cat >want-all <<'END'
wait-device <-t> <30> <PARTLABEL=crash dumps>
wait-device <-t> <30> <UUID=5A3C-11D0>
wait-device <-t> <5> <PARTLABEL=crash dumps>
wait-device <-t> <5> <UUID=5A3C-11D0>
timeout <30> <dmesg-save> </proc/vmcore> </dev/pmsg0>
dmesg-save </proc/vmcore> </dev/pmsg0>
timeout <120> <dmesg-save> </proc/vmcore> </dev/console>
dmesg-save </proc/vmcore> </dev/console>
reboot <>
END
# A shell may have such programs built in (busybox), and would stop this machine: as functions ours come before those.
# The script itself is run as it is.
cat >functions <<'END'
insmod() { stub insmod "$@"; }
timeout() { stub timeout "$@"; }
mount() { stub mount "$@"; }
umount() { stub umount "$@"; }
reboot() { stub reboot "$@"; }
halt() { stub halt "$@"; }
poweroff() { stub poweroff "$@"; }
stub() {
	name=$1
	shift
	"$STUBS/$name" "$@"
}
for name in insmod timeout mount umount reboot halt poweroff; do
	case $(type "$name") in
	*function*) ;;
	*) exit 9 ;;
	esac
done
. ./ladder.sh
END
# ladder SHELL FAIL: what the script calls under a shell when the programs fail whose call begins with FAIL.
ladder() {
	# shellcheck disable=SC2086
	STUBS=$work/stubs PATH=$work/stubs:$PATH FAIL=$2 $1 ./functions >ran 2>/dev/null
}
for shell in dash "busybox sh"; do
	if ! has "${shell%% *}"; then
		skip "$shell is not installed"
		continue
	fi
	ladder "$shell" "mount -t ext4"
	check "$shell: the second target after the first, then the final action" diff want ran
	ladder "$shell" wait-device
	check "$shell: no target: the log, then the failure action" diff want-all ran
done

# --- the command line -------------------------------------------------------------------------------------------------
expect "--cmdline for 6.1" 0 "percpu_alloc=page initcall_blacklist=tracer_init_tracefs cryptomgr.notests=1 lsm= " \
	"$mk" -c modules.conf -k bzImage -m modules --cmdline --append debug
check "--cmdline is one line, with what was appended at its end" \
	sh -c 'test "$(wc -l <out)" -eq 1 && grep -q " console=ttyS0,115200 debug$" out'
conf "ext4 UUID=12-ab"
"$mk" -c modules.conf -k bzImage -m modules --cmdline >/dev/null 2>said
check "with a console there is nothing to say" test ! -s said
"$mk" -c conf -k bzImage --cmdline >/dev/null 2>said
check "... and without one there is" test -s said
expect "--cmdline without a console says so" 0 "cmdline_append console=ttyS0,115200" "$mk" -c conf -k bzImage --cmdline
expect "--cmdline without -k says so" 0 "without -k" "$mk" -c conf --cmdline
bytes 1280 '6.12.0-test (builder@host) #1'
expect "--cmdline for 6.12" 0 "percpu_alloc=page cryptomgr.notests=1" "$mk" -c conf -k bzImage --cmdline
bytes 1280 '7.2.0-test (builder@host) #1 '
expect "--cmdline for 7.2" 0 "nr_cpus=1 reset_devices numa=off" "$mk" -c conf -k bzImage --cmdline
bytes 1280 '6.1.0-test (builder@host) #1 '
gzip -c bzImage >bzImage.gz
expect "a kernel inside gzip" 0 "tracer_init_tracefs" "$mk" -c conf -k bzImage.gz --cmdline

# --- modules ----------------------------------------------------------------------------------------------------------
cp -r modules packed
for packer in gzip xz zstd; do
	if ! has "$packer"; then
		skip "$packer is not installed"
		continue
	fi
	case $packer in
	gzip) file=kernel/lib/libcrc32c.ko end=gz ;;
	xz) file=kernel/fs/xfs/xfs.ko end=xz ;;
	zstd) file=kernel/drivers/block/virtio_blk.ko end=zst ;;
	esac
	"$packer" -c "modules/$file" >"packed/$file.$end"
	rm "packed/$file"
	sed "s|$file|$file.$end|g" packed/modules.dep >dep && cp dep packed/modules.dep
done
"$mk" -c modules.conf -k bzImage -m modules -o plain.img >output 2>&1
"$mk" -c modules.conf -k bzImage -m packed -o packed.img >output 2>&1
check "packed modules give the same image" cmp plain.img packed.img
if has xz; then
	expect "without the unpacking program in the path" 1 "install it (Debian: apt-get install" \
		env PATH=/nonexistent "$mk" -c modules.conf -m packed -o nothing.img
fi
expect "modules of another kernel" 1 "built for kernel 6.1.0-test, but the kernel given with -k is 6.1.0-other" \
	sh -c 'sed s/6.1.0-test/6.1.0-other/ bzImage >other &&
		exec "$0" -c modules.conf -k other -m modules -o nothing.img' "$mk"
conf "xfs LABEL=x" "extra_modules virtio-blk vritio_pci"
expect "a module that does not exist" 1 "similar names: virtio_pci" "$mk" -c conf -m modules -o nothing.img
expect "extra_modules without -m" 1 "but -m, the directory of the kernel's modules, is missing" "$mk" -c conf -o nothing.img
conf "f2fs LABEL=x"
expect "a file system that the kernel has not" 1 "modules: the file system f2fs: unknown module 'f2fs'" \
	"$mk" -c conf -m modules -o nothing.img
mkdir empty
conf "ext4 LABEL=x"
expect "a directory without modules.dep" 1 "depmod -b ROOT VERSION" "$mk" -c conf -m empty -o nothing.img
expect "what is built in is not packed" 0 "modules  none" "$mk" -c conf -m modules -o some.img
mv modules/kernel/fs/xfs/xfs.ko away.ko
{ cat away.ko && head -c 300000 /dev/zero; } >modules/kernel/fs/xfs/xfs.ko
expect "a large module stays packed" 0 "libcrc32c.ko xfs.ko.gz" "$mk" -c modules.conf -k bzImage -m modules -o large.img
mkdir large && gzip -dc large.img | (cd large && cpio -id --quiet lib/modules/xfs.ko.gz) 2>/dev/null
gzip -dc large/lib/modules/xfs.ko.gz >large.ko
check "and is as it was" cmp large.ko modules/kernel/fs/xfs/xfs.ko
expect "the script loads it by that name" 0 "insmod /lib/modules/xfs.ko.gz" "$mk" -c modules.conf -m modules --script
rm modules/kernel/fs/xfs/xfs.ko
expect "a module's file that is missing" 1 "modules.dep lists this file, but it is missing" \
	"$mk" -c modules.conf -m modules -o nothing.img
mv away.ko modules/kernel/fs/xfs/xfs.ko
check "no image of these" test ! -e nothing.img

# --- the driver of the target's disk ----------------------------------------------------------------------------------
conf "ext4 LABEL=x"
named="name the driver, also a built-in one: extra_modules NAME; or use --hostonly on the machine itself, or --drivers common"
expect "no driver is named" 0 "warning: no driver of the target's disk is named: the capture finds only disks of the drivers that this kernel has built in (nvme)" \
	"$mk" -c conf -m modules -o driver.img
check "... and what to do" grep -qxF "$named" output
rm driver.img
expect "--strict: an error" 1 "mkcaptureinitrd: modules: no driver of the target's disk is named" "$mk" -c conf -m modules --strict -o driver.img
check "... without an image" test ! -e driver.img
cp -r modules driverless
echo kernel/fs/ext4/ext4.ko >driverless/modules.builtin
expect "none is built in" 0 "warning: no driver of the target's disk is in the image, and this kernel has none built in: the capture will not find it" \
	"$mk" -c conf -m driverless -o driver.img
for tree in modules driverless; do
	expect "$tree: a module is named" 0 "virtio_blk.ko" "$mk" -c conf -m $tree --module virtio-blk --strict -o driver.img
	check "... and nothing said" sh -c '! grep "no driver" output'
done
expect "a built-in one is named" 0 "modules  none" "$mk" -c conf -m modules --module nvme --strict -o driver.img
check "... and nothing said" sh -c '! grep "no driver" output'
expect "what is named is no disk's driver" 1 "no driver of the target's disk is named" "$mk" -c conf -m modules --module vfat --strict -o driver.img
expect "without -m nothing is known" 0 "modules  none" "$mk" -c conf --strict -o driver.img
check "... and nothing said" sh -c '! grep "no driver" output'
expect "--drivers common" 0 "  modules  virtio_ring.ko virtio.ko virtio_blk.ko virtio_pci.ko (" \
	"$mk" -c conf -m driverless --strict --drivers common -o driver.img
check "... says its cost" grep -qE "note: --drivers common: 4 modules more, [0-9]+ KiB of the uncompressed image" output
expect "--drivers without -m" 1 "--drivers needs -m" "$mk" -c conf --drivers common -o driver.img
expect "other --drivers" 2 "it takes 'common'; --module names single drivers" "$mk" -c conf -m modules --drivers all -o driver.img

# --- configurations that are refused ----------------------------------------------------------------------------------
refused "conf:2: unknown option 'core_colector'" "ext4 UUID=1" "core_colector makedumpfile"
refused "did you mean 'core_collector'?" "core_colector makedumpfile"
refused "conf:1: nfs server:/export: network targets are not supported yet" "nfs server:/export"
refused "conf:1: ssh user@host: network targets" "ssh user@host"
refused "conf:3: kdump_pre bin/x: the program needs an absolute name" "# comment" "" "kdump_pre bin/x"
refused "conf:1: failure_action shell: the image has no shell" "failure_action shell"
refused "conf:1: core_collector: '99' is not a dump level" "core_collector makedumpfile -d 99"
refused "conf: no target: say where the dump goes" "path /var/crash"
refused "conf:1: ext4 UUID=...: unknown device name" "ext4 UUID=..."
refused "conf:1: ext4 /dev/mapper/vg-root: crashbox.conf's option dm makes LVM" "ext4 /dev/mapper/vg-root"
refused "conf:2: path /a/../../b: the path must not contain '..'" "ext4 UUID=1" "path /a/../../b"
refused "conf:1: option 'path' needs a value" "path"
conf "ext4 UUID=1"
printf 'path /a\000b\n' >>conf
expect "a zero byte" 1 "conf:2: the line holds a control character" "$mk" -c conf -o refused.img
expect "a binary as a configuration" 1 "control character" "$mk" -c "$root/build/crashbox" -o refused.img

# Every option that the table has stands in the manual page, and no other. IGNORED and REFUSED are sections of it, too.
sed -n '/^static const struct option_row rows/,/^};/s/^\t{"\([a-z0-9_]*\)",.*/\1/p' "$root/initramfs/dialect/dialect_kdump.c" |
	sort >table
grep -A1 '^\.TP' "$root/doc/man/crashbox.conf.5" | sed -n 's/^\.BR* //p' |
	sed 's/\\f[BI].*//; s/" "//g; s/ ", " /\n/g' | tr -d '" []' | sort >manual
check "crashbox.conf(5) has every option" diff table manual
check "... and there are some" test "$(wc -l <table)" -gt 30

# --- the command line of the tool -------------------------------------------------------------------------------------
conf "ext4 UUID=12-ab"
expect "no option at all" 2 "missing configuration: name it with -c" "$mk"
expect "nothing to do" 2 "nothing to do: write an image with -o" "$mk" -c conf
expect "two things on standard output" 2 "only one thing can be printed" "$mk" -c conf --cmdline --script
expect "an operand" 2 "unexpected 'capture.img'" "$mk" -c conf -o some.img capture.img
expect "an unknown option" 2 "unknown option --reports" "$mk" -c conf --reports
expect "--version" 0 "mkcaptureinitrd " "$mk" --version
expect "--help" 0 "usage: mkcaptureinitrd -c CONF" "$mk" --help
expect "a configuration that is missing" 1 "reading the configuration: nothing: No such file" "$mk" -c nothing -o x.img
expect "... under a name that a terminal would act on" 1 "reading the configuration: no?[2J?thing: No such file" \
	"$mk" -c "$(printf 'no\033[2J\nthing')" -o x.img
expect "a directory as configuration" 1 "reading the configuration: empty: Is a directory" "$mk" -c empty -o x.img
expect "a kernel that is none" 1 "conf: not a kernel: expected a bzImage" "$mk" -c conf -k conf -o x.img
expect "a kernel that is missing" 1 "reading the kernel: nothing: No such file" "$mk" -c conf -k nothing -o x.img
expect "a binary that is missing" 1 "reading the crashbox binary: nothing: No such file" \
	"$mk" -c conf --binary nothing -o x.img
expect "a binary that is none" 1 "conf: not a 64-bit program" "$mk" -c conf --binary conf -o x.img
expect "a binary with shared libraries" 1 "build it static" "$mk" -c conf --binary "$mk" -o x.img
cp "$mk" mkcaptureinitrd
expect "no binary beside the tool" 1 "give it with --binary" ./mkcaptureinitrd -c conf -o x.img
mkdir x86_64
cp "$root/build/crashbox" x86_64/crashbox
if [ "$(uname -m)" = x86_64 ]; then
	expect "the binary of the kernel's architecture" 0 " compressed," ./mkcaptureinitrd -c conf -k bzImage -o some.img
else
	skip "the binary of the kernel's architecture (this machine is not x86_64)"
fi
if [ -f "$root/build/arm64/crashbox" ]; then
	expect "a binary for another architecture" 1 "crashbox is for arm64, but the kernel is for x86_64" \
		"$mk" -c conf -k bzImage --binary "$root/build/arm64/crashbox" -o x.img
else
	skip "a binary for another architecture (make ARCH=arm64)"
fi
expect "a directory as output" 1 "-o empty: this is a directory" "$mk" -c conf -o empty
expect "a device as output" 1 "-o /dev/null: not a regular file" "$mk" -c conf -o /dev/null
expect "an input as output" 1 "would replace one of its input files" "$mk" -c conf -o conf
expect "an output in a directory that is missing" 1 "its directory does not exist" "$mk" -c conf -o none/x.img
check "none of these left an image" test ! -e x.img

# A disk that is full in the middle: what was there stays, and nothing else does.
echo before >full.img
expect "no room for the image" 1 "writing $work/full.img: " \
	sh -c 'trap "" XFSZ; ulimit -f 16; exec "$0" -c conf -o full.img' "$mk"
check "the image of before is still there" test "$(cat full.img)" = before
check "no temporary file is left" sh -c '! ls full.img.* 2>/dev/null'

chmod 0 conf
if [ "$(id -u)" -ne 0 ]; then
	expect "a configuration that may not be read" 1 "conf: Permission denied" "$mk" -c conf --script
elif has setpriv; then
	chmod 755 "$work"
	expect "a configuration that may not be read" 1 "conf: Permission denied" \
		setpriv --reuid=65534 --regid=65534 --clear-groups ./mkcaptureinitrd -c conf --script
else
	skip "permissions: run by root, and without setpriv"
fi

close_test

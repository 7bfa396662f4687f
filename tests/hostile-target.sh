#!/bin/sh
# Directories of dumps that others can write to, and links on targets: what a local user leaves there neither stops a dump nor
# the record of its outcome, nor uses up --at-most, nor leads a dump or a rehearsal out of the target.
# Needs build/crashbox and build/mkcaptureinitrd; root; for some checks a loop device. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
crashbox=$PWD/build/crashbox
mk=$PWD/build/mkcaptureinitrd
bench=$PWD/tests/bench/make-vmcore.py
uuid=$(cat /proc/sys/kernel/random/uuid)
loop='' raw=''
trap 'umount "$work/mnt" 2>/dev/null; [ -z "$loop" ] || losetup -d "$loop"; [ -z "$raw" ] || losetup -d "$raw"; rm -rf "$work"' EXIT
cd "$work" || exit 1

if [ "$(id -u)" != 0 ] || ! setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	skip "all: not root, or no other user to be"
	close_test
	exit
fi

# A crash of 64 MiB at 2023-11-14 22:13:20, whose log is two lines; the machine's name is not known.
python3 -B - "$bench" vmcore <<'END' || exit 1
import importlib.util, struct, sys
spec = importlib.util.spec_from_file_location("bench", sys.argv[1])
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)
bench.GIB = 1 << 26
at = 0x2A00000
symbol = lambda name, offset: f"SYMBOL({name})={bench.TEXT + at + offset:x}\n".encode()
bench.VMCOREINFO += symbol("log_buf", 0) + symbol("log_buf_len", 8) + symbol("log_end", 12) + symbol("logged_chars", 16)
tables = bench.put_tables
def put_tables(put):
    tables(put)
    log = b"<6>one\n<0>two\n"
    put(at, struct.pack("<QIII", bench.TEXT + at + 4096, 4096, len(log), len(log)))
    put(at + 4096, log)
bench.put_tables = put_tables
sys.argv = ["make-vmcore", sys.argv[2], "1"]
bench.main()
END
dump=localhost-2023-11-14-221320

as_user() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# A directory as Ubuntu's /var/crash, which the user cannot follow root into.
open_directory() {
	rm -rf crash outside
	install -d -m 3777 crash
	install -d -m 777 outside
	printf 'precious\n' >victim
	chmod 644 victim
}

# squat KIND NAME
squat() {
	case $1 in
	fifo) as_user mkfifo "crash/$2" ;;
	link) as_user ln -s "$PWD/victim" "crash/$2" ;;
	dangling) as_user ln -s "$PWD/outside/made" "crash/$2" ;;
	directory) as_user mkdir -m 777 "crash/$2" ;;
	full) as_user mkdir -m 777 "crash/$2" && as_user mkdir "crash/$2/x" ;;
	file) as_user sh -c "printf 'status saved\ntime 1\n' >'crash/$2'" ;;
	open) as_user sh -c ": >'crash/$2'; chmod 666 'crash/$2'" ;;
	hardlink) ln victim "crash/$2" ;;
	node) mknod "crash/$2" c 1 7 && chown 65534 "crash/$2" ;;
	esac
}

# Only root's own file under the name, and nothing behind what the user had there.
recorded() {
	test "$(stat -c '%F %a %u' crash/last-capture)" = 'regular file 600 0' && grep -q "^status $1" crash/last-capture &&
		grep -qx precious victim && test "$(stat -c %a victim)" = 644 && test -z "$(ls outside)"
}

# One whole dump in a directory of root's.
whole() {
	find crash -uid 0 -name vmcore >found
	test "$(wc -l <found)" = 1 && "$crashbox" dump-info "$(cat found)" | grep 'complete  *yes'
}

chmod 755 "$work"
for kind in fifo link dangling directory full file open hardlink node; do
	open_directory
	for name in last-capture last-capture-starting last-capture-incomplete "$dump" "$dump-2" vmcore vmcore-incomplete; do
		squat $kind "$name" 2>output || skip "$kind: cannot be made here: $(cat output)"
	done
	expect "$kind: dmesg-save" 0 "" timeout 20 "$crashbox" dmesg-save vmcore crash/
	check "$kind: the result of dmesg-save" recorded saved
	expect "$kind: the log" 0 "<0>two" cat "crash/$dump-3/vmcore-dmesg.txt"
	open_directory
	for name in last-capture last-capture-starting last-capture-incomplete "$dump" "$dump-2"; do
		squat $kind "$name" 2>/dev/null
	done
	expect "$kind: dump-save" 0 "saved" timeout 60 "$crashbox" dump-save -d 31 vmcore crash/
	check "$kind: the dump is whole" whole
	check "$kind: the result of dump-save" recorded saved
	expect "$kind: dump-save again, beside what it left" 0 "saved" timeout 60 "$crashbox" dump-save -d 31 vmcore crash/
done

# --- numbers ----------------------------------------------------------------------------------------------------------
open_directory
as_user mkdir crash/$dump
for number in $(seq 2 100); do
	as_user mkdir "crash/$dump-$number"
done
expect "all numbers are taken: dump-save" 0 "saved" "$crashbox" dump-save -d 31 vmcore crash/
check "all numbers are taken: the dump is whole" whole

open_directory
for number in 1 2 3; do
	as_user mkdir crash/x-2023-11-14-22100$number
	as_user cp victim crash/x-2023-11-14-22100$number/vmcore
done
guarded() {
	"$crashbox" dump-save -d 31 --at-most "$1" vmcore crash/
}
expect "a user's directories do not count for --at-most" 0 "saved" guarded 1
expect "one's own does" 1 "1 dumps in the last 3600 s; the limit is 1" guarded 1
as_user ln -s $dump crash/y-2023-11-14-221001
mkdir -m 700 crash/z-2023-11-14-221001
: >crash/z-2023-11-14-221001/vmcore
expect "a link to it does not, nor an empty file" 0 "saved" guarded 2

# On a server root's files may belong to another user, as the directory then does.
open_directory
chown 12345 crash
install -d -m 700 crash/x-2023-11-14-221001
cp victim crash/x-2023-11-14-221001/vmcore
chown -R 12345 crash/x-2023-11-14-221001
expect "those of the directory's owner count" 1 "1 dumps in the last 3600 s; the limit is 1" guarded 1

open_directory
for year in 2001 2002; do
	as_user install -d -m 700 crash/x-$year-01-01-000000
	as_user sh -c ": >crash/x-$year-01-01-000000/vmcore"
done
as_user ln -s x-2001-01-01-000000 crash/y-2003-01-01-000000
install -d -m 700 crash/z-2004-01-01-000000
cp victim crash/z-2004-01-01-000000/vmcore
expect "--keep deletes" 0 "deleted the old dump crash/z-2004" "$crashbox" dump-save -d 31 --keep 1 vmcore crash/
expect "... one's own alone" 0 "x-2001-01-01-000000 x-2002-01-01-000000 y-2003-01-01-000000" \
	sh -c 'echo $(ls crash | grep -v -e last-capture -e "$1")' sh $dump

# --- with a loop device: a raw device's dump, links on a target ---------------------------------------------------------
truncate -s 64M raw.img target.img
if ! raw=$(losetup -f --show raw.img 2>/dev/null) || ! loop=$(losetup -f --show target.img 2>/dev/null); then
	skip "savecore, rehearsals and links on a target: no loop device"
	close_test
	exit
fi
expect "a dump on a raw device" 0 "saved" "$crashbox" dump-save -d 31 vmcore "$raw"
for kind in fifo link full; do
	open_directory
	for name in last-capture last-capture-starting last-capture-incomplete $dump; do
		squat $kind "$name"
	done
	expect "$kind: savecore" 0 "saved" timeout 60 "$crashbox" savecore -f "$raw" crash
	check "$kind: the dump that it saved is whole" whole
	check "$kind: the result of savecore" recorded saved
done

# target LINK TO: a file system with a link, as the capture or a rehearsal finds it.
target() {
	umount mnt 2>/dev/null
	mkfs.ext4 -q -F -U "$uuid" "$loop" >output 2>&1
	mkdir -p mnt
	mount "$loop" mnt && mkdir -p mnt/data mnt/var && ln -s "$2" "mnt/$1" && umount mnt
}
rehearse() {
	"$crashbox" kdump rehearse --image capture.img --conf capture.conf
}
# A capture environment: a root of its own, with the target on /target.
capture() {
	rm -rf root
	mkdir -p root/target root/tmp
	cp "$crashbox" root/dump-save
	cp --sparse=always vmcore root/
	unshare -m sh -c 'mount "$1" root/target && exec chroot root /dump-save -d 31 --root /target /vmcore /target/var/crash/' sh "$loop"
}
# The dump is on the target, in that directory, and not in the environment's memory.
on_target() {
	mount "$loop" mnt || return 1
	find mnt/"$1" -name vmcore -size +0 | grep -q . && ! find root -xdev -path 'root/target/*' -o -name '*-2023-*' | grep -q .
	status=$?
	umount mnt
	return $status
}
printf 'ext4 UUID=%s\npath /var/crash\n' "$uuid" >capture.conf
if ! target var/crash /data 2>output || ! "$mk" -c capture.conf -o capture.img >output 2>&1 ||
	! unshare -m mount "$loop" mnt 2>output; then
	skip "rehearsals and links on a target: $(cat output)"
	close_test
	exit
fi
expect "a link to the target's own directory: the capture" 0 "saved" capture
check "... on the target" on_target data
expect "... and the rehearsal" 0 "a crash would be saved by line 4" rehearse
# /tmp is there in the environment and on this machine, but not on the target.
target var/crash /tmp
expect "a link out of the target: the capture fails" 1 "Links are followed inside /target only." capture
finds_nothing "... and leaves nothing in memory" "$(find root/tmp root/target -mindepth 1)"
expect "... and so does the rehearsal" 1 "A CRASH WOULD NOT BE SAVED" rehearse
expect "... which says why" 1 "Links are followed inside" rehearse
target var/crash ../../../../data
expect "a link that climbs: the capture" 0 "saved" capture
check "climbing: on the target" on_target data

target other /data
mount "$loop" mnt
install -d -m 3777 mnt/var/crash
now=$(date +%s)
for second in $(seq 0 60); do
	as_user ln -s /nowhere "mnt/var/crash/rehearsal-$(date -u -d "@$((now + second))" +%Y-%m-%d-%H%M%S)"
done
as_user mkfifo mnt/var/crash/last-capture
umount mnt
expect "a directory where a user has taken names: the rehearsal" 0 "a crash would be saved by line 4" rehearse
expect "... and status does not wait for a FIFO" 1 "last-capture is not a file of root's" \
	timeout 10 "$crashbox" kdump status --image capture.img --conf capture.conf

close_test

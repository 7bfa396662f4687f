#!/bin/sh
# savecore where something fails: what it says, what it leaves, and what last-capture says then. Also a dump of which
# nothing can be read. tests/syscall-faults.py tries every system call; here each fault has a name. Needs build/crashbox and
# strace; for what is on a raw device root and a loop device. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
crashbox=$PWD/build/crashbox
tests=$PWD/tests
loop=''
clean_up() {
	[ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
	umount "$work/full" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit 1

# vmcore HOST: of a machine with that name, in Python's notation, as the file "vmcore".
vmcore() {
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$tests /usr/bin/python3 -c "
import crashed_machine as c
c.write_vmcore(c.Memory(b'$1'), 'vmcore')"
}

# faulty CALL:HOW PROGRAM...: with that fault, as strace's inject= has it.
faulty() {
	call=$1
	shift
	strace -f -o /dev/null -e trace="${call%%:*}" -e inject="$call" "$@"
}

# says STATUS: last-capture has this status.
says() {
	check "... and last-capture says $1" grep -qx "status $1" crash/last-capture
}
# stays, gone: whether the dump on the device still is to be saved.
stays() {
	expect "... and the dump is still to be saved" 0 "" "$crashbox" savecore -C image
}
gone() {
	expect "... and the dump is marked" 1 "was saved before" "$crashbox" savecore -C image
}
# one: there is one directory, which holds a whole dump.
one() {
	check "... and it is saved, once" sh -c 'set -- crash/*-*-*-*/ && [ $# -eq 1 ] && [ -f "$1/vmcore" ] && ! ls "$1" | grep saving'
}
again() {
	cp device image
	rm -rf crash
}

vmcore appliance
# --- a dump of which nothing can be read ------------------------------------------------------------------------------
# The first reads are the headers'; level 1 needs no page array.
strace -f -o trace -e trace=pread64 "$crashbox" dump-save --accept-partial -d 1 vmcore first/ >output 2>&1
check "a trace of a dump" grep -q pread64 trace
rm -rf first
reads=$(grep -c 'pread64(' trace)
expect "nothing can be read" 1 "not one of the 160 pages could be read" \
	faulty "pread64:error=EIO:when=5+" "$crashbox" dump-save --accept-partial -d 1 vmcore crash/
says failed
check "... and there is no vmcore" sh -c '! ls crash/*/vmcore'
rm -rf crash
expect "the last pages cannot be read" 0 "could not be read" \
	faulty "pread64:error=EIO:when=$reads+" "$crashbox" dump-save --accept-partial -d 1 vmcore crash/
says degraded
rm -rf crash

# --- a dump on a raw device -------------------------------------------------------------------------------------------
truncate -s 4M device
if ! loop=$(losetup -f --show device 2>output); then
	loop=''
	skip "all that is on a raw device: no loop device ($(cat output))"
	close_test
	exit
fi
expect "a dump onto a raw device" 0 "saved" "$crashbox" dump-save --compress none -d 31 vmcore "$loop"

again
expect "savecore" 0 "saved: " "$crashbox" savecore image crash
says saved
gone
one
# first_read PROGRAM...: sets first to which of its reads is that of the first superblock.
first_read() {
	strace -f -o trace -e trace=pread64 "$@" 2>/dev/null
	first=$(grep -n '4096, 65536)' trace | head -n 1 | cut -d: -f1)
}
# A read that fails is tried once more: two are one failure.
for super in 0 1; do
	again
	first_read "$crashbox" savecore -C image
	fault=$((first + super))..$((first + super + 1))
	expect "superblock $super cannot be read" 1 "reading image at" faulty "pread64:error=EIO:when=$fault" "$crashbox" savecore image crash
	stays
	expect "superblock $super, -C" 3 "reading image at" faulty "pread64:error=ENODATA:when=$fault" "$crashbox" savecore -C image
	first_read "$crashbox" dump-save -d 1 vmcore "$loop"
	fault=$((first + super))..$((first + super + 1))
	expect "superblock $super, dump-save -f" 1 "reading $loop at" faulty "pread64:error=EIO:when=$fault" \
		"$crashbox" dump-save -f -d 1 vmcore "$loop"
	check "... has not changed it" cmp device image
done
first_read "$crashbox" savecore -C image
again
expect "a read that fails once" 0 "saved: " faulty "pread64:error=EIO:when=$((first + 2))" "$crashbox" savecore image crash
gone
one
expect "a device that does not exist, -C" 3 "nothing-here" "$crashbox" savecore -C nothing-here
for nth in 2 11 13; do
	again
	nth=$((first + nth))
	expect "read $nth fails" 1 "The dump stays on image" faulty "pread64:error=ENOMEM:when=$nth+" "$crashbox" savecore image crash
	says failed
	stays
	expect "... and then no more" 0 "saved: " "$crashbox" savecore image crash
	says saved
	gone
	one
done

# The syncs: three for each of the three files; of the device; of last-capture.
for nth in 4 5 6; do
	again
	expect "sync $nth fails" 1 "syncing" faulty "fsync:error=EIO:when=$nth" "$crashbox" savecore image crash
	says failed
	stays
	expect "... and then no more" 0 "saved: " "$crashbox" savecore image crash
	one
done
again
expect "the device cannot be marked" 1 "The dump stays on image; what was copied is in crash/appliance-" \
	faulty "fsync:error=EIO:when=10" "$crashbox" savecore image crash
says failed
again
strace -f -o trace -e trace=pwrite64 "$crashbox" savecore image crash 2>/dev/null
mark=$(grep -nE '4096, (65536|131072)\)' trace | head -n 1 | cut -d: -f1)
again
expect "killed before the mark" 137 "" sh -c 'strace -f -o /dev/null -e inject=pwrite64:signal=KILL:when=$2 "$1" savecore image crash; exit $?' \
	sh "$crashbox" "$mark"
check "... the dump is there" sh -c 'ls crash/*/vmcore'
stays
expect "... and again" 0 "saved: " "$crashbox" savecore image crash
gone
one
expect "-f saves once more, and beside it" 0 "-2" "$crashbox" savecore -f image crash

again
mkdir -p full
if mount -t tmpfs -o size=256k tmpfs full 2>output; then
	expect "a file system that is full" 1 "the file system is full" "$crashbox" savecore image full/crash
	check "... last-capture does not say saved" sh -c '! grep -E "saved|degraded" full/crash/last-capture'
	check "... and there is no vmcore" sh -c '! ls full/crash/*/vmcore'
	stays
	umount full
else
	skip "a file system that is full: no mount ($(cat output))"
fi

# --- a name that is hostile -------------------------------------------------------------------------------------------
vmcore 'x\nsavecore: saved: 9 MiB in /fake\x1b[2J\x1b]0;title\x07'
"$crashbox" dump-save -f -d 1 vmcore "$loop" 2>output
again
expect "savecore of a host with a hostile name" 0 "x?savecore: saved: 9 MiB in /fake?[2J?]0;title?," "$crashbox" savecore image crash
check "... no line of its own" sh -c '! grep "^savecore: saved: 9" "$1"' sh "$work/output"
check "... and no control character" sh -c '! LC_ALL=C grep "[[:cntrl:]]" "$1"' sh "$work/output"
one

# --- a capture that broke off between two files -----------------------------------------------------------------------
vmcore appliance
# The log's file is whole; then the write that names the dump fails: superblock, name, text, end, name.
faulty "pwrite64:error=EIO:when=5" "$crashbox" dump-save -f -d 1 vmcore "$loop" 2>output
again
expect "a log alone is no whole dump" 3 "NOT WHOLE" "$crashbox" savecore image crash
says degraded
gone

close_test

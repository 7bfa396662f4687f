#!/bin/sh
# dump-save, dmesg-save and dump-info as a user calls them: exit statuses, messages, and what is left on the disk.
# Needs build/crashbox. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
set -u
cd "$(dirname "$0")/.." || exit 1
crashbox=$PWD/build/crashbox
seeds=$PWD/tests/fuzz/corpus
work=$(mktemp -d) || exit 1
trap 'umount "$work/full" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0 skipped=0

verdict() {
	if [ "$2" = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s\n' "$1"
		sed 's/^/    | /' output
	fi
}

# expect WHAT STATUS TEXT COMMAND...: the command ends with that status and says that text; what it writes to standard
# output goes to the file "out".
expect() {
	what=$1 status=$2 text=$3
	shift 3
	"$@" >out 2>output
	got=$?
	if [ "$got" -eq "$status" ] && { [ -z "$text" ] || cat output out | grep -qF -- "$text"; }; then
		verdict "$what" yes
	else
		printf 'status %s, not %s; looked for: %s\n' "$got" "$status" "$text" >>output
		verdict "$what" no
	fi
}

gone() {
	expect "$1: nothing under the final name" 1 "" test -e "$2"
}

plain=$seeds/vmcore/plain

# --- what is refused --------------------------------------------------------------------------------------------------
: >empty
printf 'hello, this is no vmcore\n' >text
expect "an empty file" 1 "the file is empty" "$crashbox" dump-save empty dump
gone "an empty file" dump
expect "a text file" 1 "not an ELF file" "$crashbox" dump-save text dump
gone "a text file" dump
expect "a dump as a source" 1 "already, not a vmcore" "$crashbox" dump-save "$seeds/dump_info/kdump" dump
expect "overlapping file ranges" 1 "share the file's bytes" "$crashbox" dump-save "$seeds/vmcore/overlap" dump
expect "a vmcore that is cut" 1 "cut short" "$crashbox" dump-save "$seeds/vmcore/cut" dump
gone "a vmcore that is cut" dump
expect "a source that is missing" 1 "nothing-here: opening" "$crashbox" dump-save nothing-here dump
expect "/proc/vmcore on a machine that did not crash" 1 "has not booted as a capture kernel" "$crashbox" dump-save dump
expect "no DEST" 2 "DEST is missing" "$crashbox" dump-save
expect "three operands" 2 "what is 'c'?" "$crashbox" dump-save a b c
expect "an unknown option" 2 "unknown option -x" "$crashbox" dump-save -x a
expect "a level that needs VMCOREINFO, without it" 1 "Give -d 1" "$crashbox" dump-save -d 31 "$plain" dump
expect "the same, accepted" 0 "every page is kept" "$crashbox" dump-save --accept-partial -d 31 "$plain" accepted
expect "without a level it is saved, and degraded" 3 "every page is kept" "$crashbox" dump-save "$plain" default
expect "level 32" 2 "not a number from 0 to 31" "$crashbox" dump-save -d 32 "$plain" dump
expect "level -1" 2 "not a number from 0 to 31" "$crashbox" dump-save -d -1 "$plain" dump
expect "compressed ELF" 2 "cannot be compressed" "$crashbox" dump-save -E -c "$plain" dump
expect "compressed pages in order" 2 "add -F" "$crashbox" dump-save -l "$plain" -
expect "an unknown way to compress" 2 "auto, zlib or none" "$crashbox" dump-save --compress lzo "$plain" dump
expect "a directory without its /" 1 "with a final /" "$crashbox" dump-save "$plain" .
expect "a DEST that cannot be made" 1 "/proc/nothing" "$crashbox" dump-save "$plain" /proc/nothing/
gone "all of these" dump

# --- what is saved ----------------------------------------------------------------------------------------------------
umask 0
expect "a KDUMP file" 0 "saved" "$crashbox" dump-save -d 1 "$plain" dump
expect "its mode is 0600 whatever the umask" 0 "600" stat -c %a dump
expect "dump-info says that it is whole" 0 "complete     yes" "$crashbox" dump-info dump
expect "the same in JSON" 0 '"complete": true' "$crashbox" dump-info --json dump
expect "a file that is there is kept" 1 "-f to replace it" "$crashbox" dump-save -d 1 "$plain" dump
expect "-f replaces it" 0 "saved" "$crashbox" dump-save -d 1 -f "$plain" dump
cp dump first
"$crashbox" dump-save -d 1 -f "$plain" dump 2>output
expect "the same vmcore gives the same bytes" 0 "" cmp first dump
expect "an ELF file" 0 "saved" "$crashbox" dump-save -d 1 -E "$plain" elf
expect "dump-info of an ELF file" 0 "ELF" "$crashbox" dump-info elf
expect "a directory" 0 "/vmcore" "$crashbox" dump-save -d 1 "$plain" crash/
directory=$(find crash -mindepth 1 -type d)
expect "its mode is 0700" 0 "700" stat -c %a "$directory"
expect "its vmcore's is 0600" 0 "600" stat -c %a "$directory/vmcore"
expect "its summary is beside it" 0 "class" cat "$directory/vmcore-info.txt"
expect "nothing incomplete is left" 1 "" test -e "$directory/vmcore-incomplete"
expect "what is not known is a warning" 0 "warning: the crashed machine's name is not known" "$crashbox" dump-save -d 1 -f "$plain" dump
expect "standard output" 0 "KDUMP" "$crashbox" dump-save -d 1 "$plain" -
mv out piped
expect "dump-info of what came out" 0 "complete     yes" "$crashbox" dump-info piped
expect "flattened records" 0 "makedumpfile" "$crashbox" dump-save -d 1 -F "$plain" -
expect "makedumpfile's stock options" 0 "saved" "$crashbox" dump-save -l --message-level 7 -d 1 "$plain" stock
expect "quiet" 0 "" "$crashbox" dump-save -d 1 --message-level 0 "$plain" quiet
expect "a dump that is cut" 3 "NO" sh -c 'head -c 20000 dump >cut; "$1" dump-info cut' sh "$crashbox"
expect "dump-info of a text" 1 "not a KDUMP file" "$crashbox" dump-info text
expect "dump-info of flattened records" 1 "makedumpfile -R" sh -c '"$1" dump-save -d 1 -F "$2" - >flat; "$1" dump-info flat' \
	sh "$crashbox" "$plain"
expect "dmesg-save of a vmcore without a log" 1 "where the kernel log is" "$crashbox" dmesg-save "$plain" -

# --- targets that fail ------------------------------------------------------------------------------------------------
expect "a full device" 1 "No space left" "$crashbox" dump-save -d 1 "$plain" /dev/full
expect "a reader that goes" 1 "the reader has gone" \
	sh -c '{ "$1" dump-save -d 1 "$2" - 3>&-; echo $? >&3; } 3>status | true; exit "$(cat status)"' sh "$crashbox" "$plain"
mkdir full
if mount -t tmpfs -o size=16k none full 2>output; then
	expect "a full file system" 1 "the file system is full" "$crashbox" dump-save -d 1 --compress none "$plain" full/dump
	gone "a full file system" full/dump
	umount full
	mount -t tmpfs -o ro none full
	expect "a read-only file system" 1 "Read-only file system" "$crashbox" dump-save -d 1 "$plain" full/dump
else
	skipped=$((skipped + 2))
	echo "skipped: a full and a read-only file system (a tmpfs cannot be mounted here)"
fi

if [ "$skipped" -gt 0 ]; then
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
else
	printf '%d passed, %d failed\n' "$passed" "$failed"
fi
[ "$failed" -eq 0 ]

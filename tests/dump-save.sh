#!/bin/sh
# dump-save, dmesg-save and dump-info as a user calls them: exit statuses, messages, and what is left on the disk.
# Needs build/crashbox. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
crashbox=$PWD/build/crashbox
seeds=$PWD/tests/fuzz/corpus
trap 'chattr -R -i "$work/keep" 2>/dev/null; umount "$work/full" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1

gone() {
	expect "$1: nothing under the final name" 1 "" test -e "$2"
}

# has_attribute FILE: makes a file immutable, where the file system and the right to do so are there.
has_attribute() {
	chattr +i "$1" 2>/dev/null
}

plain=$seeds/vmcore/plain

# --- what is refused --------------------------------------------------------------------------------------------------
: >empty
printf 'hello, this is no vmcore\n' >text
expect "an empty file" 1 "the file is empty" "$crashbox" dump-save empty dump
gone "an empty file" dump
expect "a text file" 1 "not an ELF file" "$crashbox" dump-save text dump
gone "a text file" dump
expect "a dump as a source" 1 "an existing dump, not a vmcore" "$crashbox" dump-save "$seeds/dump_info/kdump" dump
expect "overlapping file ranges" 1 "share the file's bytes" "$crashbox" dump-save "$seeds/vmcore/overlap" dump
expect "a truncated vmcore" 1 "cut short" "$crashbox" dump-save "$seeds/vmcore/cut" dump
gone "a truncated vmcore" dump
expect "a source that is missing" 1 "nothing-here: opening" "$crashbox" dump-save nothing-here dump
expect "/proc/vmcore on a machine that did not crash" 1 "has not booted as a capture kernel" "$crashbox" dump-save dump
expect "no DEST" 2 "missing DEST" "$crashbox" dump-save
expect "three operands" 2 "unexpected argument 'c'" "$crashbox" dump-save a b c
expect "an unknown option" 2 "unknown option -x" "$crashbox" dump-save -x a
expect "a level that needs VMCOREINFO, without it" 1 "Use -d 1" "$crashbox" dump-save -d 31 "$plain" dump
expect "the same, accepted" 0 "saving every page" "$crashbox" dump-save --accept-partial -d 31 "$plain" accepted
expect "without a level it is saved, and degraded" 3 "saving every page" "$crashbox" dump-save "$plain" default
expect "level 32" 2 "takes 0 to 31" "$crashbox" dump-save -d 32 "$plain" dump
expect "level -1" 2 "takes 0 to 31" "$crashbox" dump-save -d -1 "$plain" dump
expect "compressed ELF" 2 "cannot be compressed" "$crashbox" dump-save -E -c "$plain" dump
expect "compressed pages in order" 2 "add -F" "$crashbox" dump-save -l "$plain" -
expect "an unknown way to compress" 2 "auto, zlib or none" "$crashbox" dump-save --compress lzo "$plain" dump
expect "a directory without its /" 1 "a final /" "$crashbox" dump-save "$plain" .
expect "a DEST that cannot be made" 1 "/proc/nothing" "$crashbox" dump-save "$plain" /proc/nothing/
gone "all of these" dump

# --- what is saved ----------------------------------------------------------------------------------------------------
umask 0
expect "a KDUMP file" 0 "saved" "$crashbox" dump-save -d 1 "$plain" dump
expect "its mode is 0600 regardless of the umask" 0 "600" stat -c %a dump
expect "dump-info says that it is whole" 0 "complete     yes" "$crashbox" dump-info dump
expect "the same in JSON" 0 '"complete": true' "$crashbox" dump-info --json dump
expect "an existing file is kept" 1 "-f to replace it" "$crashbox" dump-save -d 1 "$plain" dump
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
finds_nothing "... says nothing but its warnings" "$(grep -v '^dump-save: warning: ' output)"
expect "a dump that is cut" 3 "NO" sh -c 'head -c 20000 dump >cut; "$1" dump-info cut' sh "$crashbox"
expect "a name neither reaches the terminal as it is nor begins a line" 1 "dump-info: a?[2J?savecore: saved??: No such file" \
	"$crashbox" dump-info "$(printf 'a\033[2J\nsavecore: saved\302\233')"
expect "dump-info of a text" 1 "not a KDUMP file" "$crashbox" dump-info text
expect "dump-info of flattened records" 1 "makedumpfile -R" sh -c '"$1" dump-save -d 1 -F "$2" - >flat; "$1" dump-info flat' \
	sh "$crashbox" "$plain"
expect "dmesg-save of a vmcore without a log" 1 "where the kernel log is" "$crashbox" dmesg-save "$plain" -
expect "the same into a directory" 1 "where the kernel log is" "$crashbox" dmesg-save "$plain" logs/
expect "... is noted" 0 "status failed" cat logs/last-capture
expect "dmesg-save --keep wants a directory" 2 "a final /" "$crashbox" dmesg-save --keep 1 "$plain" log

# --- a directory of dumps: the result, room, and which dumps stay -------------------------------------------------------
expect "the result says that it was saved" 0 "status saved" cat crash/last-capture
expect "... where" 0 "directory $(basename "$directory")" cat crash/last-capture
expect "... and what" 0 "message saved " cat crash/last-capture
expect "its mode is 0600" 0 "600" stat -c %a crash/last-capture
expect "a degraded dump is noted" 3 "" "$crashbox" dump-save "$plain" degraded/
expect "... as such" 0 "status degraded" cat degraded/last-capture
expect "a source that is none, into a directory" 1 "not an ELF file" "$crashbox" dump-save text failed/
expect "... is noted as failed" 0 "status failed" cat failed/last-capture
expect "... with the reason" 0 "message text: " cat failed/last-capture
expect "... and without a directory" 1 "" grep directory failed/last-capture
expect "--keep wants a directory" 2 "a final /" "$crashbox" dump-save --keep 1 "$plain" dump
expect "--keep 0" 2 "--keep takes 1 to" "$crashbox" dump-save --keep 0 "$plain" crash/
expect "--min-free of a word" 2 "not 'much'" "$crashbox" dump-save --min-free=much "$plain" crash/
expect "less room than asked" 1 "MiB are free; --min-free asks for 1073741824 MiB" \
	"$crashbox" dump-save -d 1 --min-free 1073741824 "$plain" room/
expect "... with a remedy" 1 "Delete old dumps there" "$crashbox" dump-save --min-free 1073741824 "$plain" room/
expect "... makes no directory for the dump" 0 "last-capture" ls room
expect "... and is noted" 0 "message room/: only " cat room/last-capture
expect "as much room as asked" 0 "saved" "$crashbox" dump-save -d 1 --min-free 1 "$plain" room/

expect "--at-most wants a directory" 2 "a final /" "$crashbox" dump-save --at-most 1 "$plain" dump
expect "--within 0" 2 "--within takes 1 to" "$crashbox" dump-save --at-most 1 --within 0 "$plain" loop/
expect "the first dump of a crash loop" 0 "saved" "$crashbox" dump-save -d 1 --at-most 1 "$plain" loop/
expect "the second one" 1 "loop/: 1 dumps in the last 3600 s; the limit is 1 " \
	"$crashbox" dump-save -d 1 --at-most 1 "$plain" loop/
expect "... is noted" 0 "status failed" cat loop/last-capture
expect "... makes no directory" 0 "2" sh -c 'ls loop | wc -l'
expect "two may be there" 0 "saved" "$crashbox" dump-save -d 1 --at-most 2 "$plain" loop/

# Across targets: what the ones before hold counts for the next, also where they refused for another reason.
across() {
	rm -f tally
	"$crashbox" dump-save -d 1 --at-most 2 --tally tally --min-free "$1" "$plain" one/ >output 2>&1 ||
		"$crashbox" dump-save -d 1 --at-most 2 --tally tally "$plain" two/
}
mkdir one two
expect "the first target takes the first dump" 0 "" across 0
expect "... its full disk lets the second one take the next" 0 "saved" across 1073741824
expect "the third crash of a loop: neither takes it" 1 "two/: 2 dumps in the last 3600 s, with those on earlier targets; the limit is 2" \
	across 1073741824
expect "the first one is refused by its own count alone" 0 "1" sh -c 'ls -d one/*/ | wc -l'
expect "... and the second one is" 0 "1" sh -c 'ls -d two/*/ | wc -l'
printf 2 >tally
expect "a raw device counts what the others hold" 1 "2 dumps in the last 3600 s, with those on earlier targets" \
	"$crashbox" dump-save -d 1 --at-most 2 --tally tally "$plain" UUID=none

# old NAME FILE...: a directory as dump-save leaves it. The vmcore's crash was in the first minute of 1970.
old() {
	mkdir -m 700 "keep/$1"
	name=$1
	shift
	for file; do
		echo x >"keep/$name/$file"
	done
}
# keep N: saves a dump there; what remains is in "left".
keep() {
	"$crashbox" dump-save -d 1 --keep "$1" "$plain" keep/ >output 2>&1 || echo "status $?" >>output
	(cd keep && LC_ALL=C ls) >left
}
left() {
	what=$1
	shift
	printf '%s\n' "$@" last-capture | LC_ALL=C sort >want
	expect "$what" 0 "" diff want left; [ "$got" = 0 ] || cat out
}
mkdir keep
old host-1901-01-01-000000 vmcore vmcore-dmesg.txt
old host-1901-01-01-000000-2 vmcore
old host-1901-01-01-000000-10 vmcore
old other.host-1902-01-01-000000 vmcore
old host-1903-01-01-000000 vmcore-dmesg.txt vmcore-incomplete
old host-2099-01-01-000000 vmcore
keep 5
new=$(sed -n 's/^directory //p' keep/last-capture)
left "--keep 5: a dump that broke off goes first, then the oldest" host-1901-01-01-000000-10 host-1901-01-01-000000-2 \
	other.host-1902-01-01-000000 host-2099-01-01-000000 "$new"
keep 3
second=$(sed -n 's/^directory //p' keep/last-capture)
left "--keep 3: -2 comes before -10; none of a later time goes" host-2099-01-01-000000 "$new" "$second"
keep 1
third=$(sed -n 's/^directory //p' keep/last-capture)
left "--keep 1: the new one stays, and the one of a later time" host-2099-01-01-000000 "$third"
# The number of the next one would be a lower one again.
mv "keep/$third" keep/host-1904-01-01-000000
old host-1901-01-01-000000 vmcore
mkdir keep/host-1901-01-01-000000/mine
old host-1901-01-01-000001 vmcore
chmod 755 keep/host-1901-01-01-000001
old host-1901-01-01-000002 vmcore
ln -s "$work/text" keep/host-1901-01-01-000002/link
mkdir -m 700 elsewhere
echo x >elsewhere/vmcore
ln -s ../elsewhere keep/host-1901-01-01-000003
old host-1901-01-01 vmcore
old 1901-01-01-000000 vmcore
old host-1901-01-01-000000-x vmcore
old host-1901-01-01-00000a vmcore
echo x >keep/host-1901-01-01-000004
keep 1
fourth=$(sed -n 's/^directory //p' keep/last-capture)
left "what is not a dump of ours stays" host-1901-01-01-000000 host-1901-01-01-000001 host-1901-01-01-000002 \
	host-1901-01-01-000003 host-1901-01-01-000004 host-1901-01-01 1901-01-01-000000 host-1901-01-01-000000-x \
	host-1901-01-01-00000a host-2099-01-01-000000 "$fourth"
expect "... and so does what a link leads to" 0 "x" cat elsewhere/vmcore
rm -rf keep
mkdir keep
old host-1901-01-01-000000 vmcore-dmesg.txt
old host-1902-01-01-000000 vmcore
keep 1
left "--keep 1: a log that stands alone does not count, and stays" host-1901-01-01-000000 \
	"$(sed -n 's/^directory //p' keep/last-capture)"
rm -rf keep
mkdir keep
old host-1901-01-01-000000 vmcore
expect "a dump that fails deletes nothing" 1 "" "$crashbox" dump-save -d 1 --keep 1 text keep/
expect "... the old one still exists" 0 "x" cat keep/host-1901-01-01-000000/vmcore
expect "too little room deletes nothing" 1 "are free" "$crashbox" dump-save -d 1 --keep 1 --min-free 1073741824 "$plain" keep/
expect "... the old one is still there" 0 "x" cat keep/host-1901-01-01-000000/vmcore
if has_attribute keep/host-1901-01-01-000000/vmcore; then
	expect "what cannot be deleted is a warning" 0 "warning: the old dump keep/host-1901-01-01-000000 could not be deleted" \
		"$crashbox" dump-save -d 1 --keep 1 "$plain" keep/
	chattr -i keep/host-1901-01-01-000000/vmcore
else
	skipped=$((skipped + 1))
	echo "skipped: a dump that cannot be deleted (no immutable files here)"
fi

# --- targets that fail ------------------------------------------------------------------------------------------------
expect "a full device" 1 "No space left" "$crashbox" dump-save -d 1 "$plain" /dev/full
# A pipe whose only reader was closed before the first write.
expect "a reader that goes" 1 "the reader has gone" \
	sh -c 'mkfifo pipe && exec 4<>pipe 5>pipe 4<&- && exec "$1" dump-save -d 1 "$2" - >&5' sh "$crashbox" "$plain"
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

close_test

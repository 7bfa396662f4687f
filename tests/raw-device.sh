#!/bin/sh
# dump-save onto raw devices and savecore from them as a user calls them, through loop devices: what is refused, and whose
# dump counts. Needs build/crashbox, build/mkcaptureinitrd, root and loop devices. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
crashbox=$PWD/build/crashbox mk=$PWD/build/mkcaptureinitrd
plain=$PWD/tests/fuzz/corpus/vmcore/plain
loop=''
clean_up() {
	[ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit 1

# attach [OPTION...]: the file "image" becomes the device $loop.
attach() {
	loop=$(losetup "$@" -f --show image 2>output) && return
	loop=''
	skip "$what: no loop device ($(cat output))"
	return 1
}

detach() {
	losetup -d "$loop"
	loop=''
}

save() {
	"$crashbox" dump-save -d 1 "$@" "$plain" "$loop"
}

# put OFFSET BYTES: writes bytes, as printf has them, into the image.
put() {
	printf '%b' "$2" | dd of=image bs=1 seek="$1" conv=notrunc 2>/dev/null
}

new_image() {
	rm -f image
	truncate -s 64M image
}

# refused WHAT TEXT [OPTION...]: as a target it is refused, and nothing of it changes; with --disposable it is not.
refused() {
	what=$1 text=$2
	shift 2
	attach "$@" || return
	before=$(md5sum <image)
	expect "$what: refused" 1 "$text" save
	check "$what: nothing was written" test "$before" = "$(md5sum <image)"
	expect "$what: with --disposable" 0 "saved" save --disposable
	detach
}

if [ "$(id -u)" -ne 0 ] || ! losetup -f >/dev/null 2>&1; then
	skip "raw devices (not root, or no loop devices)"
	close_test
	exit
fi

# --- what is on it ----------------------------------------------------------------------------------------------------
new_image
attach || exit
expect "an empty device" 0 "saved" save
expect "a dump that was not saved" 1 "holds a dump that was not saved yet" save
expect "... can be replaced" 0 "saved" save -f
detach

# A whole disk by mistake: its first partition holds the data, and begins far from where anything is looked for.
new_image
put 512 'EFI PART'
refused "GPT" "contains GPT partitions (UUID unknown), which a dump would destroy"
new_image
put $((64 * 1024 * 1024 - 512)) 'EFI PART'
refused "GPT, of which the first header is lost" "contains GPT partitions"
new_image
put 4096 'EFI PART'
refused "GPT, sectors of 4096 bytes" "contains GPT partitions" -b 4096
new_image
put 450 '\0203\0\0\0\0010\0\0\0\0100'
put 510 '\0125\0252'
refused "MBR" "contains MBR partitions (UUID unknown), which a dump would destroy"
if command -v sfdisk >/dev/null; then
	for label in gpt dos; do
		new_image
		printf 'label: %s\n,8M\n\n' $label | sfdisk -q image >output 2>&1 || verdict "sfdisk $label" no
		refused "sfdisk's $label" "contains "
	done
else
	skip "sfdisk's tables: sfdisk is not installed"
fi
new_image
put 32768 'JFS1'
refused "jfs" "contains jfs (UUID unknown), which a dump would destroy"

# Its head cannot be read: the file behind the loop device became shorter.
new_image
what="a head that cannot be read"
if attach; then
	truncate -s 0 image
	expect "a head that cannot be read" 1 "its first or last bytes cannot be read" save
	detach
fi

# --- swap ---------------------------------------------------------------------------------------------------------------
# What programs had swapped out looks like md's and GPT's own; the device is swap's, as its first page says.
new_image
if mkswap -q -U 2f1c0001-0203-4405-8607-08090a0b0cff image >output 2>&1; then
	put 4096 '\0374\0116\0053\0251'
	put 65600 '_BHRfS_M'
	put $((64 * 1024 * 1024 - 512)) 'EFI PART'
	what="swapped-out pages with superblocks in them"
	attach && {
		expect "$what: it has its name" 0 "" "$crashbox" wait-device -t 2 UUID=2f1c0001-0203-4405-8607-08090a0b0cff
		expect "$what: it takes the dump" 0 "saved" save
		detach
	}
else
	skip "swap: no mkswap"
fi

# --- whose dump it is ---------------------------------------------------------------------------------------------------
one=00000000-1111-4222-8333-444444444444
two=55555555-6666-4777-8888-999999999999
other=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee

# as TOKENS WORDS COMMAND...: where /var/lib/crashbox/token holds the tokens, and the kernel's command line the words.
as() {
	unshare -m sh -c 'mount -t tmpfs none /var/lib && mkdir /var/lib/crashbox || exit 99
	[ -z "$1" ] || printf %s "$1" >/var/lib/crashbox/token
	printf "quiet %s\n" "$2" >cmdline && mount --bind cmdline /proc/cmdline || exit 99
	shift 2
	exec "$@"' sh "$@"
}

# crash TOKENS: what the capture environment does; installation TOKENS COMMAND...: the next boot.
crash() {
	as '' "${1:+crashbox.token=$1}" "$crashbox" dump-save -d 1 "$plain" "$loop"
}
installation() {
	tokens=$1
	shift
	as "$tokens" '' "$crashbox" "$@"
}

# saved WHAT: savecore has made one directory more.
directories=0
saved() {
	directories=$((directories + 1))
	check "$1: the dump is in a directory" test "$(find crashes -name vmcore | wc -l)" -eq $directories
}

if ! unshare -m true 2>/dev/null; then
	skip "tokens (mounting is not allowed here)"
	close_test
	exit
fi

# Of each device: what is forged there, in the two places, is what another installation wrote.
mkdir crashes
new_image
mkswap -q image
attach || exit
expect "another's dump" 0 "saved" crash $other
expect "it is in the way of none" 0 "saved" crash $one
expect "ours is" 1 "holds a dump that was not saved yet" crash $one
expect "... also after the token was rotated" 1 "holds a dump that was not saved yet" crash $two,$one
expect "savecore -C" 0 "a whole dump" installation $two,$one savecore -C "$loop"
expect "savecore, rotated" 3 "saved, but NOT WHOLE: " installation $two,$one savecore "$loop" crashes
saved "savecore, rotated"
expect "savecore once more" 0 "was saved before" installation $two,$one savecore "$loop" crashes
expect "another's dump after that" 0 "saved" crash $other
expect "savecore -C of another's" 1 "lacks this installation's token" installation $one savecore -C "$loop"
expect "savecore of another's" 0 "nothing to save: this dump lacks this installation's token" \
	installation $one savecore "$loop" crashes
expect "... is done once" 0 "was saved before" installation $one savecore "$loop" crashes
check "... without a directory" test "$(find crashes -name vmcore | wc -l)" -eq $directories
expect "... but with -f" 3 "saved, but NOT WHOLE: " installation $one savecore -f "$loop" crashes
saved "... but with -f"
expect "without a token, onto swap" 0 "saved" crash ''
expect "... nothing is protected" 0 "saved" crash ''
expect "... nor saved where there is a token" 0 "lacks this installation's token" installation $one savecore "$loop" crashes
expect "without a token, again" 0 "saved" crash ''
expect "... saved where there is none" 3 "saved, but NOT WHOLE: " installation '' savecore "$loop" crashes
saved "... saved where there is none"
expect "tokens of another form are none" 0 "saved" crash "$one,"
expect "... likewise in the file" 3 "saved, but NOT WHOLE: " installation x savecore "$loop" crashes
saved "... likewise in the file"
detach

new_image
attach || exit
expect "a device that is not swap's" 0 "saved" crash ''
expect "... protects a dump without a token" 1 "holds a dump that was not saved yet" crash ''
expect "... which is saved where there is one" 3 "saved, but NOT WHOLE: " installation $one savecore "$loop" crashes
saved "... which is saved where there is one"
detach

# A file that cannot be read is no missing one: nothing is judged, nothing is marked.
new_image
attach || exit
expect "a dump for an unreadable token" 0 "saved" crash $one
expect "a token that cannot be read" 1 "/var/lib/crashbox/token" as '' '' sh -c \
	'mkdir /var/lib/crashbox/token && exec "$@"' sh "$crashbox" savecore "$loop" crashes
expect "... and the dump is still there" 3 "saved, but NOT WHOLE: " installation $one savecore "$loop" crashes
saved "... and the dump is still there"
detach

# rotate, with what becomes of the file after each step; a dump with the previous token is saved before that is forgotten.
new_image
attach || exit
printf 'raw %s\npath %s/crashes\n' "$loop" "$work" >conf
check "an image that names the device" "$mk" -c conf -o capture.img
cat >rotate <<'END'
token=/var/lib/crashbox/token
show() {
	"$@" 2>&1
	echo "$2 $3: $?, $(stat -c %a $token), $(tr , '\n' <$token | grep -cE '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') tokens"
}
show "$1" kdump rotate
first=$(cat $token)
echo "quiet crashbox.token=$first" >cmdline
"$1" dump-save -d 1 "$2" "$3"
echo quiet >cmdline
show "$1" kdump rotate
[ "$(cut -d , -f 2 $token)" = "$first" ] && [ "$(cut -d , -f 1 $token)" != "$first" ] && echo "the previous one is kept"
second=$(cut -d , -f 1 $token)
show "$1" kdump rotate
show "$1" kdump save --image capture.img
[ "$(cat $token)" = "$second" ] && echo "the current one is kept"
END
expect "rotate" 0 "the previous one is kept" as '' '' sh rotate "$crashbox" "$plain" "$loop"
check "rotate: the first token" grep -qx "kdump rotate: 0, 600, 1 tokens" out
check "rotate: the second" grep -qx "kdump rotate: 0, 600, 2 tokens" out
check "rotate: no third" grep -qx "kdump rotate: 1, 600, 2 tokens" out
check "rotate: says why" grep -q "a dump with the previous token may not be saved yet" out
check "save forgets the previous one" grep -qx "kdump save: 3, 600, 1 tokens" out
check "... and keeps the current one" grep -qx "the current one is kept" out
saved "save, of a dump with the previous token"
detach

close_test

#!/bin/sh
# dump-save onto raw devices as a user calls it, through loop devices: what it refuses to overwrite. Needs
# build/crashbox, root and loop devices. The last line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
crashbox=$PWD/build/crashbox
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
refused "GPT" "contains GPT (UUID unknown), which a dump would destroy"
new_image
put $((64 * 1024 * 1024 - 512)) 'EFI PART'
refused "GPT, of which the first header is lost" "contains GPT"
new_image
put 4096 'EFI PART'
refused "GPT, sectors of 4096 bytes" "contains GPT" -b 4096
new_image
put 450 '\0203\0\0\0\0010\0\0\0\0100'
put 510 '\0125\0252'
refused "MBR" "contains MBR (UUID unknown), which a dump would destroy"
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
	expect "$what" 1 "its first or last bytes cannot be read" save
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

close_test

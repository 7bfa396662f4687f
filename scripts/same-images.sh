#!/bin/sh
# Compares the images of two trees, for whoever rearranges mkcaptureinitrd and must not change what it makes.
#
#   sh scripts/same-images.sh OTHER-TREE [NAME...]
#
# OTHER-TREE is the tree before the change, built; this one is the tree after it. Each configuration below
# tests/same-images (NAME.conf; without NAMEs all of them) goes through the mkcaptureinitrd of both trees, with the same
# crashbox binary (the other tree's), the same kernel and the same modules (those of build/kernels; scripts/kernel.sh
# fetches them). Compared byte by byte, with the exit status and what went to standard error:
#
#   --show-config --script --cmdline, --cmdline --why, --report --json --minimum, the image itself, and --list of it
#
# Then each row of tests/dialects/*.table, put into its dialect's sample, through --show-config and --script: several
# hundred configurations, most of them wrong, so that messages are compared too.
#
# A difference is shown once, as a diff; the same one elsewhere is only counted. Rewritten prose shows up as such a diff,
# for a person to judge. In an image, the files that differ are named. The last line is the count; the exit status is 1
# if anything differs. Outputs stay below build/same-images: before/ (made once for each OTHER-TREE) and after/.
#
# In a configuration, a line "#: OPTIONS" gives further options to mkcaptureinitrd, and @WORK@ stands for a directory
# that has a volume key (volume.key) and two staged systems with tests/same-images/fstab: root, and hooks, which also has
# programs in /etc/kdump/pre.d and post.d.
other=$(cd "${1:-/nonexistent}" 2>/dev/null && pwd) || other=
. "$(dirname "$0")/lib.sh"
[ -n "$other" ] || die "usage: same-images.sh OTHER-TREE [NAME...]: the tree to compare with, built"
shift

data=$root/tests/same-images
work=$root/build/same-images
binary=$other/build/crashbox
for file in "$root/build/mkcaptureinitrd" "$other/build/mkcaptureinitrd" "$binary"; do
	[ -x "$file" ] || die "$file is missing: run make there"
done
kernel=
for dir in "$root"/build/kernels/*-amd64; do
	[ ! -f "$dir/vmlinuz" ] || kernel=$dir
done
[ -n "$kernel" ] || die "no kernel in build/kernels: run sh scripts/kernel.sh bookworm amd64"
modules=$(echo "$kernel"/lib/modules/*)

# The same inputs give the same outputs: those of the other tree are kept for the next run.
find "$data" tests/dialects -type f | sort | xargs sha256sum "scripts/$script" "$other/build/mkcaptureinitrd" "$binary" >build/same-images.inputs
if ! cmp -s build/same-images.inputs "$work/inputs"; then
	rm -rf "$work"
	mkdir -p "$work/before"
	mv build/same-images.inputs "$work/inputs"
fi
(cd "$work" && rm -rf conf rows root hooks after volume.key)
mkdir -p "$work/conf" "$work/rows" "$work/after"
printf '0123456789abcdef.0123456789abcd\n' >"$work/volume.key"
chmod 600 "$work/volume.key"
mkdir -p "$work/root/etc/crash" "$work/root/usr/bin" "$work/root/bin"
cp "$data/fstab" "$work/root/etc"
echo "for whoever reads the dump" >"$work/root/etc/crash/notes"
printf '#!/bin/sh\n' >"$work/root/usr/bin/script"
chmod 755 "$work/root/usr/bin/script"
# A hook is a static program: a small one, which is compressed in no time.
echo 'void _start(void) { for (;;) ; }' | gcc -x c -static -nostdlib -s -o "$work/root/bin/sh" -
for file in freeze-array tell-controller; do
	cp "$work/root/bin/sh" "$work/root/usr/bin/$file"
done
cp -R "$work/root" "$work/hooks"
mkdir -p "$work/hooks/etc/kdump/pre.d" "$work/hooks/etc/kdump/post.d"
for file in pre.d/10-first pre.d/20-second post.d/10-last; do
	cp "$work/root/bin/sh" "$work/hooks/etc/kdump/$file"
done
echo "not executable, so it is no hook" >"$work/hooks/etc/kdump/post.d/README"
same=0 different=0
: >"$work/seen"

# run OUT MK ARGUMENT...: its output, errors and status into OUT.
run() {
	out=$1
	shift
	status=0
	(cd "$work" && exec "$@" >"$out" 2>"$out.err" </dev/null) || status=$?
	{
		cat "$out.err"
		echo "status $status"
	} >>"$out"
	rm "$out.err"
}

# compare NAME: before/NAME with after/NAME.
compare() {
	if cmp -s "$work/before/$1" "$work/after/$1"; then
		same=$((same + 1))
		return
	fi
	different=$((different + 1))
	(cd "$work" && diff -a -U2 "before/$1" "after/$1" | tail -n +3) >"$work/diff" || :
	sum=$(grep '^[-+]' "$work/diff" | sha256sum)
	first=$(sed -n "s/^${sum%% *} //p" "$work/seen")
	if [ -n "$first" ]; then
		say "DIFFERS $1: as $first"
	else
		say "DIFFERS $1:"
		sed 's/^/    /' "$work/diff"
		say "${sum%% *} $1" >>"$work/seen"
	fi
}

# compare_images NAME: also where just one was made. What lies in them is unpacked to say which file it is.
compare_images() {
	if [ ! -e "$work/before/$1" ] && [ ! -e "$work/after/$1" ]; then
		return
	elif cmp -s "$work/before/$1" "$work/after/$1"; then
		same=$((same + 1))
		return
	fi
	different=$((different + 1))
	say "DIFFERS $1: $(cmp "$work/before/$1" "$work/after/$1" 2>&1)"
	have bsdtar || return 0
	for side in before after; do
		rm -rf "$work/$side/unpacked"
		mkdir "$work/$side/unpacked"
		bsdtar -xf "$work/$side/$1" -C "$work/$side/unpacked" --exclude './dev/*' --exclude 'dev/*' 2>/dev/null || :
	done
	(cd "$work" && diff -ru before/unpacked after/unpacked) | sed 's/^/    /' || :
}

# outputs SIDE TREE NAME OPTION...: all that this tree's tool makes of a configuration.
outputs() {
	side=$work/$1 mk=$2/build/mkcaptureinitrd name=$3
	shift 3
	set -- -c "conf/$name" -k "$kernel/vmlinuz" -m "$modules" --binary "$binary" "$@"
	run "$side/$name.show-config" "$mk" "$@" --show-config
	run "$side/$name.script" "$mk" "$@" --script
	run "$side/$name.cmdline" "$mk" "$@" --cmdline
	run "$side/$name.cmdline-why" "$mk" "$@" --cmdline --why
	run "$side/$name.report" "$mk" "$@" --report
	run "$side/$name.json" "$mk" "$@" --json
	run "$side/$name.minimum" "$mk" "$@" --minimum
	# The image has one name on both sides, since messages show it.
	rm -f "$work/capture.img"
	run "$side/$name.made" "$mk" "$@" -o capture.img
	if [ -e "$work/capture.img" ]; then
		run "$side/$name.list" "$mk" --list capture.img
		stat -c 'mode %a' "$work/capture.img" >>"$side/$name.list"
		mv "$work/capture.img" "$side/$name.img"
	fi
}

configuration() {
	name=$1
	[ -f "$data/$name.conf" ] || die "tests/same-images/$name.conf is missing"
	sed "/^#:/d; s|@WORK@|$work|g" "$data/$name.conf" >"$work/conf/$name"
	# shellcheck disable=SC2046 # a word each
	set -- "$name" $(sed -n "s|@WORK@|$work|g; s|^#: ||p" "$data/$name.conf")
	case " $* " in
	*" --crashkernel="*) ;;
	*) set -- "$@" --crashkernel=128M ;;
	esac
	[ -e "$work/before/$name.done" ] || outputs before "$other" "$@"
	: >"$work/before/$name.done"
	outputs after "$root" "$@"
	for what in show-config script cmdline cmdline-why report json minimum made list; do
		if [ -e "$work/before/$name.$what" ] || [ -e "$work/after/$name.$what" ]; then
			compare "$name.$what"
		fi
	done
	compare_images "$name.img"
}

# rows TABLE SAMPLE DIRECTORY: writes the sample with each row of the table put in to DIRECTORY/DIALECT-NUMBER; in place
# of the option's own line, on or off, or as a last line.
rows() {
	awk -v base="$3/$(basename "$1" .table)" '
		NR == FNR { sample[++lines] = $0; next }
		/^[-+~!=#*]/ || /^$/ { next }
		{
			option = $0
			sub(/[ =].*/, "", option)
			file = sprintf("%s-%03d", base, ++number)
			done = 0
			for (i = 1; i <= lines; i++) {
				line = sample[i]
				sub(/^#/, "", line)
				if (!done && line ~ "^" option "[ =]") {
					print $0 >file
					done = 1
				} else
					print sample[i] >file
			}
			if (!done)
				print $0 >file
			close(file)
		}' "$2" "$1"
}

table() {
	dialect=$1
	sample=tests/dialects/$dialect.conf
	[ -f "$sample" ] || sample=build/dialect-samples/trixie/kdump-tools
	[ -f "$sample" ] || {
		say "no sample of the dialect $dialect here: sh scripts/dialect-samples.sh fetches it"
		return
	}
	rows "tests/dialects/$dialect.table" "$sample" "$work/rows"
	for file in "$work/rows/$dialect"-*; do
		name=$(basename "$file")
		for what in show-config script; do
			[ -e "$work/before/$name.$what" ] || row before "$other"
			row after "$root"
			compare "$name.$what"
		done
	done
}

row() {
	run "$work/$1/$name.$what" "$2/build/mkcaptureinitrd" -c "rows/$name" --dialect "$dialect" -m "$modules" \
		--binary "$binary" --root root "--$what"
}

if [ $# -gt 0 ]; then
	for name; do
		configuration "$name"
	done
else
	for file in "$data"/*.conf; do
		configuration "$(basename "$file" .conf)"
	done
	for dialect in kdump suse debian lkcd; do
		table $dialect
	done
fi
say "$same passed, $different failed"
[ "$different" -eq 0 ]

#!/bin/sh
# Every check of tests/contracts.sh and tests/manuals.sh can fail: in a copy of the tree each finds something that is planted
# there for it, and without that nothing. Needs what make builds. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
copy=$work/copy

# What the two tests read.
mkdir -p "$copy/build/obj"
cp -R libcore applets initramfs config tests compile_commands.json "$copy/"
mkdir "$copy/doc"
cp -R doc/man "$copy/doc/"
cp -R build/obj/libcore "$copy/build/obj/"
find build/obj build/obj-host -name '*.o' ! -path 'build/obj/libcore/*' | while read -r object; do
	mkdir -p "$copy/$(dirname "$object")"
	: >"$copy/$object"
done
for program in crashbox mkcaptureinitrd; do
	ln -s "$PWD/build/$program" "$copy/build/$program"
done

# count NAME: the last line of a test in the copy; all that it said is in $work/NAME.
count() {
	sh "$copy/tests/$1.sh" >"$work/$1" 2>&1
	tail -n 1 "$work/$1"
}

# all_pass NAME: sets checks to their number.
all_pass() {
	line=$(count "$1")
	checks=${line%% passed*}
	finds_nothing "$1: nothing is found in the copy as it is" "$([ "$line" = "$checks passed, 0 failed" ] || cat "$work/$1")"
}

# all_fail NAME BUT: every check but so many finds what is planted.
all_fail() {
	line=$(count "$1")
	finds_nothing "$1: every check finds what is planted for it" "$([ "$line" = "$2 passed, $((checks - $2)) failed" ] || {
		echo "$line; there are $checks, of which $2 are shown to fail elsewhere"
		grep '^FAILED' "$work/$1"
	})"
}

# found NAME TEXT...: the texts stand in what a test's failed checks show.
found() {
	name=$1
	shift
	for text in "$@"; do
		finds_nothing "$name: finds $text" "$(grep -qF -- "$text" "$work/$name" || echo "it does not")"
	done
}

# plant FILE LINE...: adds lines to a file of the copy.
plant() {
	file=$copy/$1
	shift
	printf '%s\n' "$@" >>"$file"
}

all_pass contracts

# --- layers: an include in the first file of each folder --------------------------------------------------------------
sed -n 's/^layer \([^ ]*\) .*/\1/p' tests/contracts.sh | while read -r folder; do
	first=$(find "$folder" -maxdepth 1 -name '*.h' | sort | head -n 1)
	plant "$first" '#include "planted/none.h"'
done
plant applets/umount.c '#include "init/none.h"'
mkdir "$copy/libcore/planted"
plant libcore/dump/selection.c '#include "sys/file.h"'

# --- habits -----------------------------------------------------------------------------------------------------------
plant libcore/fmt/vmcoreinfo.c 'struct span planted_word = conf_word(&rest);' 'int planted_next = conf_next(&reader, &option, e);'
for call in strcat strncat strcpy stpcpy sprintf vsprintf; do
	plant initramfs/build.c "	$call(planted_$call);"
done
plant libcore/base/umount.c ''
plant initramfs/build.c 'const char planted_magic[] = "BZh";' 'unsigned planted_lz4 = 0x184c2102;'
# Each magic stands in one line: one less is missed.
sed -i '0,/"BZh/{/"BZh/d}' "$copy/libcore/fmt/compression.c"
plant libcore/sys/file.c '	write(2, planted_write, 1);' '	write_all(STDERR_FILENO, planted_write, 1);'
plant applets/umount.c 'extern const struct applet applet_mount;'
plant config/applets.def 'APPLET(a_planted_one)'
sed -i 's|libcore/base/crc32\.c|libcore/base/planted.c|' "$copy/compile_commands.json"

# What no source shows: in an object. Each function by a call of its own.
exits="exit _exit _Exit quick_exit abort raise __assert_fail pthread_exit longjmp siglongjmp"
prints="printf vprintf fprintf vfprintf dprintf vdprintf wprintf puts fputs putc fputc putchar putw fwrite perror psignal err errx
	warn warnx verr verrx vwarn vwarnx syslog vsyslog fputs_unlocked putchar_unlocked fwrite_unlocked"
{
	for name in $exits $prints; do
		echo "void $name(void);"
	done
	echo "extern int stdin, stdout, stderr;"
	echo "int planted_variable = 1, planted_zeros;"
	echo "void planted(void)"
	echo "{"
	for name in $exits $prints; do
		echo "	$name();"
	done
	echo "	stdin = stdout = stderr;"
	echo "}"
} >"$work/planted.c"
check "what is planted compiles" gcc -w -fno-builtin -fcommon -c -o "$copy/build/obj/libcore/base/crc32.o" "$work/planted.c"
rm "$copy/build/obj/libcore/base/error.o"
all_fail contracts 1
for name in $exits $prints stdin stdout stderr; do
	found contracts "U $name"
done
found contracts planted_strcat planted_strncat planted_strcpy planted_stpcpy planted_sprintf planted_vsprintf planted_word planted_next \
	planted_magic planted_lz4 "write(2, planted_write" "STDERR_FILENO, planted_write" planted_variable planted_zeros \
	build/obj/libcore/base/error.o

# Without the program that reads them, no symbols are found: the one check that is left.
mkdir "$work/programs"
printf '#!/bin/sh\n' >"$work/programs/nm"
chmod 755 "$work/programs/nm"
PATH=$work/programs:$PATH count contracts >"$work/line"
found contracts "FAILED the symbols that libcore needs are read" "FAILED the symbols that libcore has are read"

# --- manuals: an option that only the manual has, one that only the help has, and a request that groff does not know --------
cp config/applets.def "$copy/config/"
all_pass manuals
for program in crashbox mkcaptureinitrd; do
	rm "$copy/build/$program"
	printf '#!/bin/sh\n"%s" "$@" | sed "s/--help /--planted /"\n' "$PWD/build/$program" >"$copy/build/$program"
	chmod 755 "$copy/build/$program"
done
for manual in "$copy"/doc/man/*.8; do
	printf '.planted\n' >>"$manual"
done
all_fail manuals 0
rm "$copy/doc/man/kexec.8"
count manuals >"$work/line"
found manuals "FAILED kexec has a manual page"

close_test

#!/bin/sh
# What the sources have promised each other: who may include whom, and their habits. Reads the sources and what make built.
# tests/planted.sh shows that each check here can fail. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

# --- layers: DESIGN.md, "Where things live" ---------------------------------------------------------------------------

# The rooms that the sources of a folder include, except the allowed ones; <...> is the system's. A file of libcore is named
# by its folder there, one of initramfs or applets by its room, and one beside main.c has no folder.
strays() {
	[ -d "$1" ] || echo "$1: no such folder"
	find "$1" -maxdepth "$3" -name '*.[ch]' -exec grep -nE '^[[:space:]]*#[[:space:]]*include "' {} + |
		grep -vE "include \"($2)/[^\"]*\"" | grep -vE "include \"(applet\.h|lz4[^/]*\.h|applets\.def)\"$"
}

# layer FOLDER ROOMS: the sources below the folder include those rooms, and no others.
layer() {
	finds_nothing "$1 includes only $2" "$(strays "$1" "$2" 9)"
}

layer libcore/base "base"
layer libcore/fmt "base|fmt"
layer libcore/sys "base|fmt|sys"
layer libcore/net "base|fmt|sys|net"
layer libcore/kern "base|fmt|kern"
layer libcore/dump "base|fmt|kern|dump|sys"
layer libcore/dump/sink "base|fmt|sys|dump/sink"
layer libcore/dump/target "base|fmt|sys|dump"
layer libcore/dump/rawdev "base|fmt|sys|dump"

libcore="base|fmt|sys|net|kern|dump"
layer applets/shared "$libcore|shared"
layer applets/dump-save "$libcore|shared|dump-save"
layer applets/ifup "$libcore|ifup"
layer applets/init "$libcore|init"
layer applets/kdump "$libcore|shared|kdump"
finds_nothing "an applet of one file includes only libcore and shared" "$(strays applets "$libcore|shared" 1)"

# What mkcaptureinitrd is made of: only build.c, request.c, output.c and main.c, which are in no room, know all of it.
layer initramfs/text "base|text"
layer initramfs/plan "base|text|plan"
layer initramfs/compress "base|fmt|sys|text|compress"
layer initramfs/dialect "base|fmt|text|plan|dialect"
layer initramfs/module "base|fmt|sys|text|plan|compress|module"
layer initramfs/script "base|fmt|text|plan|script"
layer initramfs/kernel "base|fmt|sys|text|compress|image|kernel"
layer initramfs/image "base|fmt|sys|text|plan|compress|module|kernel|image"
layer initramfs/host "base|fmt|sys|text|plan|dialect|module|host"
layer initramfs/budget "base|fmt|text|plan|compress|kernel|budget"
# A room without a line above would have no layer.
finds_nothing "every room has a layer" "$(for room in libcore/*/ applets/*/ initramfs/*/; do
	grep -qE "^layer ${room%/} " tests/contracts.sh || echo "$room"
done)"
finds_nothing "in dump only sinks, sources and files know sys" \
	"$(grep -lE '^#include "sys/' libcore/dump/*.[ch] libcore/dump/*/*.[ch] | grep -vE 'dump/((sink|rawdev|target)/[a-z_]*|vmcore|info|save)\.[ch]')"

# --- habits -----------------------------------------------------------------------------------------------------------

# What a text is split into words with is for parsers: all others read what these made of it.
finds_nothing "configuration is taken apart only by parsers" \
	"$(grep -rnE 'conf_(word|next)\(' libcore applets initramfs --include='*.[ch]' |
		grep -vE '^(libcore/fmt/(conf|dm_table)|initramfs/dialect/[a-z_]*|initramfs/host/mount_lines)\.[ch]:' |
		grep -vE '^initramfs/module/modules\.c:' | # modules.dep and modules.softdep
		grep -vE '^initramfs/image/extra_files\.c:' | # the line with #!
		grep -vE '^initramfs/image/image_record\.c:' | # reads back what kdump will read
		grep -vE '^applets/(dm-create|kdump/kdump_(facts|load|save|targets))\.c:')" # operands, and the plan in an image
finds_nothing "no strcat, strncat, strcpy or sprintf" \
	"$(grep -rnE '(^|[^a-z_])(strcat|strncat|strcpy|stpcpy|v?sprintf)[[:space:]]*\(' libcore applets initramfs --include='*.[ch]')"
finds_nothing "no two sources of one basename, except main.c, and no two headers" \
	"$(find libcore applets initramfs -name '*.[ch]' | sed 's|.*/||' | sort | uniq -d | grep -vx main.c)"

# The magic bytes of compressions, as text or as numbers of either byte order.
magic='x1f..?x8b|037.213|0x1f, *0x8b|8b1f|1f8b|x02.x21.x4c|184c2102|0x02214c18|x04.x22.x4d|184d2204|0x04224d18|7zXZ|0xfd, *0x37|x28.xb5|28b52ffd|fd2fb528|"BZh|x89LZO|x5d.0'
grep -rniE "$magic" libcore applets initramfs --include='*.[ch]' >"$work/magic"
finds_nothing "magic bytes of compressions stand in one file" "$(grep -v '^libcore/fmt/compression\.c:' "$work/magic")"
check "and all eight are found there" test "$(wc -l <"$work/magic")" -eq 8
# Read from the objects, which hide nothing behind a macro; sys/child.c and sys/power.c end processes of their own.
find libcore -name '*.c' | sed 's|^|build/obj/|; s|c$|o|' >"$work/objects"
finds_nothing "every source of libcore has its object" "$(while read -r object; do [ -f "$object" ] || echo "$object"; done <"$work/objects")"
xargs nm -A -u <"$work/objects" >"$work/needed" 2>&1
xargs nm -A <"$work/objects" >"$work/symbols" 2>&1
check "the symbols that libcore needs are read" grep -q ' U error_set$' "$work/needed"
check "the symbols that libcore has are read" grep -q ' T error_set$' "$work/symbols"
finds_nothing "libcore never prints" \
	"$(grep -E ' U (v?(|f|d|w|fw)printf|(f?puts|f?putc|putchar|putw|fwrite)(_unlocked)?|perror|psignal|v?errx?|v?warnx?|v?syslog|stdin|stdout|stderr)$' "$work/needed")"
finds_nothing "libcore never exits" \
	"$(grep -E ' U (exit|_exit|_Exit|quick_exit|abort|raise|__assert_fail|pthread_exit|longjmp|siglongjmp)$' "$work/needed" |
		grep -vE '^build/obj/libcore/sys/(child|power)\.o: *U _exit$')"
finds_nothing "libcore writes to no descriptor that it did not open" \
	"$(grep -rnE 'write[a-z_]*\(([012]|STD[A-Z]+_FILENO)[,)]' libcore --include='*.[ch]')"
finds_nothing "libcore has no variables of its own" "$(grep -E ' [dDbBC] ' "$work/symbols")"

# An applet calls libcore, never another applet.
finds_nothing "no applet names another applet's object" \
	"$(for file in applets/*.c applets/*/*.c; do
		own=$(basename "$file" .c)
		# A part of an applet, as kdump_load.c, is of that one.
		own="applet_($(printf '%s' "$own" | tr - _)|$(printf '%s' "${own%%_*}" | tr - _))"
		grep -noE 'applet_[a-z_]+' "$file" | grep -vE "[0-9]:($own|applet_(error|usage|usage_error|stop|number|log|log_init|run|find|options|last_words))$" |
			sed "s|^|$file:|"
	done | grep -E "$(sed -n 's/^APPLET(\(.*\))$/applet_\1$/p' config/applets.def | paste -sd'|')" | grep -vE '^applets/(main|shared/power_applet)\.c')"

finds_nothing "config/applets.def is sorted" \
	"$(grep '^APPLET' config/applets.def | sed 's/_/-/g' | LC_ALL=C sort -c 2>&1)"

# For editors: each source once, and its command is one that compiles (two of them are tried).
check "compile_commands.json names every source of the product and of the unit tests" /usr/bin/python3 -c '
import json, os, subprocess
entries = json.load(open("compile_commands.json"))
named = sorted(entry["file"] for entry in entries)
built = [os.path.join(folder, name)[:-2] + ".c" for kind in ("obj", "obj-host") for folder, _, names in os.walk("build/" + kind)
         for name in names if name.endswith(".o")]
there = {path.split("/", 2)[2] for path in built}
missing = sorted(path for path in there if os.path.exists(path) and path not in named)
assert not missing, missing
assert len(set(named)) == len(named), "a source is named twice"
for entry in (entries[0], entries[-1]):
    subprocess.run(entry["command"] + " -fsyntax-only", shell=True, cwd=entry["directory"], check=True)
'

close_test

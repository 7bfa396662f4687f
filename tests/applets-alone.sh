#!/bin/sh
# config/applets.def promises that any line can be taken out: the binary is linked without each in turn. Only main.c is
# recompiled; the others are as make built them. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

applets=$(sed -n 's/^APPLET(\(.*\))$/\1/p' config/applets.def)

# link_without NAME: with make's own commands, their outputs in $work.
link_without() {
	grep -v "^APPLET($1)" config/applets.def >"$work/applets.def"
	listed=$(sed -n 's/^APPLET(\(.*\))$/\1/p' "$work/applets.def" | tr _ - | tr '\n' ' ')
	make -n V=1 LISTED="$listed" -W applets/main.c build/crashbox 2>/dev/null >"$work/commands" || return
	# The first that is found is taken.
	grep -- ' -o build/obj/applets/main.o ' "$work/commands" |
		sed "s|-o build/obj/applets/main.o|-o $work/main.o -I$work -MF $work/main.d|; s|-Iconfig||" >"$work/compile"
	grep -- ' -o build/crashbox.unstripped ' "$work/commands" |
		sed "s|-o build/crashbox.unstripped|-o $work/crashbox|; s| build/obj/applets/main.o| $work/main.o|" >"$work/link"
	[ "$(wc -l <"$work/compile")" = 1 ] && [ "$(wc -l <"$work/link")" = 1 ] &&
		sh "$work/compile" && sh "$work/link"
}

for name in $applets; do
	rm -f "$work/crashbox" "$work/main.o"
	check "without $name it links" link_without "$name"
	[ -x "$work/crashbox" ] || continue
	command=$(printf '%s' "$name" | tr _ -)
	expect "and $command is not in it" 2 "unknown applet '$command'" "$work/crashbox" "$command"
done
# That the others are in it is seen with the last one.
expect "the others are in it" 0 "usage: " "$work/crashbox" "$(printf '%s' "$applets" | head -n 1 | tr _ -)" --help

close_test

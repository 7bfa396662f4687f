#!/bin/sh
# What the sources have promised each other: who may include whom, and that usage text, manual page and options table of
# every applet agree. Runs the built programs. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

# --- layers: DESIGN.md, "Where things live" ---------------------------------------------------------------------------

# The libcore folders that the sources of a folder include, but for the allowed ones. <...> is the system's.
strays() {
	allowed=$2
	grep -nE '^#include "' "$1"/*.[ch] "$1"/*/*.[ch] 2>/dev/null | grep -E '"(base|fmt|sys|kern|dump)/' |
		grep -vE "\"($allowed)/"
}

layer() {
	finds_nothing "libcore/$1 includes only $2" "$(strays "libcore/$1" "$2")"
}

layer base "base"
layer fmt "base|fmt"
layer sys "base|fmt|sys"
layer kern "base|fmt|kern"
layer dump "base|fmt|kern|dump|sys"
finds_nothing "libcore includes no applet and nothing of initramfs" \
	"$(grep -nE '^#include "' libcore/*/*.[ch] libcore/*/*/*.[ch] | grep -vE '"(base|fmt|sys|kern|dump)/')"
finds_nothing "in dump only sinks, sources and files know sys" \
	"$(grep -lE '^#include "sys/' libcore/dump/*.[ch] libcore/dump/*/*.[ch] | grep -vE 'dump/((sink|rawdev|target)/[a-z_]*|vmcore|info|save)\.[ch]')"
# shellcheck disable=SC2016
finds_nothing "libcore never prints and never exits" \
	"$(grep -nE '(^|[^a-z_])(printf|puts|fputs|perror|exit|_exit|abort)\(|stderr|stdout' libcore/*/*.c libcore/*/*/*.c |
		grep -vE '^[^:]*:[0-9]*:[[:space:]]*(\*|/\*|//)|sys/(child|power)\.c')"
finds_nothing "libcore has no variables of its own" \
	"$(nm -A build/obj/libcore/*/*.o build/obj/libcore/*/*/*.o | grep -E ' [dDbBC] ')"

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

# --- usage, manual page, options table --------------------------------------------------------------------------------

# The options of a help text, one a line: from the table under "Options:", short and long forms.
help_options() {
	sed -n '/^Options:/,$p' | sed -n 's/^  *\(-[^ ].*\)$/\1/p' | sed 's/  .*//' |
		grep -oE '(^|[ ,])--?[A-Za-z0-9][a-z0-9-]*' | tr -d ' ,' | LC_ALL=C sort -u
}

# The options of a manual page: those in the line behind each .TP of its OPTIONS section.
manual_options() {
	sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$1" | grep -A1 '^\.TP' | grep '^\.[BI]' |
		sed 's/\\-/-/g; s/\\f[BIRP]//g; s/"//g' | grep -oE '(^|[ ,])--?[A-Za-z0-9][a-z0-9-]*' | tr -d ' ,' |
		LC_ALL=C sort -u
}

agree() {
	name=$1
	shift
	manual=doc/man/$name.8
	if [ ! -f "$manual" ]; then
		finds_nothing "$name has a manual page" "$manual is missing"
		return
	fi
	"$@" --help >build/help.txt 2>&1
	help_options <build/help.txt >build/help-options.txt
	manual_options "$manual" >build/manual-options.txt
	finds_nothing "$name: --help and manual page name the same options" \
		"$(diff build/help-options.txt build/manual-options.txt)"
	usage=$(sed -n '/^usage:/,/^$/p' build/help.txt | tr '\n' ' ')
	finds_nothing "$name: the usage line names every option of the table" "$(
		while read -r option; do
			case $option in
			--help) continue ;;
			--*) case $usage in *"$option"*) continue ;; esac ;;
			-?) printf '%s\n' "$usage" | grep -qE "(^|[^-a-zA-Z])-[a-zA-Z]*${option#-}" && continue ;;
			esac
			# A long form beside a short one that the line has is enough.
			grep -E -- "-[A-Za-z], $option([= ]|$)" build/help.txt >build/pair.txt && {
				short=$(sed -n 's/^ *-\(.\),.*/\1/p' build/pair.txt)
				printf '%s\n' "$usage" | grep -qE "(^|[^-a-zA-Z])-[a-zA-Z]*$short" && continue
			}
			printf '%s is not in: %s\n' "$option" "$usage"
		done <build/help-options.txt
	)"
	finds_nothing "$name: the manual page formats without a complaint" \
		"$(groff -man -Tutf8 -K utf8 -ww -z "$manual" 2>&1)"
}

for name in $(sed -n 's/^APPLET(\(.*\))$/\1/p' config/applets.def | tr _ -); do
	agree "$name" build/crashbox "$name"
done
agree mkcaptureinitrd build/mkcaptureinitrd

close_test

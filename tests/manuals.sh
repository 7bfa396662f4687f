#!/bin/sh
# That usage text, manual page and options table of every applet agree. Runs the built programs. tests/planted.sh shows that
# each check here can fail. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

# The options of a help text, one a line: from the table under "Options:", short and long forms.
help_options() {
	sed -n '/^Options:/,$p' | sed -n 's/^  *\(-[^ ].*\)$/\1/p' | sed 's/  .*//' |
		grep -oE '(^|[ ,])--?[A-Za-z0-9][a-z0-9-]*' | tr -d ' ,' | LC_ALL=C sort -u
}

# The options of a manual page: those in the line after each .TP of its OPTIONS section.
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
	"$@" --help >"$work/help" 2>&1
	help_options <"$work/help" >"$work/help-options"
	manual_options "$manual" >"$work/manual-options"
	check "$name: --help has a table of options" grep -qx -- --help "$work/help-options"
	finds_nothing "$name: --help and manual page name the same options" \
		"$(diff "$work/help-options" "$work/manual-options")"
	usage=$(sed -n '/^usage:/,/^$/p' "$work/help" | tr '\n' ' ')
	finds_nothing "$name: the usage line names every option of the table" "$(
		while read -r option; do
			case $option in
			--help) continue ;;
			--*) case $usage in *"$option"*) continue ;; esac ;;
			-?) printf '%s\n' "$usage" | grep -qE "(^|[^-a-zA-Z])-[a-zA-Z]*${option#-}" && continue ;;
			esac
			# A long form beside a short one that the line has is enough.
			grep -E -- "-[A-Za-z], $option([= ]|$)" "$work/help" >"$work/pair" && {
				short=$(sed -n 's/^ *-\(.\),.*/\1/p' "$work/pair")
				printf '%s\n' "$usage" | grep -qE "(^|[^-a-zA-Z])-[a-zA-Z]*$short" && continue
			}
			printf '%s is not in: %s\n' "$option" "$usage"
		done <"$work/help-options"
	)"
	finds_nothing "$name: the manual page formats without a complaint" \
		"$(groff -man -Tutf8 -K utf8 -ww -z "$manual" 2>&1)"
}

for name in $(sed -n 's/^APPLET(\(.*\))$/\1/p' config/applets.def | tr _ -); do
	agree "$name" build/crashbox "$name"
done
agree mkcaptureinitrd build/mkcaptureinitrd

close_test

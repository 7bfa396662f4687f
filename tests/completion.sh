#!/bin/sh
# The completions for bash offer each option of each applet and of mkcaptureinitrd, each applet, each verb of kdump, and
# nothing else: compared with --help. The last line is the count.
# shellcheck disable=SC2016 # the inner shell expands its own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

if ! command -v bash >/dev/null; then
	skip "bash is not installed"
	close_test
	exit
fi

# offered WORD...: what Tab offers after these words; the last one is incomplete.
offered() {
	bash -c '. contrib/completion/"$1"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; printf "%s\n" "${COMPREPLY[@]}"' - "$@" 2>/dev/null |
		sed '/^$/d' | LC_ALL=C sort
}

# The options under "Options:", each form of them, with = where it takes a value so.
help_options() {
	"$@" --help | sed -n '/^Options:/,$p' |
		awk '/^ +-/ { for (i = 1; $i ~ /^-/; i++) print $i }' | sed 's/,$//; s/=.*/=/' | LC_ALL=C sort -u
}

# same WHAT: $work/offered is $work/want, and is not empty.
same() {
	finds_nothing "$1" "$(diff "$work/want" "$work/offered")"
	check "$1: there are some" test -s "$work/want"
}

sed -n 's/^APPLET(\(.*\))$/\1/p' config/applets.def | tr _ - | LC_ALL=C sort >"$work/want"
offered crashbox "" >"$work/offered"
same "crashbox: each applet, and no other"
applets=$(tr '\n' ' ' <"$work/want")
for name in $applets; do
	help_options build/crashbox "$name" >"$work/want"
	offered crashbox "$name" - | LC_ALL=C sort -u >"$work/offered"
	same "crashbox $name: each option, and no other"
done
build/crashbox kdump --help | sed -n '/^VERB is one of/,/^$/s/^  \([a-z][a-z]*\)  .*/\1/p' | LC_ALL=C sort >"$work/want"
offered crashbox kdump "" >"$work/offered"
same "crashbox kdump: each verb, and no other"
help_options build/mkcaptureinitrd >"$work/want"
offered mkcaptureinitrd - >"$work/offered"
same "mkcaptureinitrd: each option, and no other"

sed -n 's/^const struct dialect dialect_\([a-z]*\) = .*/\1/p' initramfs/dialect/dialect_*.c | LC_ALL=C sort >"$work/want"
offered mkcaptureinitrd --dialect = "" >"$work/offered"
same "mkcaptureinitrd --dialect=: each dialect, and no other"

# Those that were begun, and files where nothing of ours fits.
check "an option that was begun" test "$(offered crashbox kdump --im)" = --image=
check "a verb that was begun" test "$(offered crashbox kdump reh)" = rehearse
check "a value that was begun" test "$(offered mkcaptureinitrd --format = l)" = lz4
check "an operand is a file, which bash itself offers" test -z "$(offered crashbox dump-info v)"

close_test

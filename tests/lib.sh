# shellcheck shell=sh disable=SC2034
# What the tests here share; each reads it first, from the tree's root: . tests/lib.sh
#
# Every check counts as one; what a failed one said is shown. $work is a directory of the test's own; it goes away at the
# end, unless the test sets a trap of its own for more than that.

set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
: >"$work/out"
: >"$work/output"
passed=0 failed=0 skipped=0

# verdict WHAT yes|no: no shows what the last command said.
verdict() {
	if [ "$2" = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s\n' "$1"
		tail -n 40 "$work/output" | sed 's/^/    | /'
	fi
}

# finds_nothing WHAT FOUND: what a search for mistakes found is empty.
finds_nothing() {
	printf '%s\n' "$2" >"$work/output"
	if [ -z "$2" ]; then verdict "$1" yes; else verdict "$1" no; fi
}

# lacks_line WHAT PATTERN FILE...: no line of the files matches (grep -E); a file that cannot be read is not without it.
lacks_line() {
	what=$1 pattern=$2
	shift 2
	finds_nothing "$what" "$(grep -E -- "$pattern" "$@" 2>&1)"
}

# static WHAT FILE: it is an ELF program without an interpreter.
static() {
	finds_nothing "$1" "$(readelf -lW "$2" >"$work/segments" 2>&1 || cat "$work/segments"
		grep -q LOAD "$work/segments" || echo "$2 has no segments"
		grep INTERP "$work/segments")"
}

skip() {
	skipped=$((skipped + 1))
	printf 'skipped: %s\n' "$1"
}

# check WHAT COMMAND...: the command succeeds. It may look at what the one before it said.
check() {
	what=$1 ok=yes
	shift
	"$@" >"$work/checked" 2>&1 || ok=no
	mv "$work/checked" "$work/output"
	verdict "$what" $ok
}

# expect WHAT STATUS TEXT COMMAND...: the command ends with that status and says that text, on whichever of its outputs.
# $work/out keeps its standard output alone, $work/output all that it said.
expect() {
	what=$1 status=$2 text=$3
	shift 3
	"$@" >"$work/out" 2>"$work/output"
	got=$?
	cat "$work/out" >>"$work/output"
	if [ "$got" -eq "$status" ] && { [ -z "$text" ] || grep -qF -- "$text" "$work/output"; }; then
		verdict "$what" yes
	else
		printf 'status %s, not %s; looked for: %s\n' "$got" "$status" "$text" >>"$work/output"
		verdict "$what" no
	fi
}

# The last line, and the status: a test ends with it.
close_test() {
	printf '%d passed, %d failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ]
}

#!/bin/sh
# Line coverage per folder: `make coverage` builds the programs and runs this.
#
# Runs the unit tests, the fuzz corpora and the shell tests below, with programs built with --coverage. Fails as
# config/coverage-reasons says. GCOV names another gcov, for another compiler.
. "$(dirname "$0")/lib.sh"

programs=build/coverage objects=build/obj-coverage
logs=$programs/logs
mkdir -p "$logs"
find "$objects" -name '*.gcda' -delete

# tested NAME COMMAND...: whether it passed. What it said is in build/coverage/logs.
tested() {
	name=$1
	shift
	"$@" >"$logs/$name" 2>&1 </dev/null
}

# The shell tests take their programs from build/ in the directory in which they run.
tree=$programs/tree
rm -rf "$tree"
mkdir -p "$tree/build"
for entry in *; do
	[ "$entry" = build ] || ln -s "$root/$entry" "$tree/$entry"
done
ln "$programs/crashbox" "$programs/mkcaptureinitrd" "$tree/build/"

# The part of the gate that runs them without --coverage is where they must pass; these programs are larger than some
# tests expect, and slower.
shell_tests() {
	for name in kdump mkcaptureinitrd applets dialects capture-script dump-save raw-device ifup; do
		(cd "$tree" && tested "$name" sh "tests/$name.sh") || note "coverage: $name: $(tail -n 1 "$logs/$name")"
	done
}

unit_tests() {
	tested unit "$programs/unit" || die "the unit tests failed: $logs/unit"
	for program in "$programs"/fuzz_*; do
		name=${program##*/fuzz_}
		tested "fuzz-$name" "$program" "tests/fuzz/corpus/$name" || die "fuzz corpus $name failed: $logs/fuzz-$name"
	done
}

logs=$root/$logs
shell_tests &
unit_tests
wait $!
find "$objects/libcore" "$objects/applets" "$objects/initramfs" -name '*.gcno' |
	/usr/bin/python3 scripts/coverage.py "${GCOV:-gcov}" config/coverage-reasons

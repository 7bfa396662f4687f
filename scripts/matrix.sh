#!/bin/sh
# The long tests, beyond the gate, in parts of at most an hour on two processors.
#
#   sh scripts/matrix.sh              every part in the emulator, then "fresh", then "table"
#   sh scripts/matrix.sh list         the parts, and what each runs
#   sh scripts/matrix.sh PART...      these parts; each records its count, its time and the commit in build/matrix
#   sh scripts/matrix.sh table        doc/matrix.md, from the parts that were run at this commit
#
# Besides those in the emulator: "fuzz-N" searches for ten minutes with each of ten fuzz targets (FUZZ_SECONDS changes
# that), "faults" makes every system call fail, "fresh" runs the demo in a fresh Debian 12. The last line is the sum.
. "$(dirname "$0")/lib.sh"

jobs=$(nproc)
qemu="/usr/bin/python3 qemu-tests/run.py"
logs=build/matrix
passed=0 failed=0 skipped=0

# --- fuzzing: ten targets a part, as many at once as there are processors ---------------------------------------------

fuzz_targets=10
fuzz_names() {
	printf '%s\n' tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_\(.*\)\.c|\1|' | awk -v part="$1" -v each="$fuzz_targets" 'int((NR - 1) / each) + 1 == part'
}

fuzz_parts() {
	part=1
	while [ -n "$(fuzz_names "$part")" ]; do
		say "fuzz-$part"
		part=$((part + 1))
	done
}

run_fuzz() {
	seconds=${FUZZ_SECONDS:-600} done=0 found=0
	# Words on purpose: names.
	# shellcheck disable=SC2046
	make -s -j"$jobs" $(fuzz_names "$1" | sed 's|^|build/fuzz/fuzz_|')
	fuzz_names "$1" | xargs -P "$jobs" -I @ sh -c \
		"make -s fuzz NAME=@ SECONDS=$seconds >$logs/fuzz-@.log 2>&1 && echo ok >>$logs/fuzz-@.log" || :
	for name in $(fuzz_names "$1"); do
		log=$logs/fuzz-$name.log
		if [ "$(tail -n 1 "$log")" = ok ]; then
			done=$((done + 1))
			say "  ok    $name: $(grep '^Done' "$log")"
		else
			found=$((found + 1))
			say "  FAIL  $name: see $log"
			tail -n 20 "$log" | sed 's/^/        | /'
		fi
	done
	say "$done passed, $found failed"
}

# --- the others -------------------------------------------------------------------------------------------------------

run_fresh() {
	if [ "$(id -u)" != 0 ]; then
		say "  skip  it needs root"
		say "0 passed, 0 failed, 1 skipped"
	elif sh scripts/fresh.sh; then
		say "  ok    in a fresh Debian 12 the demo runs"
		say "1 passed, 0 failed"
	else
		say "  FAIL  in a fresh Debian 12 the demo does not run"
		say "0 passed, 1 failed"
	fi
}

emulated=$($qemu --parts | sed 's/ .*//')
faults=
[ ! -f tests/syscall-faults.py ] || faults=faults
all=$(printf '%s ' "$emulated" "$(fuzz_parts)" $faults fresh | tr '\n' ' ')

list() {
	$qemu --parts
	for part in $(fuzz_parts); do
		printf '%-20s %s\n' "$part" "$(fuzz_names "${part#fuzz-}" | paste -sd, | sed 's/,/, /g')"
	done
	[ -z "$faults" ] || printf '%-20s %s\n' faults "tests/syscall-faults.py --all"
	printf '%-20s %s\n' fresh "scripts/fresh.sh"
}

# --- one part ---------------------------------------------------------------------------------------------------------

run_part() {
	case $1 in
	fuzz-*) run_fuzz "${1#fuzz-}" ;;
	faults) /usr/bin/python3 tests/syscall-faults.py --all ;;
	fresh) run_fresh ;;
	*) $qemu "$1" ;;
	esac
}

# The N of "N WHAT" in a part's last line.
counted() {
	printf '%s\n' "$1" | sed -n "s/^\(.*[^0-9]\)\{0,1\}\([0-9][0-9]*\) $2.*/\2/p"
}

# A part that does not close with its count has failed.
record_part() {
	commit=$($qemu --commit) start=$(date +%s)
	say "=== $1"
	run_part "$1" 2>&1 | tee "$logs/$1.log" || :
	count=$(tail -n 1 "$logs/$1.log")
	case $count in
	*" passed, "*" failed"*) ;;
	*) count="0 passed, 1 failed (it did not close with its count)" ;;
	esac
	seconds=$(($(date +%s) - start))
	say "    $seconds s for $1"
	$qemu --record "$1" "$commit" "$seconds" "$count"
	passed=$((passed + $(counted "$count" passed)))
	failed=$((failed + $(counted "$count" failed)))
	more=$(counted "$count" skipped)
	skipped=$((skipped + ${more:-0}))
}

# ----------------------------------------------------------------------------------------------------------------------

table() {
	# Words on purpose: the parts' names.
	# shellcheck disable=SC2086
	$qemu --table $all
}

case ${1:-} in
list)
	list
	exit
	;;
table)
	table
	exit
	;;
esac
for part; do
	case " $all " in
	*" $part "*) ;;
	*) die "unknown part '$part'; the parts are: $all" ;;
	esac
done
sh scripts/setup.sh matrix
make -s -j"$jobs"
make -s -j"$jobs" ARCH=arm64
mkdir -p "$logs"
whole=
if [ $# -eq 0 ]; then
	whole=yes
	# shellcheck disable=SC2086 # a word each
	set -- $emulated fresh
fi
for part; do
	record_part "$part"
done
[ -z "$whole" ] || table
if [ "$skipped" -gt 0 ]; then
	say "$passed passed, $failed failed, $skipped skipped"
else
	say "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]

#!/bin/sh
# That the parts of the matrix leave nothing out: each scenario and each fuzz target is in one of them. Runs nothing of it.
# The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

run="/usr/bin/python3 qemu-tests/run.py"
sh scripts/matrix.sh list >"$work/list" 2>&1
sed 's/^[^ ]* *//; s/, /\n/g' "$work/list" | sort >"$work/listed"

check "there are parts for the emulator, for fuzzing and for a fresh system" \
	grep -qzE 'kernels-amd64 .*fuzz-1 .*fuzz-3 .*fresh ' "$work/list"
finds_nothing "nothing is in two parts" "$(uniq -d "$work/listed")"
finds_nothing "every fuzz target is in a part" "$(printf '%s\n' tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_\(.*\)\.c|\1|' |
	grep -vxFf "$work/listed")"
finds_nothing "a part for fuzzing has at most ten targets" "$(awk '/^fuzz-/ && NF > 11' "$work/list")"

# Every test_*.py's scenarios are those of the gate or of a part; run.py --list names both.
$run --list | sed 's/ .*//' | sort >"$work/scenarios"
$run --parts | sed 's/^[^ ]* *//; s/, /\n/g' | sort >"$work/in-parts"
finds_nothing "every scenario of a part has a name and a description" "$(comm -13 "$work/scenarios" "$work/in-parts")"
finds_nothing "every function that takes a report alone is a scenario" \
	"$(sed -n 's/^def \([a-z][A-Za-z0-9_]*\)(report):$/\1/p' qemu-tests/test_*.py | sort | grep -vxFf "$work/scenarios")"
expect "an unknown part is refused, and the parts are named" 1 "the parts are: budget " sh scripts/matrix.sh nosuch

close_test

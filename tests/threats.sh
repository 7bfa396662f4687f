#!/bin/sh
# That the threat model in SECURITY.md is held: each row of its table says asset, attacker and promise, and names tests that
# exist and that the gate or the matrix runs. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

# --- the table's rows, and the tests that they name: `FILE: NAME` in the last column ----------------------------------

sed -n '/^| asset | attacker /,/^$/p' SECURITY.md | sed '1,2d; /^$/d' >"$work/rows"
check "the table has rows" test "$(wc -l <"$work/rows")" -ge 15
finds_nothing "each row has its four columns" \
	"$(awk -F ' *[|] *' 'NF != 6 || $2 == "" || $3 == "" || $4 == "" || $5 == ""' "$work/rows")"
# shellcheck disable=SC2016 # backquotes of the document
finds_nothing "each row names a test" "$(awk -F ' *[|] *' '$5 !~ /`(tests|qemu-tests)\/[^`]*: [^`]*`/' "$work/rows")"
# shellcheck disable=SC2016
awk -F ' *[|] *' '{ print $5 }' "$work/rows" | grep -oE '`[^`]*`' | tr -d '`' | sort -u >"$work/tests"

/usr/bin/python3 qemu-tests/run.py --list | sed 's/ .*//' >"$work/scenarios"

# there FILE NAME: whether the file has a test of that name, where it is run.
there() {
	case $1 in
	qemu-tests/test_*.py) grep -q "^def $2(report" "$1" && grep -qx "$2" "$work/scenarios" ;;
	tests/unit/*.c) grep -qF "test_run(t, \"$2\"" "$1" && grep -q "^SUITE($(basename "$1" .c))" tests/unit/suites.def ;;
	tests/fuzz/fuzz_*.c) [ -n "$(ls tests/fuzz/corpus/"$2")" ] ;;
	tests/syscall-faults.py) grep -qF "\"$2\"" "$1" ;;
	tests/*.sh) grep -qF -e "check \"$2\"" -e "expect \"$2\"" -e "finds_nothing \"$2\"" -e "verdict \"$2\"" "$1" ;;
	*) false ;;
	esac
}

finds_nothing "each test that a row names exists" "$(while read -r line; do
	there "${line%%: *}" "${line#*: }" 2>/dev/null || echo "$line"
done <"$work/tests")"
check "more than twenty tests are named" test "$(wc -l <"$work/tests")" -gt 20

# Who may be hostile is said once, above the table; each has a row.
sed -n '/^## Who may be hostile/,/^| asset/p' SECURITY.md | sed -n 's/^- \*\*\([^*]*\)\*\*.*/\1/p' >"$work/attackers"
check "attackers are named" test "$(wc -l <"$work/attackers")" -ge 5
finds_nothing "each attacker has a row" "$(while read -r attacker; do
	awk -F ' *[|] *' '{ print $3 }' "$work/rows" | grep -qiF "$attacker" || echo "$attacker"
done <"$work/attackers")"
finds_nothing "each row's attacker is one of them" "$(awk -F ' *[|] *' '{ print $3 }' "$work/rows" | sed 's/, /\n/g' |
	grep -vixFf "$work/attackers")"

# --- what no other test shows -----------------------------------------------------------------------------------------

finds_nothing "no program waits for connections" \
	"$(grep -rnE '\b(listen|accept4?)[[:space:]]*\(' libcore applets initramfs --include='*.[ch]')"

close_test

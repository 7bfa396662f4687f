#!/bin/sh
# That tests/fuzz/parsers.table tells the truth: every source that reads bytes from outside is in it, and every fuzz target;
# each function exists, and its target's corpus enters it. Runs the corpora under MSan for that. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

table=tests/fuzz/parsers.table
grep -vE '^(#|$)' $table >"$work/rows"
awk '$2 != "-"' "$work/rows" >"$work/parsers"

# What reads bytes, or takes a text apart. A source without any of these is no parser.
reads='span_(u8|le16|le32|le64|take_line|part)\(|get_(le|be)(16|32|64)\(|conf_(next|word)\(|shellvars_next\(|image_info_line\('
reads="$reads"'|strto(k_r|l|ul|ull|ll)\(|atoi\(|sscanf\(|mem(mem|chr)\(|file_read(_line)?\(|(^|[^_a-z])p?read\(|read_all_at\('
reads="$reads"'|fgets\(|getline\(|readdir\(|readlink\(|scandir\(|sysfs_text\(|kernel_read|view_(get|read|page)\('

check "the table has rows" test "$(wc -l <"$work/parsers")" -gt 80
finds_nothing "each row has its words" "$(awk 'NF < 3 || ($2 != "-" && NF != 3) || ($2 == "-" && NF < 5)' "$work/rows")"
finds_nothing "each source exists" "$(while read -r source _; do [ -f "$source" ] || echo "$source"; done <"$work/rows")"
finds_nothing "every source that reads bytes from outside has a row" \
	"$(find libcore applets initramfs -name '*.c' -exec grep -lE "$reads" {} + | sort | while read -r source; do
		grep -q "^$source " "$work/rows" || echo "$source"
	done)"
finds_nothing "no source is a parser and none" \
	"$(awk '$2 == "-" { print $1 }' "$work/rows" | while read -r source; do grep "^$source " "$work/parsers"; done)"
finds_nothing "each function is in its source" "$(while read -r source function _; do
	grep -qE "^[a-z].*\b$function\(" "$source" || echo "$source $function"
done <"$work/parsers")"

# --- targets ----------------------------------------------------------------------------------------------------------

ls tests/fuzz/fuzz_*.c >"$work/targets"
check "there are at least 23 targets" test "$(wc -l <"$work/targets")" -ge 23
finds_nothing "each target is in the table, and has a corpus" "$(sed 's|.*/fuzz_\(.*\)\.c|\1|' "$work/targets" | while read -r name; do
	awk -v name="$name" '$3 == name { found = 1 } END { exit !found }' "$work/parsers" || echo "$name is not in the table"
	[ "$(find "tests/fuzz/corpus/$name" -type f | wc -l)" -ge 2 ] || echo "$name has no corpus"
done)"
finds_nothing "each target of the table is there" "$(while read -r _ _ name; do
	[ -f "tests/fuzz/fuzz_$name.c" ] || echo "$name"
done <"$work/parsers")"
finds_nothing "no input is larger than 200 KB" "$(find tests/fuzz/corpus -size +200k)"

# --- what the corpora reach -------------------------------------------------------------------------------------------

# entered NAME: "SOURCE FUNCTION" of every function that the corpus of a target has entered. The source may be that of what
# the function has inlined first: a header.
entered() {
	addr2line -f -s -e "build/msan/fuzz_$1" <"build/msan/$1.functions" 2>/dev/null |
		awk 'NR % 2 { name = $1; next } { sub(/:.*/, ""); print $1, name }' | sort -u
}

if ! command -v clang >/dev/null; then
	skip "what the corpora reach: clang is not installed"
elif make -s msan-replay >"$work/replay" 2>&1; then
	awk '{ print $3 }' "$work/parsers" | sort -u | while read -r name; do entered "$name" >"$work/entered.$name"; done
	finds_nothing "each function is entered by its target's corpus" "$(while read -r source function name; do
		grep -qxE "(${source##*/}|[a-z_]*\.h) $function" "$work/entered.$name" || echo "$source $function: not by $name"
	done <"$work/parsers")"
else
	cp "$work/replay" "$work/output"
	verdict "the corpora run under MSan" no
fi

close_test

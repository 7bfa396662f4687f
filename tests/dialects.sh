#!/bin/sh
# That doc/dialects.md says of each option of each dialect what becomes of it, and speaks of no others. What does become
# of it is held by the unit suite "dialects" and its tables. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

# What stands in `...` in the tables of that dialect's section: names of options alone, or of variables.
# shellcheck disable=SC2016
documented() {
	sed -n "/^## $1: /,/^## [^$1]/p" doc/dialects.md | sed -n 's/^| \(.*\) |[^|]*|$/\1/p' |
		grep -o '`[A-Za-z0-9_]*`' | tr -d '`' | sort -u
}

for dialect in kdump suse debian lkcd; do
	sed -n '/^static const struct option_row rows/,/^};/s/^\t{"\([A-Za-z0-9_]*\)",.*/\1/p' \
		"initramfs/dialect/dialect_$dialect.c" | sort -u >"$work/rows"
	documented "$dialect" >"$work/documented"
	finds_nothing "doc/dialects.md has the options of $dialect, and no others" "$(diff "$work/rows" "$work/documented")"
	finds_nothing "$dialect has options" "$(awk 'END { if (NR < 15) print NR " only" }' "$work/rows")"
done

close_test

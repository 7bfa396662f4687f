#!/bin/sh
# The static analysis can fail: planted defects, and an exception that matches nothing. Needs gcc and cppcheck. The last
# line is the count.
. tests/lib.sh

planted=build/test/analysis
rm -rf "$planted"
mkdir -p "$planted"

# analyse EXCEPTIONS FILE...
analyse() {
	exceptions=$1
	shift
	make -s analyse ANALYSED="$*" ANALYSIS_EXCEPTIONS="$exceptions" ANALYSIS="$planted/obj" 2>&1
}

cat >"$planted/clean.c" <<'END'
#include "base/cleanup.h"

int sum(size_t count);
int sum(size_t count)
{
	char *bytes CLEANUP(free_ptr) = calloc(count, 1);

	return bytes ? bytes[0] : -1;
}
END
cat >"$planted/leak.c" <<'END'
#include "base/cleanup.h"

int leaks(size_t count);
int leaks(size_t count)
{
	char *other CLEANUP(free_ptr) = calloc(count, 1);
	char *bytes = calloc(count, 1);

	return bytes && other ? 1 : -1;
}
END
cat >"$planted/null.c" <<'END'
#include "base/cleanup.h"

int dereferences(int *number);
int dereferences(int *number)
{
	char *other CLEANUP(free_ptr) = NULL, *none CLEANUP(free_ptr) = NULL;

	(void)other;
	return number ? 0 : *number + *none;
}
END
echo 'gcc malloc-leak clean.c sum: a reason' >"$planted/unused"
echo 'gcc malloc-leak clean.c sum' >"$planted/without-reason"
cat >"$planted/named" <<'END'
# Both tools'.
gcc malloc-leak leak.c leaks: planted

cppcheck memleak leak.c *: planted
END

expect "a clean file passes" 0 "" analyse /dev/null "$planted/clean.c"
expect "gcc finds a leak" 2 "leak.c:9: leaks: leak of 'bytes' [CWE-401] [gcc malloc-leak]" analyse /dev/null "$planted/leak.c"
check "cppcheck finds it, too" grep -qF "leak.c:9: leaks: Memory leak: bytes [cppcheck memleak]" "$work/output"
expect "gcc finds a null pointer" 2 "[gcc null-dereference]" analyse /dev/null "$planted/null.c"
check "cppcheck finds it, too" grep -qE "null.c:9: dereferences: .* \[cppcheck nullPointer" "$work/output"
expect "named findings pass" 0 "" analyse "$planted/named" "$planted/leak.c"
expect "a name for one does not pass another" 2 "null.c:9: dereferences" analyse "$planted/named" "$planted/leak.c" "$planted/null.c"
expect "an exception that matches nothing fails" 2 "unused:1: no finding matches this exception" \
	analyse "$planted/unused" "$planted/clean.c"
expect "an exception without a reason fails" 2 "without-reason:1: an exception is TOOL RULE FILE FUNCTION: REASON" \
	analyse "$planted/without-reason" "$planted/clean.c"
printf 'int broken(\n' >"$planted/broken.c"
expect "a file that does not compile fails" 2 "broken.c" analyse /dev/null "$planted/broken.c"
rm -rf "$planted"
close_test

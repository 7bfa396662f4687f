#!/bin/sh
# mkcaptureinitrd, which root runs on files that others wrote, is built with what makes a defect harder to use: read from the
# program and its objects. Each check is also made on a program built without that, where it must fail. The last line is
# the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

pie() {
	readelf -hW "$1" | grep -q 'Type: *DYN' && readelf -dW "$1" | grep -q 'FLAGS_1.*PIE'
}

relro() {
	readelf -lW "$1" | grep -q GNU_RELRO && readelf -dW "$1" | grep -q 'FLAGS.*NOW'
}

stack_is_data() {
	readelf -lW "$1" | grep -q 'GNU_STACK.* RW  '
}

stack_protector() {
	readelf --dyn-syms -W "$1" | grep -q ' __stack_chk_fail'
}

fortified() {
	readelf --dyn-syms -W "$1" | grep -qE ' __[a-z]*(printf|cpy|read|set)_chk'
}

# A program with a buffer that each of them would look after.
cat >"$work/small.c" <<'END'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
	char text[64];

	snprintf(text, (size_t)argc + 8, "%s", argv[0]);
	return strlen(text) > 3;
}
END

# without PROPERTY FLAG...: a program built without it is found out; one built with all of them is not.
without() {
	property=$1
	shift
	rm -f "$work/small"
	gcc -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack "$@" \
		-o "$work/small" "$work/small.c" 2>"$work/errors"
	check "mkcaptureinitrd: $property" "$property" build/mkcaptureinitrd
	check "a program built with $* exists" test -x "$work/small"
	if "$property" "$work/small"; then
		verdict "$property is missed where it is missing: $*" no
	else
		verdict "$property is missed where it is missing: $*" yes
	fi
}

without pie -fno-pie -no-pie
without relro -Wl,-z,lazy
without relro -Wl,-z,norelro
without stack_is_data -Wl,-z,execstack
without stack_protector -fno-stack-protector
without fortified -U_FORTIFY_SOURCE

close_test

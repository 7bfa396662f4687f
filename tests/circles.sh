#!/bin/sh
# No file uses another that uses it, over any number of files: tests/circles.py, which must also find the circles that are
# planted here in a copy. Needs what make builds. The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

finds_nothing "no circle among the product's files" "$(/usr/bin/python3 tests/circles.py 2>&1)"

# A tree of a source each below libcore and initramfs, and their objects. put PATH LINE...
put() {
	path=$work/tree/$1
	mkdir -p "$(dirname "$path")"
	shift
	printf '%s\n' "$@" >"$path"
}

build() {
	for room in obj obj-host; do
		(cd "$work/tree" && find . -name '*.c' | while read -r file; do
			mkdir -p "build/$room/$(dirname "$file")"
			gcc -Ilibcore -c -o "build/$room/${file%.c}.o" "$file" || exit
		done)
	done
}

plain() {
	rm -rf "$work/tree"
	put libcore/base/low.h 'int low(void);'
	put libcore/base/low.c '#include "base/low.h"' 'int low(void) { return 1; }'
	put libcore/fmt/middle.h '#include "base/low.h"' 'int middle(void);'
	put libcore/fmt/middle.c '#include "fmt/middle.h"' 'int middle(void) { return low(); }'
	put initramfs/high.c '#include "fmt/middle.h"' 'int high(void);' 'int high(void) { return middle(); }'
}

plain
build
finds_nothing "a tree without a circle has none" "$(/usr/bin/python3 tests/circles.py "$work/tree" 2>&1)"

plain
put libcore/base/low.h '#include "fmt/middle.h"' 'int low(void);'
put libcore/fmt/middle.h '#include "base/low.h"'
put libcore/fmt/middle.c 'int middle(void);' 'int middle(void) { return 2; }'
put libcore/base/low.c 'int low(void);' 'int low(void) { return 1; }'
put initramfs/high.c 'int high(void);' 'int high(void) { return 2; }'
build
expect "a circle of includes alone is found" 1 "circle of 2: libcore/base/low libcore/fmt/middle" \
	/usr/bin/python3 tests/circles.py "$work/tree"

plain
put libcore/base/low.c 'int low(void);' 'int high(void);' 'int low(void) { return high(); }'
build
expect "a circle of three, closed by a symbol alone, is found" 1 \
	"circle of 3: initramfs/high libcore/base/low libcore/fmt/middle" /usr/bin/python3 tests/circles.py "$work/tree"
expect "it is said which symbol closes it" 1 "libcore/base/low uses initramfs/high: needs high" \
	/usr/bin/python3 tests/circles.py "$work/tree"

rm -rf "$work/tree/build/obj"
expect "a tree without objects is not judged" 1 "run make first" /usr/bin/python3 tests/circles.py "$work/tree"

# The real tree, with one line more.
mkdir "$work/copy"
cp -R libcore applets initramfs "$work/copy/"
mkdir "$work/copy/build"
ln -s "$PWD/build/obj" "$PWD/build/obj-host" "$work/copy/build/"
printf '#include "dump/selection.h"\n' >>"$work/copy/libcore/base/error.h"
expect "one include planted in base/error.h is found" 1 "libcore/base/error uses libcore/dump/selection" \
	/usr/bin/python3 tests/circles.py "$work/copy"

close_test

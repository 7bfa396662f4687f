#!/bin/sh
# Builds a pinned Debian source package as a small static library: build-dep.sh NAME TARGET CC AR
#
# NAME is zlib or lz4; TARGET only names the directory, build/deps/TARGET/NAME, which gets the library and its headers.
# The same bytes come out in every directory: relative paths, no debug information, an archive without dates.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

[ $# = 4 ] || die "usage: build-dep.sh NAME TARGET CC AR"
name=$1 target=$2 cc=$3 ar=$4

case $name in
zlib)
	library=libz.a subdir=. headers="zlib.h zconf.h"
	files="adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil"
	# Z_TESTW=0: checksums without the 8 KiB of tables that make them faster; no dump is checksummed with them.
	defines="-DZ_TESTW=0 -D_LARGEFILE64_SOURCE=1 -DHAVE_UNISTD_H -DHAVE_STDARG_H -DHAVE_HIDDEN"
	;;
lz4)
	library=liblz4.a subdir=lib headers="lz4.h lz4hc.h"
	files="lz4 lz4hc"
	defines=
	;;
*) die "$name: known are zlib and lz4" ;;
esac
flags="-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables
	-fno-stack-protector"

take_lock deps
fetch_pinned "$name"

out=build/deps/$target/$name
new=$out.new
rm -rf "$new"
mkdir -p "$new"
dsc=$(echo "$pinned_files" | grep '\.dsc$')
# The checksums are those of config/deps.list; the signature is not asked for, since its key may not be installed.
dpkg-source --no-check -x "$cache/$dsc" "$new/source" >"$new/log" 2>&1 || die "cannot unpack $dsc: $(cat "$new/log")"

objects=
for file in $files; do
	# A compiler with flags is several words.
	# shellcheck disable=SC2086
	$cc $flags $defines -c -o "$new/$file.o" "$new/source/$subdir/$file.c" ||
		die "$file.c of $name does not compile for $target"
	objects="$objects $new/$file.o"
done
# shellcheck disable=SC2086
$ar rcD "$new/$library" $objects
for header in $headers; do
	cp "$new/source/$subdir/$header" "$new/"
done
rm -rf "$new/source" "$new"/*.o "$new"/*.orig.tar.* "$new/log" "$out"
mv "$new" "$out"
touch "$out/$library"

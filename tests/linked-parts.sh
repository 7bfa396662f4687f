#!/bin/sh
# doc/linked-parts.md against what the linker takes: each program is linked once more, with a map. The last line is the
# count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
. scripts/lib.sh
. scripts/private-apt.sh
set +e
list=doc/linked-parts.md

# The command that links a program, as make would run it, with its output elsewhere and a map.
link_again() {
	make -n V=1 -W libcore/base/error.c "$@" 2>/dev/null | grep -E -- " -o build/[^ ]*(\.unstripped|mkcaptureinitrd) " |
		sed "s|-o build/[^ ]* |-o $work/out -Wl,-Map=$work/map |" >"$work/command"
	[ "$(wc -l <"$work/command")" = 1 ] && sh "$work/command"
}

# What a map says was linked in from outside of this tree: archive members, and objects. A shared library is not in it.
inputs() {
	sed '/^Discarded input sections/,$d' "$1" | grep -oE '^[^ ]+\.a\([^)]*\)'
	sed -n 's/^LOAD //p' "$1" | grep '\.o$' | grep -vE '^build/([a-z0-9]+/)?obj'
}

part_of() {
	case $1 in
	*/libz.a*) echo zlib ;;
	*/liblz4.a*) echo lz4 ;;
	*-linux-musl/*) echo musl ;;
	*/libgcc.a* | */crtbegin*.o | */crtend*.o) echo gcc ;;
	*/Scrt1.o | */crt1.o | */crti.o | */crtn.o | */libc_nonshared.a*) echo glibc ;;
	*) echo "$1, which no part has" ;;
	esac
}

# The cell of a part's row: cell PART COLUMN, columns from 1.
cell() {
	awk -F ' *[|] *' -v part="$1" -v column="$2" '$2 == part && NF == 9 { print $(column + 1) }' $list
}

parts=$(awk -F ' *[|] *' 'NF == 9 && $2 != "part" && $2 !~ /^-/ { print $2 }' $list)

# program NAME COLUMN TARGET...: exactly the parts that its column names.
program() {
	name=$1 column=$2
	shift 2
	rm -f "$work/map"
	if ! link_again "$@" 2>"$work/errors"; then
		finds_nothing "$name links with a map" "$(cat "$work/errors" "$work/command")"
		return
	fi
	inputs "$work/map" | while read -r input; do part_of "$input"; done | sort -u >"$work/linked"
	for part in $parts; do
		[ "$(cell "$part" "$column")" != linked ] || echo "$part"
	done | sort >"$work/named"
	finds_nothing "$name: what is linked in is what $list names" "$(diff "$work/named" "$work/linked")"
}

program "crashbox, x86-64" 5 build/crashbox
program "crashbox, arm64" 6 ARCH=arm64 build/arm64/crashbox
program mkcaptureinitrd 7 build/mkcaptureinitrd

# --- versions ---------------------------------------------------------------------------------------------------------

# The upstream version of a Debian one: without epoch, revision and what Debian left out.
upstream() {
	echo "$1" | sed 's/^.*=//; s/^[0-9]*://; s/-[^-]*$//; s/[.+]dfsg.*//'
}

# version PART VERSION WHERE
version() {
	finds_nothing "$1 is of the version that $3 has" "$([ "$(cell "$1" 2)" = "$2" ] || echo "$(cell "$1" 2) in $list, $2 there")"
}

version zlib "$(upstream "$(pinned zlib 4 | head -n 1)")" config/deps.list
version lz4 "$(upstream "$(pinned lz4 4 | head -n 1)")" config/deps.list
version musl "$(upstream "$(pinned musl-arm64 4)")" config/deps.list
version musl "$(upstream "$(dpkg-query -W -f '${Version}' musl-dev)")" "this machine (musl-dev)"
version gcc "$(gcc -dumpversion)" "this machine (gcc)"
version glibc "$(upstream "$(dpkg-query -W -f '${Version}' libc6-dev)")" "this machine (libc6-dev)"

# Whatever config/deps.list pins is in the table.
finds_nothing "every pinned part is named" \
	"$(awk '!/^#/ && NF { sub(/-arm64$/, "", $1); print $1 }' config/deps.list | sort -u | while read -r name; do
		[ -n "$(cell "$name" 1)" ] || echo "$name"
	done)"

# --- licences ---------------------------------------------------------------------------------------------------------

# notice PART FILE-IN-ITS-SOURCE: the text is the source's own.
notice() {
	fetch_pinned "$1"
	tarball=$(echo "$pinned_files" | tr ' ' '\n' | grep '\.orig\.tar\.')
	tar -xOf "$cache/$tarball" --wildcards --no-wildcards-match-slash "*/$2" >"$work/notice"
	finds_nothing "doc/licenses/$1.txt is $2 of $tarball" "$(diff "$work/notice" "doc/licenses/$1.txt" | head -n 5)"
}

notice zlib LICENSE
notice lz4 lib/LICENSE
# Its source is not fetched. The names are those that Debian's package has found in it.
finds_nothing "doc/licenses/musl.txt has the terms" \
	"$(grep -q 'The above copyright notice and this permission notice shall be' doc/licenses/musl.txt || echo "they are missing")"
finds_nothing "doc/licenses/musl.txt names musl's authors" \
	"$(sed -n '1,/^License:/s/^Copyright: [-0-9]* \(.*\) <.*/\1/p' /usr/share/doc/musl-dev/copyright >"$work/authors"
		[ -s "$work/authors" ] || echo "nobody is named in /usr/share/doc/musl-dev/copyright"
		while read -r author; do
			grep -qF "$author" doc/licenses/musl.txt || echo "$author"
		done <"$work/authors")"

close_test

#!/bin/sh
# The gate: sets up, builds, and runs every test that a change is held to. Asks nothing; a second run downloads nothing.
#
#   sh scripts/check.sh [PART...]     PARTs: build sources analysis unit coverage reproducible qemu; without one, all of them
#
# Each part closes with "N passed, N failed"; the very last line is the sum, after the seconds that each part took. The
# output of a part stays in build/check/PART.log.
. "$(dirname "$0")/lib.sh"

jobs=$(nproc)
all_passed=0 all_failed=0 all_skipped=0

# --- the parts: each prints what it does and closes with its count ----------------------------------------------------

passed=0 failed=0 skipped=0

# check WHAT COMMAND...: one check, whose output is shown where it failed.
check() {
	what=$1
	shift
	if "$@" >"$logs/command.log" 2>&1; then
		passed=$((passed + 1))
		say "  ok    $what"
	else
		failed=$((failed + 1))
		say "  FAIL  $what"
		tail -n 40 "$logs/command.log" | sed 's/^/        | /'
	fi
}

skip() {
	skipped=$((skipped + 1))
	say "  skip  $1"
}

close_part() {
	summary "$passed" "$failed" "$skipped"
}

part_build() {
	check "make" make -j"$jobs"
	check "make ARCH=arm64" make -j"$jobs" ARCH=arm64
	check "crashbox is static, without an interpreter" is_static build/crashbox
	check "crashbox for arm64 is static, without an interpreter" is_static build/arm64/crashbox
	check "crashbox is at most 340 KiB" at_most build/crashbox 348160
	check "with the applets of a plain capture it is at most 250 KiB" plain_capture_at_most 256000
	check "make install" make install DESTDIR=build/check/install PREFIX=/usr
	close_part
}

is_static() {
	readelf -lW "$1" >"$logs/segments" && grep -q LOAD "$logs/segments" && ! grep INTERP "$logs/segments" &&
		! readelf -dW "$1" | grep NEEDED
}

at_most() {
	size=$(stat -c %s "$1")
	say "$1: $size bytes, at most $2"
	[ "$size" -le "$2" ]
}

# What a builder gets who takes the lines of the running system, raw devices, RAID and mapped devices out of the table.
plain_capture_at_most() (
	plain=build/check/plain
	copy_tree "$plain"
	grep -vE '^APPLET\((kdump|savecore|md_assemble|dm_create|ifup|ifdown|mount_server)\)' config/applets.def >"$plain/config/applets.def"
	(cd "$plain" && make -j"$jobs" build/crashbox) && at_most "$plain/build/crashbox" "$1" && rm -rf "$plain"
)

part_sources() {
	for file in scripts/*.sh .ci/run tests/*.sh tests/bench/*.sh services/*.sh services/*.init services/*.openrc contrib/completion/*; do
		[ ! -f "$file" ] || check "shellcheck $file" shellcheck "$file"
	done
	find libcore applets initramfs tests qemu-tests -name '*.[ch]' >"$logs/c-files"
	check "clang-format" xargs -a "$logs/c-files" clang-format --dry-run -Werror
	for file in qemu-tests/*.py scripts/*.py tests/*.py; do
		check "python compiles $file" /usr/bin/python3 -c "compile(open('$file').read(), '$file', 'exec')"
	done
	close_part
}

part_analysis() {
	check "static analysis" make -j"$jobs" analyse
	close_part
}

part_coverage() {
	check "line coverage" make -j"$jobs" coverage
	sed -n '/^folder/,/^all/p' "$logs/command.log" | sed 's/^/        /'
	close_part
}

# The tests that need no machine: they run here, under the sanitizers.
part_unit() {
	check "unit tests compile" make -j"$jobs" unit
	counted build/test/unit
	counted make -s -j"$jobs" fuzz-replay
	counted make -s -j"$jobs" msan-replay
	for file in tests/*.sh; do
		[ "$file" = tests/lib.sh ] || counted sh "$file"
	done
	close_part
}

# counted COMMAND...: one that closes with its own count, which is added to ours.
counted() {
	status=0 began=$(date +%s)
	"$@" >"$logs/counted.log" 2>&1 || status=$?
	cat "$logs/counted.log"
	say "    $(($(date +%s) - began)) s for $*"
	add_counts "$(last_count "$logs/counted.log")" "$status" "$*"
}

# Two copies in two directories, one with a difficult name, built with nothing in common but the downloads.
part_reproducible() {
	one=build/check/one other="build/check/an other's (2nd) directory"
	copy_tree "$one"
	rm -rf "$other"
	cp -a "$one" "$other"
	check "a copy of the tree builds" build_copy "$one"
	check "one under a difficult name builds" build_copy "$other"
	for file in crashbox arm64/crashbox mkcaptureinitrd capture.img; do
		check "$file is the same to the byte" cmp "$one/build/$file" "$other/build/$file"
	done
	check "a minimal image is at most 190 KiB" at_most "$one/build/capture.img" 194560
	[ "$failed" -gt 0 ] || rm -rf "$one" "$other"
	close_part
}

copy_tree() {
	rm -rf "$1"
	mkdir -p "$1/build/cache"
	tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$1"
	find build/cache -maxdepth 1 -type f -exec cp {} "$1/build/cache/" \;
}

build_copy() (
	cd "$1" && make -j"$jobs" && make -j"$jobs" ARCH=arm64 &&
		printf 'ext4 UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11\npath /var/crash\n' >build/kdump.conf &&
		build/mkcaptureinitrd -c build/kdump.conf -o build/capture.img
)

part_qemu() {
	/usr/bin/python3 qemu-tests/run.py check
}

# --- counting ---------------------------------------------------------------------------------------------------------

summary() {
	if [ "$3" -gt 0 ]; then
		say "$1 passed, $2 failed, $3 skipped"
	else
		say "$1 passed, $2 failed"
	fi
}

# The count that closes a log, as "passed failed skipped", or nothing.
last_count() {
	tail -n 1 "$1" | sed -n 's/^.*\b\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed\(, \([0-9][0-9]*\) skipped\)\{0,1\}$/\1 \2 \4/p'
}

# add_counts "PASSED FAILED SKIPPED" STATUS NAME: to this part's. One that did not close has failed, and so has one that
# says by its status that it failed, and not by its count.
add_counts() {
	name=$3 status=$2
	# shellcheck disable=SC2086
	set -- $1
	passed=$((passed + ${1:-0}))
	failed=$((failed + ${2:-0}))
	skipped=$((skipped + ${3:-0}))
	if [ $# -eq 0 ]; then
		failed=$((failed + 1))
		say "  FAIL  $name did not close with its count (status $status)"
	elif [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
		failed=$((failed + 1))
		say "  FAIL  $name ended with status $status"
	fi
}

run_part() {
	start=$(date +%s)
	say "=== $1"
	status=0
	: >"$logs/$1.log"
	(
		passed=0 failed=0 skipped=0
		"part_$1"
	) >>"$logs/$1.log" 2>&1 &
	follow "$logs/$1.log" $! || status=$?
	passed=$all_passed failed=$all_failed skipped=$all_skipped
	add_counts "$(last_count "$logs/$1.log")" "$status" "$1"
	all_passed=$passed all_failed=$failed all_skipped=$skipped
	seconds=$(($(date +%s) - start))
	say "    $seconds s"
	printf '%8d s  %s\n' "$seconds" "$1" >>"$logs/seconds"
}

# Shows a log while its process writes it; returns that process's status.
follow() {
	tail -n +1 -f --pid="$2" "$1"
	wait "$2"
}

# ----------------------------------------------------------------------------------------------------------------------

parts="build sources analysis unit coverage reproducible qemu"
for part; do
	case " $parts " in
	*" $part "*) ;;
	*) die "unknown part $part; the parts are: $parts" ;;
	esac
done
sh scripts/setup.sh test
logs=build/check
mkdir -p "$logs"
# shellcheck disable=SC2086 # a word each
[ $# -gt 0 ] || set -- $parts
: >"$logs/seconds"
for part; do
	run_part "$part"
done
say "=== seconds"
cat "$logs/seconds"
awk '{ sum += $1 } END { printf "%8d s  all\n", sum }' "$logs/seconds"
summary "$all_passed" "$all_failed" "$all_skipped"
[ "$all_failed" -eq 0 ]

#!/bin/sh
# dump-save beside makedumpfile on the same vmcore, in one run: wall and CPU seconds, peak memory, size of the dump.
#
#   sh tests/bench/dump-save.sh [VMCORE [RUNS]]     default: that of a loaded guest of 4 GiB (guest.py makes it), 3 runs
#
# Each command runs once to warm up, then RUNS times, the commands in turn; the medians are printed. Nothing is asserted:
# machines are noisy. Compare lines of one run only.
set -eu
cd "$(dirname "$0")/../.."
vmcore=${1:-$(/usr/bin/python3 tests/bench/guest.py)}
runs=${2:-3}
work=$(mktemp -d build/bench.XXXXXX)
trap 'rm -rf "$work"' EXIT

# name|command; OUT is the dump
for level in 1 31; do
	cat <<END
crashbox -d $level, fast|build/crashbox dump-save --message-level 0 -d $level $vmcore OUT
crashbox -d $level, zlib|build/crashbox dump-save --message-level 0 -d $level --compress zlib $vmcore OUT
crashbox -d $level, raw|build/crashbox dump-save --message-level 0 -d $level --compress none $vmcore OUT
crashbox -d $level, ELF|build/crashbox dump-save --message-level 0 -d $level -E $vmcore OUT
makedumpfile -d $level -c|makedumpfile --message-level 0 -d $level -c $vmcore OUT
makedumpfile -d $level -l|makedumpfile --message-level 0 -d $level -l $vmcore OUT
makedumpfile -d $level, raw|makedumpfile --message-level 0 -d $level $vmcore OUT
makedumpfile -d $level -E|makedumpfile --message-level 0 -d $level -E $vmcore OUT
END
done >"$work/commands"

median() {
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

run=0
while [ "$run" -le "$runs" ]; do
	number=0
	while IFS='|' read -r name command; do
		number=$((number + 1))
		rm -f "$work/out"
		# shellcheck disable=SC2046 # words on purpose
		if ! /usr/bin/time -o "$work/time" -f '%e %U %S %M' \
			$(printf '%s' "$command" | sed "s|OUT|$work/out|") >"$work/log" 2>&1 </dev/null; then
			cat "$work/log"
			echo "bench: failed: $name" >&2
			exit 1
		fi
		[ "$run" -eq 0 ] || echo "$(tail -n 1 "$work/time") $(stat -c %s "$work/out")" >>"$work/result.$number"
	done <"$work/commands"
	run=$((run + 1))
done

printf '%s: %s MiB, %s runs each, medians\n' "$(basename "$vmcore")" "$(($(stat -c %s "$vmcore") >> 20))" "$runs"
printf '%-24s %8s %8s %10s %10s\n' command "wall s" "CPU s" "memory MiB" "dump MiB"
number=0
while IFS='|' read -r name command; do
	number=$((number + 1))
	printf '%-24s %8s %8s %10s %10s\n' "$name" \
		"$(awk '{print $1}' "$work/result.$number" | median)" \
		"$(awk '{print $2 + $3}' "$work/result.$number" | median)" \
		"$(awk '{printf "%.1f\n", $4 / 1024}' "$work/result.$number" | median)" \
		"$(awk '{printf "%.1f\n", $5 / 1048576}' "$work/result.$number" | median)"
done <"$work/commands"

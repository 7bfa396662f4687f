# shellcheck shell=sh disable=SC2034
# What the scripts here share; each reads it first, by: . "$(dirname "$0")/lib.sh"
#
# It makes the tree's root the working directory, so that every path below is a short relative one: none of them gets
# into anything that is built, and the tree may lie under any name.

set -eu
umask 022
export LC_ALL=C

cd "$(dirname "$0")/.."
root=$(pwd)
cache=build/cache
script=$(basename "$0")

say() {
	printf '%s\n' "$*"
}

note() {
	printf '%s\n' "$*" >&2
}

# die WHAT...: the message says what to do about it where a person can do something.
die() {
	printf '%s: %s\n' "$script" "$*" >&2
	exit 1
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# as_root COMMAND...: directly, or by sudo; never asks for a password.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif have sudo; then
		sudo -n "$@"
	else
		die "needs root for: $*
Run it as root, or install sudo and let this user use it without a password."
	fi
}

# Scripts that run at the same time (make -j, two terminals) take turns: take_lock NAME, until the script ends.
take_lock() {
	mkdir -p build
	exec 9>"build/.lock-$1"
	flock 9
}

# check_sha256 FILE SUM
check_sha256() {
	sum=$(sha256sum "$1")
	sum=${sum%% *}
	[ "$sum" = "$2" ] || die "$1 is not the file that was pinned.
  its SHA-256 is  $sum
  expected        $2
Remove the file to download it again; if it stays different, the mirror has another file than config/deps.list names."
}

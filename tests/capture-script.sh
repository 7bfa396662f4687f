#!/bin/sh
# A capture script under real shells: the file as mkcaptureinitrd writes it, not changed, in a small root of its own with
# the real timeout, dump-save and dmesg-save on a real vmcore, and with real hooks. What would touch this machine (mount,
# umount, insmod, wait-device, reboot, halt, poweroff) is a stand-in that only says how it was called. The calls are
# held against files in tests/golden, which the unit tests hold init's own reader against. Needs build/crashbox. The last
# line is the count.
# shellcheck disable=SC2016 # the inner shells expand their own parameters
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh
golden=$PWD/tests/golden/mkcaptureinitrd
crashbox=$PWD/build/crashbox
vmcore=$PWD/tests/fuzz/corpus/vmcore/plain

# with_libraries PROGRAM NAME: a program into the root under that name, with the shared libraries that it needs.
with_libraries() {
	cp "$1" "$root$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$root$(dirname "$library")"
		cp -L "$library" "$root$library"
	done
}

# inside COMMAND...: in the root.
inside() {
	if [ "$(id -u)" -eq 0 ]; then
		chroot "$root" "$@"
	else
		unshare -r chroot "$root" "$@"
	fi
}

# --- the root ---------------------------------------------------------------------------------------------------------
root=$work/root
: >"$work/said"
dash=$(command -v dash || echo /bin/sh)
make_root() {
	rm -rf "$root"
	mkdir -p "$root/bin" "$root/applets" "$root/etc/kdump" "$root/proc" "$root/dev" "$root/target" "$root/usr/bin"
	with_libraries "$dash" /bin/sh
	cp "$crashbox" "$root/bin/crashbox"
	cp "$vmcore" "$root/proc/vmcore"
	ln -s /bin/crashbox "$root/applets/dump-save"
	ln -s /bin/crashbox "$root/applets/dmesg-save"
	for name in timeout mount umount insmod wait-device reboot halt poweroff; do
		cp "$work/stand-in" "$root/applets/$name"
	done
	cp "$golden/hooks.sh" "$root/etc/capture.sh"
	cp "$work/hook" "$root/etc/kdump/pre.sh"
	cp "$work/hook" "$root/etc/kdump/post.sh"
	cp "$work/hook" "$root/usr/bin/tell"
	cp "$work/true" "$root/bin/true"
}

# timeout goes on to the real one, which would take mount and umount for its own applets: they are named by a path there.
cat >"$work/stand-in" <<'END'
#!/bin/sh
name=${0##*/}
call=$name
for word; do
	call="$call <$word>"
done
echo "$call" >>/calls
case "$call" in
"$FAIL"*) exit 1 ;;
esac
case $name in
timeout)
	for word; do
		shift
		case $word in
		mount | umount) word=/bin/true ;;
		esac
		set -- "$@" "$word"
	done
	exec /bin/crashbox timeout "$@"
	;;
reboot | halt | poweroff) kill "$PPID" ;;
esac
END
# A hook leaves a file that tells its name and arguments, and fails: only that of a pre hook may count.
cat >"$work/hook" <<'END'
#!/bin/sh
echo "${0##*/} $*" >>/target/hooks
case ${0##*/} in
pre.sh) exit 0 ;;
esac
exit 3
END
printf '#!/bin/sh\nexit 0\n' >"$work/true"
chmod 755 "$work/stand-in" "$work/hook" "$work/true"

# busybox's shell takes its own programs before those in the path, and would stop this machine: functions come before
# both. The script is read by '.', as it is.
cat >"$work/functions" <<'END'
for_busybox() {
	name=$1
	shift
	"/applets/$name" "$@"
}
insmod() { for_busybox insmod "$@"; }
timeout() { for_busybox timeout "$@"; }
mount() { for_busybox mount "$@"; }
umount() { for_busybox umount "$@"; }
reboot() { for_busybox reboot "$@"; }
halt() { for_busybox halt "$@"; }
poweroff() { for_busybox poweroff "$@"; }
for name in insmod timeout mount umount reboot halt poweroff; do
	case $(type "$name") in
	*function*) ;;
	*) exit 9 ;;
	esac
done
. /etc/capture.sh
END

# run SHELL FAIL: the script in a new root; the calls that begin with FAIL fail.
run() {
	make_root
	case $1 in
	dash) set -- "$2" /bin/sh /etc/capture.sh ;;
	busybox)
		cp "$(command -v busybox)" "$root/bin/busybox"
		cp "$work/functions" "$root/functions"
		set -- "$2" /bin/busybox sh /functions
		;;
	esac
	fail=${1:-nothing}
	shift
	FAIL=$fail PATH=/applets:/bin:/usr/bin:/sbin:/usr/sbin inside "$@" >"$work/said" 2>&1
}

# result LINE: the result beside the dumps has a line that begins so.
result() {
	grep -q "^$1" "$root/target/var/crash/last-capture"
}

hooks() {
	printf '%s\n' "$@" >"$work/want"
	diff "$work/want" "$root/target/hooks"
}

dumped() {
	"$crashbox" dump-info "$root"/target/var/crash/*/vmcore | grep 'complete  *yes'
}

# --- the same under each ----------------------------------------------------------------------------------------------
for shell in dash busybox; do
	if ! command -v "$shell" >/dev/null; then
		skip "$shell is not installed"
		continue
	fi
	make_root
	if ! inside /bin/sh -c 'exit 0' 2>"$work/said"; then
		skip "$shell: a root of its own is not possible here: $(cat "$work/said")"
		continue
	fi
	if [ "$shell" = busybox ] && ldd "$(command -v busybox)" >/dev/null 2>&1; then
		skip "busybox is not static here"
		continue
	fi
	run "$shell" ""
	check "$shell: the first target, then the final action" diff "$golden/hooks-saved.calls" "$root/calls"
	check "$shell: the dump exists and is whole" dumped
	check "$shell: the result says so" result 'status degraded'
	check "$shell: the hooks ran, with what they are to be told" hooks "pre.sh one two" "post.sh 0" "tell status 0"
	check "$shell: a post hook's status is shown and ignored" \
		grep -F "timeout: /etc/kdump/post.sh: status 3 ignored (-i)" "$work/said"
	run "$shell" "timeout <60> <mount> <-t> <ext4>"
	check "$shell: the second target after the first" diff "$golden/hooks-second.calls" "$root/calls"
	check "$shell: the dump of the second is whole" dumped
	run "$shell" "timeout <600> </etc/kdump/pre.sh>"
	check "$shell: a pre hook that fails ends it" diff "$golden/hooks-pre-fails.calls" "$root/calls"
	check "$shell: ... without a dump" test ! -e "$root/target/var"
	run "$shell" wait-device
	check "$shell: no target: the log, the hooks, the failure action" diff "$golden/hooks-none.calls" "$root/calls"
	check "$shell: the hooks hear of it" hooks "pre.sh one two" "post.sh 1" "tell status 1"
done

# --- a crash loop with two targets: what the first one refuses does not go to the second --------------------------------
guarded='dump-save --accept-partial -d 31 --at-most 1 --tally /counted-dumps /proc/vmcore'
# crash_again: another crash of the same machine, which boots with an empty memory.
crash_again() {
	rm -f "$root/calls" "$root/counted-dumps"
	FAIL=nothing PATH=/applets:/bin:/usr/bin:/sbin:/usr/sbin inside /bin/sh /etc/capture.sh >"$work/said" 2>&1
}
make_root
if inside /bin/sh -c 'exit 0' 2>"$work/said"; then
	printf '%s\n' "$guarded /target/one/ && reboot" "$guarded /target/two/ && reboot" halt >"$root/etc/capture.sh"
	crash_again
	check "the first crash goes to the first target" test -e "$root/target/one/last-capture" -a ! -e "$root/target/two"
	crash_again
	check "the second crash goes to neither" sh -c 'test "$(ls -d "$1"/*/*/vmcore | wc -l)" = 1' sh "$root/target"
	check "... and the second target says why" grep -F "1 dumps in the last 3600 s, with those on earlier targets" \
		"$root/target/two/last-capture"
	check "... and the ladder went on to its end" grep -x halt "$root/calls"
else
	skip "a crash loop with two targets: a root of its own is not possible here"
fi

close_test

#!/bin/sh
# At boot: saves a dump from a raw device of the capture image before swapping overwrites it. The systemd unit and
# the scripts for sysvinit and OpenRC run it. Installed as /usr/lib/crashbox/savecore-at-boot.
#
# Without a raw device in the image it ends at once. Every wait has a limit, and the boot continues in any case.
set -u

crashbox=/usr/sbin/crashbox
conf=/etc/crashbox.conf
fstab=/etc/fstab
mounts=/proc/mounts
swaps=/proc/swaps
# How long copying may take and delay the boot: seconds, or a number with the suffix m or h; 0: no limit.
limit=${CRASHBOX_SAVE_LIMIT:-600}
# Seconds. A command that is stuck in the kernel is not waited for, either: crashbox timeout abandons it.
device_limit=30 mount_limit=90 answer_limit=60 swap_limit=120
# Holds what kdump answers: with a pipe, a command that is stuck would be waited for. Without /run, in devtmpfs.
for directory in /run /dev; do
	[ ! -w $directory ] || break
done
answer=$directory/crashbox-savecore.answer
umask 077

# What commands print may go elsewhere; messages do not.
exec 3>&2
say() {
	echo "crashbox-savecore: $*" >&3
}

# within LIMIT WHAT COMMAND...: runs the command, and says so if it was not done after LIMIT seconds. Returns its status, or
# 124 after that.
within() {
	within_limit=$1 within_what=$2
	shift 2
	"$crashbox" timeout "$within_limit" "$@"
	within_status=$?
	case $within_status in
	124 | 137)
		say "$within_what: not done after $within_limit s; the boot goes on without it"
		return 124
		;;
	esac
	return $within_status
}

# Sets plan to what "crashbox kdump query" says. Returns its status.
query() {
	rm -f "$answer"
	within $answer_limit "kdump query" "$crashbox" kdump query >"$answer" 2>&1
	query_status=$?
	plan=$(cat "$answer" 2>/dev/null)
	rm -f "$answer"
	return $query_status
}

# option NAME: the values of an option of the image's plan, one per line.
option() {
	printf '%s\n' "$plan" | sed -n "s/^$1 \"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p"
}

# Sets dir, type and options to those of fstab's mount for the path $1.
find_mount() {
	dir='' type='' options=''
	while read -r spec a_dir a_type some_options _; do
		case $spec,$a_dir in
		'#'*) continue ;;
		*,/) ;;
		*,/*) a_dir=${a_dir%/} ;;
		*) continue ;;
		esac
		case $1/ in "${a_dir%/}"/*) [ ${#a_dir} -lt ${#dir} ] || dir=$a_dir type=$a_type options=$some_options ;; esac
	done <"$fstab"
}

# wait_mounted PATH REMEDY: waits until the path's file system is mounted; a file written earlier would be hidden below
# it. Does not wait for a tmpfs, which comes after swapping, and refuses network file systems.
wait_mounted() {
	[ -r "$fstab" ] || return 0
	find_mount "$1"
	case ,$type,$options, in
	,,, | *,noauto,* | ,tmpfs,* | ,overlay,*) return 0 ;;
	,nfs* | ,cifs* | ,smb* | *,_netdev,*)
		grep -qF " $dir " "$mounts" && return 0
		say "$1 is on the network, which comes only after swapping: $2"
		return 1
		;;
	esac
	second=0
	until grep -qF " $dir " "$mounts"; do
		if [ "$second" -ge $mount_limit ]; then
			say "$1: $dir is not mounted after $mount_limit s"
			return 1
		fi
		sleep 1
		second=$((second + 1))
	done
}

# Turns off swapping on all partitions: not every swapoff accepts the tags of just one. Sets turned_off.
turn_off() {
	turned_off=no
	[ -r "$swaps" ] || return 0
	# Read it whole first: the kernel's list shrinks during the loop.
	list=$(cat "$swaps")
	while read -r node kind _; do
		case $node,$kind in
		/dev/zram* | *,file) ;;
		/*,partition)
			within $swap_limit "swapoff $node" swapoff "$node"
			# One that was not done may still be done later.
			case $? in 0 | 124) turned_off=yes ;; esac
			;;
		esac
	done <<END
$list
END
}

# The image, which names the raw devices, may be on a file system that is not mounted yet.
if ! query; then
	[ $query_status -ne 124 ] || exit 1
	image=$(sed -n 's/^image[[:blank:]]\{1,\}//p' "$conf" 2>/dev/null)
	wait_mounted "${image:-/var/lib/crashbox}" "let the option 'image' name another place"
	if ! query; then
		[ $query_status -ne 124 ] || exit 1
		say "no raw device is known: $plan"
		exit 0
	fi
fi
devices=$(option raw)
[ -n "$devices" ] || exit 0
path=$(option path | head -n 1)

# The token that tells real dumps from forged ones (kdump(8), RAW DEVICES).
wait_mounted /var/lib/crashbox "a forged dump is then saved as a real one" || :

there=no status=0
turn_off
while IFS= read -r device; do
	# Longer than its own limit, which does not count the time in a read of a disk that does not answer.
	within $((device_limit + answer_limit)) "looking for $device" "$crashbox" wait-device -t $device_limit "$device"
	# 1: there is none. What cannot be read may be one.
	within $answer_limit "looking for a dump on $device" "$crashbox" savecore -C "$device" 2>/dev/null
	[ $? -eq 1 ] || there=yes
done <<END
$devices
END

if [ $there = no ] || wait_mounted "${path:-/var/crash}" "give another 'path'"; then
	"$crashbox" timeout "$limit" "$crashbox" kdump save || status=$?
	if [ $status -eq 125 ]; then
		say "CRASHBOX_SAVE_LIMIT=$limit is not a time such as 600, 10m or 1h: using 600"
		limit=600 status=0
		"$crashbox" timeout $limit "$crashbox" kdump save || status=$?
	fi
else
	status=1
fi
[ $turned_off = no ] || within $swap_limit "swapon -a" swapon -a

case $status in
# 3: saved, but not whole; nothing more can be recovered.
0 | 3) exit 0 ;;
124 | 137) say "not done in $limit (CRASHBOX_SAVE_LIMIT)" ;;
esac
say "a dump that is not saved stays on its device until swapping writes over it;" \
	"to save it later: swapoff the device, 'crashbox kdump save', 'swapon -a'"
exit 1

#!/bin/sh
# Whether a fresh Debian 12 can do it: a minimal system under build/fresh, a copy of the tree in it, a script of ours run
# there. fresh.sh [SCRIPT], by default scripts/demo.sh. Needs root and debootstrap; uses this machine's mirror.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

wanted=${1:-scripts/demo.sh}
fresh=$root/build/fresh
tree=$fresh/srv/crashbox

[ "$(id -u)" = 0 ] || die "needs root, for chroot"
have debootstrap || as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install debootstrap

undo_mounts() {
	! mountpoint -q "$fresh/proc" || umount -l "$fresh/proc"
}

make_system() {
	undo_mounts
	rm -rf --one-file-system "$fresh"
	debootstrap --variant=minbase bookworm "$fresh" "$(mirror "")" >build/fresh.log 2>&1 ||
		die "debootstrap failed: see build/fresh.log"
	sources bookworm | grep '^deb ' >"$fresh/etc/apt/sources.list"
	# How to reach the network is this machine's business: its proxy, names and resolver.
	apt-config dump | grep -i '^Acquire::.*Proxy' >"$fresh/etc/apt/apt.conf.d/90proxy" || :
	cp /etc/resolv.conf /etc/hosts "$fresh/etc/"
}

copy_tree() {
	mkdir -p "$tree"
	tar --exclude=./build -cf - . | tar -xf - -C "$tree"
}

make_system
copy_tree
trap undo_mounts EXIT
mount -t proc proc "$fresh/proc"
# The devices are those that debootstrap has made: no more are needed, and none of this machine's are at risk.
# A new environment: nothing of this machine's.
chroot "$fresh" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	sh "/srv/crashbox/$wanted"

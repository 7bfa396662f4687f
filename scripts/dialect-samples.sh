#!/bin/sh
# Fetches the configuration that Debian's kdump-tools installs as /etc/default/kdump-tools: dialect-samples.sh
#
# It comes out of the package of the suite below, which is only unpacked, never installed. Prints the file's name under
# build; a second run finds it there and needs no network. The file is under the GPL and stays out of this tree: the
# other dialects' samples, in tests/dialects, are written by us from the options' names and defaults.
. "$(dirname "$0")/lib.sh"
. scripts/private-apt.sh

suite=trixie
dir=build/dialect-samples/$suite
file=$dir/kdump-tools

fetch_sample() {
	rm -rf "$dir.new"
	mkdir -p "$dir.new"
	note "fetching kdump-tools of Debian $suite"
	private_apt_in "$dir.new" "$suite" amd64 download kdump-tools ||
		die "cannot download kdump-tools of Debian $suite from this machine's mirror"
	dpkg-deb --fsys-tarfile "$dir.new"/*.deb | tar -xOf - ./usr/share/kdump-tools/kdump-tools.conf >"$dir.new/kdump-tools"
	[ -s "$dir.new/kdump-tools" ] || die "the kdump-tools package of Debian $suite holds no kdump-tools.conf"
	rm -rf "$dir.new"/*.deb "$dir"
	mv "$dir.new" "$dir"
}

take_lock dialect-samples
[ -s "$file" ] || fetch_sample
echo "$file"

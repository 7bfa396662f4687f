# shellcheck shell=sh disable=SC2154
# Packages of any Debian suite and architecture, without touching this machine's configuration: an apt state of our own
# under build/cache/apt, with the mirror that the machine itself uses. Read it after lib.sh.

# mirror SUFFIX: the machine's mirror for its own release ("") or for its security updates ("-security"); nothing if it
# has none. apt answers, so that every format of its sources is understood.
mirror() {
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt-get update --print-uris 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/$codename$1/main/binary-.*|\1|p" | head -n 1
}

# sources SUITE: what to write into sources.list for it. The security archive holds the newest kernels, and of an old
# release the only ones; sid has none.
sources() {
	suite=$1
	main=$(mirror "") security=$(mirror -security)
	[ "$suite" != sid ] || security=
	[ -n "$main" ] || die "no Debian mirror found in this machine's apt sources (apt-get update --print-uris)"
	options=
	for key in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
		[ ! -f $key ] || options="[signed-by=$key]"
	done
	for type in deb deb-src; do
		echo "$type $options $main $suite main"
		[ -z "$security" ] || echo "$type $options $security $suite-security main"
	done
}

# private_apt SUITE ARCH COMMAND...: apt-get COMMAND with the state of that suite and architecture, made on first use.
private_apt() {
	apt_state "$1" "$2"
	shift 2
	apt-get -qq -c "$state/apt.conf" "$@"
}

# The same for apt-cache, which only looks at the lists.
private_apt_cache() {
	apt_state "$1" "$2"
	shift 2
	apt-cache -c "$state/apt.conf" "$@"
}

# Its paths are absolute: a tree that was moved gets a new one.
apt_state() {
	state=$root/$cache/apt/$1-$2
	[ "$(cat "$state/ready" 2>/dev/null)" = "$root" ] || make_state "$1" "$2" "$state"
}

# What the machine's configuration says of proxies and certificates stays; what it does after an update does not.
make_state() {
	mkdir -p "$3/lists/partial" "$3/archives/partial" "$3/parts"
	: >"$3/status"
	sources "$1" >"$3/sources.list"
	cat >"$3/apt.conf" <<-END
		#clear APT::Update;
		#clear DPkg;
		APT::Architecture "$2";
		APT::Architectures:: "$2";
		APT::Sandbox::User "root";
		APT::Get::Assume-Yes "true";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::State "$3";
		Dir::State::lists "$3/lists";
		Dir::State::status "$3/status";
		Dir::Cache "$3";
		Dir::Cache::archives "$3/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Dir::Etc::sourcelist "$3/sources.list";
		Dir::Etc::sourceparts "$3/parts";
		Dir::Etc::preferences "$3/parts/none";
		Dir::Etc::preferencesparts "$3/parts";
	END
	apt-get -qq -c "$3/apt.conf" update || die "cannot fetch Debian's lists for $1 ($2) from this machine's mirror"
	echo "$root" >"$3/ready"
}

# fetch_pinned NAME: the files that config/deps.list pins under that name, in build/cache; $pinned_files names them.
fetch_pinned() {
	pinned_files=$(pinned "$1" 5)
	[ -n "$pinned_files" ] || die "config/deps.list pins nothing by the name of $1"
	mkdir -p "$cache"
	for file in $pinned_files; do
		[ -f "$cache/$file" ] || download_pinned "$1"
		check_sha256 "$cache/$file" "$(awk -v file="$file" '$5 == file { print $6 }' config/deps.list)"
	done
}

# pinned NAME COLUMN: that column of each of its lines.
pinned() {
	awk -v name="$1" -v column="$2" '$1 == name { print $column }' config/deps.list
}

download_pinned() {
	suite=$(pinned "$1" 2 | head -n 1) kind=$(pinned "$1" 3 | head -n 1) package=$(pinned "$1" 4 | head -n 1)
	note "fetching $package of Debian $suite"
	rm -rf "$cache/new-$1"
	mkdir -p "$cache/new-$1"
	case $kind in
	source) private_apt_in "$cache/new-$1" "$suite" "$(dpkg --print-architecture)" \
		source --download-only --only-source "$package" ;;
	*) private_apt_in "$cache/new-$1" "$suite" "$kind" download "$package" ;;
	esac || die "cannot download $package from this machine's mirror.
If Debian has replaced that version, pin the new one in config/deps.list."
	mv -f "$cache/new-$1"/* "$cache/"
	rmdir "$cache/new-$1"
}

# private_apt_in DIRECTORY SUITE ARCH COMMAND...: with the files landing there. A package that is not found may be one
# that is newer than our lists: these are then fetched again.
private_apt_in() (
	directory=$1
	shift
	private_apt "$@" --print-uris >/dev/null 2>&1 || private_apt "$1" "$2" update
	cd "$directory" || exit
	private_apt "$@" >/dev/null
)

#!/bin/sh
# That the documents keep up with the sources: the files they name exist, and the messages they quote are still printed.
# The last line is the count.
cd "$(dirname "$0")/.." || exit 1
. tests/lib.sh

# The files that a document names in `...`, with their folder. hello and NAMES in capitals are examples; etc is in an
# image, scripts/kconfig in the kernel's source.
named() {
	# shellcheck disable=SC2016 # backquotes of the document
	grep -oE '`[a-z][A-Za-z0-9_-]*/[A-Za-z0-9_./-]*\.(c|h|sh|py|list|def|table|config|conf|md|[58])`' "$1" | tr -d '`' | sort -u |
		grep -vE '[A-Z]{3}|hello|^etc/|^scripts/kconfig/'
}

for document in README.md CONTRIBUTING.md SECURITY.md doc/*.md; do
	finds_nothing "$document names files that exist" "$(named "$document" | while read -r file; do
		[ -e "$file" ] || echo "$file"
	done)"
done
finds_nothing "CONTRIBUTING.md names files" "$([ "$(named CONTRIBUTING.md | wc -l)" -gt 20 ] || named CONTRIBUTING.md)"

# quoted SOURCE TEXT DOCUMENT...: a message's fixed part stands in the source and in each document.
quoted() {
	source=$1 text=$2
	shift 2
	for file in "$source" "$@"; do
		finds_nothing "$file has '$text'" "$(grep -qF -- "$text" "$file" || echo "it has not")"
	done
}

verdict=applets/init/init_verdict.c
for text in "capture done: " "dump saved (" "ONLY A DEGRADED DUMP SAVED (" "NO DUMP SAVED: " "; only the log (" "; only the log, in pstore ("; do
	quoted $verdict "$text" doc/capture-script.md
done
quoted $verdict "capture done: " README.md doc/man/init.8
quoted applets/init/init_environment.c "init: crashed by " doc/capture-script.md
quoted applets/init/init_environment.c "kB total, " README.md
quoted applets/init/init.c "lowest MemAvailable " README.md doc/man/init.8
quoted libcore/dump/log_text.h "crashbox: end of the log of the crash, time " doc/capture-script.md
quoted applets/dump-save/dump-save.c "saved the kernel log, " README.md
quoted libcore/dump/encode.h "UNREADABLE PAGE" doc/formats.md doc/man/dump-save.8 doc/man/savecore.8
quoted applets/kdump/armed.c "MiB reserved, capture kernel loaded" README.md

close_test

#!/bin/sh
# Judges what the static analysers found: analyse.sh EXCEPTIONS OUTPUT... ; `make analyse` runs it.
#
# Each OUTPUT is what gcc -fanalyzer or cppcheck wrote. EXCEPTIONS names the false findings; config/analysis-exceptions
# says how. Fails for a finding that is not named there, and for an exception that matches no finding.
. "$(dirname "$0")/lib.sh"

[ $# -ge 2 ] || die "usage: analyse.sh EXCEPTIONS OUTPUT..."
exceptions=$1
shift

# Each finding as "TOOL RULE FILE LINE MESSAGE". Of gcc's warnings only the analyser's count here: the build fails for the
# others, at the optimization level that they are meant for.
findings() {
	sed -n \
		-e 's/^\([^: ]*\):\([0-9]*\):[0-9]*: warning: \(.*\) \[-Wanalyzer-\([a-z-]*\)\]$/gcc \4 \1 \2 \3/p' \
		-e 's/^cppcheck \([^ ]*\) \([^ ]*\) \([0-9]*\) /&/p' "$@"
}

# A function begins, in kernel style, with a line that starts in the first column, has a parenthesis and no final semicolon.
judge() {
	awk '
	function function_at(file, last,    line, n, found, words) {
		found = "-"
		for (n = 1; n <= last && (getline line <file) > 0; n++)
			if (line ~ /^[A-Za-z_].*\(/ && line !~ /;$/) {
				found = substr(line, 1, index(line, "(") - 1)
				sub(/.*[ *]/, "", found)
			}
		close(file)
		return found
	}
	function matches(name, value) {
		return name == "*" || name == value
	}
	!judging && (/^#/ || /^$/) { next }
	!judging {
		if ($0 !~ /^(gcc|cppcheck) [^ ]+ [^ ]+ [^ ]+: ./) {
			printf "%s:%d: an exception is TOOL RULE FILE FUNCTION: REASON\n", FILENAME, FNR
			bad++
			next
		}
		sub(/:$/, "", $4)
		n++
		tool[n] = $1; rule[n] = $2; file[n] = $3; in_function[n] = $4; line_of[n] = FNR
		next
	}
	{
		where = function_at($3, $4)
		name = $3
		sub(/.*\//, "", name)
		named = 0
		for (i = 1; i <= n; i++)
			if ($1 == tool[i] && $2 == rule[i] && matches(file[i], name) && matches(in_function[i], where))
				used[i] = named = 1
		if (named)
			next
		message = $0
		sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", message)
		printf "%s:%s: %s: %s [%s %s]\n", $3, $4, where, message, $1, $2
		bad++
	}
	END {
		for (i = 1; i <= n; i++)
			if (!used[i]) {
				printf "%s:%d: no finding matches this exception: remove it\n", ARGV[1], line_of[i]
				bad++
			}
		exit bad > 0
	}' "$exceptions" judging=1 -
}

findings "$@" | sort -u | judge || die "fix each finding, or name it in $exceptions with the reason why it is false
(the exceptions are for Debian 12's gcc 12 and cppcheck 2.10)"

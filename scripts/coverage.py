"""Line coverage: coverage.py GCOV REASONS, with the names of .gcno files on standard input.

Prints a table of the folders. Fails for a file below libcore/fmt, libcore/kern or libcore/dump that the tests cover by
less than 90 % and that REASONS does not name, and for a name that needs no reason any more.
"""

import collections
import json
import subprocess
import sys

LEAST = 90  # percent
STALE = 95  # a file between the two may have a reason, so that no line more or less fails the check
HELD = ("libcore/fmt/", "libcore/kern/", "libcore/dump/")
AT_ONCE = 32  # files for one gcov


def read_gcov(gcov, notes):
    """Yields each source file's name and lines, as gcov found them: one JSON document for each .gcno."""
    for first in range(0, len(notes), AT_ONCE):
        out = subprocess.run([gcov, "--json-format", "--stdout", *notes[first:first + AT_ONCE]],
                             check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
        for document in out.splitlines():
            for source in json.loads(document)["files"]:
                yield source["file"], source["lines"]


def count_lines(gcov, notes):
    """{file: {line: whether it ran}}. A header's lines ran if they did in any file that includes it."""
    ran = collections.defaultdict(dict)
    for name, lines in read_gcov(gcov, notes):
        if name.startswith(("libcore/", "applets/", "initramfs/")):
            for line in lines:
                number = line["line_number"]
                ran[name][number] = ran[name].get(number, False) or line["count"] > 0
    return ran


def read_reasons(path):
    reasons = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, _, reason = line.partition(": ")
                reasons[name] = reason.strip()
    return reasons


def percent(lines):
    return 100 * sum(lines.values()) / max(len(lines), 1)


def print_table(ran):
    folders = collections.defaultdict(list)
    for name, lines in ran.items():
        folders[name.rpartition("/")[0]] += lines.values()
    print(f"{'folder':28}{'lines':>8}{'covered':>10}")
    for folder, lines in sorted(folders.items()) + [("all", sum(folders.values(), []))]:
        print(f"{folder:28}{len(lines):8}{100 * sum(lines) / len(lines):8.1f} %")


def complaints(ran, reasons, path):
    for name in sorted(name for name in ran if name.startswith(HELD)):
        if percent(ran[name]) < LEAST and not reasons.get(name):
            missed = ", ".join(str(n) for n, hit in sorted(ran[name].items()) if not hit)
            yield (f"{name}: {percent(ran[name]):.1f} % of {len(ran[name])} lines, less than {LEAST} %: "
                   f"add tests, or a reason to {path}; missed: {missed}")
    for name in reasons:
        if name not in ran:
            yield f"{path}: {name}: no such file"
        elif percent(ran[name]) >= STALE:
            yield f"{path}: {name}: {percent(ran[name]):.1f} %: remove the reason"


def main():
    gcov, path = sys.argv[1:]
    ran = count_lines(gcov, sorted(sys.stdin.read().split("\n")[:-1]))
    print_table(ran)
    bad = list(complaints(ran, read_reasons(path), path))
    for complaint in bad:
        print(complaint)
    return 1 if bad else 0


sys.exit(main())

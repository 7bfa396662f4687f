"""The kernel matrix: guests under a mixed load crash on every kernel line; what the levels leave out is held against
makedumpfile and a count of our own; the dumps are opened with what people use."""

import json
import os
import re
import subprocess

import levels
import loaded
import packages
import readers
from capture import CRASHBOX, RUNS, STOCK_CONF, kernel, mkcaptureinitrd
from disk import dump_directories, run
from machine import CONSOLE, RESET

# suite, architecture, the smallest reservation that its stock kernel boots in.
KERNELS = [
    ("bullseye", "amd64", "64M"),
    ("bookworm", "amd64", "64M"),
    ("trixie", "amd64", "64M"),
    ("sid", "amd64", "80M"),
    ("bookworm", "arm64", "64M"),
    ("trixie", "arm64", "64M"),
]
CONF = STOCK_CONF.replace("-d 1\n", "-d 31\n")
TABLE = "doc/matrix.md"
RECORDS = "build/matrix"  # what the table is made from: a file of each kernel, and of each part of the matrix

# Every backtrace of the panic has these; kernels and readers differ in the names between them.
FUNCTIONS = ["panic", "sysrq_handle_crash", "write_sysrq_trigger", "vfs_write"]


class Row:
    """One kernel, and what was found of it."""

    def __init__(self, suite, arch, reservation):
        self.suite, self.arch, self.reservation = suite, arch, reservation
        self.kernel = kernel(suite, arch)
        self.capture = self.vmcore_size = None
        self.levels, self.readers = [], []

    def record(self, commit):
        """For the table: numbers and texts alone."""
        capture = self.capture if self.capture and self.capture.dump else None
        _, makedumpfile = levels.makedumpfile(self.suite, self.arch)
        facts = {"commit": commit, "name": f"{self.arch} {self.kernel.version}", "reservation": self.reservation,
                 "dump": capture and os.path.getsize(capture.dump), "lowest": capture and capture.lowest_available(),
                 "seconds": capture and capture.seconds(), "vmcore": self.vmcore_size, "makedumpfile": makedumpfile,
                 "readers": self.readers, "levels": [_level_record(one) for one in self.levels]}
        _write_record(f"{self.suite}-{self.arch}.kernel", facts)


def _level_record(one):
    return {"level": one.level, "pages": one.pages, "from_count": len(one.from_count), "unexplained": len(one.unexplained),
            "explained": [[pages, kind, why] for (kind, why), pages in one.explained.items()]}


def _write_record(name, facts):
    os.makedirs(RECORDS, exist_ok=True)
    with open(os.path.join(RECORDS, name), "w", encoding="utf-8") as f:
        json.dump(facts, f, indent=1)


def _read_records(kind, commit):
    """Those of the commit, by name."""
    found = {}
    for name in sorted(os.listdir(RECORDS)) if os.path.isdir(RECORDS) else []:
        if name.endswith(kind):
            with open(os.path.join(RECORDS, name), encoding="utf-8") as f:
                facts = json.load(f)
            if facts["commit"] == commit:
                found[name[:-len(kind)]] = facts
    return found


class Capture:
    """A loaded guest captured by our image in a small reservation, at level 31."""

    def __init__(self, row):
        kern = row.kernel
        name = f"matrix-{row.suite}-{row.arch}"
        conf = CONF.replace("console=ttyS0,115200", f"console={CONSOLE[row.arch]}")
        image, append = mkcaptureinitrd(os.path.join(RUNS, name), kern, conf, ["--binary", loaded.crashbox(row.arch)])
        self.guest = loaded.Guest(name, kern, image, append, row.reservation).run()
        self.dump = self._take(kern)
        os.unlink(self.guest.disk.path)

    def _take(self, kern):
        found = dump_directories(self.guest.disk)
        if len(found) != 1:
            return None
        os.makedirs(loaded.FIXTURES, exist_ok=True)
        path = os.path.join(loaded.FIXTURES, f"captured-{kern.version}")
        return self.guest.disk.get(f"/var/crash/{found[0]}/vmcore", path)

    def lowest_available(self):
        match = self.guest.console.last(r"init: lowest MemAvailable (\d+) kB")
        return int(match.group(1)) if match else None

    def seconds(self):
        panic = self.guest.console.find(r"Kernel panic - not syncing: sysrq triggered crash")
        saved = panic and self.guest.console.find(r"saved \d+ MiB of memory", panic[0])
        return saved and saved[1] - panic[1]


def check_capture(report, row):
    """Our image saves the loaded guest's memory at level 31, and from that dump alone the choice is found right."""
    row.capture = capture = Capture(row)
    report.equal(capture.guest.ended, RESET, "the machine rebooted in the end")
    if not report.check(capture.dump, f"a dump at {row.reservation}", capture.guest.last_lines()):
        return
    info = run(CRASHBOX, "dump-info", capture.dump)
    report.check(re.search(r"^complete +yes", info, re.MULTILINE), "dump-info: it is complete", info)
    classes = levels.Classes(row.kernel, capture.dump)
    present, ours = levels.compare_selection.bitmap1(capture.dump), levels.compare_selection.bitmap2(capture.dump)
    wrong = levels.compare_selection.differences(ours, classes.kept(levels.members(present), 31))
    report.check(not wrong, f"{levels.compare_selection.count(ours)} pfns in the dump, as the count by drgn has them",
                 [(pfn, classes.of(pfn)) for pfn, _ in wrong[:5]])
    report.figure(f"{row.kernel.version} at {row.reservation}",
                  f"lowest MemAvailable {capture.lowest_available()} kB, {capture.seconds() or 0:.1f} s from panic to "
                  f"saved dump, dump of {os.path.getsize(capture.dump) / 1e6:.1f} MB")


def check_levels(report, row):
    """Every level, on the vmcore as the kernel shows it."""
    vmcore = loaded.verbatim(row.suite, row.arch)
    row.vmcore_size = os.path.getsize(vmcore)
    row.levels = levels.compare(row.kernel, vmcore, report)


def crash_program(row):
    """The crash that knows the kernel, or None: it is of this machine's architecture only. That of Debian 12, 8.0.2,
    finds no more than the running tasks of 6.1, in the whole vmcore too."""
    if row.arch != "amd64" or row.suite == "sid":
        return None
    return ["crash"] if row.suite == "bullseye" else packages.command("crash", "usr/bin/crash")


def check_readers(report, row):
    """crash and drgn say the same of the level 31 dump as of the whole vmcore."""
    vmcore, vmlinux = loaded.verbatim(row.suite, row.arch), row.kernel.vmlinux
    dump = levels.scratch("read")
    run(CRASHBOX, "dump-save", "--message-level", "0", "-d", "31", vmcore, dump)
    program = crash_program(row)
    if program:
        check_crash(report, row, program, vmlinux, dump, vmcore)
    check_drgn(report, row, vmlinux, dump, vmcore)
    os.unlink(dump)


def check_crash(report, row, program, vmlinux, dump, vmcore):
    commands = ["sys", "bt", "ps", "kmem -i", "foreach bt", "log"]
    got = readers.crash(vmlinux, dump, *commands, program=program)
    want = readers.crash(vmlinux, vmcore, *commands, program=program)
    version = re.search(r"^crash (\S+)", run(*program, "--version"), re.MULTILINE).group(1)
    report.check("RELEASE: " + row.kernel.version in got["sys"], f"crash {version}: sys", got["sys"])
    report.check(_in_order(FUNCTIONS, got["bt"]), "crash: the panicking task's backtrace", got["bt"])
    report.check("TOTAL MEM" in got["kmem -i"], "crash: kmem -i", got["kmem -i"])
    report.check(len(got["ps"].splitlines()) > 30, "crash: all tasks", got["ps"])
    for command in commands[1:]:
        report.check(got[command] == want[command], f"crash: {command} is that of the whole vmcore", got[command][:600])
    row.readers.append(f"crash {version}")


def check_drgn(report, row, vmlinux, dump, vmcore):
    python = levels.debian_drgn(row.suite, row.arch)
    got = readers.drgn_script("drgn_report.py", vmlinux, dump, python=python)
    want = readers.drgn_script("drgn_report.py", vmlinux, vmcore, python=python)
    version = re.search(r"^drgn (\S+)", got, re.MULTILINE).group(1)
    report.check(f"release {row.kernel.version}\n" in got, f"drgn {version}: the release", got[:200])
    report.check(_in_order(FUNCTIONS, got[:got.index("task ")]), "drgn: the panicking task's backtrace", got[:600])
    report.check(len(re.findall(r"^task ", got, re.MULTILINE)) > 30, "drgn: all tasks with their backtraces", got)
    report.check("memory TOTAL" in got, "drgn: memory", got[-300:])
    report.check(got == want, "drgn: all of it is that of the whole vmcore", got[-600:])
    row.readers.append(f"drgn {version}")


def _in_order(names, text):
    return re.search(".*".join(rf"\b{name}\b" for name in names), text, re.DOTALL) is not None


# --- scenarios --------------------------------------------------------------------------------------------------------

def levels_6_1(report):
    """The nine levels on 6.1 under a mixed load: the pages that makedumpfile chooses, and our own count."""
    check_levels(report, Row("bookworm", "amd64", "64M"))


def page_arrays(report):
    """Rarer page arrays, on 6.12: arm64 with addresses of 52 bits; hugetlb pages that gave back their part of it."""
    for arch, variant, how in (
            ("arm64", "-52-bits", {"extra": ["-cpu", "max,pauth-impdef=on"]}),
            # A poisoned one of these is a bug of the kernel's: it leaves a bad page state, and is not asked for.
            ("amd64", "-free-vmemmap", {"first_append": "hugetlb_free_vmemmap=on", "spare": 0})):
        report.say(f"--- {arch}{variant}")
        levels.compare(kernel("trixie", arch), loaded.verbatim("trixie", arch, variant, **how), report)


def _kernel_scenario(suite, arch, reservation):
    def scenario(report):
        if arch != "amd64":
            subprocess.run(["make", "-s", f"ARCH={arch}"], check=True)
        commit = commit_name()
        row = Row(suite, arch, reservation)
        for part in (check_capture, check_levels, check_readers):
            report.run(f"{suite}-{arch} {part.__name__}", part, row)
        row.record(commit)

    scenario.__name__ = f"kernel_{suite}_{arch}"
    scenario.__doc__ = f"{suite}'s kernel on {arch}: captured in {reservation}, all nine levels compared, the dumps read."
    return scenario


# A scenario of each kernel, by architecture.
KERNEL_SCENARIOS = {arch: [_kernel_scenario(*one) for one in KERNELS if one[1] == arch] for arch in ("amd64", "arm64")}


# --- the table --------------------------------------------------------------------------------------------------------

HEAD = """# The kernel matrix

Written by `sh scripts/matrix.sh` (qemu-tests/test_matrix.py), which makes every figure again.

On each stock Debian kernel a guest of 1 GiB under a mixed load crashes: page cache over a real file tree, tmpfs, 200 000
inodes and as many dentries, anonymous memory as single and as huge pages, hugetlb pages, swapped memory, a balloon, free
memory, and where the kernel can, pages that were poisoned or taken off line.
"""

CAPTURED_HEAD = """
## Captured at level 31, with our image, in a small reservation
| kernel | reservation | lowest MemAvailable | dump | from panic to saved dump (emulated) | opened with |
|---|---|---|---|---|---|
"""

LEVELS_HEAD = """
## Pages of each level
The same vmcore, byte for byte as the kernel shows it, saved at each level. Each cell: the pfns in crashbox's dump, and how
many differ from makedumpfile's choice (none known for this kernel: -) and from our own count by drgn, which takes free
pages from the kernel's free lists, hugetlb pages from their pools, and all layouts from the debug symbols.

"""


PARTS_HEAD = """
## Parts
`make matrix PART=NAME` runs one part, `make matrix PART=table` writes this file from the parts of one commit.

| part | minutes, on %s processors | checks |
|---|---|---|
"""


def write_table(parts):
    """From the records of this commit; parts: the names of all parts that there are."""
    commit = commit_name()
    rows = [(name, _read_records(".kernel", commit).get(f"{suite}-{arch}"))
            for suite, arch, _ in KERNELS for name in [f"{suite}-{arch}"]]
    done = [facts for _, facts in rows if facts]
    with open(TABLE, "w", encoding="utf-8") as f:
        f.write(HEAD + f"\nMade from commit {commit}.\n" + CAPTURED_HEAD)
        f.writelines(_capture_line(facts) if facts else f"| {name} | not run at this commit | | | | |\n" for name, facts in rows)
        f.write(LEVELS_HEAD)
        f.write("| kernel | vmcore | reference |" + "".join(f" {level} |" for level in levels.LEVELS) + "\n")
        f.write("|---|---|---|" + "---|" * len(levels.LEVELS) + "\n")
        f.writelines(_levels_line(facts) for facts in done)
        f.write(_explanations(done))
        f.write(PARTS_HEAD % os.cpu_count())
        f.writelines(_part_line(name, _read_records(".part", commit).get(name)) for name in parts)
    return TABLE


def commit_name():
    """What the tree is at, and whether it is just that."""
    # Without what the tests themselves write into doc/.
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", ".", ":!doc"], check=False).returncode
    done = subprocess.run(["git", "describe", "--always", *(["--dirty"] if dirty else [])], stdout=subprocess.PIPE, text=True,
                          check=False)
    return done.stdout.strip() or "unknown (not a checkout)"


def record_part(name, commit, seconds, count):
    """What a part's last line said."""
    _write_record(f"{name}.part", {"commit": commit, "seconds": int(seconds), "count": count})


def _part_line(name, facts):
    if not facts:
        return f"| {name} | | not run at this commit |\n"
    return f"| {name} | {facts['seconds'] / 60:.0f} | {facts['count']} |\n"


def _capture_line(row):
    if not row["dump"]:
        return f"| {row['name']} | {row['reservation']} | no dump | | | |\n"
    lowest = f"{row['lowest'] / 1024:.1f} MiB" if row["lowest"] else "?"
    return (f"| {row['name']} | {row['reservation']} | {lowest} | {row['dump'] / 1e6:.0f} MB | "
            f"{row['seconds'] or 0:.0f} s | {', '.join(row['readers'])} |\n")


def _levels_line(row):
    cells = []
    for one in row["levels"]:
        theirs = sum(pages for pages, _, _ in one["explained"]) + one["unexplained"] if row["makedumpfile"] else "-"
        cells.append(f" {one['pages']}, {theirs}, {one['from_count']} |")
    size = f"{row['vmcore'] / 1e6:.0f} MB" if row["vmcore"] else "none"
    reference = f"makedumpfile {row['makedumpfile']}, drgn" if row["makedumpfile"] else "drgn"
    return f"| {row['name']} | {size} | {reference} |{''.join(cells)}\n"


def _explanations(rows):
    """Every difference to makedumpfile, with its class and its reason."""
    lines = ["\nDifferences to makedumpfile:\n"]
    for row in rows:
        found = {}
        for one in row["levels"]:
            for pages, kind, why in one["explained"]:
                found.setdefault(f"{pages} of class {kind} only in its dump: {why}", []).append(one["level"])
            if one["unexplained"]:
                found.setdefault(f"{one['unexplained']} that are not explained", []).append(one["level"])
        for what, at in found.items():
            lines.append(f"- {row['name']}, level {', '.join(map(str, at))}: {what}.\n")
    return "".join(lines)

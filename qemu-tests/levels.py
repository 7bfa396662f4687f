"""Which pages a dump level leaves out: crashbox's choice compared with makedumpfile's and with our own count by drgn.

All are asked about the same vmcore, and compared pfn by pfn. A difference is explained by what the page is, or it is a
fault of ours."""

import os
import subprocess

import compare_selection
import packages
import readers
from capture import CRASHBOX, RUNS
from disk import run
from vmcore import RawVmcore

LEVELS = [0, 1, 2, 4, 8, 16, 17, 23, 31]
CACHE, CACHE_PRIVATE, USER, FREE = 2, 4, 8, 16
# What reference.py writes: the bits of a level that leave out the class; None: every level does.
DROPPED_BY = {"C": CACHE | CACHE_PRIVATE, "P": CACHE_PRIVATE, "U": USER, "F": FREE, "H": None, "h": None, "O": None,
              "K": 0, ".": 0}
NAMES = {"K": "kernel", ".": "kernel", "C": "cache", "P": "cache-private", "U": "user", "F": "free", "H": "poison",
         "h": "poison", "O": "offline"}

# Where makedumpfile keeps a page that crashbox leaves out, and why.
SKIPS_TAILS = "makedumpfile goes past the tails of a compound page that it keeps before it looks for broken pages"
NO_PAGE_ARRAY = "makedumpfile looks at no page at levels 0 and 1 where the kernel does not tell PG_hwpoison"


def scratch(name):
    os.makedirs(os.path.join(RUNS, "levels"), exist_ok=True)
    path = os.path.join(RUNS, "levels", name)
    if os.path.exists(path):
        os.unlink(path)
    return path


def debian_drgn(suite, arch):
    """(command, environment) of a Python whose drgn knows that kernel: Debian 12's up to 6.1, else sid's."""
    if suite in ("bullseye", "bookworm") and arch == "amd64":
        return [readers.PYTHON], {}
    return packages.python("python3-drgn")


def makedumpfile(suite, arch):
    """The command of the newest makedumpfile of Debian that knows that kernel, and its version; None where none does."""
    if (suite, arch) in (("bullseye", "amd64"), ("bookworm", "amd64")):
        command = ["makedumpfile"]
    elif (suite, arch) == ("trixie", "amd64"):
        command = packages.command("makedumpfile", "usr/bin/makedumpfile")
    elif (suite, arch) == ("bookworm", "arm64"):
        # It reads only vmcores of the architecture that it is built for.
        root = packages.unpacked("makedumpfile", "sid", arch)
        emulator = packages.unpacked("qemu-user-static", "bookworm")
        command = [f"{emulator}/usr/bin/qemu-aarch64-static", "-L", root, f"{root}/usr/bin/makedumpfile"]
    else:
        # 7.x: it does not know page.compound_info; 6.12 on arm64: not 4 KiB pages with addresses of 52 bits.
        return None, None
    return command, run(*command, "-v").split()[2]


class Classes:
    """Our own count: the class of every page, from real symbols."""

    def __init__(self, kern, vmcore):
        path = scratch("classes")
        readers.drgn_script("reference.py", kern.vmlinux, vmcore, path, python=debian_drgn(kern.suite, kern.arch))
        with open(path, "rb") as f:
            self.classes = f.read().decode("ascii")
        os.unlink(path)

    def of(self, pfn):
        return self.classes[pfn] if pfn < len(self.classes) else "."

    def kept(self, pfns, level):
        """The bytes of a bitmap: which of these pfns the level keeps."""
        bits = bytearray(max(pfns) // 8 + 1)
        for pfn in pfns:
            dropped = DROPPED_BY[self.of(pfn)]
            if dropped is not None and not dropped & level:
                bits[pfn // 8] |= 1 << pfn % 8
        return bytes(bits)


def save(vmcore, level, path):
    """crashbox's dump; returns what went wrong, or an empty text."""
    done = subprocess.run([CRASHBOX, "dump-save", "--message-level", "2", "--compress", "none", "-d", str(level),
                           vmcore, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=600)
    warned = "".join(line for line in done.stdout.splitlines(True) if "warning" in line)
    return warned if done.returncode == 0 else f"status {done.returncode}: {done.stdout}"


def selected(command, vmcore, level):
    """The pfns that a makedumpfile selects, as a bitmap."""
    path = scratch("theirs")
    run(*command, "--message-level", "0", "-d", str(level), vmcore, path)
    bits = compare_selection.bitmap2(path)
    os.unlink(path)
    return bits


def members(bits):
    """The pfns of a bitmap."""
    return [index * 8 + bit for index, byte in enumerate(bits) if byte for bit in range(8) if byte >> bit & 1]


def explain(ours_only, kind, level):
    """Why makedumpfile has decided otherwise about a page of that class, or None."""
    if not ours_only and kind == "h":
        return SKIPS_TAILS
    if not ours_only and kind == "O" and level < CACHE:
        return NO_PAGE_ARRAY
    return None


class Comparison:
    """One level: what was selected, and how it differs. unexplained: [(pfn, class, whether ours alone keeps it)]."""

    def __init__(self, level, pages):
        self.level, self.pages = level, pages
        self.explained = {}  # (class, explanation) -> pages, against makedumpfile
        self.unexplained, self.from_count = [], []

    def against_makedumpfile(self, ours, theirs, classes):
        for pfn, ours_only in compare_selection.differences(ours, theirs):
            kind = classes.of(pfn)
            why = explain(ours_only, kind, self.level)
            if why:
                self.explained[(NAMES[kind], why)] = self.explained.get((NAMES[kind], why), 0) + 1
            else:
                self.unexplained.append((pfn, NAMES[kind], ours_only))


def compare(kern, vmcore, report):
    """Every level; returns [Comparison]. Each dump is removed when it has been looked at."""
    command, version = makedumpfile(kern.suite, kern.arch)
    classes = Classes(kern, vmcore)
    pfns = RawVmcore(vmcore).pages().keys()
    done = []
    for level in LEVELS:
        path = scratch("ours")
        wrong = save(vmcore, level, path)
        report.check(not wrong, f"level {level}: dump-save saves, and warns of nothing", wrong)
        ours = compare_selection.bitmap2(path)
        os.unlink(path)
        one = Comparison(level, compare_selection.count(ours))
        one.from_count = [(pfn, NAMES[classes.of(pfn)], ours_only) for pfn, ours_only in
                          compare_selection.differences(ours, classes.kept(pfns, level))]
        report.check(not one.from_count, f"level {level}: {one.pages} pfns, as the count by drgn has them",
                     one.from_count[:5])
        if command:
            one.against_makedumpfile(ours, selected(command, vmcore, level), classes)
            report.check(not one.unexplained, f"level {level}: as makedumpfile {version} has them, but for what is explained",
                         one.unexplained[:5])
            for (kind, why), pages in one.explained.items():
                report.figure(f"level {level}: {pages} {kind} only in makedumpfile's dump", why)
        done.append(one)
    return done

#!/usr/bin/python3
"""Each system call of the programs fails, or kills them, one run after the other; a judge then looks at what is left.

    python3 tests/syscall-faults.py [--all | --share N] [--row PART-OF-A-NAME] [--seed N] [--run "ROW: FAULT"]

A row is one program on one target. Its system calls are counted in a run without a fault. Then, for every call: it fails
with each error that fits it, once, or from there on; or the program is killed at it. Pairs of such faults, chosen by
the seed, follow. --share N takes every Nth of the runs, --all (the default) takes them all. --run repeats one, and shows
what it said. The judges' rules, for each run:

- a page in a dump, whole or not, is the machine's own, and a log or an image the very one;
- what has its final name is whole; after a failure nothing new has one (savecore excepted, once all is copied);
- last-capture says "saved" only of a whole dump, and a raw device is marked only when its dump is in the directory;
- status 0 if it was done; otherwise another one, with a message; no hang, and no signal but ours;
- then the program runs again without a fault: the dump is saved, once.

Needs build/crashbox, build/mkcaptureinitrd and strace; rows with a raw device need root and a loop device. The last line
is the count.
"""
import argparse
import collections
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import crashed_machine
from crashed_machine import Dump, Memory

ROOT = os.getcwd()
CRASHBOX = os.path.join(ROOT, "build/crashbox")
MKCAPTUREINITRD = os.path.join(ROOT, "build/mkcaptureinitrd")
HANG = 30  # seconds
DEVICE = 4 << 20
PAIRS = 150  # of faults, for each row

# What fits a call; any other gets EIO. None: it cannot fail, or comes before the program's first line.
READ, WRITE, PATH = ["EIO", "ENOMEM", "EINTR", "ENODATA"], ["EIO", "ENOSPC", "EDQUOT", "EINTR"], ["EIO", "ENOMEM", "EACCES", "ENOENT"]
ERRORS = {
    "read": READ, "pread64": READ, "readv": READ, "preadv": READ, "getdents64": ["EIO", "ENOMEM", "ENOENT"],
    "write": WRITE, "pwrite64": WRITE, "writev": WRITE, "pwritev": WRITE,
    "open": PATH + ["EMFILE"], "openat": PATH + ["EMFILE"], "stat": PATH, "lstat": PATH, "newfstatat": PATH, "statx": PATH,
    "fstat": ["EIO", "ENOMEM"], "access": PATH, "readlink": PATH, "statfs": ["EIO", "ENOMEM"],
    "mmap": ["ENOMEM", "EAGAIN"], "brk": ["ENOMEM"], "mremap": ["ENOMEM"], "mprotect": ["ENOMEM"],
    "mkdir": ["EIO", "ENOSPC", "EACCES", "EROFS"], "unlink": ["EIO", "EROFS"], "unlinkat": ["EIO", "EROFS"],
    "fsync": ["EIO", "ENOSPC"], "fdatasync": ["EIO", "ENOSPC"], "close": ["EIO", "EINTR"],
    "rename": ["EIO", "ENOSPC", "EROFS"], "renameat2": ["EIO", "ENOSPC", "EINVAL"],
    "ftruncate": ["EIO", "ENOSPC"], "fallocate": ["EIO", "ENOSPC", "EOPNOTSUPP"], "fchmod": ["EIO", "EPERM"],
    "ioctl": ["EIO", "ENOTTY"], "fcntl": ["EIO", "EINVAL"], "getrandom": ["EAGAIN", "ENOSYS"], "munmap": ["EINVAL"],
    "umask": None, "geteuid": None, "getuid": None, "getpid": None, "gettid": None,
    "execve": None, "exit_group": None, "exit": None, "arch_prctl": None, "set_tid_address": None, "rseq": None,
    "set_robust_list": None, "prlimit64": None,
}
# Those whose failures last: a bad sector, a full or broken disk, memory that is used up.
LASTING = {"read": "EIO", "pread64": "EIO", "write": "ENOSPC", "pwrite64": "ENOSPC", "fsync": "EIO", "mmap": "ENOMEM",
           "brk": "ENOMEM", "open": "EIO", "openat": "EIO", "mkdir": "ENOSPC"}


class Wrong(Exception):
    """A rule was broken."""


def hold(ok, text):
    if not ok:
        raise Wrong(text)


def slurp(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def spill(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Outcome:
    def __init__(self, status, said, killing=False, silent=False):
        self.status, self.said = status, said
        self.killed = killing and status == -9
        self.silent = silent  # its messages may have been lost to the fault


def run(command, faults=()):
    """Runs a command, under strace if there are faults."""
    if faults:
        names = ",".join(sorted({fault.call for fault in faults}))
        command = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={names}",
                   *[word for fault in faults for word in ("-e", fault.injection())], *command]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=HANG, check=False)
    except subprocess.TimeoutExpired as late:
        raise Wrong(f"it hangs: {(late.output or b'')[-300:]!r}") from late
    return Outcome(done.returncode, done.stdout.decode(errors="replace"), any(fault.error == "KILL" for fault in faults),
                   any(fault.call in ("write", "writev") for fault in faults))


class Fault(collections.namedtuple("Fault", "call nth error")):
    """The nth call ("5": once, "5..6": twice, "5+": from there on) fails with an error, or KILL."""

    def injection(self):
        # A brk that fails returns an address, no error.
        how = "signal=KILL" if self.error == "KILL" else "retval=0" if self.call == "brk" else f"error={self.error}"
        return f"inject={self.call}:{how}:when={self.nth}"

    def __str__(self):
        return f"{self.call} {self.nth} {self.error}"


def read_fault(text):
    return Fault(*text.split())


def find_faults(command):
    """All that can befall one call of a command."""
    with tempfile.NamedTemporaryFile("r") as trace:
        outcome = run(["strace", "-f", "-o", trace.name, *command])
        hold(outcome.status in (0, 1, 3), f"without a fault: status {outcome.status}: {outcome.said}")
        text = trace.read()
    calls = re.findall(r"^\d+ +(\w+)\(", text, re.M)
    # The dynamic loader's own come first; it lets go of its cache last, and does not survive each failure.
    loader = calls.index("munmap") if "/etc/ld.so.cache" in text else -1
    counts, faults = collections.Counter(), []
    for i, call in enumerate(calls):
        counts[call] += 1
        nth = str(counts[call])
        errors = ERRORS.get(call, ["EIO"])
        if errors is None or i <= loader:
            continue
        faults += [Fault(call, nth, error) for error in errors]
        faults.append(Fault(call, nth, "KILL"))
        # What tries once more has to fail twice.
        if call == "pread64":
            faults.append(Fault(call, f"{nth}..{counts[call] + 1}", "EIO"))
        if call in LASTING:
            faults.append(Fault(call, nth + "+", LASTING[call]))
    return faults


# --- what is left -----------------------------------------------------------------------------------------------------

class Left:
    """Below a directory of dumps: what savecore, dump-save and dmesg-save have left there."""

    def __init__(self, memory, parent, older=()):
        self.dumps, self.broken = {}, {}
        self.result = None
        self.logs = 0
        names = sorted(os.listdir(parent)) if os.path.isdir(parent) else []
        self.directories = [name for name in names if name not in older and os.path.isdir(os.path.join(parent, name))]
        for name in self.directories:
            self.look(memory, os.path.join(parent, name), name)
        text = slurp(os.path.join(parent, "last-capture"))
        if text is not None:
            found = re.match(rb"status (\w+)\n", text)
            hold(found, f"last-capture is {text!r}")
            self.result = found.group(1).decode()

    def look(self, memory, path, name):
        log = slurp(os.path.join(path, "vmcore-dmesg.txt"))
        hold(log in (None, crashed_machine.LOG_TEXT), f"vmcore-dmesg.txt is {log!r}")
        self.logs += log is not None
        for file, dumps in (("vmcore", self.dumps), ("vmcore-incomplete", self.broken)):
            data = slurp(os.path.join(path, file))
            if data is None:
                continue
            dumps[name] = dump = Dump(memory, data)
            hold(not dump.wrong, f"{name}/{file}: wrong pages {sorted(dump.wrong)[:9]}")
            hold(dump.opens or data[:12] == b"makedumpfile", f"{name}/{file} does not open")


def hold_outcome(outcome):
    """What holds for every program."""
    hold(outcome.killed or outcome.status >= 0, f"it was ended by signal {-outcome.status}")
    hold(outcome.killed or outcome.status in (0, 1, 2, 3, 127), f"it ended with status {outcome.status}")
    hold(outcome.killed or outcome.status == 0 or outcome.silent or outcome.said.strip(), "it failed without a message")


# --- the rows ---------------------------------------------------------------------------------------------------------

class Row:
    """One program on one target: gets ready, is run, is judged."""

    def __init__(self, rig, name):
        self.rig, self.name = rig, name
        self.parent = os.path.join(rig.run, "crash")

    def command(self):
        raise NotImplementedError

    def prepare(self):
        """rig.run is empty."""

    def learn(self):
        """After a run without a fault: what is right."""

    def judge(self, outcome):
        raise NotImplementedError


class DumpRow(Row):
    """dump-save into a directory, with older dumps in it, of which one goes."""

    OLD = ("other-2001-01-01-000000", "other-2002-01-01-000000")

    def __init__(self, rig, name, options):
        super().__init__(rig, name)
        self.options = options
        self.pages = None

    def command(self):
        return [CRASHBOX, "dump-save", *self.options, "--keep", "2", self.rig.vmcore, self.parent + "/"]

    def prepare(self):
        os.makedirs(self.parent)
        for name in self.OLD:
            os.mkdir(os.path.join(self.parent, name), 0o700)
            spill(os.path.join(self.parent, name, "vmcore"), b"KDUMP   an old one")

    def left(self):
        return Left(self.rig.memory, self.parent, self.OLD)

    def learn(self):
        dump, = self.left().dumps.values()
        hold(dump.complete and dump.found == dump.pages, "without a fault the dump is not whole")
        self.pages = dump.found

    def hold_whole(self, dump, result, status):
        hold(dump.complete, "a vmcore with its final name is marked incomplete")
        hold(dump.found, "a vmcore with its final name has no page")
        partial = status == 3 or result == "degraded" or (status == 0 and result == "running")
        hold(partial or dump.found >= self.pages, "a vmcore with its final name lacks pages")

    def judge(self, outcome):
        left = self.left()
        for dump in left.dumps.values():
            self.hold_whole(dump, left.result, outcome.status)
        hold(len(left.dumps) <= 1, f"saved twice: {left.directories}")
        hold(left.result != "saved" or left.dumps, "last-capture says saved, and there is no vmcore")
        if outcome.killed:
            return self.again(left)
        hold((outcome.status in (0, 3)) == bool(left.dumps), f"status {outcome.status}, and vmcore: {bool(left.dumps)}")
        hold(left.result != "saved" or outcome.status == 0, f"last-capture says saved, the status is {outcome.status}")
        old = [name for name in self.OLD if os.path.exists(os.path.join(self.parent, name, "vmcore"))]
        hold(self.OLD[1] in old and (left.dumps or len(old) == 2), f"of the older dumps there are {old}")
        return self.again(left)

    def again(self, left):
        if left.dumps:
            return
        outcome = run(self.command())
        left = self.left()
        hold(outcome.status == 0 and len(left.dumps) == 1 and left.result == "saved",
             f"again: status {outcome.status}, {left.directories}, {outcome.said[-300:]}")


class FileRow(DumpRow):
    """dump-save into one file."""

    def command(self):
        return [CRASHBOX, "dump-save", *self.options, self.rig.vmcore, os.path.join(self.parent, "d/vmcore")]

    def prepare(self):
        os.makedirs(os.path.join(self.parent, "d"))

    def left(self):
        return Left(self.rig.memory, self.parent)

    def judge(self, outcome):
        left = self.left()
        for dump in left.dumps.values():
            self.hold_whole(dump, None, outcome.status)
        hold(outcome.killed or (outcome.status in (0, 3)) == bool(left.dumps),
             f"status {outcome.status}, and vmcore: {bool(left.dumps)}")


class RawRow(DumpRow):
    """dump-save onto a raw device; savecore then looks at a copy."""

    def command(self):
        return [CRASHBOX, "dump-save", *self.options, self.rig.vmcore, self.rig.loop]

    def prepare(self):
        spill(self.rig.device, bytes(DEVICE))

    def saved(self):
        copy = os.path.join(self.rig.run, "copy")
        shutil.copyfile(self.rig.device, copy)
        outcome = run([CRASHBOX, "savecore", copy, self.parent])
        return outcome, Left(self.rig.memory, self.parent)

    def learn(self):
        outcome, left = self.saved()
        dump, = left.dumps.values()
        hold(outcome.status == 0 and dump.found == dump.pages, "without a fault the dump is not whole")
        self.pages = dump.found

    def judge(self, outcome):
        savecore, left = self.saved()
        for dump in left.dumps.values():
            hold(dump.complete and dump.found and (outcome.status == 3 or "degraded" in outcome.said or
                                                   dump.found >= self.pages), "savecore finds a dump that lacks pages")
        # 3: without a log or a summary, which are no reason to fail.
        hold(outcome.status not in (0, 3) or (savecore.status in (0, 3) and left.dumps),
             f"status {outcome.status}, and savecore finds none: {savecore.said[-300:]}")
        hold(left.result != "saved" or left.dumps, "last-capture says saved, and there is no vmcore")


class OccupiedRow(RawRow):
    """dump-save onto a raw device with a dump that was not saved yet."""

    def prepare(self):
        spill(self.rig.device, self.rig.image)

    def learn(self):
        pass

    def judge(self, outcome):
        hold(outcome.killed or outcome.status == 1, f"status {outcome.status}")
        hold(slurp(self.rig.device) == self.rig.image, "the device has changed")


class SavecoreRow(Row):
    """savecore from a raw device's image; then again, without a fault."""

    def __init__(self, rig, name, image):
        super().__init__(rig, name)
        self.image, self.pages = image, set()
        self.file = os.path.join(rig.run, "image")
        self.whole = True

    def command(self):
        return [CRASHBOX, "savecore", self.file, self.parent]

    def prepare(self):
        spill(self.file, self.image)

    def left(self):
        return Left(self.rig.memory, self.parent)

    def found(self, left):
        """The dump that is as good as its device has it."""
        return [dump for dump in (left.dumps if self.whole else left.broken).values() if dump.found >= self.pages]

    def learn(self):
        left = self.left()
        self.whole = bool(left.dumps)
        dump, = (left.dumps or left.broken).values()
        self.pages = dump.found
        hold(self.pages, "without a fault there is no dump")

    def hold_truth(self, left):
        hold(all(dump.complete and dump.found >= self.pages for dump in left.dumps.values()),
             "a vmcore with its final name is not whole")
        hold(len(left.dumps) + len(left.broken) <= 1, f"saved twice: {left.directories}")
        hold(left.result not in ("saved", "degraded") or self.found(left), f"last-capture says {left.result}")
        hold(left.result != "saved" or self.whole, "last-capture says saved of a dump that is not whole")
        marked = run([CRASHBOX, "savecore", "-C", self.file]).status == 1
        hold(not marked or self.found(left), "the device is marked, and the dump is not in the directory")
        return marked

    def judge(self, outcome):
        left = self.left()
        marked = self.hold_truth(left)
        done = 0 if self.whole else 3
        if not outcome.killed:
            hold(outcome.status != 0 or (self.whole and self.found(left) and marked), "status 0, and it is not so")
            hold(outcome.status != 3 or (not self.whole and self.found(left) and marked), "status 3, and it is not so")
            hold(outcome.status == done or left.result not in ("saved", "degraded"),
                 f"status {outcome.status}, and last-capture says {left.result}")
        again = run(self.command())
        left = self.left()
        hold(again.status == (0 if marked else done), f"again: status {again.status}: {again.said[-300:]}")
        hold(self.hold_truth(left) and self.found(left), "again: not saved")


class SaveRow(SavecoreRow):
    """kdump save, which takes the device and the directory from an image."""

    def command(self):
        return [CRASHBOX, "kdump", "save", "--image", os.path.join(self.rig.top, "save.img"), "--conf", self.rig.conf]

    def __init__(self, rig, name, image):
        super().__init__(rig, name, image)
        self.file = rig.device
        spill(rig.conf, f"raw {rig.loop}\npath {self.parent}\n".encode())
        subprocess.run([MKCAPTUREINITRD, "-c", rig.conf, "-o", os.path.join(rig.top, "save.img")], check=True,
                       stdout=subprocess.DEVNULL)


class CheckRow(SavecoreRow):
    """savecore -C: never says that there is no dump."""

    def command(self):
        return [CRASHBOX, "savecore", "-C", self.file]

    def learn(self):
        pass

    def judge(self, outcome):
        hold(outcome.killed or outcome.status in (0, 3), f"status {outcome.status}: {outcome.said}")
        hold(slurp(self.file) == self.image, "the device has changed")


class LogRow(Row):
    """dmesg-save into a directory."""

    def command(self):
        return [CRASHBOX, "dmesg-save", self.rig.vmcore, self.parent + "/"]

    def judge(self, outcome):
        left = Left(self.rig.memory, self.parent)
        if not outcome.killed:
            hold((outcome.status == 0) == (left.logs == 1), f"status {outcome.status}, and {left.logs} logs")
            hold(left.result != "saved" or outcome.status == 0, f"last-capture says saved, the status is {outcome.status}")
        hold(left.result != "saved" or left.logs == 1, "last-capture says saved, and there is no log")
        again = run(self.command())
        left = Left(self.rig.memory, self.parent)
        # "failed": it takes the first run's failure for the dump's.
        hold(again.status == 0 and left.logs and left.result in ("saved", "failed"),
             f"again: status {again.status}, {left.directories}, {left.result}, {again.said[-300:]}")


class LogFileRow(Row):
    """dmesg-save into a file."""

    def command(self):
        return [CRASHBOX, "dmesg-save", self.rig.vmcore, os.path.join(self.rig.run, "log")]

    def judge(self, outcome):
        log = slurp(os.path.join(self.rig.run, "log"))
        hold(log in (None, crashed_machine.LOG_TEXT), f"the log is {log!r}")
        hold(outcome.killed or (outcome.status == 0) == (log is not None), f"status {outcome.status}, and the log is {log!r}")


class ImageRow(Row):
    """mkcaptureinitrd, where an image is already."""

    OLD = b"the image from before"

    def __init__(self, rig, name):
        super().__init__(rig, name)
        self.file = os.path.join(rig.run, "out/image")
        self.image = None

    def command(self):
        return [MKCAPTUREINITRD, "-c", os.path.join(self.rig.top, "image.conf"), "-k", self.rig.kernel, "-m",
                self.rig.modules, "--crashkernel", "256M", "-o", self.file]

    def prepare(self):
        os.mkdir(os.path.dirname(self.file))
        spill(self.file, self.OLD)

    def learn(self):
        self.image = slurp(self.file)
        hold(self.image != self.OLD, "without a fault there is no image")

    def judge(self, outcome):
        data = slurp(self.file)
        hold(data in (self.OLD, self.image), "the image is neither the old one nor the new one")
        if not outcome.killed:
            # What comes after the image: the directory's sync, the summary.
            done = outcome.status == 0 or any(words in outcome.said for words in (
                "the new image is in place", "writing to standard output"))
            hold(done == (data == self.image) or (outcome.silent and outcome.status == 1), f"status {outcome.status}, and a new image: {data == self.image}")
            hold(len(os.listdir(os.path.dirname(self.file))) == 1, f"left: {os.listdir(os.path.dirname(self.file))}")


# --- the rig ----------------------------------------------------------------------------------------------------------

class Rig:
    """What the rows share, in a directory that is memory."""

    def __init__(self, top):
        self.top = top
        self.run = os.path.join(top, "run")
        self.vmcore = os.path.join(top, "source")
        self.device = os.path.join(top, "device")
        self.conf = os.path.join(top, "save.conf")
        self.memory = Memory()
        crashed_machine.write_vmcore(self.memory, self.vmcore)
        self.make_kernel()
        self.loop, self.image, self.why = None, None, ""

    def open_loop(self):
        spill(self.device, bytes(DEVICE))
        done = subprocess.run(["losetup", "-f", "--show", self.device], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        if done.returncode:
            self.why = done.stdout.decode().strip()
            return
        self.loop = done.stdout.decode().strip()
        subprocess.run([CRASHBOX, "dump-save", "--compress", "none", "-d", "31", self.vmcore, self.loop], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.image = slurp(self.device)

    def close_loop(self):
        if self.loop:
            subprocess.run(["losetup", "-d", self.loop], check=False)

    def make_kernel(self):
        """As much of a kernel and its modules as mkcaptureinitrd looks at."""
        self.kernel, self.modules = os.path.join(self.top, "bzImage"), os.path.join(self.top, "modules")
        head = bytearray(4096)
        for at, text in ((510, b"\x55\xaa"), (514, b"HdrS\x0f\x02"), (526, b"\0\3"), (566, b"\1\0"), (0x260, b"\0\0\0\2"),
                         (1280, b"6.1.0-made-up (builder@host) #1")):
            head[at:at + len(text)] = text
        spill(self.kernel, head)
        needs = {"virtio": "", "virtio_ring": "", "virtio_blk": "virtio virtio_ring", "virtio_pci": "virtio virtio_ring",
                 "libcrc32c": "", "xfs": "libcrc32c"}
        os.mkdir(self.modules)
        for name in needs:
            spill(os.path.join(self.modules, name + ".ko"), b"\177ELFmodule %s vermagic=6.1.0-made-up SMP" % name.encode())
        spill(os.path.join(self.modules, "modules.dep"), "".join(
            f"{name}.ko:{''.join(f' {needed}.ko' for needed in others.split())}\n" for name, others in needs.items()).encode())
        spill(os.path.join(self.modules, "modules.builtin"), b"kernel/drivers/nvme/host/nvme.ko\n")
        spill(os.path.join(self.top, "image.conf"), b"xfs LABEL=dumps\npath /var/crash\nextra_modules virtio_blk\n")

    def cut(self):
        """The raw device as a loss of power leaves it: the first superblock alone, and most of the log."""
        image = bytearray(self.image)
        second = 128 << 10
        image[second:second + 4096] = bytes(4096)
        end = len(image.rstrip(b"\0")) - 7 * 4096
        return bytes(image[:end // 4096 * 4096]).ljust(DEVICE, b"\0")

    def damaged(self):
        """A whole dump of which a bit has flipped, in a page."""
        image = bytearray(self.image)
        image[len(image.rstrip(b"\0")) * 3 // 4] ^= 1
        return bytes(image)


def make_rows(rig):
    rows = [
        DumpRow(rig, "dump-save directory", ["-d", "31", "--accept-partial"]),
        DumpRow(rig, "dump-save directory ELF", ["-E", "-d", "1"]),
        DumpRow(rig, "dump-save directory ELF 31", ["-E", "-d", "31", "--accept-partial"]),
        FileRow(rig, "dump-save file", ["-d", "31"]),
        LogRow(rig, "dmesg-save directory"),
        LogFileRow(rig, "dmesg-save file"),
        ImageRow(rig, "mkcaptureinitrd"),
    ]
    if rig.loop:
        rows += [
            RawRow(rig, "dump-save raw", ["-d", "31", "--compress", "none"]),
            OccupiedRow(rig, "dump-save raw occupied", ["-d", "31"]),
            SavecoreRow(rig, "savecore", rig.image),
            SavecoreRow(rig, "savecore cut", rig.cut()),
            SavecoreRow(rig, "savecore damaged", rig.damaged()),
            CheckRow(rig, "savecore -C", rig.image),
            SaveRow(rig, "kdump save", rig.image),
        ]
    return rows


def fresh(rig, row):
    shutil.rmtree(rig.run, ignore_errors=True)
    os.mkdir(rig.run)
    row.prepare()


def try_one(rig, row, faults):
    """Returns what is wrong, or None."""
    fresh(rig, row)
    outcome = None
    try:
        outcome = run(row.command(), faults)
        hold_outcome(outcome)
        row.judge(outcome)
        return None, outcome
    except (Wrong, OSError) as wrong:
        said = f"\n    | status {outcome.status}: {outcome.said[-500:]}".replace("\n", "\n    | ") if outcome else ""
        return f"{wrong}{said}", outcome


def plan_row(rig, row, rng):
    """All runs of a row: single faults, then pairs."""
    fresh(rig, row)
    faults = find_faults(row.command())
    row.learn()
    fresh(rig, row)
    runs = [(fault,) for fault in faults]
    for _ in range(PAIRS):
        first, second = rng.choice(faults), rng.choice(faults)
        if first.call != second.call:
            runs.append((first, second))
    rng.shuffle(runs)
    return runs


def go(options, rig):
    began, passed, failed, skipped = time.time(), 0, 0, 0
    print(f"seed {options.seed}, every {options.share}. run", flush=True)
    index = options.seed
    for row in make_rows(rig):
        if options.row and options.row not in row.name:
            continue
        start, count = time.time(), 0
        for faults in plan_row(rig, row, random.Random(f"{options.seed} {row.name}")):
            index += 1
            if index % options.share:
                continue
            wrong, _ = try_one(rig, row, faults)
            count += 1
            if wrong:
                failed += 1
                print(f"FAILED {row.name}: {' + '.join(map(str, faults))}: {wrong}", flush=True)
            else:
                passed += 1
        print(f"{row.name}: {count} runs, {time.time() - start:.0f} s", flush=True)
    if not rig.loop:
        print(f"skipped: the rows with a raw device: {rig.why}")
        skipped = 1
    print(f"{passed + failed} runs in {time.time() - began:.0f} s")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def repeat(options, rig):
    name, _, text = options.run.partition(": ")
    row, = [row for row in make_rows(rig) if row.name == name]
    plan_row(rig, row, random.Random(0))
    wrong, outcome = try_one(rig, row, [read_fault(part) for part in text.split(" + ")])
    print(outcome.said if outcome else "", end="")
    print(f"status {outcome.status if outcome else 'none'}; {wrong or 'as it should be'}")
    subprocess.run(["find", rig.run, "-ls"], check=False)
    subprocess.run(["cat", os.path.join(rig.run, "crash/last-capture")], stderr=subprocess.DEVNULL, check=False)
    return 1 if wrong else 0


def parse():
    parser = argparse.ArgumentParser(description="system calls that fail, and what is left then")
    parser.add_argument("--all", action="store_true", help="every run (the default)")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="every Nth run")
    parser.add_argument("--row", metavar="NAME", help="only rows whose name contains this")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which of them, and which pairs")
    parser.add_argument("--run", metavar="ROW: FAULT", help="one run, as a failed one is shown")
    return parser.parse_args()


def main():
    options = parse()
    # A file system of our own, in memory: as root in a mount namespace, which ends with this process.
    if os.geteuid() == 0 and not os.environ.get("FAULTS_MOUNT"):
        os.environ["FAULTS_MOUNT"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    top = tempfile.mkdtemp(prefix="crashbox-faults-")
    own = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "tmpfs", top], check=False).returncode == 0
    rig = None
    try:
        rig = Rig(top)
        rig.open_loop()
        return repeat(options, rig) if options.run else go(options, rig)
    finally:
        if rig:
            rig.close_loop()
        if own:
            subprocess.run(["umount", "-l", top], check=False)
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

"""Power cuts: one save of a real vmcore is written down call by call, and replayed up to random moments, with what had not
been synced lost in part. Whatever is left is opened with what people use."""

import json
import os
import random
import re
import struct
import subprocess

import packages
import readers
from capture import CRASHBOX, RUNS, kernel
from disk import run
from test_pages import verbatim
from test_readers import FUNCTIONS

HERE = os.path.dirname(__file__)
RECORD = struct.Struct("<cQQQ")
SECTOR = 512
COMPLETE, INCOMPLETE, NO_DUMP = "complete", "incomplete", "no dump"
ORDER = ["cpus", "image", "kernel", "slab", "page-array", "rest"]


class Op:
    """One call: w(rite), s(ync of the file), d(irectory's sync), r(ename), z(eros from here on), t(runcate)."""

    def __init__(self, kind, offset, size, nanoseconds, data):
        self.kind, self.offset, self.size, self.ns, self.data = kind, offset, size, nanoseconds, data


class Recording:
    """A save of a vmcore by build/test/unit, which has the same libcore as dump-save, and writes its calls down."""

    def __init__(self, vmcore, name):
        os.makedirs(RUNS, exist_ok=True)
        self.vmcore, self.dump = vmcore, os.path.join(RUNS, f"cuts-{name}")
        run("make", "-s", "unit")
        done = subprocess.run(["build/test/unit", "a real vmcore is saved"], text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "CUTS_VMCORE": vmcore, "CUTS_DUMP": self.dump})
        if done.stdout.strip() != "1 passed, 0 failed":
            raise RuntimeError(f"saving {vmcore}: {done.stdout}")
        self.ops = list(self._read(self.dump + ".log"))
        os.unlink(self.dump + ".log")
        with open(self.dump, "rb") as f:
            start = f.read(1 << 20)
        block, sub_blocks, bitmap_blocks = struct.unpack_from("<III", start, 428)
        self.table = (1 + sub_blocks + bitmap_blocks) * block
        told = dict(re.findall(rb"^order-(\S+) (\d+)$", start, re.MULTILINE))
        self.order = [(name, int(told.get(name.encode(), 0))) for name in ORDER]

    @staticmethod
    def _read(path):
        with open(path, "rb") as f:
            log = f.read()
        at = 0
        while at < len(log):
            kind, offset, size, ns = RECORD.unpack_from(log, at)
            at += RECORD.size
            data = log[at:at + size] if kind in b"wr" else b""
            at += len(data)
            yield Op(kind.decode(), offset, size, ns, data)

    def settled(self):
        """{priority: (number of calls, bytes, seconds) after which all its pages are on the disk}."""
        pages = sum(count for _, count in self.order)
        table, found, wanted, todo = bytearray(24 * pages), {}, 0, []
        for name, count in self.order:
            wanted += count
            if count:
                todo.append((name, wanted))
        end = 0
        for number, op in enumerate(self.ops):
            if op.kind == "w":
                inside = op.offset - self.table
                if 0 <= inside < len(table):
                    table[inside:inside + op.size] = op.data
                end = max(end, op.offset + op.size)
            while op.kind == "s" and todo and self._described(table) >= todo[0][1]:
                found[todo.pop(0)[0]] = (number + 1, end, op.ns / 1e9)
        return found

    @staticmethod
    def _described(table):
        return sum(offset != 0 and size != 0 for offset, size, _, _ in struct.iter_unpack("<QIIQ", table))


class Cuts:
    """Makes what a disk has after a cut. Moments must rise: what was synced before is kept from one to the next."""

    def __init__(self, recording, path, seed):
        self.ops, self.path, self.random = recording.ops, path, random.Random(seed)
        self.synced = bytearray()
        self.done = 0  # calls that are in synced

    def _write(self, disk, op, start=0, end=None):
        end = op.size if end is None else end
        if len(disk) < op.offset + end:
            disk.extend(bytes(op.offset + end - len(disk)))
        disk[op.offset + start:op.offset + end] = op.data[start:end]

    def _advance(self, moment):
        last = max((number for number in range(self.done, moment) if self.ops[number].kind == "s"), default=self.done - 1)
        for op in self.ops[self.done:last + 1]:
            if op.kind == "w":
                self._write(self.synced, op)
            elif op.kind == "z" and len(self.synced) < op.offset + op.size:
                self.synced.extend(bytes(op.offset + op.size - len(self.synced)))
            elif op.kind == "t":
                del self.synced[op.size:]
        self.done = last + 1

    def _lose(self, disk, moment, loss):
        """Of the writes since the last sync: all but the end of the last; some of them; some of their sectors."""
        writes = [op for op in self.ops[self.done:moment] if op.kind == "w"]
        limits = {}
        for number, op in enumerate(writes):
            if loss == "in order":
                torn = number + 1 == len(writes)
                self._write(disk, op, 0, self._sectors(op) if torn else op.size)
            elif loss == "writes" and self.random.random() < 0.5:
                self._write(disk, op)
            elif loss == "sectors":
                start = 0
                while start < op.size:
                    sector = (op.offset + start) // SECTOR
                    end = min(op.size, (sector + 1) * SECTOR - op.offset)
                    if number < limits.setdefault(sector, self.random.randint(0, len(writes))):
                        self._write(disk, op, start, end)
                    start = end

    def _sectors(self, op):
        end = (op.offset + self.random.randint(0, op.size)) // SECTOR * SECTOR
        return max(0, end - op.offset)

    def _name(self, moment):
        """The name that the file has; a rename may be lost until the directory is synced."""
        name = None
        for number, op in enumerate(self.ops[:moment]):
            if op.kind == "r":
                sure = any(later.kind == "d" for later in self.ops[number + 1:moment])
                if sure or self.random.random() < 0.5:
                    name = op.data.decode()
        return name

    def make(self, moment, loss):
        """Writes self.path; returns the name that it would have, None for that of a file that nobody takes for a dump."""
        self._advance(moment)
        disk = bytearray(self.synced)
        self._lose(disk, moment, loss)
        name = self._name(moment)
        with open(self.path, "wb") as f:
            f.write(disk)
        return name


def check_cut(path, name, vmcore):
    """What is wrong with one cut, as texts; what it is called; how many of its pages are there."""
    info = json.loads(subprocess.run([CRASHBOX, "dump-info", "--json", path], text=True, stdout=subprocess.PIPE).stdout or "{}")
    if not info:
        return ["dump-info does not open it"], None, 0
    done = subprocess.run([readers.PYTHON, os.path.join(HERE, "compare_cut.py"), path, vmcore], text=True, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    match = re.fullmatch(r"pages (\d+) described (\d+) different (\d+) refused (\d+) invented (\d+)\n", done.stdout)
    if not match:
        return [f"libkdumpfile: status {done.returncode}: {done.stdout[-300:]}"], None, 0
    pages, described, different, refused, invented = (int(number) for number in match.groups())
    wrong = []
    if different or refused or invented:
        wrong.append(f"{different} pages differ, {refused} are refused, {invented} are invented")
    if info["pages"]["dumped"] - info["pages"]["missing"] != described:
        wrong.append(f"dump-info counts {info['pages']}, there are {described}")
    if info["complete"] and described != pages:
        wrong.append(f"called complete, but has {described} of {pages} pages")
    if not name.endswith("-incomplete") and not info["complete"]:
        wrong.append("has its final name, and is incomplete")
    return wrong, COMPLETE if info["complete"] else INCOMPLETE, described


def check_cuts(report, recording, count):
    """libkdumpfile and dump-info on `count` cuts."""
    chance = random.Random(count)
    moments = sorted(chance.randint(0, len(recording.ops)) for _ in range(count - 1)) + [len(recording.ops)]
    cuts = Cuts(recording, recording.dump + ".cut", count)
    outcomes, wrong = {COMPLETE: 0, INCOMPLETE: 0, NO_DUMP: 0}, []
    for number, moment in enumerate(moments):
        loss = ("in order", "writes", "sectors")[number % 3]
        name = cuts.make(moment, loss)
        if name is None:
            outcomes[NO_DUMP] += 1
            continue
        bad, outcome, _ = check_cut(cuts.path, name, recording.vmcore)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        wrong += [f"cut after call {moment} of {len(recording.ops)}, losing {loss}: {text}" for text in bad]
    report.check(not wrong, f"{count} cuts: {', '.join(f'{n} {what}' for what, n in outcomes.items() if n)}; each page right, "
                 "none invented", wrong[:3])
    report.check(outcomes[INCOMPLETE] > count / 2, "most of them have broken off", outcomes)


def program():
    """The crash that knows 6.1 (Debian 12's, 8.0.2, does not find its sleeping tasks)."""
    return packages.command("crash", "usr/bin/crash")


def backtrace(text):
    return re.search(".*".join(rf"\b{name}\b" for name in FUNCTIONS), text, re.DOTALL) is not None


def crash_on(kern, path, *options):
    """(whether it opens, whether it says that the dump is incomplete, whether bt shows the panic)."""
    try:
        out = readers.crash(kern.vmlinux, path, "sys", "bt", program=[*program(), *options])
    except RuntimeError as error:
        return False, "incomplete" in str(error), False
    return True, "incomplete" in out[""] or "INCOMPLETE" in out["sys"], backtrace(out["bt"])


def check_crash(report, recording, count):
    """crash on cuts: it opens each in its minimal mode; from the image on `crash --active` shows the way to the panic, and
    from the slab on crash does without."""
    kern, settled = kernel(), recording.settled()
    chance = random.Random(count)
    image, slab, end = settled["image"][0], settled["slab"][0], len(recording.ops)
    first = next(number for number, op in enumerate(recording.ops) if op.kind == "d") + 1
    each = max(1, count // 3)
    cuts = Cuts(recording, recording.dump + ".cut", 2 * count)
    for what, low, high, options in (("before the image is there", first, image, ["--minimal", "--zero_excluded"]),
                                     ("when it is", image, slab, ["--active"]), ("with the slab too", slab, end - 4, [])):
        moments = sorted(chance.randint(low, high) for _ in range(each - 1))
        results = []
        for number, moment in enumerate([low] + moments):
            cuts.make(moment, ("in order", "writes", "sectors")[number % 3])
            results.append(crash_on(kern, cuts.path, *options))
        command = " ".join(["crash", *options])
        report.check(all(opened and told for opened, told, _ in results),
                     f"{command} opens all of {len(results)} cuts {what}, and says that they are incomplete", results)
        if what != "before the image is there":
            report.check(all(shown for _, _, shown in results), f"{command}: bt shows the way to the panic", results)


def check_drgn(report, recording):
    """drgn shows the panicking task's stack when the image is there."""
    cuts = Cuts(recording, recording.dump + ".cut", 1)
    cuts.make(recording.settled()["image"][0], "writes")
    try:
        frames = readers.drgn_crashed(kernel().vmlinux, cuts.path)
    except RuntimeError as error:
        frames = [str(error)[-300:]]
    report.check(backtrace("machine_kexec\n" + "\n".join(frames)), "drgn: the stack of the panicking task", frames)


def figures(report, recording):
    settled, size = recording.settled(), os.path.getsize(recording.dump)
    whole, before, after = recording.ops[-1].ns / 1e9, 0, 0.0
    for name, count in recording.order:
        if name in settled:
            _, end, seconds = settled[name]
            report.figure(name, f"{count} pages, {100 * (end - before) / size:.1f} % of the bytes, "
                                f"{100 * (seconds - after) / whole:.1f} % of the time; with it {100 * end / size:.1f} % of the dump")
            before, after = end, seconds


def _cuts(report, count, by_crash):
    recording = Recording(verbatim(), "6.1")
    figures(report, recording)
    check_cuts(report, recording, count)
    check_crash(report, recording, by_crash)
    check_drgn(report, recording)


def cuts(report):
    """Power cuts at 24 moments of a save: what is left opens, and has no wrong page."""
    _cuts(report, 24, 6)


def cuts_200(report):
    """Power cuts at 200 moments of a save: what is left opens, and has no wrong page; crash opens 21 of them."""
    _cuts(report, 200, 21)

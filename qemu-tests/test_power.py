"""Power cuts of a machine that captures, to a file system and to a raw device: a capture's writes as they reached the disk,
replayed up to random moments with what was not flushed lost in part, and emulators killed while they capture. After each
the next boot finds no dump, or one that broke off, or a whole one; each page of it is the page that the machine had."""

import json
import random
import subprocess
import time

import power
from capture import CRASHBOX, SAVED
from machine import CUT, RESET
from test_cuts import COMPLETE, INCOMPLETE, NO_DUMP, check_cut, crash_on

# The log of a line that begins with the device's search, and whose dump-save follows within a tenth of a second.
BEGINS = r"init: line \d+: wait-device"
# What crash needs for its own way to the panicking task, and what for `crash --active`.
FOR_CRASH, FOR_ACTIVE = ("cpus", "image", "kernel", "slab"), ("cpus", "image")


class Tally:
    """What came of the cuts of one kind."""

    def __init__(self, scene):
        self.scene = scene
        self.outcomes = {COMPLETE: 0, INCOMPLETE: 0, NO_DUMP: 0}
        self.wrong, self.sessions, self.crash_wrong = [], [], []
        self.damaged = 0  # cuts that leave what does not open
        self.compared, self.whole = 0, {}  # pages; {class: cuts that have all of it}
        self.classes = {}  # {class: its pages}
        self.pages = None  # of the whole dump; None: nobody knows it
        self.log = None    # vmcore-dmesg.txt, likewise

    def look(self, what, image, with_crash):
        """One cut: what the next boot finds on the image of the disk."""
        wrong, files = self.scene.take(image)
        bad = [wrong] if wrong else []
        names = [name for name in ("vmcore", "vmcore-incomplete") if name in files]
        outcome = NO_DUMP
        if names:
            found, outcome, described = check_cut(files[names[0]], names[0], self.scene.memory)
            bad += found
            self.compared += described
            if outcome == COMPLETE and self.pages is not None and described != self.pages:
                bad.append(f"called complete, but has {described} of {self.pages} pages")
        if len(names) > 1:
            bad.append(f"several dumps: {names}")
        if self.log is not None and "vmcore-dmesg.txt" in files and _read(files["vmcore-dmesg.txt"]) != self.log:
            bad.append("vmcore-dmesg.txt has its name, and is not whole")
        if outcome in self.outcomes:
            self.outcomes[outcome] += 1
        else:
            self.damaged += 1
        self.wrong += [f"{what}: {text}" for text in bad]
        if outcome in (COMPLETE, INCOMPLETE):
            self._classes(files[names[0]], outcome, what if with_crash else None)
        return outcome

    def _classes(self, path, outcome, crash):
        saved = {}
        if outcome != COMPLETE:
            done = subprocess.run([CRASHBOX, "dump-info", "--json", path], text=True, stdout=subprocess.PIPE)
            saved = json.loads(done.stdout).get("saved", {})
            for name, (pages, of) in saved.items():
                self.classes[name] = of
                self.whole[name] = self.whole.get(name, 0) + (pages == of)
        if crash:
            self._crash(crash, path, outcome, saved)

    def _crash(self, what, path, outcome, saved):
        def has(names):
            return outcome == COMPLETE or saved and all(saved[name][0] == saved[name][1] for name in names if name in saved)
        options = [] if has(FOR_CRASH) else ["--active"] if has(FOR_ACTIVE) else ["--minimal", "--zero_excluded"]
        opened, told, shown = crash_on(self.scene.kernel, path, *options)
        command = " ".join(["crash", *options])
        self.sessions.append(command if outcome != COMPLETE else f"{command}, complete")
        if not opened or told != (outcome != COMPLETE):
            self.crash_wrong.append(f"{what}: {command}: opens {opened}, says that it is incomplete {told}")
        if "--minimal" not in options and not shown:
            self.crash_wrong.append(f"{what}: {command}: bt does not show the way to the panic")

    def report(self, report, what):
        count = sum(self.outcomes.values()) + self.damaged
        outcomes = _counts({**self.outcomes, "that do not open": self.damaged})
        report.check(not self.wrong and self.compared, f"{count} cuts {what}: {outcomes}; {self.compared} pages compared with the "
                     "machine's memory, none differs, none is invented", self.wrong[:3] or "nothing compared")

    def report_crash(self, report, least):
        commands = {command: self.sessions.count(command) for command in sorted(set(self.sessions))}
        report.check(len(self.sessions) >= least and not self.crash_wrong,
                     f"{len(self.sessions)} opened by crash as what they are, at least {least}: {_counts(commands)}; bt shows "
                     "the way to the panic from the image on", self.crash_wrong[:3] or commands)

    def figures(self, report):
        total, sum_so_far = sum(self.classes.values()), 0
        for name, pages in self.classes.items():
            sum_so_far += pages
            report.figure(name, f"{pages} pages, with it {100 * sum_so_far / total:.1f} %; whole in {self.whole[name]} of "
                                f"{self.outcomes[INCOMPLETE]} dumps that broke off")


def _counts(numbers):
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number)


def _read(path):
    with open(path, "rb") as f:
        return f.read()


def _reference(report, scene, tally):
    """The capture whose writes are logged, and the whole dump of it, which is also compared with the memory."""
    crash, before, entries = scene.logged()
    report.equal(crash.ended, RESET, "the logged capture came to its end")
    flushes = sum(entry is None for entry in entries)
    report.figure("the disk's log", f"{len(entries) - flushes} writes of "
                  f"{sum(len(entry.data) for entry in entries if entry) / 1e6:.1f} MB, {flushes} flushes")
    report.check(flushes > 10, "the capture kernel flushes its disk", flushes)
    wrong, files = scene.take(crash.disk.path)
    if report.check(not wrong and "vmcore" in files, "the capture's end is a whole dump", wrong or sorted(files)):
        bad, outcome, tally.pages = check_cut(files["vmcore"], "vmcore", scene.memory)
        tally.log = _read(files["vmcore-dmesg.txt"])
        report.equal((bad, outcome), ([], COMPLETE), f"its {tally.pages} pages are those of the machine's memory")
        opened, told, shown = crash_on(scene.kernel, files["vmcore"])
        report.equal((opened, told, shown), (True, False, True), "crash opens it, takes it for complete, shows the panic")
    return crash, before, entries


def _moments(entries, count, chance):
    """Half of them anywhere, the others first between which flushes and then where there: so that each step that the writer
    has synced has its share, however little it wrote."""
    flushes = [0] + [number + 1 for number, entry in enumerate(entries) if entry is None] + [len(entries)]
    moments = [chance.randint(1, len(entries)) for _ in range(count // 2)]
    while len(moments) < count:
        number = chance.randrange(len(flushes) - 1)
        moments.append(chance.randint(flushes[number], flushes[number + 1]))
    return sorted(moments)


def _replayed(scene, tally, before, entries, count, every):
    """Every `every`th of the cuts is opened with crash."""
    chance = random.Random(count)
    moments = _moments(entries, count, chance)
    replay = power.Replay(before, entries, scene.path("cut.img"), count)
    for number, moment in enumerate(moments):
        loss = power.LOSSES[number % len(power.LOSSES)]
        image = replay.make(moment, loss)
        tally.look(f"cut after entry {moment} of {len(entries)}, losing {loss}", image, number % every == every // 2)
    replay.close()


def _killed(scene, tally, count, window, every):
    """Moments spread over the dump's time; one that ended before it is run again, earlier."""
    chance = random.Random(count)
    for number in range(count):
        seconds = window * (number + chance.random()) / count
        for _ in range(4):
            crash = scene.killed(BEGINS, seconds)
            if crash.ended == CUT:
                break
            seconds *= 0.7
        else:
            tally.wrong.append(f"kill {number}: the capture ended before it by: {crash.ended}")
        tally.look(f"killed after {seconds:.3f} s", crash.disk.path, number % every == every // 2)


def _power(report, target, replayed, killed, by_crash):
    start = time.monotonic()
    scene = power.Scene(target)
    cuts, kills = Tally(scene), Tally(scene)
    crash, before, entries = _reference(report, scene, cuts)
    begin = crash.console.find(BEGINS, crash.captured_from)
    window = crash.console.find(SAVED, begin[0])[1] - begin[1]
    # crash takes its time: on every so many cuts, and a few more than are needed, since some leave no dump.
    every = max(1, int(0.6 * (replayed + killed) / by_crash))
    _replayed(scene, cuts, before, entries, replayed, every)
    cuts.report(report, "of the logged writes")
    # Two thirds do on average; of ten, chance alone can make it five.
    report.check(cuts.outcomes[INCOMPLETE] > replayed / 4, "many of them have broken off", cuts.outcomes)
    if killed:
        _killed(scene, kills, killed, window, every)
        kills.report(report, f"by killing the emulator within {window:.1f} s")
    cuts.figures(report)
    cuts.sessions += kills.sessions
    cuts.crash_wrong += kills.crash_wrong
    cuts.report_crash(report, by_crash)
    report.figure("in all", f"{time.monotonic() - start:.0f} s")
    scene.close()


def power_cuts(report):
    """10 power cuts of a capture to ext4, and 10 of one to a raw device, replayed."""
    for target in (power.Ext4Target(), power.RawTarget()):
        _power(report, target, 10, 0, 2)


def power_ext4(report):
    """200 power cuts of a capture to ext4, 20 of them by killing the emulator; crash opens 20."""
    _power(report, power.Ext4Target(), 180, 20, 20)


def power_raw(report):
    """200 power cuts of a capture to a raw device, 20 of them by killing the emulator; crash opens 20."""
    _power(report, power.RawTarget(), 180, 20, 20)

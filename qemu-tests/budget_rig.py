"""The smallest crashkernel= that a kernel and an image capture in, by trying: bisection in steps of 2 MiB."""

import os

import guests
import loaded
from capture import RUNS, STOCK_CONF, Crash, mkcaptureinitrd
from disk import Ext4, dump_directories
from machine import CONSOLE, RESET, Machine

STEP = 2          # MiB
TIMES = 3         # a size works when so many captures of so many did
LARGEST = 256     # MiB: what does not work in that has another reason
SILENCE = 60      # seconds without a word: it hangs, and has failed
DEADLINE = {"amd64": 300, "arm64": 480}
# Where the reservation lies is not to be a matter of chance. On arm64 it is none (KASLR moves the kernel's addresses
# only), and kexec-tools refuses a device tree whose seed for KASLR was not used up.
FIRST_APPEND = {"amd64": "nokaslr", "arm64": ""}

OUT_OF_MEMORY = r"Out of memory|System is deadlocked on memory|out of memory|page allocation failure"

# Where the reservation lies, and what a load into it needs.
SAY_WHERE = "grep -i 'crash kernel' /proc/iomem | sed 's/^ */rig: reservation /'"


class Attempt(Crash):
    """One capture of a crash in an idle guest, on either architecture, which is given up when it hangs."""

    def __init__(self, name, kern, image, append, reservation):
        self.directory = os.path.join(RUNS, name)
        self.kernel, self.reservation = kern, reservation
        self.deadline = DEADLINE[kern.arch]
        os.makedirs(self.directory, exist_ok=True)
        self.disk = Ext4(os.path.join(self.directory, "disk.img"))
        files, load = loaded.loader(kern.arch, append)
        first_stage = os.path.join(self.directory, "first-stage.img")
        initrd = guests.first_stage(first_stage, kern.vmlinuz, image, load, SAY_WHERE, files, loaded.busybox(kern.arch))
        first_append = f"crashkernel={reservation} panic=5 {FIRST_APPEND[kern.arch]}"
        self.machine = Machine(self.directory, kern.vmlinuz, initrd, first_append, kern.arch, "1G", [self.disk.path])
        self.machine.silence = SILENCE
        self.why = None

    def run(self):
        """Sets .why: why it has not worked, or None."""
        super().run()
        self.why = self._why_not()
        os.unlink(self.disk.path)
        return self

    def _why_not(self):
        """It works if the dump has its final name and nothing ran out of memory on the way."""
        if self.captured_from is None:
            return "it does not load" if self.console.find(r"rig: not armed") else "the capture kernel says nothing"
        starved = self.console.find(OUT_OF_MEMORY, self.captured_from)
        if starved:
            booted = self.console.find(r"^init: ", self.captured_from)
            return "out of memory" if booted else "out of memory at boot"
        if self.capture_panic():
            return "panic: " + self.capture_panic()
        if self.ended != RESET:
            return self.ended
        names = [self.disk.list("/var/crash/" + found) for found in dump_directories(self.disk)]
        done = self.console.find(r"init: capture done", self.captured_from)
        if len(names) != 1 or "vmcore" not in names[0] or not done:
            return "no dump"
        return None

    @property
    def got_so_far(self):
        """Whether it came to loading; what has happened before says nothing of the reservation."""
        return self.console.find(r"rig: load status") is not None

    def reservation_range(self):
        """(first byte, last byte), as the crashing kernel has it, or None."""
        match = self.console.last(r"rig: reservation ([0-9a-f]+)-([0-9a-f]+)")
        return match and (int(match.group(1), 16), int(match.group(2), 16))


class Subject:
    """A kernel with an image, tried at sizes of the reservation. Every try is kept: .tries {MiB: [why not]}."""

    def __init__(self, kern, conf=STOCK_CONF, options=(), name="budget"):
        self.kernel = kern
        self.name = f"{name}-{kern.suite}-{kern.arch}"
        conf = conf.replace("console=ttyS0,115200", f"console={CONSOLE[kern.arch]}")
        self.conf, self.options = conf, ["--binary", loaded.crashbox(kern.arch), *options]
        self.image, self.append = mkcaptureinitrd(os.path.join(RUNS, self.name), kern, conf, self.options)
        self.tries, self.lowest, self.where = {}, {}, {}

    def run(self, size, place=0):
        """One capture at so many MiB; place: its address in MiB, or 0 for where the kernel puts it. The system that is
        to crash may die before (the emulator's threads and a kernel that changes its own code): that is no try."""
        for _ in range(3):
            reservation = f"{size}M@{place}M" if place else f"{size}M"
            crash = Attempt(self.name, self.kernel, self.image, self.append, reservation).run()
            if crash.got_so_far:
                return crash
        raise RuntimeError(f"the system that is to crash does not get so far:\n{crash.last_lines()}")

    def attempt(self, size):
        """One more try at so many MiB."""
        crash = self.run(size)
        self.tries.setdefault(size, []).append(crash.why)
        self.lowest[size] = min(self.lowest.get(size, 1 << 30), crash.lowest_available() or 0)
        self.where[size] = crash.reservation_range()

    def fails(self, size):
        return any(self.tries.get(size, []))

    def works(self, size, times=TIMES):
        """Whether so many captures at this size work, counting those that were made."""
        while not self.fails(size) and len(self.tries.get(size, [])) < times:
            self.attempt(size)
        return not self.fails(size)

    def smallest(self, low, high):
        """MiB. Where to begin: low fails and high works; if not, they are moved. One try each, then three."""
        while not self.works(high, 1):
            if high > LARGEST:
                raise RuntimeError(f"{high}M do not work either: {self.tries[high]}")
            low, high = high, high + 32
        while low > STEP and self.works(low, 1):
            low, high = low - 16, low
        while high - low > STEP:
            middle = low + (high - low) // (2 * STEP) * STEP
            low, high = (low, middle) if self.works(middle, 1) else (middle, high)
        while not self.works(high):
            high += STEP
        return high

"""A crash from beginning to end: a stock kernel boots, loads the capture kernel, panics; the capture kernel saves."""

import functools
import os
import shlex
import subprocess

import guests
from disk import LABEL, UUID, Ext4, run
from machine import CONSOLE, Machine

CRASHBOX = "build/crashbox"
MKCAPTUREINITRD = "build/mkcaptureinitrd"
RUNS = "build/qemu"

STOCK_CONF = f"""# what a kdump.conf looks like
ext4 UUID={UUID}
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
failure_action reboot
final_action reboot
cmdline_append console=ttyS0,115200
"""


class Kernel:
    """A stock kernel, fetched on first use."""

    def __init__(self, suite, arch, flavour):
        self.suite, self.arch, self.flavour = suite, arch, flavour
        self.directory = self._fetch()
        self.vmlinuz = os.path.join(self.directory, "vmlinuz")
        self.modules = os.path.join(self.directory, "modules")
        with open(os.path.join(self.directory, "version"), encoding="ascii") as f:
            self.version = f.read().strip()

    @functools.cached_property
    def vmlinux(self):
        """With its debug symbols."""
        return os.path.join(self._fetch("--debug"), "vmlinux")

    def _fetch(self, *options):
        return run("sh", "scripts/kernel.sh", *options, self.suite, self.arch, self.flavour).strip()


@functools.cache
def kernel(suite="bookworm", arch="amd64", flavour="cloud"):
    return Kernel(suite, arch, flavour)


def mkcaptureinitrd(directory, kern, conf=STOCK_CONF, options=()):
    """Builds the capture image; returns its path and the recommended command line of the capture kernel."""
    os.makedirs(directory, exist_ok=True)
    conf_path, image = os.path.join(directory, "kdump.conf"), os.path.join(directory, "capture.img")
    with open(conf_path, "w", encoding="ascii") as f:
        f.write(conf)
    modules = ["-m", kern.modules] if kern.modules else []
    arguments = ["-c", conf_path, "-k", kern.vmlinuz, *modules, *options]
    run(MKCAPTUREINITRD, *arguments, "-o", image)
    append = run(MKCAPTUREINITRD, *arguments, "--cmdline").strip()
    return image, append


def recommended_append(kern):
    """The same command line for captures that are not ours, so that the comparison is fair."""
    return mkcaptureinitrd(os.path.join(RUNS, "recommended"), kern)[1]


class Crash:
    """One run. After run(): console, ended, and the disk to look at."""

    def __init__(self, name, kern, image, append, reservation="64M", memory="1G", disk=None, before="", load=None,
                 deadline=180, first_append="", capture_kernel=None, crashbox=CRASHBOX, files=(), busybox=guests.BUSYBOX,
                 bus="nvme", more_disks=(), drive=None, extra=()):
        """drive: the emulator's options for the disk, where they are not the usual ones; extra: more of them."""
        self.directory = os.path.join(RUNS, name)
        self.kernel, self.reservation = kern, reservation
        os.makedirs(self.directory, exist_ok=True)
        self.disk = disk or Ext4(os.path.join(self.directory, "disk.img"))
        self.deadline = deadline
        append = append if "console=" in append else f"{append} console={CONSOLE[kern.arch]}"
        load = load or f"crashbox kexec -p --initrd=/boot/capture.img --append={shlex.quote(append)} /boot/vmlinuz"
        initrd = guests.first_stage(os.path.join(self.directory, "first-stage.img"), (capture_kernel or kern).vmlinuz,
                                    image, load, before, [("bin/crashbox", crashbox), *files], busybox)
        reserve = f"crashkernel={reservation}" if reservation else ""
        self.machine = Machine(self.directory, kern.vmlinuz, initrd, f"{reserve} panic=5 {first_append}",
                               kern.arch, memory, [drive or self.disk.path, *more_disks], extra, bus)

    def run(self):
        self.machine.run(self.deadline)
        os.unlink(os.path.join(self.directory, "first-stage.img"))
        return self

    @property
    def console(self):
        return self.machine.console

    @property
    def ended(self):
        return self.machine.ended

    @property
    def panic(self):
        """Where the first kernel panicked: (line, seconds), or None."""
        found = self.console.find(r"Kernel panic - not syncing: sysrq triggered crash")
        return found and found[:2]

    @property
    def captured_from(self):
        """The first console line of the capture kernel, or None."""
        found = self.panic and self.console.find(r"Linux version", self.panic[0])
        return found and found[0]

    def capture_console(self):
        """What the capture kernel and its programs said."""
        return "" if self.captured_from is None else self.console.text(self.captured_from)

    def capture_panic(self):
        """The panic message of the capture kernel, or None."""
        found = self.captured_from is not None and self.console.find(r"Kernel panic - not syncing: (.*)",
                                                                      self.captured_from)
        return found[2].group(1) if found else None

    def lowest_available(self):
        """KiB, as init said it, or None."""
        match = self.console.last(r"init: lowest MemAvailable (\d+) kB")
        return int(match.group(1)) if match else None

    def seconds_to_dump(self):
        """From the panic to the line that says that the dump is saved."""
        saved = self.panic and self.console.find(SAVED, self.panic[0])
        return saved and saved[1] - self.panic[1]

    def last_lines(self, count=5):
        return "\n".join("        | " + text for _, text in self.console.lines[-count:])


# dump-save says it of the dump, and makedumpfile.
SAVED = r"saved \d+ MiB of memory|The dumpfile is saved to"

__all__ = ["Crash", "kernel", "mkcaptureinitrd", "recommended_append", "LABEL", "UUID", "STOCK_CONF", "subprocess"]

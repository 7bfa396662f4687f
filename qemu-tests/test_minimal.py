"""The minimal capture kernel that scripts/capture-kernel.sh builds from config/kernel, beside a stock kernel that crashes."""

import functools
import os

import loaded
from capture import RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd
from disk import run
from machine import CONSOLE
from test_capture import check_capture, take_files

# What is left at the least, in KiB of MemAvailable: a margin below what was measured, for a guest that differs a little.
LEFT = {"32M": 12 * 1024, "24M": 4 * 1024}

# How the same disk is attached; the stock kernel does not use it, the capture kernel has a driver for each.
DISKS = {
    "virtio": ["virtio-blk-pci,drive=d0"],
    "sata": ["ahci,id=sata", "-device", "ide-hd,bus=sata.0,drive=d0"],
}


class Minimal:
    """The kernel, built on first use: some minutes."""

    modules = None

    def __init__(self, arch):
        self.arch = arch
        self.directory = run("sh", "scripts/capture-kernel.sh", arch).strip()
        self.vmlinuz = os.path.join(self.directory, "vmlinuz")
        with open(os.path.join(self.directory, "version"), encoding="ascii") as f:
            self.version = f.read().strip()


@functools.cache
def minimal(arch="amd64"):
    return Minimal(arch)


def capture(reservation, disk="nvme", arch="amd64"):
    """Debian's 6.1 cloud kernel crashes, the minimal one saves."""
    own = minimal(arch)
    name = f"minimal-{arch}-{reservation}-{disk}"
    conf = STOCK_CONF.replace("ttyS0", CONSOLE[arch])
    image, append = mkcaptureinitrd(os.path.join(RUNS, name), own, conf)
    files, load = loaded.loader(arch, append)
    crash = Crash(name, kernel(arch=arch), image, append, reservation, load=load, capture_kernel=own, files=files,
                  busybox=loaded.busybox(arch))
    if disk in DISKS:
        at = crash.machine.command.index("nvme,serial=d0,drive=d0")
        crash.machine.command[at:at + 1] = DISKS[disk]
    crash.run()
    take_files(crash)
    return crash


def check_minimal(report, crash):
    check_capture(report, crash)
    own = minimal(crash.kernel.arch)
    report.check(f"Linux version {own.version} " in crash.capture_console(), "the minimal kernel captured",
                 crash.last_lines())
    report.figure(f"minimal {own.version}, its size", f"{os.path.getsize(own.vmlinuz)} bytes")


def minimal_32M(report):
    """A capture kernel of our own fragments saves the dump in 32M."""
    crash = capture("32M")
    check_minimal(report, crash)
    report.check((crash.lowest_available() or 0) >= LEFT["32M"], f"lowest MemAvailable is {LEFT['32M']} kB or more",
                 crash.lowest_available())


def minimal_24M(report):
    """The same in 24M."""
    crash = capture("24M")
    check_minimal(report, crash)
    report.check((crash.lowest_available() or 0) >= LEFT["24M"], f"lowest MemAvailable is {LEFT['24M']} kB or more",
                 crash.lowest_available())


def minimal_disks(report):
    """The same in 32M, to disks on virtio and on SATA."""
    for disk in DISKS:
        check_minimal(report, capture("32M", disk))


def minimal_arm64(report):
    """The same on arm64, in 32M."""
    check_minimal(report, capture("32M", arch="arm64"))

"""What config/kernel asks of kernels: of the stock ones, and of the minimal capture kernel that scripts/capture-kernel.sh
builds from it, beside a stock kernel that crashes."""

import functools
import gzip
import os
import re
import subprocess

import loaded
from capture import MKCAPTUREINITRD, RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd
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


# None of Debian's kernels has a pstore that takes the log.
PSTORE = {"CONFIG_PSTORE_RAM", "CONFIG_PSTORE_PMSG"}

# What the check recommends to Debian's stock kernels, which lack nothing that is needed: (production, capture).
ADVICE = {
    ("bullseye", "amd64"): ({"CONFIG_MEMORY_FAILURE"}, {"CONFIG_AMD_IOMMU", *PSTORE}),
    ("bookworm", "amd64"): ({"CONFIG_MEMORY_FAILURE"}, {"CONFIG_AMD_IOMMU", *PSTORE}),
    ("trixie", "amd64"): (set(), {"CONFIG_AMD_IOMMU", *PSTORE}),
    ("sid", "amd64"): (set(), {"CONFIG_AMD_IOMMU", *PSTORE}),
    ("bookworm", "arm64"): ({"CONFIG_KEXEC_FILE"}, PSTORE),
    ("trixie", "arm64"): ({"CONFIG_KEXEC_FILE"}, PSTORE),
}

# A stock configuration made wrong: (role, what is taken out, what is put in, what the check then says).
WRONG = [
    ("capture", "CONFIG_PROC_VMCORE=y", "# CONFIG_PROC_VMCORE is not set", "missing: CONFIG_PROC_VMCORE=y (it is not set)"),
    ("capture", "CONFIG_RELOCATABLE=y", "", "missing: CONFIG_RELOCATABLE=y (it is not set)"),
    ("capture", "CONFIG_BLK_DEV_INITRD=y", "CONFIG_BLK_DEV_INITRD=m",
     "missing: CONFIG_BLK_DEV_INITRD=y (it is a module, but must be built in)"),
    ("capture", "# CONFIG_CMDLINE_BOOL is not set", "CONFIG_CMDLINE_OVERRIDE=y",
     "wrong: CONFIG_CMDLINE_OVERRIDE should not be set (it is y)"),
    ("production", "CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y", "", "missing: one of CONFIG_KEXEC=y, CONFIG_KEXEC_FILE=y\n"),
    ("production", "CONFIG_CRASH_DUMP=y", "", "missing: CONFIG_CRASH_DUMP=y (it is not set)"),
]


def check_config(path, *options):
    """(exit status, what it prints)"""
    done = subprocess.run([MKCAPTUREINITRD, "--check-config", path, *options], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def advice(text):
    return set(re.findall(r"^  recommended: (CONFIG_\w+)", text, re.MULTILINE))


def kernel_configs(report):
    """The check of a kernel's configuration, on the stock kernels' as they are and made wrong."""
    for (suite, arch), known in ADVICE.items():
        path = os.path.join(kernel(suite, arch).directory, "config")
        for role, expected in zip(("production", "capture"), known):
            status, text = check_config(path, "--as", role)
            report.equal(status, 0, f"{suite} {arch} as a {role} kernel: exit status")
            report.equal(advice(text), expected, f"{suite} {arch} as a {role} kernel: what is recommended")
    with open(os.path.join(kernel("trixie").directory, "config"), encoding="utf-8") as f:
        stock = f.read()
    path = os.path.join(RUNS, "kernel-config.gz")
    os.makedirs(RUNS, exist_ok=True)
    for role, old, new, message in WRONG:
        report.check(old in stock, f"the stock configuration has {old!r}")
        with gzip.open(path, "wt") as f:
            f.write(stock.replace(old + "\n", new + "\n"))
        status, text = check_config(path)
        report.check(status == 1 and message in text, message.rstrip(), text)
        report.check(f"as a {role} kernel: 1 needed option is missing or wrong" in text, "and nothing else", text)
    os.unlink(path)

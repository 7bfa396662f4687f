"""Captures with the configurations of other kdumps: each names a directory only, whose disk is found in etc/fstab."""

import os

import readers
from capture import LABEL, RUNS, UUID, Crash, kernel, mkcaptureinitrd
from disk import Ext4
from test_capture import check_capture, take_files
from xfs import Xfs

SUSE = """# /etc/sysconfig/kdump
KDUMP_KERNELVER=""
KDUMP_COMMANDLINE_APPEND="console=ttyS0,115200"
KDUMP_IMMEDIATE_REBOOT="yes"
KDUMP_SAVEDIR="file:///var/crash"
KDUMP_KEEP_OLD_DUMPS="5"
KDUMP_FREE_DISK_SIZE="64"
KDUMP_DUMPLEVEL="31"
KDUMP_DUMPFORMAT="lzo"
"""

DEBIAN = """# /etc/default/kdump-tools
USE_KDUMP=1
KDUMP_SYSCTL="kernel.panic_on_oops=1"
KDUMP_COREDIR="/var/crash"
MAKEDUMP_ARGS="-c -d 31"
KDUMP_CMDLINE_APPEND="console=ttyS0,115200"
"""

LKCD = """# /etc/sysconfig/dump
DUMP_ACTIVE=1
DUMPDEV=/dev/vmdump
DUMPDIR=/var/crash
DUMP_LEVEL=2
DUMP_COMPRESS=2
"""


def dialect_suse(report):
    """SUSE's configuration, to xfs by LABEL on virtio_blk, 6.1 in 64M."""
    _check(report, _capture("dialect-suse", "bookworm", SUSE, "xfs", f"LABEL={LABEL}", "virtio-blk"))


def dialect_debian(report):
    """Debian's configuration, to ext4 by LABEL, 6.1 in 64M."""
    _check(report, _capture("dialect-debian", "bookworm", DEBIAN, "ext4", f"LABEL={LABEL}", "nvme"))


def dialect_lkcd(report):
    """LKCD's configuration, to xfs by UUID on ahci, 6.12 in 80M."""
    _check(report, _capture("dialect-lkcd", "trixie", LKCD, "xfs", f"UUID={UUID}", "ahci", "80M"))


# No such configuration names drivers: those of the disk come in front, as an image for a known machine has them.
DRIVERS = {"nvme": (), "virtio-blk": ("virtio_blk",), "ahci": ("ahci",)}


def _capture(name, suite, conf, filesystem, device, bus, reservation="64M"):
    kern = kernel(suite)
    directory = os.path.join(RUNS, name)
    root = os.path.join(directory, "root")
    os.makedirs(os.path.join(root, "etc"), exist_ok=True)
    with open(os.path.join(root, "etc", "fstab"), "w", encoding="ascii") as f:
        f.write(f"proc /proc proc defaults 0 0\n{device} / {filesystem} defaults 0 1\n")
    options = ["--root", root]
    for module in DRIVERS[bus]:
        options += ["--module", module]
    append = () if "ttyS0" in conf else ("--append", "console=ttyS0,115200")
    image, line = mkcaptureinitrd(directory, kern, conf, [*options, *append])
    path = os.path.join(directory, "disk.img")
    disk = Xfs(path, kern) if filesystem == "xfs" else Ext4(path)
    crash = Crash(name, kern, image, line, reservation, disk=disk, bus=bus).run()
    take_files(crash)
    return crash


def _check(report, crash):
    check_capture(report, crash)
    if "vmcore" not in crash.files:
        return
    seen = readers.crash(crash.kernel.vmlinux, crash.files["vmcore"], "sys", program=readers.crash_program(crash.kernel))
    report.check("sysrq triggered crash" in seen["sys"], "crash opens it and names the panic", seen["sys"][-300:])

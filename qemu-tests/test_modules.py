"""Captures to disks and file systems that stock kernels have as modules."""

import os

import readers
from capture import LABEL, RUNS, STOCK_CONF, UUID, Crash, kernel, mkcaptureinitrd
from disk import Ext4
from test_capture import check_capture, take_files
from xfs import Xfs

IMAGE_MOST = 1536 * 1024  # bytes, compressed, of an image with virtio_blk's and xfs's modules


def virtio_xfs(report):
    """virtio_blk and xfs by LABEL on 6.1, in 64M."""
    crash = _capture("virtio-xfs", "bookworm", "virtio-blk", "xfs", f"LABEL={LABEL}", "virtio_blk")
    size = os.path.getsize(os.path.join(crash.directory, "capture.img"))
    report.check(size <= IMAGE_MOST, f"the image is at most {IMAGE_MOST} bytes: {size}")
    _check(report, crash)


def virtio_ext4(report):
    """virtio_blk, and ext4, which is built in, by UUID on 6.1, in 64M."""
    _check(report, _capture("virtio-ext4", "bookworm", "virtio-blk", "ext4", f"UUID={UUID}", "virtio_blk"))


def ahci_xfs(report):
    """ahci and xfs by UUID on 6.12, whose module is compressed with xz."""
    _check(report, _capture("ahci-xfs", "trixie", "ahci", "xfs", f"UUID={UUID}", "ahci", AHCI_XFS))


# At 64M and 72M insmod runs out of memory: xfs has 5.6 MB there, and is in memory twice while it is loaded. 78M is enough.
AHCI_XFS = "80M"


def _capture(name, suite, bus, filesystem, device, modules, reservation="64M"):
    kern = kernel(suite)
    directory = os.path.join(RUNS, name)
    conf = STOCK_CONF.replace(f"ext4 UUID={UUID}", f"{filesystem} {device}\nextra_modules {modules}")
    image, append = mkcaptureinitrd(directory, kern, conf)
    path = os.path.join(directory, "disk.img")
    disk = Xfs(path, kern) if filesystem == "xfs" else Ext4(path)
    crash = Crash(name, kern, image, append, reservation, disk=disk, bus=bus).run()
    take_files(crash)
    return crash


def _check(report, crash):
    check_capture(report, crash)
    if "vmcore" not in crash.files:
        return
    seen = readers.crash(crash.kernel.vmlinux, crash.files["vmcore"], "sys", "bt",
                         program=readers.crash_program(crash.kernel))
    report.check("sysrq triggered crash" in seen["sys"], "crash opens it and names the panic", seen["sys"][-300:])
    report.check("sysrq_handle_crash" in seen["bt"], "crash shows the panicking task", seen["bt"][-300:])

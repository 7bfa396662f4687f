"""Disk images with xfs. Nothing here reads xfs without the kernel, so a small guest copies what is in one to ext4."""

import functools
import gzip
import os
import subprocess

import newc
from disk import LABEL, MIB, UUID, Ext4, run
from guests import BUSYBOX
from machine import SHUTDOWN, Machine

# norecovery: the image stays as it was, and a journal that is not clean is xfs_repair's to find.
COPY = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /from /to
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
{insmod}
mount -t xfs -o ro,norecovery /dev/nvme0n1 /from && mount -t ext4 /dev/nvme1n1 /to && cp -a /from/. /to/
echo "rig: copy status $?"
umount /to
poweroff -f
"""


class Xfs:
    """A sparse file with xfs directly on it. It can be read once the machine that writes it has ended."""

    checker = "xfs_repair -n"

    def __init__(self, path, kern, size=2048 * MIB, uuid=UUID, label=LABEL):
        self.path, self.kernel = path, kern
        with open(path, "wb") as f:
            f.truncate(size)
        run("/sbin/mkfs.xfs", "-q", "-f", "-m", f"uuid={uuid}", "-L", label, path)

    @functools.cached_property
    def copy(self):
        """An ext4 disk with the same files."""
        directory = os.path.join(os.path.dirname(self.path), "copy")
        os.makedirs(directory, exist_ok=True)
        disk = Ext4(os.path.join(directory, "disk.img"))
        machine = Machine(directory, self.kernel.vmlinuz, self._reader(directory), "panic=5", self.kernel.arch,
                          disks=[self.path, disk.path])
        if machine.run(120) != SHUTDOWN or not machine.console.find("rig: copy status 0"):
            raise RuntimeError(f"{self.path} cannot be read: {machine.console.text()[-600:]}")
        return disk

    def list(self, directory):
        return self.copy.list(directory)

    def walk(self, directory="/"):
        return self.copy.walk(directory)

    def get(self, path, to):
        return self.copy.get(path, to)

    def check(self):
        """What xfs_repair says; empty if the image is sound and its journal clean."""
        done = subprocess.run(["/sbin/xfs_repair", "-n", "-f", self.path], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return "" if done.returncode == 0 else done.stdout

    def _reader(self, directory):
        archive = newc.Archive()
        archive.add_file("bin/busybox", BUSYBOX, 0o755)
        archive.add_link("bin/sh", "busybox")
        lines = run("/sbin/modprobe", "-d", self.kernel.directory, "-S", self.kernel.version, "--show-depends", "xfs")
        insmod = []
        for line in lines.splitlines():
            if line.startswith("insmod "):
                insmod.append(_add_module(archive, line.split()[1]))
        archive.add("init", COPY.format(insmod="\n".join(insmod)).encode(), 0o755)
        path = os.path.join(directory, "initrd.img")
        with open(path, "wb") as f:
            f.write(gzip.compress(archive.write(), 1, mtime=0))
        return path


def _add_module(archive, path):
    """Puts a module into the archive, unpacked; returns the line that loads it."""
    name = os.path.basename(path)
    if name.endswith(".xz"):
        name = name[:-3]
        archive.add("lib/" + name, run("xz", "-dc", path, text=False))
    else:
        archive.add_file("lib/" + name, path)
    return f"insmod /lib/{name}"

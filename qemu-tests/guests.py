"""What runs in the guests: the system that crashes, and capture images of busybox to compare with."""

import gzip
import os
import re
import subprocess

import newc
from disk import run

BUSYBOX = "/bin/busybox"
HOSTNAME = "appliance"

# The crashing system has processes that sleep and that run, memory that is free, cached and dirty, and says on its
# console how far it got. What it prints begins with "rig:".
FIRST_STAGE = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
echo {hostname} >/proc/sys/kernel/hostname
echo 1 >/proc/sys/kernel/sysrq
echo 7 >/proc/sys/kernel/printk
echo "rig: kernel $(uname -r), reserved $(cat /sys/kernel/kexec_crash_size) bytes"
dd if=/dev/urandom of=/tmp/noise bs=1M count=16 2>/dev/null
cp /boot/vmlinuz /tmp/file
sleep 1001 &
sleep 1002 | cat &
sh -c 'while :; do :; done' &
{before}
{load}
status=$?
echo "rig: load status $status, loaded $(cat /sys/kernel/kexec_crash_loaded)"
[ "$(cat /sys/kernel/kexec_crash_loaded)" = 1 ] || {{ echo "rig: not armed"; poweroff -f; }}
sleep 1
echo "rig: crashing"
echo c >/proc/sysrq-trigger
sleep 60
"""

# A capture system as people build it from what there is: busybox and Debian's makedumpfile.
MAKEDUMPFILE = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /target /bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo "rig: capture, $(grep MemAvailable /proc/meminfo)"
mount -t ext4 /dev/nvme0n1 /target && mkdir -p /target/var/crash &&
makedumpfile {options} /proc/vmcore /target/var/crash/vmcore
echo "rig: makedumpfile status $?, $(grep MemAvailable /proc/meminfo)"
umount /target
reboot -f
"""

# The vmcore as the kernel shows it, byte for byte: what all other dumps are compared with.
VERBATIM = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /target /bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t ext4 /dev/nvme0n1 /target && dd if=/proc/vmcore of=/target/vmcore bs=1M
echo "rig: copy status $?"
umount /target
reboot -f
"""


def first_stage(path, kernel, capture, load, before="", files=(), busybox=BUSYBOX):
    """The initramfs of the system that crashes; load is the shell line that loads the capture kernel."""
    archive = newc.Archive()
    script = FIRST_STAGE.format(hostname=HOSTNAME, before=before, load=load)
    archive.add("init", script.encode(), 0o755)
    archive.add_file("bin/busybox", busybox, 0o755)
    archive.add_link("bin/sh", "busybox")
    archive.add_file("boot/vmlinuz", kernel)
    archive.add_file("boot/capture.img", capture)
    add_files(archive, files)
    _pack(path, archive)
    return path


def packed_initrd(path, script, files, busybox=BUSYBOX):
    """An initramfs of busybox, a script as its init, and (name, path) of further files, programs with their libraries."""
    archive = newc.Archive()
    archive.add("init", script.encode(), 0o755)
    archive.add_file("bin/busybox", busybox, 0o755)
    archive.add_link("bin/sh", "busybox")
    add_files(archive, files)
    _pack(path, archive)


def add_files(archive, files):
    for name, source in files:
        archive.add_file(name, source, 0o755)
        add_libraries(archive, source)


def _pack(path, archive):
    # LZ4 unpacks fast; its buffers do not matter here, where memory is not small.
    packed = subprocess.run(["lz4", "-l", "-1", "-c"], input=archive.write(), stdout=subprocess.PIPE, check=True).stdout
    with open(path, "wb") as f:
        f.write(packed)


def busybox_capture(path, script, programs=(), busybox=BUSYBOX):
    """A capture image, compressed with gzip, of busybox, a script as its init, and programs with their libraries."""
    archive = newc.Archive()
    archive.add("init", script.encode(), 0o755)
    archive.add_file("bin/busybox", busybox, 0o755)
    archive.add_link("bin/sh", "busybox")
    for program in programs:
        archive.add_file("bin/" + os.path.basename(program), program, 0o755)
        add_libraries(archive, program)
    with open(path, "wb") as f:
        f.write(gzip.compress(archive.write(), 9, mtime=0))
    return archive.size()


def add_libraries(archive, program):
    done = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for library in re.findall(r"(/\S+) \(0x", done.stdout):
        archive.add_file(library, os.path.realpath(library), 0o755)


__all__ = ["first_stage", "busybox_capture", "run"]

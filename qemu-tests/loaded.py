"""A guest under a mixed load, and its vmcore copied byte for byte: what the dump levels are compared on.

load.c fills it: a file tree in the page cache, hundreds of thousands of dentries and inodes on disk and in memory,
anonymous memory as single and as huge pages, hugetlb pages, swapped pages, and where the kernel can, broken ones. A
balloon takes some pages away."""

import functools
import json
import os
import re
import shlex

import guests
import packages
from capture import CRASHBOX, RUNS, kernel
from disk import MIB, Ext4, run
from machine import Machine

FIXTURES = "build/fixtures"
VERBATIM_APPEND = {
    "amd64": "console=ttyS0 nr_cpus=1 reset_devices irqpoll rootfstype=ramfs panic=10",
    "arm64": "console=ttyAMA0 nr_cpus=1 reset_devices rootfstype=ramfs panic=10",
}
# Between them a guest of 1 GiB still has free memory, in blocks of every order.
FILES, ANON_MIB, HUGETLB_PAGES, SWAP_MIB, BALLOON_MIB = 100000, 40, 12, 64, 48
# Whose busybox and kexec-tools run in guests of another architecture.
TOOLS_SUITE = "bookworm"

# kexec-tools takes the kernel's virtual address from the symbol _text, and writes a wild program header, which the
# capture kernel dies of, where kallsyms does not have it: arm64 kernels without CONFIG_KALLSYMS_ALL, as 6.1 is. The image
# begins 64 KiB before _stext there (SEGMENT_ALIGN).
GIVE_TEXT = """if ! grep -q ' _text$' /proc/kallsyms; then
stext=$(grep ' _stext$' /proc/kallsyms); stext=${stext%% *}
{ printf '%x T _text\\n' $((0x$stext - 0x10000)); cat /proc/kallsyms; } >/tmp/kallsyms
mount --bind /tmp/kallsyms /proc/kallsyms
fi
"""

# {spare}: hugetlb pages beyond those that are used, which then can be poisoned.
FILL = """
mkdir -p /data /many /lib
mount -t ext4 /dev/nvme0n1 /data
ln -s /data/modules /lib/modules
modprobe virtio_pci; modprobe virtio_balloon
echo $(({hugetlb} + {spare})) >/proc/sys/vm/nr_hugepages
mount -t tmpfs -o nr_inodes=0,size=60% many /many
dd if=/dev/zero of=/data/swap bs=1M count={swap} 2>/dev/null
chmod 600 /data/swap; mkswap /data/swap >/dev/null && swapon /data/swap
load /data /many {files} {anon} {hugetlb} &
tries=0
while [ ! -f /many/ready ] && [ $tries -lt 200 ]; do sleep 1; tries=$((tries + 1)); done
find /data/modules -type f -exec cat {{}} + >/dev/null
dd if=/dev/urandom of=/data/dirty bs=1M count=8 2>/dev/null
sed 's/^/rig: /' /proc/meminfo | grep -E 'Mem|Cached|Anon|Slab|Huge|Swap|Corrupted'
sed 's/^/rig: orders /' /proc/buddyinfo
grep -E '^(ext4_inode_cache|shmem_inode_cache|dentry) ' /proc/slabinfo | sed 's/^/rig: slab /'
"""


class Ballooned(Machine):
    """A machine whose balloon is asked to take some memory as soon as the guest has a driver for it."""

    def _follow(self, process, monitor, deadline):
        size = re.fullmatch(r"(\d+)G", self.command[self.command.index("-m") + 1])
        value = int(size.group(1)) * 1024 * MIB - BALLOON_MIB * MIB
        command = {"execute": "balloon", "arguments": {"value": value}}
        monitor.socket.sendall(json.dumps(command).encode() + b"\n")
        super()._follow(process, monitor, deadline)


@functools.cache
def load_program(arch):
    """load.c, static."""
    path = os.path.join(RUNS, f"load-{arch}")
    os.makedirs(RUNS, exist_ok=True)
    machine = {"amd64": "x86_64"}.get(arch, arch)
    compiler = {"amd64": "gcc", "arm64": "aarch64-linux-gnu-gcc"}[arch]
    flags = run("sh", "scripts/musl-flags.sh", machine).split()
    run(compiler, *flags, "-static", "-no-pie", "-O2", "-Wall", "-Wextra", "-Werror", "-o", path, "qemu-tests/load.c")
    return path


@functools.cache
def busybox(arch):
    if arch == "amd64":
        return guests.BUSYBOX
    return os.path.join(packages.unpacked("busybox-static", TOOLS_SUITE, arch), "usr/bin/busybox")


def crashbox(arch):
    return CRASHBOX if arch == "amd64" else f"build/{arch}/crashbox"


def loader(arch, append):
    """(files, the shell line) that loads the capture kernel: ours by kexec_file_load, or kexec-tools' kexec_load on
    arm64, where Debian's kernels have only that."""
    if arch == "amd64":
        line = f"crashbox kexec -p --initrd=/boot/capture.img --append={shlex.quote(append)} /boot/vmlinuz"
        return [("bin/crashbox", crashbox(arch))], line
    root = packages.unpacked("kexec-tools", TOOLS_SUITE, arch)
    line = GIVE_TEXT + f"kexec -c -p --initrd=/boot/capture.img --append={shlex.quote(append)} /boot/vmlinuz"
    return [("bin/kexec", os.path.join(root, "usr/sbin/kexec")), *packages.libraries(root, "usr/sbin/kexec", arch)], line


class Disk(Ext4):
    """Holds a file tree from the start, and inodes for many files more."""

    def __init__(self, path, tree, size=2048 * MIB):
        super().__init__(path, size)
        run("/sbin/mkfs.ext4", "-q", "-F", "-U", self.uuid, "-N", str(2 * FILES), "-d", tree, path)


class Guest:
    """One run of a loaded guest: boots, fills its memory, crashes, and boots the capture image given."""

    def __init__(self, name, kern, image, append, reservation, memory="1G", deadline=480, spare=2, extra=(),
                 first_append="", disk=2048 * MIB):
        self.directory = os.path.join(RUNS, name)
        self.kernel, self.reservation = kern, reservation
        os.makedirs(self.directory, exist_ok=True)
        self.disk = Disk(os.path.join(self.directory, "disk.img"), os.path.join(kern.directory, "lib"), disk)
        files, line = loader(kern.arch, append)
        fill = FILL.format(hugetlb=HUGETLB_PAGES, spare=spare, swap=SWAP_MIB, files=FILES, anon=ANON_MIB)
        self.initrd = guests.first_stage(
            os.path.join(self.directory, "first-stage.img"), kern.vmlinuz, image, line, fill,
            files=[("bin/load", load_program(kern.arch)), *files], busybox=busybox(kern.arch))
        self.machine = Ballooned(self.directory, kern.vmlinuz, self.initrd,
                                 f"crashkernel={reservation} panic=5 {first_append}", kern.arch, memory,
                                 [self.disk.path], ["-device", "virtio-balloon-pci", *extra])
        self.deadline = deadline

    def run(self):
        self.machine.run(self.deadline)
        os.unlink(self.initrd)
        return self

    @property
    def console(self):
        return self.machine.console

    @property
    def ended(self):
        return self.machine.ended

    def last_lines(self, count=12):
        return "\n".join("        | " + text for _, text in self.console.lines[-count:])

    def said(self):
        """What the load and the guest said of themselves."""
        return [match.group(1) for match in
                (re.match(r"(?:rig: |load: )(.*)", text) for _, text in self.console.lines) if match]


def verbatim(suite, arch="amd64", variant="", **how):
    """A loaded guest's vmcore as the kernel shows it; made once for each kernel version. What the guest said of its
    load lies beside it, in .load. variant names a guest that is another by `how`, which Guest takes."""
    kern = kernel(suite, arch)
    path = os.path.join(FIXTURES, f"loaded-{kern.version}{variant}")
    if os.path.exists(path):
        return path
    os.makedirs(FIXTURES, exist_ok=True)
    name = f"loaded-{suite}-{arch}{variant}"
    image = os.path.join(RUNS, name, "capture.img")
    os.makedirs(os.path.dirname(image), exist_ok=True)
    guests.busybox_capture(image, guests.VERBATIM, busybox=busybox(arch))
    guest = Guest(name, kern, image, VERBATIM_APPEND[arch], "192M", **how).run()
    if not guest.console.find("rig: copy status 0"):
        raise RuntimeError(f"no verbatim copy of /proc/vmcore:\n{guest.last_lines()}")
    with open(path + ".load", "w", encoding="utf-8") as f:
        f.write("\n".join(guest.said()) + "\n")
    guest.disk.get("/vmcore", path + ".new")
    os.unlink(guest.disk.path)
    os.replace(path + ".new", path)
    return path

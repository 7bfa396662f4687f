"""A dump in two stages: onto the swap partition, and from there into the dump directory after the next boot."""

import glob
import json
import os
import random
import re
import shutil
import subprocess

import guests
import readers
from capture import CRASHBOX, RUNS, STOCK_CONF, UUID, Crash, kernel, mkcaptureinitrd
from disk import MIB, Ext4, dump_directories, run
from machine import RESET, SHUTDOWN, Machine
from test_capture import check_capture, take_files

LOG = 192 << 10  # of a raw device: doc/formats.md
SWAP_UUID = "7d1c5a52-6f3b-4e0f-8a68-0c3b7f5d2e11"

# What boots next: savecore before swapon, then a second time, as a second boot would.
NEXT_BOOT = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /target /bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t ext4 /dev/nvme1n1 /target
state() { "$@"; echo "rig: $1 $2 $3: status $?"; }
state crashbox savecore -C UUID={swap}
state crashbox savecore UUID={swap} /target/var/crash
state swapon /dev/nvme0n1
swapoff /dev/nvme0n1
state crashbox savecore -C UUID={swap}
state crashbox savecore UUID={swap} /target/var/crash
umount /target
poweroff -f
"""

# As sysvinit does it: swapping is on before there is a file system to write to.
SWAPPED_BOOT = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /target /bin /etc /usr/sbin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ln -s /bin/crashbox /usr/sbin/crashbox
echo '/dev/nvme0n1 none swap sw 0 0' >/etc/fstab
swapon -a
mount -t ext4 /dev/nvme1n1 /target
ln -s /target/var /var
for boot in 1 2; do
	echo "rig: $boot: swaps $(grep -c ^/dev/nvme0n1 /proc/swaps)"
	sh /target/savecore-at-boot
	echo "rig: $boot: status $?, swaps $(grep -c ^/dev/nvme0n1 /proc/swaps)"
done
echo "rig: $(crashbox kdump status | grep '^last capture')"
rm /var
umount /target
poweroff -f
"""


# The crashing system: a user's program has the swap partition full of forged superblocks.
FORGED_LOAD = """mkdir -p /keep /var/lib
mount -t ext4 /dev/nvme1n1 /keep
mkdir /keep/state
ln -s /keep/state /var/lib/crashbox
crashbox kdump start --image /boot/capture.img
kept=$?
echo "rig: token $(wc -c </var/lib/crashbox/token) $(stat -c %a /var/lib/crashbox/token)"
swapon /dev/nvme0n1
forge 65534 {mib} 1000 &
tries=0
until [ "$(awk 'NR > 1 {{ print int($4 / $3 * 100) }}' /proc/swaps)" -ge 97 ] || [ $tries -ge 60 ]; do
	sleep 1
	tries=$((tries + 1))
done
sync
echo 3 >/proc/sys/vm/drop_caches
for page in 16 32; do
	echo "rig: page $page: $(dd if=/dev/nvme0n1 bs=4096 skip=$page count=1 2>/dev/null | strings | head -n 1)"
done
[ $kept = 0 ]
"""

# The next boot has the dump; later a program forges again, and that is looked at once.
FORGED_NEXT_BOOT = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /target /bin /var/lib
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t ext4 /dev/nvme1n1 /target
ln -s /target/state /var/lib/crashbox
state() { "$@"; echo "rig: $1 $2 $3: status $?"; }
state crashbox savecore -C UUID={swap}
state crashbox savecore UUID={swap} /target/var/crash
swapon /dev/nvme0n1
forge 65534 {mib} 5 &
wait
swapoff /dev/nvme0n1
state crashbox savecore -C UUID={swap}
state crashbox savecore UUID={swap} /target/var/crash
state crashbox savecore UUID={swap} /target/var/crash
umount /target
poweroff -f
"""
FORGED_MIB = 96  # of swap; a dump of this guest takes 38


class Swap:
    """A sparse file with a swap signature directly on it."""

    def __init__(self, path, size=512 * MIB):
        self.path = path
        with open(path, "wb") as f:
            f.truncate(size)
        run("/sbin/mkswap", "-U", SWAP_UUID, path)

    def signature(self):
        with open(self.path, "rb") as f:
            return f.read(64 << 10)


def two_stages(report):
    """6.1 dumps onto its swap partition in 64M; the next boot has it before swapon, or, as sysvinit must, after it; once only."""
    crash, signature = _first_stage(report)
    swapped = os.path.join(crash.directory, "swapped.img")
    run("cp", "--sparse=always", crash.disk.path, swapped)
    disk = Ext4(os.path.join(crash.directory, "disk.img"))
    machine = _next_boot(crash, disk)
    report.equal(machine.ended, SHUTDOWN, "the next boot came to its end")
    said = [text for _, text in machine.console.lines if text.startswith("rig: ")]
    report.equal(said, ["rig: crashbox savecore -C: status 0", f"rig: crashbox savecore UUID={SWAP_UUID}: status 0",
                        "rig: swapon /dev/nvme0n1 : status 0", "rig: crashbox savecore -C: status 1",
                        f"rig: crashbox savecore UUID={SWAP_UUID}: status 0"],
                 "savecore has the dump before swapon, and nothing again after it")
    report.equal(crash.disk.signature() == signature, True, "the swap signature is as it was")
    swap, crash.disk = crash.disk, disk
    take_files(crash)
    check_capture(report, crash)
    crash.disk = swap
    if "vmcore" in crash.files:
        seen = readers.crash(crash.kernel.vmlinux, crash.files["vmcore"], "sys", "bt")
        report.check("sysrq_handle_crash" in seen["bt"], "crash shows the panicking task", seen["bt"][-300:])
    _swapped_boot(report, crash, swapped)


def swap_attack(report):
    """A user without rights has the swap partition full of forged dumps when 6.1 crashes: the dump is saved all the same, and
    the next boot has it; what is forged later is never saved."""
    kern, directory = kernel(), os.path.join(RUNS, "swap-attack")
    image, append = mkcaptureinitrd(directory, kern, STOCK_CONF.replace(f"ext4 UUID={UUID}", f"raw UUID={SWAP_UUID}"))
    forge = os.path.join(directory, "forge")
    run("gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", forge, "qemu-tests/forge.c")
    swap, disk = Swap(os.path.join(directory, "swap.img"), FORGED_MIB * MIB), Ext4(os.path.join(directory, "disk.img"))
    crash = Crash("swap-attack", kern, image, append, "64M", disk=swap, more_disks=[disk.path],
                  load=FORGED_LOAD.format(mib=FORGED_MIB + 8),
                  files=[("bin/forge", forge), ("etc/crashbox.conf", os.path.join(directory, "kdump.conf"))]).run()
    report.equal(crash.ended, RESET, "the machine rebooted after the crash")
    report.check(crash.console.find(r"rig: token 36 600$"), "kdump start made a token for root alone", crash.last_lines())
    for page in (16, 32):
        report.check(crash.console.find(rf"rig: page {page}: CRASHBOX RAWDUMP$"), f"a forged superblock is on page {page}")
    report.check(crash.console.find(r"init: capture done"), "init says that the dump is saved", crash.last_lines(8))
    machine = _next_boot(crash, disk, FORGED_NEXT_BOOT.replace("{mib}", str(FORGED_MIB + 8)), programs=[CRASHBOX, forge])
    report.equal(machine.ended, SHUTDOWN, "the next boot came to its end")
    said = [text for _, text in machine.console.lines if text.startswith("rig: ")]
    saved = f"rig: crashbox savecore UUID={SWAP_UUID}: status 0"
    report.equal(said, ["rig: crashbox savecore -C: status 0", saved, "rig: crashbox savecore -C: status 1", saved, saved],
                 "savecore has the dump, and nothing of what was forged later")
    report.check(machine.console.find(r"nothing to save: this dump lacks this installation's token"), "a forged one is named",
                 machine.console.text())
    report.check(machine.console.find(r"nothing to save; a whole dump of forged, .* was saved before"), "and is marked",
                 machine.console.text())
    report.equal(len(dump_directories(disk)), 1, "dump directories")
    token = open(disk.get("/state/token", os.path.join(directory, "token")), encoding="ascii").read()
    with open(image, "rb") as f:
        report.check(token.encode() not in f.read(), "the token is not in the image")
    crash.disk = disk
    take_files(crash)
    check_capture(report, crash)


def flipped_bit(report):
    """A bit that is flipped on the device is found and named; no file is called whole that lacks something, and no page that
    libkdumpfile gives of the rest is another than without the flip."""
    crash, _ = _first_stage(report)
    size = os.path.getsize(crash.disk.path)
    good = os.path.join(crash.directory, "unharmed")
    shutil.rmtree(good, ignore_errors=True)
    # Of a copy: the device itself is not to be marked as saved.
    copy = os.path.join(crash.directory, "unharmed.img")
    subprocess.run(["cp", "--sparse=always", crash.disk.path, copy], check=True)
    subprocess.run([CRASHBOX, "savecore", "-f", copy, good], check=True, stderr=subprocess.DEVNULL)
    os.unlink(copy)
    good = glob.glob(os.path.join(good, "*", "vmcore"))[0]
    chance = random.Random(5)
    # Four places in all of the log; then anywhere in the first MiB, and in all of the dump; then headers, bitmaps and the
    # first data, in each record's header and in what it holds.
    places = [200 << 10, 1 << 20, 5 << 20, 20 << 20]
    places += [chance.randrange(208 << 10, 1 << 20) for _ in range(4)]
    places += [chance.randrange(1 << 20, os.path.getsize(good)) for _ in range(4)]
    log = _records(crash.disk.path)
    records = [(start, end) for start, end, _ in log]
    # The dump's own file is the second one, after the log.
    first = [start for start, _, file in log if file == 2][:9]
    places += [start + inside - 100 for start in first for inside in (20, 70)]
    hits = 0
    for number, at in enumerate(places):
        copy, out = os.path.join(crash.directory, "flipped.img"), os.path.join(crash.directory, f"flipped-{number}")
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run(["cp", "--sparse=always", crash.disk.path, copy], check=True)
        with open(copy, "r+b") as f:
            f.seek(min(at, size - 1) + 100)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 16]))
        done = subprocess.run([CRASHBOX, "savecore", "-f", copy, out], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        os.unlink(copy)
        # Padding of a record has no checksum, and matters to nobody.
        if not any(start <= at + 100 < end for start, end in records):
            report.equal(done.returncode, 0, f"a bit at {at + 100}, in padding: exit status")
            continue
        hits += 1
        report.equal(done.returncode, 3, f"a bit at {at + 100}: exit status")
        report.check(f"{copy} is damaged" in done.stdout, f"a bit at {at + 100}: its place is named", done.stdout)
        _compare_left(report, f"a bit at {at + 100}", out, good)
    report.check(hits >= 18, f"{hits} of {len(places)} bits are in records, the others in padding")


def _records(path):
    """All records of the log: where each begins, where its data ends (padding follows), and the number of its file."""
    found, at = [], LOG
    with open(path, "rb") as f:
        while True:
            f.seek(at)
            header = f.read(64)
            if header[:4] != b"CBRD":
                return found
            end = at + 64 + int.from_bytes(header[36:40], "little")
            found.append((at, end, int.from_bytes(header[52:56], "little")))
            at = (end + 4095) // 4096 * 4096


def _compare_left(report, what, out, good):
    """Page by page: what is left of a dump, and the whole one."""
    cut = glob.glob(os.path.join(out, "*", "vmcore-incomplete"))
    if not cut:
        report.check(glob.glob(os.path.join(out, "*", "vmcore")), f"{what}: another file than the dump was hit", os.listdir(out))
        return
    info = json.loads(subprocess.run([CRASHBOX, "dump-info", "--json", cut[0]], text=True, stdout=subprocess.PIPE).stdout)
    report.equal(info["complete"], False, f"{what}: dump-info says that the dump is not whole")
    done = subprocess.run([readers.PYTHON, os.path.join(os.path.dirname(__file__), "compare_dumps.py"), cut[0], good], text=True,
                          timeout=600, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    match = re.fullmatch(r"pages (\d+) the same (\d+) different (\d+) not there (\d+)\n", done.stdout)
    report.check(match and match[3] == "0", f"{what}: no wrong page: {done.stdout.strip()[-200:]}", done.stdout[-300:])


_done = []


def _first_stage(report):
    """The crash itself, once for both scenarios: returns it, and what the head of its disk was before."""
    if not _done:
        kern, directory = kernel(), os.path.join(RUNS, "two-stages")
        conf = STOCK_CONF.replace(f"ext4 UUID={UUID}", f"raw UUID={SWAP_UUID}")
        image, append = mkcaptureinitrd(directory, kern, conf)
        swap = Swap(os.path.join(directory, "swap.img"))
        signature = swap.signature()
        _done.append((Crash("two-stages", kern, image, append, "64M", disk=swap).run(), signature))
    crash, signature = _done[0]
    report.equal(crash.ended, RESET, "the machine rebooted after the crash")
    report.check(crash.console.find(r"init: capture done"), "init says that the dump is saved", crash.last_lines(8))
    return crash, signature


def _swapped_boot(report, crash, swapped):
    """What is run at boot, on a machine that swaps onto the device already."""
    tree = os.path.join(crash.directory, "tree")
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(os.path.join(tree, "var/lib/crashbox"))
    shutil.copy("services/crashbox-savecore.sh", os.path.join(tree, "savecore-at-boot"))
    shutil.copy(os.path.join(crash.directory, "capture.img"), os.path.join(tree, "var/lib/crashbox"))
    disk = Ext4(os.path.join(crash.directory, "disk.img"), tree=tree)
    machine = _next_boot(crash, disk, SWAPPED_BOOT, swapped)
    report.equal(machine.ended, SHUTDOWN, "the boot that swaps first came to its end")
    said = [text for _, text in machine.console.lines if text.startswith("rig: ")]
    report.equal(said[:-1], ["rig: 1: swaps 1", "rig: 1: status 0, swaps 1", "rig: 2: swaps 1", "rig: 2: status 0, swaps 1"],
                 "swapping is on before and after what saves dumps at boot")
    report.check(machine.console.find(r"nothing to save; a whole dump .* was saved before"), "the second time it has nothing to do",
                 machine.console.text())
    found = dump_directories(disk)
    if report.equal(len(found), 1, "dump directories"):
        report.check(said[-1].startswith("rig: last capture: saved, ") and f"in /var/crash/{found[0]}" in said[-1],
                     "kdump status: where the dump is", said[-1])
        info = run(CRASHBOX, "dump-info", disk.get(f"/var/crash/{found[0]}/vmcore", os.path.join(crash.directory, "vmcore")))
        report.check(re.search(r"^complete +yes", info, re.MULTILINE), "dump-info: it is complete", info)
    os.unlink(swapped)


def _next_boot(crash, disk, script=NEXT_BOOT, swap=None, programs=(CRASHBOX,)):
    directory = os.path.join(crash.directory, "swapped" if swap else "next")
    os.makedirs(directory, exist_ok=True)
    initrd = os.path.join(directory, "initrd.img")
    guests.busybox_capture(initrd, script.replace("{swap}", SWAP_UUID), programs)
    machine = Machine(directory, crash.kernel.vmlinuz, initrd, "panic=5", crash.kernel.arch,
                      disks=[swap or crash.disk.path, disk.path])
    machine.run(120)
    return machine

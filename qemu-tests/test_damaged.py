"""Targets whose ext4 is damaged or hostile: after every crash the dump is whole on the first target or on the second."""

import os
import random
import re
import subprocess

from disk import run
from machine import RESET
from test_ladder import at, first_disk, run_ladder

TUNE2FS, DUMPE2FS, DEBUGFS = "/sbin/tune2fs", "/sbin/dumpe2fs", "/sbin/debugfs"
SUPERBLOCK = 1024
KEPT = (range(0x38, 0x3A), range(0x68, 0x78))  # of the superblock: its magic number and its UUID, by which it is found
SEEDS = 2


def damaged_ext4(report):
    """The first target's bitmaps are damaged, without checksums, and it asks for a panic: the next target is used."""
    crash = _crash(report, "bitmaps", 1, checksums=False, errors="panic")
    report.check(crash.console.find(r"EXT4-fs error .*"), "the kernel finds the damage", crash.last_lines(12))
    report.check(not crash.capture_panic(), "and does not panic", crash.capture_panic())


def damaged_ext4_all(report):
    """Inode tables, bitmaps, directories, journals, descriptors, superblocks, with and without checksums."""
    where = {}
    for kind in DAMAGE:
        for seed in range(SEEDS):
            for checksums in (False, True):
                crash = _crash(report, kind, seed, checksums, ("continue", "panic", "remount-ro")[seed % 3])
                where[crash.holder] = where.get(crash.holder, 0) + 1
    report.figure("where the dumps are", ", ".join(f"{name} {count}" for name, count in sorted(where.items())))


def hostile_names(report):
    """The directory of dumps is an absolute link, and FIFOs, device nodes and links have the names of its files."""
    disk = first_disk("hostile-names")
    for path in ("/data", "/var"):
        disk.make_directory(path)
    _debugfs(disk.path, "cd /var", "symlink crash /data", "cd /data", "mknod last-capture p",
             "mknod last-capture-starting c 1 11", "symlink last-capture-incomplete /etc/capture.sh")
    crash = run_ladder("hostile-names", disk)
    _check(report, crash, "hostile names")
    report.equal(crash.holder, "first", "the target that holds the dump")
    mode = at(crash, "first.img").list("/data").get("last-capture", (0, 0))[0]
    report.equal(oct(mode), "0o100600", "the mode of last-capture")


# --- damage, by kind: blocks of the file system, and how many bytes in each become others ----------------------------------

def _layout(path):
    text = run(DUMPE2FS, path)
    size = int(re.search(r"^Block size: +(\d+)", text, re.M)[1])
    groups = {name: [int(n) for n in re.findall(name + r" at (\d+)", text)]
              for name in ("Block bitmap", "Inode bitmap", "Inode table", "Group descriptors")}
    return size, groups


def _blocks(path, *names):
    return [int(n) for name in names for n in run(DEBUGFS, "-R", f"blocks {name}", path).split()]


def _inodes(path, groups):
    return [(groups["Inode table"][0] + i, 6) for i in range(2)]


def _bitmaps(path, groups):
    return [(block, 400) for block in groups["Block bitmap"]] + [(block, 40) for block in groups["Inode bitmap"]]


def _directories(path, groups):
    return [(block, 24) for block in _blocks(path, "/", "/var", "/var/crash")]


def _journal(path, groups):
    _debugfs(path, "feature needs_recovery")
    return [(block, 32) for block in _blocks(path, "<8>")[:4]]


def _descriptors(path, groups):
    return [(groups["Group descriptors"][0], 12)]


def _superblock(path, groups):
    return []


DAMAGE = {"inodes": _inodes, "bitmaps": _bitmaps, "directories": _directories, "journal": _journal,
          "descriptors": _descriptors, "superblock": _superblock}


def _damage(path, kind, seed):
    """The same kind and seed damage the same bytes."""
    chance = random.Random(f"{kind} {seed}")
    size, groups = _layout(path)
    blocks = DAMAGE[kind](path, groups)
    with open(path, "r+b") as f:
        def change(offset):
            f.seek(offset)
            f.write(bytes([chance.randrange(256)]))
        for block, count in blocks:
            # The first bytes hold more of what matters.
            for _ in range(count):
                change(block * size + min(chance.randrange(size), chance.randrange(size)))
        for _ in range(0 if blocks else 6):
            offset = chance.choice([o for o in range(0x100) if not any(o in kept for kept in KEPT)])
            change(SUPERBLOCK + offset)


# --- a crash --------------------------------------------------------------------------------------------------------------

def _crash(report, kind, seed, checksums, errors):
    name = f"damaged-{kind}-{seed}{'' if checksums else '-plain'}"
    disk = first_disk(name)
    run(TUNE2FS, "-e", errors, *([] if checksums else ["-O", "^metadata_csum"]), disk.path)
    disk.make_directory("/var")
    disk.make_directory("/var/crash")
    _damage(disk.path, kind, seed)
    crash = run_ladder(name, disk)
    _check(report, crash, name)
    return crash


def _debugfs(path, *commands):
    subprocess.run([DEBUGFS, "-w", "-f", "-", path], check=True, input="\n".join(commands), text=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def _check(report, crash, name):
    """Sets crash.holder."""
    crash.holder = "none"
    for which, file in (("first", "first.img"), ("second", "disk.img")):
        if crash.holder == "none" and _whole(os.path.join(crash.directory, file), crash.directory):
            crash.holder = which
    report.check(crash.holder != "none", f"{name}: a whole dump is on one of the targets", crash.last_lines(20))
    report.equal(crash.ended, RESET, f"{name}: the machine rebooted")
    report.check(crash.console.find(r"init: capture done: "), f"{name}: init says that the dump is saved", crash.last_lines(8))


def _whole(image, directory):
    """Whether a disk has a dump under its final name that dump-info calls complete. Does without the bitmaps."""
    to = os.path.join(directory, "vmcore")
    for under in ("/var/crash", "/data"):
        listing = run(DEBUGFS, "-c", "-R", f"ls -p {under}", image, check=False)
        for found in re.findall(r"/([^/\n]+-\d{4}-\d\d-\d\d-\d{6}(?:-\d+)?)/", listing):
            if os.path.exists(to):
                os.unlink(to)
            run(DEBUGFS, "-c", "-R", f"dump {under}/{found}/vmcore {to}", image, check=False)
            done = subprocess.run(["build/crashbox", "dump-info", to], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            if re.search(r"complete +yes", done.stdout):
                return True
    return False

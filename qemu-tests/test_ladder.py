"""Targets that fail, each in its own way: the next one holds the dump in its time, and the machine comes back."""

import gzip
import os
import re
import struct
import subprocess

from capture import MKCAPTUREINITRD, RUNS, UUID, Crash, kernel, mkcaptureinitrd
from disk import MIB, Ext4, dump_directories, run
from machine import RESET
from test_failures import _elf, _overlay, _system_call

SECOND = "9a0b7c31-2d4e-4f5a-8b6c-1e2f3a4b5c6d"
DEADLINE = 40  # seconds for a dump to one target

CONF = f"""ext4 UUID={UUID}
ext4 UUID={SECOND}
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
dump_deadline {DEADLINE}
cmdline_append console=ttyS0,115200
"""
ALONE = CONF.replace(f"ext4 UUID={SECOND}\n", "")

# On virtio, whose driver waits for an answer for ever; NVMe's would reset the device every 30 s.
VIRTIO = "virtio-blk-pci,drive=first"
NVME = "nvme,serial=first,drive=first"


def first_missing(report):
    """The first target is not there."""
    crash = run_ladder("ladder-missing", None)
    _check_second(report, crash, r"wait-device: .*not found after 30 s", 45)


def first_read_only(report):
    """The first target's disk is write-protected."""
    crash = run_ladder("ladder-read-only", first_disk("ladder-read-only"), drive="readonly=on")
    _check_second(report, crash, r"init: line \d+ failed after \d+ s: timeout 60 mount", 30)


def first_full(report):
    """The first target's disk is full before the dump is whole."""
    crash = run_ladder("ladder-full", first_disk("ladder-full", 24 * MIB))
    _check_second(report, crash, r"No space left on device", DEADLINE)
    names = [os.path.basename(path) for path, _, _ in at(crash, "first.img").walk()]
    report.check("vmcore-incomplete" in names and "vmcore" not in names, "on the full one it is called incomplete", names)


def level_steps_down(report):
    """A level 1 dump for which the only target is too small: it becomes one of level 31, and says so."""
    crash = run_ladder("ladder-level", first_disk("ladder-level", 64 * MIB), conf=ALONE.replace("-d 31", "-d 1"))
    report.check(crash.console.find(r"starting again at dump level 31"), "dump-save says so", crash.last_lines(12))
    disk = at(crash, "first.img")
    _check_held(report, crash, disk)
    disk.get("/var/crash/last-capture", os.path.join(crash.directory, "last-capture"))
    with open(os.path.join(crash.directory, "last-capture"), encoding="utf-8") as f:
        report.check(re.search(r"^status degraded$(.|\n)*at dump level 31", f.read(), re.M), "and the result")


def first_hangs(report):
    """The first target's disk stops answering in the middle of the dump: its writers cannot be killed."""
    crash = run_ladder("ladder-hangs", first_disk("ladder-hangs"), device=VIRTIO, conf=f"extra_modules virtio_blk\n{CONF}",
                 drive=f"throttling.bps-write=1,throttling.bps-write-max={4 * MIB}")
    _check_second(report, crash, r"init: line \d+ failed after \d+ s: timeout 40 dump-save", DEADLINE + 45)


def journal_dirty(report):
    """The crashing system has the first target mounted and is writing to it: its journal is replayed, and it is used."""
    name = "ladder-journal"
    before = ("mkdir /data; for d in /dev/nvme*n1; do mount -t ext4 -o data=journal $d /data && [ -e /data/first ] && break; "
              "umount /data; done; cp /boot/vmlinuz /data/a; sync; rm /data/a; cp /boot/vmlinuz /data/b; "
              "cp /boot/vmlinuz /data/c & sleep 1; echo \"rig: dirty $(ls /data | wc -l)\"")
    disk = first_disk(name)
    disk.make_directory("/first")
    crash = run_ladder(name, disk, before=before)
    report.check(crash.console.find(r"rig: dirty [3-9]"), "the crashing system writes to it", crash.last_lines())
    report.check(crash.captured_from and crash.console.find(r"EXT4-fs.*recovery complete", crash.captured_from),
                 "its journal is replayed", crash.last_lines(12))
    _check_held(report, crash, disk)


def journal_damaged(report):
    """The first target's journal is garbage: mounting fails."""
    name = "ladder-journal-damaged"
    disk = first_disk(name)
    block = int(re.search(r"\d+", run("/sbin/debugfs", "-R", "blocks <8>", disk.path))[0])
    _scribble(disk.path, block * 4096, b"\x5a" * 4096)
    crash = run_ladder(name, disk)
    _check_second(report, crash, r"init: line \d+ failed after \d+ s: timeout 60 mount", 30)


def superblock_damaged(report):
    """The first target's superblock is damaged, though its UUID can still be read: mounting fails."""
    name = "ladder-superblock"
    disk = first_disk(name)
    _scribble(disk.path, 1024 + 4, struct.pack("<I", 1 << 30))  # s_blocks_count_lo: larger than the disk
    crash = run_ladder(name, disk)
    _check_second(report, crash, r"init: line \d+ failed after \d+ s: timeout 60 mount", 30)


def dump_killed(report):
    """The kernel's OOM killer runs in the middle of a dump: it kills dump-save, and the log is saved."""
    # A child that after 5 s asks for the OOM killer by sysrq; its parent ends at once.
    base = 0x400000 + 120
    tail = b"/proc/sysrq-trigger\0f" + struct.pack("<QQ", 8, 0)
    fork = b"\xb8\x39\0\0\0\x0f\x05\x85\xc0\x74" + bytes([len(_system_call(231, 0))]) + _system_call(231, 0)

    def later(at):
        return (_system_call(35, at + 21, 0) + _system_call(2, at, 1) + b"\x89\xc7" +
                _system_call(1, 0, at + 20, 1)[5:] + _system_call(231, 0))
    code = fork + later(0)
    code = fork + later(base + len(code)) + tail

    def image(path):
        script = _script(path)
        _overlay(path, "bin/kill-later", _elf(code), 0o755)
        _overlay(path, "etc/capture.sh", b"/bin/kill-later\n" + script, 0o644)
    crash = run_ladder("ladder-killed", first_disk("ladder-killed"), conf=ALONE, change=image,
                 drive=f"throttling.bps-write={MIB}")
    report.check(crash.console.find(r"init: line \d+ failed .*dump-save: .*out of memory, the kernel killed it"),
                 "init names the kill", crash.last_lines(20))
    _check_log(report, crash)
    disk = at(crash, "first.img")
    found = dump_directories(disk)
    report.equal(len(found), 1, "dump directories")
    names = disk.list("/var/crash/" + found[0]) if found else {}
    report.check("vmcore-dmesg.txt" in names and "vmcore" not in names, "the log is on the target", sorted(names))


def bare_image(report):
    """The image has neither a script nor /dev: the log is on the console, and the machine reboots."""
    def image(path):
        _without(path, r"etc/capture\.sh|dev(/.*)?")
    crash = run_ladder("ladder-bare", first_disk("ladder-bare"), conf=ALONE, change=image)
    report.check(crash.console.find(r"init: cannot read the capture script"), "init says what is missing",
                 crash.last_lines(12))
    _check_log(report, crash)


def watchdog_hung(report):
    """6.12 with a hardware watchdog: a dump that hangs is ended by it."""
    def image(path):
        _overlay(path, "etc/capture.sh", b"STALL_DEADLINE=0\n" + _script(path), 0o644)
    crash = _watched("ladder-watchdog-hung", f"throttling.bps-write=1,throttling.bps-write-max={4 * MIB}", image)
    report.check(crash.console.find(r"init: the watchdog is no longer fed"), "init lets it be", crash.last_lines())
    report.check("WATCHDOG" in crash.machine.events, "the watchdog has fired", crash.machine.events)
    report.equal(crash.ended, RESET, "the machine rebooted")


def watchdog_slow(report):
    """The same with a dump that is slow, but moves: longer than the watchdog waits, and it is saved."""
    crash = _watched("ladder-watchdog-slow", f"throttling.bps-write={224 << 10}", None)
    report.check("WATCHDOG" not in crash.machine.events, "the watchdog has not fired", crash.machine.events)
    report.check((crash.seconds_to_dump() or 0) > 130, "the dump took longer than an unfed watchdog would have let it",
                 crash.seconds_to_dump())
    _check_held(report, crash, at(crash, "first.img"))


def _watched(name, drive, change):
    conf = f"extra_modules virtio_blk i6300esb\n{ALONE}".replace(f"dump_deadline {DEADLINE}", "dump_deadline 900")
    return run_ladder(name, first_disk(name), drive=drive, device=VIRTIO, conf=conf, change=change, suite="trixie",
                extra=["-device", "i6300esb", "-action", "watchdog=reset"], deadline=500)


def first_disk(name, size=512 * MIB):
    directory = os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    return Ext4(os.path.join(directory, "first.img"), size)


def run_ladder(name, first, drive="", device=NVME, conf=CONF, change=None, before="", suite="bookworm", extra=(), deadline=300):
    """A crash with the first target on a device of its own, and the second one on NVMe."""
    directory, kern = os.path.join(RUNS, name), kernel(suite)
    image, append = mkcaptureinitrd(directory, kern, conf)
    if change:
        change(image)
    second = Ext4(os.path.join(directory, "disk.img"), uuid=SECOND, label="second")
    crash = Crash(name, kern, image, append, disk=second, before=before, deadline=deadline)
    if first:
        options = f"file={first.path},if=none,id=first,format=raw,cache=unsafe" + (f",{drive}" if drive else "")
        crash.machine.command += ["-drive", options, "-device", device]
    crash.machine.command += extra
    return crash.run()


def at(crash, name):
    """The disk of a run, to be read only."""
    disk = object.__new__(Ext4)
    disk.path = os.path.join(crash.directory, name)
    return disk


def _check_second(report, crash, failure, seconds):
    report.check(crash.captured_from is not None and crash.console.find(failure, crash.captured_from),
                 f"the first target fails: {failure}", crash.last_lines(12))
    _check_held(report, crash, crash.disk)
    took = crash.seconds_to_dump() or 0
    report.check(0 < took < seconds + 45, f"saved within {seconds + 45} s of the panic", took)
    report.figure("from the panic to the saved dump", f"{took:.1f} s")


def _check_held(report, crash, disk):
    report.equal(crash.ended, RESET, "the machine rebooted")
    report.check(crash.console.find(r"init: capture done: "), "init says that the dump is saved", crash.last_lines(8))
    found = dump_directories(disk)
    if report.equal(len(found), 1, "dump directories"):
        where = "/var/crash/" + found[0]
        names = disk.list(where)
        report.equal(sorted(names), ["vmcore", "vmcore-dmesg.txt", "vmcore-info.txt"], "files, and nothing incomplete")
        disk.get(f"{where}/vmcore", os.path.join(crash.directory, "vmcore"))
        done = subprocess.run(["build/crashbox", "dump-info", os.path.join(crash.directory, "vmcore")],
                              stdout=subprocess.PIPE, text=True)
        report.check(re.search(r"complete +yes", done.stdout), "dump-info calls it complete", done.stdout[:300])
    report.equal(disk.check(), "", "e2fsck finds no damage")


def _check_log(report, crash):
    """The crashed kernel's log is on the console, and the machine reboots."""
    report.equal(crash.ended, RESET, "the machine rebooted")
    report.check(crash.captured_from is not None and
                 crash.console.find(r"^\[.*Kernel panic - not syncing: sysrq triggered crash", crash.captured_from + 1),
                 "the log of the crash is on the console", crash.last_lines(12))
    report.check(crash.console.find(r"^crashbox: end of the log of the crash, time 20\d\d-.* UTC$"), "and where it ends",
                 crash.last_lines(12))
    report.check(crash.console.find(r"init: NO DUMP SAVED: .*; rebooting"), "init says that there is no dump",
                 crash.last_lines())


def _script(path):
    """The capture script of an image's configuration."""
    conf = os.path.join(os.path.dirname(path), "kdump.conf")
    modules = re.search(r"extra_modules", open(conf, encoding="ascii").read())
    kern = kernel("trixie") if modules else kernel()
    return subprocess.run([MKCAPTUREINITRD, "-c", conf, "-k", kern.vmlinuz, "-m", kern.modules, "--script"], check=True,
                          stdout=subprocess.PIPE).stdout


def _scribble(path, at, data):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data)


def _without(image, pattern):
    """Takes the files whose names match out of an image."""
    with open(image, "rb") as f:
        data = gzip.decompress(f.read())
    kept, at = b"", 0
    while data[at:at + 6] == b"070701":
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        name = data[at + 110:at + 109 + fields[11]].decode()
        end = (at + 110 + fields[11] + 3) // 4 * 4
        end = (end + fields[6] + 3) // 4 * 4
        if not re.fullmatch(pattern, name):
            kept += data[at:end]
        at = end
        if name == "TRAILER!!!":
            break
    with open(image, "wb") as f:
        f.write(gzip.compress(kept, mtime=0))

"""Captures that cannot work: each says why on the console, reboots, and leaves nothing that looks like a dump."""

import os
import struct
import subprocess

import newc
from capture import MKCAPTUREINITRD, RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd
from disk import MIB, UUID, Ext4
from machine import RESET, SHUTDOWN

NO_SUCH_UUID = "00000000-1111-2222-3333-444444444444"


def init_dies(report):
    """The capture system's init exits: the kernel panics, and panic= reboots."""
    def image(path):
        _overlay(path, "init", _elf(_system_call(231, 7)), 0o755)
    crash = _run("init-dies", change=image)
    report.check("Attempted to kill init" in (crash.capture_panic() or ""), "the kernel says that init died",
                 crash.capture_panic())
    _check_failed(report, crash, r"Rebooting in \d+ seconds")


def init_crashes(report):
    """Our own init gets a SIGSEGV: it says so, and reboots."""
    def image(path):
        _overlay(path, "bin/hit-init", _elf(_system_call(62, 1, 11) + _system_call(231, 0)), 0o755)
        _overlay(path, "etc/capture.sh", b"/bin/hit-init\nwait-device -t 20 UUID=none\n", 0o644)
    crash = _run("init-crashes", change=image)
    _check_failed(report, crash, r"init: crashed by SIGSEGV: NO DUMP SAVED; rebooting")


def child_out_of_memory(report):
    """A command eats all memory: the kernel kills it and not init, which says so; the next line saves the dump."""
    # mmap(0, 1 MiB, read and write, private anonymous populated, -1, 0), for ever
    eat = _system_call(9, 0, 1 << 20, 3, 0x8022, -1 & 0xffffffff, 0)

    def image(path):
        script = subprocess.run([MKCAPTUREINITRD, "-c", os.path.join(os.path.dirname(path), "kdump.conf"), "--script"],
                                check=True, capture_output=True).stdout
        _overlay(path, "bin/eat", _elf(eat + b"\xeb" + struct.pack("<b", -len(eat) - 2)), 0o755)
        _overlay(path, "etc/capture.sh", b"/bin/eat\n" + script, 0o644)
    crash = _run("child-out-of-memory", change=image)
    report.check(crash.console.find(r"init: line 1 failed .*/bin/eat: .*out of memory, the kernel killed it"),
                 "init names the kill", crash.last_lines())
    report.check(crash.console.find(r"init: capture done"), "the next line saves the dump", crash.last_lines())
    report.equal(crash.ended, RESET, "the machine rebooted")


def image_cut(report):
    """A truncated image, as a full disk at build time leaves it: no init starts, and panic= reboots."""
    def image(path):
        os.truncate(path, os.path.getsize(path) // 2)
    crash = _run("image-cut", change=image)
    report.check(crash.console.find("Initramfs unpacking failed"), "the kernel says that the image is damaged")
    _check_failed(report, crash, r"Rebooting in \d+ seconds")


def empty_script(report):
    """A capture script without a line."""
    def image(path):
        _overlay(path, "etc/capture.sh", b"", 0o644)
    _check_failed(report, _run("empty-script", change=image), r"init: NO DUMP SAVED")


def bad_script(report):
    """A capture script with a line that init does not understand."""
    def image(path):
        _overlay(path, "etc/capture.sh", b"if true; then dump-save /proc/vmcore /target/; fi\n", 0o644)
    _check_failed(report, _run("bad-script", change=image), r"init: NO DUMP SAVED: /etc/capture.sh: line 1")


def disk_full(report):
    """The disk is full before the dump is whole."""
    crash = _run("disk-full", size=24 * MIB)
    _check_failed(report, crash, r"init: NO DUMP SAVED: .*No space left on device.*; rebooting")


def no_device(report):
    """The configured device is not there."""
    crash = _run("no-device", conf=STOCK_CONF.replace(UUID, NO_SUCH_UUID))
    _check_failed(report, crash, rf"init: NO DUMP SAVED: .*{NO_SUCH_UUID}.*; rebooting")


def too_small(report):
    """A kernel that does not even load into 64M: kexec says what is missing, and the machine is not armed."""
    crash = _run("too-small", kern=kernel(flavour="generic"))
    message = crash.console.find(r"kexec: .*")
    report.check(message and crash.console.find(r"crashkernel=\d+M"), "kexec says which crashkernel= to pass",
                 crash.last_lines())
    report.check(crash.console.find(r"rig: load status 1, loaded 0"), "nothing is loaded, and the status says so",
                 crash.last_lines())
    report.equal(crash.ended, SHUTDOWN, "the rig gave up")
    if message:
        report.figure("kexec says", message[2].group(0))


def out_of_memory(report):
    """54M load, but are not enough to boot: the kernel panics, and panic= reboots."""
    crash = _run("out-of-memory", reservation="54M")
    report.check(crash.console.find(r"Out of memory|deadlocked on memory"), "the console says out of memory",
                 crash.last_lines())
    _check_failed(report, crash, r"Rebooting in \d+ seconds|Restarting system")


def _run(name, kern=None, conf=STOCK_CONF, change=None, size=2048 * MIB, reservation="64M"):
    directory = os.path.join(RUNS, name)
    kern = kern or kernel()
    image, append = mkcaptureinitrd(directory, kern, conf)
    if change:
        change(image)
    disk = Ext4(os.path.join(directory, "disk.img"), size)
    return Crash(name, kern, image, append, reservation, disk=disk, deadline=240).run()


def _check_failed(report, crash, last_words):
    report.check(crash.panic, "the first kernel panicked", crash.last_lines())
    report.equal(crash.ended, RESET, "the machine rebooted")
    report.check(crash.captured_from is not None and crash.console.find(last_words, crash.captured_from),
                 f"the console says why: {last_words}", crash.last_lines(10))
    names = [path for path, _, _ in crash.disk.walk() if os.path.basename(path) in ("vmcore", "vmcore.flat")]
    report.equal(names, [], "nothing under a final name")
    words = [text for _, text in crash.console.lines[crash.captured_from or 0:] if not text.startswith("[")]
    if words:
        report.figure("last words", words[-1])


def _overlay(image, path, data, mode):
    """A second archive after the first, whose files replace those of the first."""
    import gzip
    archive = newc.Archive()
    archive.add(path, data, mode)
    with open(image, "r+b") as f:
        f.seek(0, os.SEEK_END)
        f.write(b"\0" * (-f.tell() % 4) + gzip.compress(archive.write(), mtime=0))


def _system_call(number, *arguments):
    """x86-64 code: each argument is a mov of 32 bits to edi, esi, edx, r10d, r8d or r9d."""
    registers = (b"\xbf", b"\xbe", b"\xba", b"\x41\xba", b"\x41\xb8", b"\x41\xb9")
    code = b"".join(register + struct.pack("<I", value) for register, value in zip(registers, arguments))
    return code + b"\xb8" + struct.pack("<I", number) + b"\x0f\x05"


def _elf(code):
    """The smallest program: x86-64 code at its entry."""
    base, size = 0x400000, 120 + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 4096) + code

"""Nothing is lost: a real vmcore, copied byte for byte, saved by dump-save on this machine in every way."""

import os
import subprocess

import guests
import readers
from capture import CRASHBOX, RUNS, Crash, kernel
from test_readers import check_crash, check_drgn, check_gdb

FIXTURES = "build/fixtures"


def verbatim(suite="bookworm"):
    """A vmcore as the kernel shows it, of a guest of 512M; made once for each kernel version. (A larger reservation would
    not always fit beside a kernel whose place is random.)"""
    kern = kernel(suite)
    path = os.path.join(FIXTURES, f"vmcore-{kern.version}")
    if not os.path.exists(path):
        os.makedirs(FIXTURES, exist_ok=True)
        directory = os.path.join(RUNS, f"verbatim-{suite}")
        os.makedirs(directory, exist_ok=True)
        image = os.path.join(directory, "capture.img")
        guests.busybox_capture(image, guests.VERBATIM)
        crash = Crash(f"verbatim-{suite}", kern, image, "nr_cpus=1 reset_devices irqpoll rootfstype=ramfs panic=10",
                      reservation="160M", memory="512M").run()
        if not crash.console.find("rig: copy status 0"):
            raise RuntimeError(f"no verbatim copy of /proc/vmcore:\n{crash.last_lines(12)}")
        os.replace(crash.disk.get("/vmcore", path + ".new"), path)
    return path


# name, options, level; every one is read back page by page.
WAYS = [
    ("kdump-0", ["-d", "0"], 0),
    ("kdump-1", ["-d", "1"], 1),
    ("kdump-raw-1", ["-d", "1", "--compress", "none"], 1),
    ("elf-0", ["-d", "0", "-E"], 0),
    ("elf-1", ["-d", "1", "-E"], 1),
]


def pages(report):
    """Every page of every kind of dump equals the page of the raw vmcore, read by libkdumpfile."""
    source = verbatim()
    for name, options, level in WAYS:
        dump = _fresh(name)
        done = _save([*options, source, dump])
        if report.equal((done.returncode, done.stderr if done.returncode else ""), (0, ""), f"dump-save {' '.join(options)}"):
            _compare(report, name, dump, source, level)


def streams(report):
    """Flattened and plain dumps through a pipe are the same dumps."""
    source = verbatim()
    for name, options in (("kdump-pipe", ["-d", "1"]), ("elf-pipe", ["-d", "1", "-E"])):
        dump = _fresh(name)
        _save_to_pipe([*options, source, "-"], dump)
        _compare(report, name, dump, source, 1)
    for name, options in (("kdump-flat", ["-d", "1", "-F"]), ("elf-flat", ["-d", "1", "-E", "-F"])):
        flat, dump = _fresh(name), _fresh(name + "-rearranged")
        _save_to_pipe([*options, source, "-"], flat)
        with open(flat, "rb") as f:
            done = subprocess.run(["makedumpfile", "-R", dump], stdin=f, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        report.check(done.returncode == 0, f"makedumpfile -R takes {name}", done.stdout[-300:])
        _compare(report, name, dump, source, 1)


def read_verbatim(report):
    """crash, drgn and gdb see the same in level 0 dumps as in the raw vmcore."""
    kern, source = kernel(), verbatim()
    commands = ["sys", "bt", "log", "ps", "kmem -i", "dev", "mod", "mount", "net", "runq"]
    want = readers.crash(kern.vmlinux, source, *commands)
    facts = readers.drgn(kern.vmlinux, source)
    for name, options in (("kdump", ["-d", "0"]), ("elf", ["-d", "0", "-E"])):
        dump = _fresh(name)
        _save([*options, source, dump])
        got = readers.crash(kern.vmlinux, dump, *commands)
        for command in commands:
            report.check(_plain(got[command]) == _plain(want[command]), f"{name}: crash's {command}", got[command][:600])
        report.equal(readers.drgn(kern.vmlinux, dump), facts, f"{name}: drgn's facts")
        if name == "elf":
            report.equal(readers.gdb(kern.vmlinux, dump), readers.gdb(kern.vmlinux, source), "elf: gdb's registers")


def _plain(output):
    """Without the line that names the file."""
    return [line for line in output.splitlines() if "DUMPFILE" not in line]


def _compare(report, name, dump, source, level):
    count, different, unreadable, zero = readers.compare_pages(dump, source, zero_dropped=level > 0)
    report.equal((different, unreadable), (0, 0), f"{name}: {count} pages, {zero} of them zero: (different, unreadable)")
    report.figure(name, f"{os.path.getsize(dump) / 1e6:.1f} MB of {os.path.getsize(source) / 1e6:.1f} MB")


def _fresh(name):
    os.makedirs(os.path.join(RUNS, "pages"), exist_ok=True)
    path = os.path.join(RUNS, "pages", name)
    if os.path.exists(path):
        os.unlink(path)
    return path


def _save(arguments):
    return subprocess.run([CRASHBOX, "dump-save", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", timeout=300)


def _save_to_pipe(arguments, path):
    """Through a real pipe, which cannot seek."""
    with open(path, "wb") as f:
        saving = subprocess.Popen([CRASHBOX, "dump-save", "--message-level", "0", *arguments],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        while data := saving.stdout.read(1 << 20):
            f.write(data)
    if saving.wait(timeout=300):
        raise RuntimeError(f"dump-save {' '.join(arguments)}: status {saving.returncode}")


__all__ = ["pages", "streams", "read_verbatim", "check_crash", "check_drgn", "check_gdb"]

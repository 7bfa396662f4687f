"""Captures that must work, on each kernel line, and the one of others that does not."""

import calendar
import os
import stat
import time

import guests
from capture import RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd, recommended_append
from disk import dump_directories
from machine import RESET

NEEDED_ON_6_1 = 8 * 1024  # KiB of MemAvailable at the least, at 64M

_done = {}


def stock(suite="bookworm", reservation="64M", conf=STOCK_CONF, name=None, first_append=""):
    """A capture as the README shows it; one that has run is not run again for the scenarios that read its dump."""
    name = name or f"{suite}-{reservation}"
    if name not in _done:
        kern = kernel(suite)
        directory = os.path.join(RUNS, name)
        image, append = mkcaptureinitrd(directory, kern, conf)
        _done[name] = Crash(name, kern, image, append, reservation, first_append=first_append).run()
        take_files(_done[name])
    return _done[name]


def take_files(crash):
    """Copies the dump out of the disk image: crash.files holds {name: path}."""
    crash.files, crash.where = {}, None
    found = dump_directories(crash.disk)
    if len(found) != 1:
        return
    crash.where = "/var/crash/" + found[0]
    for name, (mode, _) in crash.disk.list(crash.where).items():
        if stat.S_ISREG(mode):
            crash.files[name] = crash.disk.get(f"{crash.where}/{name}", os.path.join(crash.directory, name))


def check_capture(report, crash):
    """What holds for every capture that worked."""
    report.check(crash.panic, "the first kernel panicked", crash.last_lines())
    report.equal(crash.ended, RESET, "the machine rebooted in the end")
    report.check(crash.capture_panic() is None, "the capture kernel did not panic", crash.capture_panic())
    found = dump_directories(crash.disk)
    if not report.equal(len(found), 1, "dump directories"):
        report.say(crash.last_lines(12))
        return
    check_name(report, found[0])
    files = crash.disk.list("/var/crash/" + found[0])
    report.equal(sorted(name for name in files if name not in (".", "..")), ["vmcore", "vmcore-dmesg.txt", "vmcore-info.txt"],
                 "files, and nothing incomplete")
    report.equal(oct(stat.S_IMODE(crash.disk.list("/var/crash")[found[0]][0])), "0o700", "mode of the directory")
    for name, (mode, _) in files.items():
        report.equal(oct(stat.S_IMODE(mode)), "0o600", f"mode of {name}")
    report.equal(crash.disk.check(), "", f"{crash.disk.checker} finds no damage")
    with open(crash.files["vmcore-dmesg.txt"], encoding="utf-8", errors="replace") as f:
        report.check("Kernel panic - not syncing: sysrq triggered crash" in f.read(), "vmcore-dmesg.txt holds the panic")
    report.check(crash.lowest_available() is not None, "init says the lowest MemAvailable", crash.last_lines())
    report.check(crash.seconds_to_dump() is not None, "the console says that the dump is saved", crash.last_lines())
    show_figures(report, crash)


def check_name(report, name):
    """HOST-YYYY-MM-DD-HHMMSS, from the time of the crash."""
    host, stamp = name[:-18], name[-17:]
    report.equal(host, guests.HOSTNAME, "the directory's host name")
    seconds = calendar.timegm(time.strptime(stamp, "%Y-%m-%d-%H%M%S"))
    report.check(abs(time.time() - seconds) < 600, "the directory's name is the time of the crash, UTC", name)


def show_figures(report, crash):
    size = os.path.getsize(crash.files["vmcore"]) if "vmcore" in crash.files else 0
    report.figure(f"{crash.kernel.version} at {crash.reservation}",
                  f"lowest MemAvailable {crash.lowest_available()} kB, {crash.seconds_to_dump() or 0:.1f} s from panic "
                  f"to saved dump, dump of {size / 1e6:.1f} MB")


def capture_64M(report):
    """Debian's stock 6.1 cloud kernel captures in 64M, with 8 MiB to spare."""
    crash = stock()
    check_capture(report, crash)
    report.check((crash.lowest_available() or 0) >= NEEDED_ON_6_1, f"lowest MemAvailable is {NEEDED_ON_6_1} kB or more",
                 crash.lowest_available())


def capture_58M(report):
    """The same in 58M, where it does not cross a 128 MiB boundary.

    A reservation that does costs the capture kernel a second memory section, whose page array takes 2 MiB: at 58M it
    then runs out of memory. Where the reservation lies depends on where the crashing kernel's KASLR has put that kernel
    (about one boot in ten in this guest), so it is told to stay where it is."""
    check_capture(report, stock(reservation="58M", first_append="nokaslr"))


def capture_5_10(report):
    """Debian's stock 5.10 cloud kernel in 64M."""
    check_capture(report, stock("bullseye"))


def capture_6_12(report):
    """Debian's stock 6.12 cloud kernel in 64M, where it does not cross a 128 MiB boundary: see capture_58M."""
    check_capture(report, stock("trixie", first_append="nokaslr"))


def capture_elf(report):
    """An ELF dump, for gdb."""
    check_capture(report, elf())


def elf():
    conf = STOCK_CONF.replace("makedumpfile -l --message-level 7 -d 31", "makedumpfile -E --message-level 7 -d 1")
    return stock(conf=conf, name="bookworm-64M-elf")


# What a kdump package gives its capture kernel: KDUMP_COMMANDLINE_APPEND of Red Hat's kdump.
USUAL = ("irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off udev.children-max=2 panic=10 "
         "acpi_no_memhotplug transparent_hugepage=never nokaslr hest_disable novmcoredd cma=0 hugetlb_cma=0")


def makedumpfile_64M(report):
    """busybox with makedumpfile, same kernel: out of memory at 64M, and with our command line in 58M, where we capture."""
    kern = kernel()
    for line, append, reservation, works in (("the usual command line", USUAL, "64M", False),
                                             ("the usual command line", USUAL, "80M", True),
                                             ("our command line", recommended_append(kern), "58M", False)):
        crash, size = _makedumpfile(kern, append, reservation)
        out_of_memory = crash.console.count(r"Out of memory|System is deadlocked on memory") > 0
        saved = crash.console.find(r"The dumpfile is saved") is not None
        report.equal((out_of_memory, saved), (not works, works),
                     f"{line}, {reservation}: (out of memory, dump saved)")
        report.figure(f"busybox with makedumpfile, {line}, {reservation}",
                      f"{'saved' if saved else crash.capture_panic() or 'not saved'} (image {size[0] / 1e6:.1f} MB compressed, "
                      f"{size[1] / 1e6:.1f} MB unpacked)")


def _makedumpfile(kern, append, reservation):
    name = f"makedumpfile-{reservation}"
    directory = os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    image = os.path.join(directory, "capture.img")
    unpacked = guests.busybox_capture(image, guests.MAKEDUMPFILE.format(options="-l --message-level 7 -d 1"),
                                      ["/usr/bin/makedumpfile"])
    return Crash(name, kern, image, append, reservation).run(), (os.path.getsize(image), unpacked)

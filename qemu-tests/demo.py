#!/usr/bin/python3
"""What scripts/demo.sh shows, once everything is built: a crash, its capture, and the dump as people read it."""

import gzip
import os
import sys

sys.dont_write_bytecode = True
os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import readers
from capture import CRASHBOX, RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd
from disk import dump_directories


def say(text=""):
    print(text, flush=True)


def kib(size):
    return f"{size / 1024:.1f} KiB"


def indent(text):
    return "\n".join("  " + line for line in text.strip("\n").splitlines())


def show_dump(crash, dump):
    out = readers.crash(crash.kernel.vmlinux, dump, "sys", "bt")
    panic = next((line.strip() for line in out["sys"].splitlines() if "PANIC:" in line), None)
    say("--- the dump, opened with crash and the kernel's debug symbols")
    say(indent(out["bt"]))
    say()
    say("  " + (panic or "crash shows no panic message"))
    return panic is not None and "sysrq_handle_crash" in out["bt"]


def show_figures(crash, image, dump):
    with gzip.open(image) as f:
        unpacked = len(f.read())
    figures = [
        ("binary (crashbox, static)", kib(os.path.getsize(CRASHBOX))),
        ("capture image, compressed", kib(os.path.getsize(image))),
        ("capture image, unpacked", kib(unpacked)),
        ("reserved for the capture kernel", crash.reservation),
        ("lowest memory free while dumping", f"{(crash.lowest_available() or 0) / 1024:.1f} MiB"),
        ("dump", f"{os.path.getsize(dump) / 1e6:.1f} MB of a machine with 1 GiB"),
        ("from panic to saved dump", f"{crash.seconds_to_dump() or 0:.1f} s (emulated, without KVM)"),
    ]
    say()
    for what, value in figures:
        say(f"  {what:34} {value}")


def main():
    kern = kernel()
    directory = os.path.join(RUNS, "demo")
    image, append = mkcaptureinitrd(directory, kern, STOCK_CONF)
    say(f"--- crashing {kern.version}, with crashkernel=64M (the console: {directory}/console.log)")
    crash = Crash("demo", kern, image, append).run()
    found = dump_directories(crash.disk)
    if len(found) != 1:
        say(crash.last_lines(20))
        say("demo: no dump was saved")
        return 1
    where = "/var/crash/" + found[0]
    start = crash.captured_from or 0
    say(indent("\n".join(text for _, text in crash.console.lines[start:] if not text.startswith("["))))
    dump = crash.disk.get(where + "/vmcore", os.path.join(directory, "vmcore"))
    say(f"--- saved: {where} (copied to {directory})")
    readable = show_dump(crash, dump)
    show_figures(crash, image, dump)
    return 0 if readable else 1


if __name__ == "__main__":
    sys.exit(main())

"""The tools that people open dumps with, driven without a terminal."""

import os
import re
import subprocess
import tempfile

import packages
from vmcore import PAGE, RawVmcore

PYTHON = "/usr/bin/python3"  # Debian's: it has drgn and kdumpfile


def _run(command, stdin="", timeout=300, variables=()):
    # An empty home, so that nobody's .gdbinit or .crashrc takes part.
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "TERM": "dumb", "LC_ALL": "C", **dict(variables)}
        return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout, env=environment)


def crash(vmlinux, dump, *commands, program=("crash",)):
    """Runs crash, or the one given; returns {command: its output}, and under "" what it said when it opened the dump."""
    script = "".join(f"!echo ===={command}\n{command}\n" for command in commands) + "!echo ====end\nquit\n"
    done = _run([*program, "--no_scroll", "-s", vmlinux, dump], script)
    parts = re.split(r"^====(.*)\n", done.stdout, flags=re.MULTILINE)
    outputs = {"": parts[0], **dict(zip(parts[1::2], parts[2::2]))}
    if done.returncode and len(parts) == 1:
        raise RuntimeError(f"crash cannot open {dump}: {done.stdout[-600:]}")
    return outputs


def crash_program(kern):
    """The one that opens dumps of this kernel: Debian 12's ends without a word on the symbols of 6.12."""
    return ("crash",) if kern.suite in ("bullseye", "bookworm") else packages.command("crash", "usr/bin/crash")


_DRGN = """
import sys
from drgn import Program
from drgn.helpers.linux.pid import for_each_task, find_task
from drgn.helpers.linux.sched import task_state_to_char
prog = Program()
prog.set_core_dump(sys.argv[2])
prog.load_debug_info([sys.argv[1]])
print("release", prog["init_uts_ns"].name.release.string_().decode())
print("nodename", prog["init_uts_ns"].name.nodename.string_().decode())
tasks = list(for_each_task(prog))
print("tasks", len(tasks))
cpu = prog["panic_cpu"].counter.value_()
print("panic_cpu", cpu)
task = prog.crashed_thread()
print("crashed_pid", task.tid)
print("crashed_comm", task.object.comm.string_().decode())
for frame in task.stack_trace():
    print("frame", frame.name)
"""


def drgn(vmlinux, dump):
    """Facts about the crash: {name: value}, with "frames" for the backtrace."""
    done = _run([PYTHON, "-c", _DRGN, vmlinux, dump])
    if done.returncode:
        raise RuntimeError(f"drgn on {dump}: {done.stdout[-800:]}")
    pairs = [line.split(" ", 1) for line in done.stdout.splitlines() if " " in line]
    facts = dict(pair for pair in pairs if pair[0] != "frame")
    facts["frames"] = [value for name, value in pairs if name == "frame"]
    return facts


_DRGN_CRASHED = """
import sys
from drgn import Program
from drgn.helpers.linux.percpu import per_cpu
prog = Program()
prog.set_core_dump(sys.argv[2])
prog.load_debug_info([sys.argv[1]])
for frame in prog.stack_trace(per_cpu(prog["runqueues"], prog["panic_cpu"].counter.value_()).curr):
    print("frame", frame.name)
"""


def drgn_crashed(vmlinux, dump):
    """The names of the frames of the task on the CPU that crashed, and nothing else: for dumps that broke off."""
    done = _run([PYTHON, "-c", _DRGN_CRASHED, vmlinux, dump])
    if done.returncode:
        raise RuntimeError(f"drgn on {dump}: {done.stdout[-800:]}")
    return [line.split(" ", 1)[1] for line in done.stdout.splitlines() if line.startswith("frame ")]


def drgn_script(script, *arguments, python=((PYTHON,), {})):
    """Runs one of our scripts for drgn; python is its command and environment, by default Debian's. Returns what it
    printed."""
    command, variables = python
    done = _run([*command, os.path.join(os.path.dirname(__file__), script), *arguments], timeout=900, variables=variables)
    if done.returncode:
        raise RuntimeError(f"{script} {' '.join(arguments)}: status {done.returncode}: {done.stdout[-800:]}")
    return done.stdout


def gdb(vmlinux, dump):
    """gdb on an ELF dump: (linux_banner, [registers of each note])."""
    offset = int(RawVmcore(dump).vmcoreinfo()["KERNELOFFSET"], 16)
    done = _run(["gdb", "-nx", "-batch", "-ex", f"core-file {dump}", "-ex", f"add-symbol-file {vmlinux} -o {offset:#x}",
                 "-ex", "printf \"banner %s\\n\", (char *)&linux_banner",
                 "-ex", "thread apply all -ascending printf \"regs %lx %lx %lx\\n\", $rip, $rsp, $rbp"])
    banner = re.search(r"^banner (.*)$", done.stdout, re.MULTILINE)
    registers = [dict(zip(("rip", "rsp", "rbp"), (int(x, 16) for x in match)))
                 for match in re.findall(r"^regs (\w+) (\w+) (\w+)$", done.stdout, re.MULTILINE)]
    if not banner:
        raise RuntimeError(f"gdb on {dump}: {done.stdout[-600:]}")
    return banner.group(1), registers


def compare_pages(dump, source, zero_dropped=False):
    """Reads every page of the raw vmcore `source` back from `dump` through libkdumpfile, in a process of its own, since
    a damaged dump may end it. zero_dropped: a page that is not in the dump reads as zeros. Returns (pages compared, pages that differ, pages that could not be read, zero pages)."""
    options = ["--zero-dropped"] if zero_dropped else []
    done = _run([PYTHON, os.path.join(os.path.dirname(__file__), "compare_pages.py"), *options, dump, source], timeout=900)
    match = re.search(r"^pages (\d+) different (\d+) unreadable (\d+) zero (\d+)$", done.stdout, re.MULTILINE)
    if not match:
        raise RuntimeError(f"libkdumpfile on {dump}: status {done.returncode}: {done.stdout[-600:]}")
    return tuple(int(number) for number in match.groups())


__all__ = ["crash", "drgn", "drgn_crashed", "drgn_script", "gdb", "compare_pages", "PAGE"]

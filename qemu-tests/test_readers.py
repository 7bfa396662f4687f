"""The dumps of the emulated crash, opened with the tools that people use."""

import re

import readers
from capture import kernel
from test_capture import elf, stock
from vmcore import RawVmcore

PANIC = "Kernel panic - not syncing: sysrq triggered crash"
FUNCTIONS = ["machine_kexec", "__crash_kexec", "panic", "sysrq_handle_crash", "write_sysrq_trigger", "vfs_write"]


def read_kdump(report):
    """crash and drgn open the KDUMP file with the real debug symbols, and agree."""
    crash = stock()
    check_crash(report, crash.kernel.vmlinux, crash.files["vmcore"], crash.files["vmcore-dmesg.txt"])
    check_drgn(report, crash.kernel, crash.files["vmcore"])


def read_elf(report):
    """crash, drgn and gdb open the ELF file."""
    crash = elf()
    check_crash(report, crash.kernel.vmlinux, crash.files["vmcore"], crash.files["vmcore-dmesg.txt"])
    check_drgn(report, crash.kernel, crash.files["vmcore"])
    check_gdb(report, crash.kernel, crash.files["vmcore"])


def read_others(report):
    """crash opens the dumps of 5.10 and 6.12, each with its own symbols."""
    for suite in ("bullseye", "trixie"):
        crash = stock(suite, first_append="nokaslr" if suite == "trixie" else "")
        check_log(report, crash.kernel, crash.files["vmcore"], crash.files["vmcore-dmesg.txt"])


def check_crash(report, vmlinux, dump, dmesg):
    out = readers.crash(vmlinux, dump, "sys", "bt", "log", "ps", "kmem -i")
    report.check(f'PANIC: "{PANIC}"' in out["sys"], "crash: sys names the panic", out["sys"])
    report.check("RELEASE: " + kernel().version in out["sys"], "crash: sys names the release", out["sys"])
    report.check(_in_order(FUNCTIONS, out["bt"]), "crash: bt shows the way to the panic", out["bt"])
    report.check(re.search(r"^> +1 +0 .* init$", out["ps"], re.MULTILINE), "crash: ps shows the panicking task", out["ps"])
    total = re.search(r"TOTAL MEM +(\d+)", out["kmem -i"])
    report.check(total and int(total.group(1)) > 200000, "crash: kmem -i counts the memory", out["kmem -i"])
    report.check("incomplete" not in out[""], "crash: takes it for a complete dump", out[""])
    compare_log(report, out["log"], dmesg)


def check_log(report, kern, dump, dmesg):
    out = readers.crash(kern.vmlinux, dump, "sys", "bt", "log", program=readers.crash_program(kern))
    release = re.search(r"RELEASE: (\S+)", out["sys"])
    report.check(f'PANIC: "{PANIC}"' in out["sys"], f"crash: sys of {release and release.group(1)}", out["sys"])
    report.check("sysrq_handle_crash" in out["bt"], "crash: bt shows the way to the panic", out["bt"])
    compare_log(report, out["log"], dmesg)


def compare_log(report, log, dmesg):
    with open(dmesg, encoding="utf-8", errors="replace") as f:
        ours = f.read().splitlines()
    theirs = log.rstrip("\n").splitlines()
    first = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    report.check(ours == theirs, f"vmcore-dmesg.txt equals crash's log, {len(theirs)} lines",
                 f"{len(ours)} lines; from line {first + 1}: {ours[first:first + 2]} and {theirs[first:first + 2]}")


def check_drgn(report, kern, dump):
    facts = readers.drgn(kern.vmlinux, dump)
    report.equal(facts["release"], kern.version, "drgn: release")
    report.equal(facts["nodename"], "appliance", "drgn: nodename")
    report.equal((facts["crashed_pid"], facts["crashed_comm"]), ("1", "init"), "drgn: the panicking task")
    report.check(_in_order(FUNCTIONS[1:], "\n".join(facts["frames"])), "drgn: backtrace", facts["frames"])
    report.check(int(facts["tasks"]) > 30, "drgn: walks the tasks", facts["tasks"])


def check_gdb(report, kern, dump):
    banner, registers = readers.gdb(kern.vmlinux, dump)
    report.check(banner.startswith(f"Linux version {kern.version} "), "gdb: linux_banner", banner)
    report.equal(registers, RawVmcore(dump).registers(), "gdb: registers of each note")


def _in_order(names, text):
    return re.search(".*".join(rf"\b{name}\b" for name in names), text, re.DOTALL) is not None

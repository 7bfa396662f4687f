"""No target exists: the crashed kernel's log goes to pstore's /dev/pmsg0, and the next boot has it."""

import os

from capture import RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd
from machine import SHUTDOWN
from test_minimal import minimal

MEMORY = 0x20000000  # where in the machine's RAM, which a reset leaves as it is
PSTORE = "/sys/fs/pstore/pmsg-ramoops-0"
END = "crashbox: end of the log of the crash, time "

# The system that crashes, stock Debian, has the driver as a module. At its second start it finds the log.
LOOK = f"""insmod /lib/reed_solomon.ko
insmod /lib/ramoops.ko {{parameters}}
mount -t pstore pstore /sys/fs/pstore
if [ -e {PSTORE} ]; then
echo "rig: found $(wc -c <{PSTORE}) bytes"
sed 's/^/pmsg: /' {PSTORE}
crashbox kdump status
poweroff -f
fi
"""


def _parameters(size, ecc):
    return [f"mem_address={MEMORY:#x}", f"mem_size={size:#x}", f"pmsg_size={size:#x}", "record_size=0", "console_size=0",
            "ftrace_size=0", f"ecc={ecc}"]


def _crash(name, size, ecc):
    """Debian's 6.1 crashes, the minimal kernel captures without a disk, and Debian's starts again."""
    own, stock = minimal(), kernel()
    parameters = _parameters(size, ecc)
    ours = STOCK_CONF.replace("console=ttyS0,115200",
                              " ".join(["console=ttyS0,115200", *(f"ramoops.{word}" for word in parameters)]))
    image, append = mkcaptureinitrd(os.path.join(RUNS, name), own, ours)
    modules = os.path.join(stock.modules, "kernel")
    crash = Crash(name, stock, image, append, "32M", capture_kernel=own, before=LOOK.format(parameters=" ".join(parameters)),
                  first_append=f"memmap={size:#x}${MEMORY:#x}",
                  files=[("lib/ramoops.ko", f"{modules}/fs/pstore/ramoops.ko"),
                         ("lib/reed_solomon.ko", f"{modules}/lib/reed_solomon/reed_solomon.ko")])
    command = crash.machine.command
    command.remove("-no-reboot")
    at = command.index("nvme,serial=d0,drive=d0")
    del command[at - 3:at + 1]
    return crash.run()


def _check(report, crash):
    """Returns the log as pstore has it, and as it was on the console: lines."""
    console = crash.console
    report.equal(crash.ended, SHUTDOWN, "the machine started again")
    verdict = console.find(r"init: NO DUMP SAVED: line \d+: wait-device: .*; only the log, in pstore \(line \d+, .*\): "
                           r"after a reboot in /sys/fs/pstore/pmsg-\*; rebooting", crash.captured_from or 0)
    report.check(verdict, "init says that the log is in pstore", crash.last_lines(12))
    begin = console.find(r"init: line \d+: timeout \d+ dmesg-save /proc/vmcore /dev/console", crash.captured_from or 0)
    lines = [text for _, text in console.lines]
    shown = lines[begin[0] + 1:verdict[0]] if begin and verdict else []
    held = [text.removeprefix("pmsg: ") for text in lines if text.startswith("pmsg: ")]
    report.check(any("Kernel panic - not syncing: sysrq triggered crash" in line for line in held),
                 "the panic is in pstore", "\n".join(held[-12:]))
    report.check(any(line.startswith(END) for line in held[-2:]), "and the line that says when", "\n".join(held[-3:]))
    report.check(console.find(rf"^pstore: the log of a crash, .* UTC, in {PSTORE}, until the next boot: copy it$"),
                 "kdump status tells of it", crash.last_lines(6))
    return held, shown


def pstore(report):
    """No target: the whole log is in pstore after the reboot."""
    crash = _crash("pstore", 256 << 10, 0)
    held, shown = _check(report, crash)
    report.check(held and "Linux version" in held[0], "from its first line on", "\n".join(held[:3]))
    report.check(set(held) <= set(shown), "as it was on the console", "\n".join(sorted(set(held) - set(shown))[:5]))
    report.figure("the log in pstore", f"{sum(len(line) + 1 for line in held)} bytes")


def pstore_small(report):
    """The same with less memory than the log takes, and ECC: its end is saved."""
    crash = _crash("pstore-small", 16 << 10, 1)
    held, shown = _check(report, crash)
    size = sum(len(line) + 1 for line in held)
    report.check(held and "Linux version" not in held[0] and 12 << 10 < size < 16 << 10, "as much of it as fits", size)
    report.check(set(held[1:-1]) <= set(shown), "as it was on the console",
                 "\n".join(sorted(set(held[1:-1]) - set(shown))[:5]))
    report.equal(held[-1:], ["ECC: No errors detected"], "without errors")

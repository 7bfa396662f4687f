"""A dump in two stages, on a Debian with systemd: the capture writes onto the swap partition; the next boot's unit cannot
save it, and the system comes up; the one after has it in /var/crash before anything is swapped, and one more has nothing to
do. /var is a file system of its own."""

import os
import shutil
import struct

from capture import kernel
from disk import MIB, Ext4, dump_directories, run
from machine import RESET, SHUTDOWN
from test_raw import SWAP_UUID
from test_systemd import Guest, check_dump, said, tail

NAME = "systemd-raw"
SERVICE = "crashbox-savecore.service"
ENABLED = "etc/systemd/system/sysinit.target.wants/" + SERVICE
START = 1 * MIB
VAR_UUID = "0e6c2f1d-91a4-4c57-b0a8-3d5a7c1e9f42"

CONF = f"""raw UUID={SWAP_UUID}
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
extra_modules ahci sd_mod
cmdline_append console=ttyS0,115200
"""

# A tmpfs is mounted after all swaps, and before local-fs.target: units before swapping must not depend on that target.
FSTAB = f"""/dev/nvme0n1 / ext4 defaults 0 0
UUID={VAR_UUID} /var ext4 defaults 0 0
UUID={SWAP_UUID} none swap sw 0 0
tmpfs /tmp tmpfs defaults 0 0
"""

UNIT = """[Unit]
Description=What the test asks of this guest
After=crashbox-kdump.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/rig
TimeoutStartSec=300

[Install]
WantedBy=multi-user.target
"""

# When each began or was there, in microseconds since the boot, as systemd has noted it.
RIG = f"""#!/bin/sh
exec >/dev/console 2>&1 </dev/null
show() {{
	systemctl show -p "$2" --value "$1"
}}
swap=$(systemctl list-units --type=swap --state=active --no-legend --plain | head -n 1 | cut -d' ' -f1)
echo "rig: savecore $(show {SERVICE} UnitFileState) $(show {SERVICE} ActiveState) $(show {SERVICE} Result)"
echo "rig: times savecore $(show {SERVICE} ExecMainExitTimestampMonotonic) swap $(show "$swap" InactiveExitTimestampMonotonic) sysinit $(show sysinit.target ActiveEnterTimestampMonotonic)"
journalctl -b -o cat -u {SERVICE} | sed 's/^/rig: says: /'
echo "rig: swaps $(sed 1d /proc/swaps | wc -l) $(swapon --noheadings --show=NAME,TYPE | tr '\\n' ' ')"
echo "rig: cycles $(journalctl -b -o cat | grep -ciE 'ordering cycle|deleted to break')"
echo "rig: failed units: $(systemctl list-units --failed --no-legend --plain | cut -d' ' -f1 | tr '\\n' ' ')"
crashbox kdump status | sed 's/^/rig: status: /'
case $(cat /proc/cmdline) in
*rig=crash*)
	sync
	sleep 1
	echo "rig: crashing"
	echo c >/proc/sysrq-trigger
	;;
esac
systemctl --no-block poweroff
"""


class SwapPartition:
    """A disk with one partition, which has a swap signature."""

    def __init__(self, path, size=513 * MIB):
        self.path = path
        partition = path + ".partition"
        with open(partition, "wb") as f:
            f.truncate(size - START)
        run("/sbin/mkswap", "-U", SWAP_UUID, partition)
        with open(partition, "rb") as f:
            self._head = f.read(64 << 10)
        os.unlink(partition)
        with open(path, "wb") as f:
            f.truncate(size)
            # The MBR's first entry: type 0x82, by sectors of 512 bytes.
            f.seek(446)
            f.write(struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0x82, b"\xfe\xff\xff", START >> 9, (size - START) >> 9))
            f.seek(510)
            f.write(b"\x55\xaa")
            f.seek(START)
            f.write(self._head)

    def signature_stays(self):
        with open(self.path, "rb") as f:
            f.seek(START)
            return f.read(len(self._head)) == self._head


class RawGuest(Guest):
    """The same system with /var on a disk of its own, and a swap partition, behind AHCI, whose driver is a module."""

    def __init__(self, report, kern, package):
        super().__init__(report, kern, package, NAME, {"etc/crashbox.conf": CONF, "etc/fstab": FSTAB,
                                                       "etc/systemd/system/rig.service": UNIT, "usr/local/sbin/rig": RIG})

    def make_disks(self):
        # In the directory's place, so that nothing can be saved.
        with open(self.path("var/crash"), "w", encoding="utf-8"):
            pass
        moved = self.root + ".var"
        shutil.move(self.path("var"), moved)
        os.mkdir(self.path("var"))
        try:
            self.var = Ext4(os.path.join(self.directory, "var.img"), 1024 * MIB, VAR_UUID, "var", tree=moved)
        finally:
            run("rm", "-rf", "--one-file-system", moved)
        self.dumps = SwapPartition(os.path.join(self.directory, "swap.img"))
        return [self.dumps.path, self.var.path]

    def allow_saving(self):
        run("/sbin/debugfs", "-w", "-R", "rm /crash", self.var.path)


def check_boot(report, machine, words, saves=True):
    """What every boot must show: the unit done before swapping, swapping on, nothing in a cycle, no other unit failed."""
    unit = said(machine, r"savecore (\S+) (\S+) (\S+)")
    wanted = ("enabled", "active", "success") if saves else ("enabled", "failed", "exit-code")
    if not report.equal(unit and unit.groups(), wanted, "the unit: enabled, active, result"):
        report.say(tail(machine))
    report.check(said(machine, "says: .*" + words), f"it says: {words}", tail(machine))
    times = said(machine, r"times savecore (\d+) swap (\d+) sysinit (\d+)")
    saved, swap, sysinit = (int(text) for text in times.groups()) if times else (0, 0, 0)
    report.check(0 < saved <= swap <= sysinit, "the unit had ended before swapping was turned on, and that before the rest of the boot",
                 times and times.group(0))
    report.check(said(machine, r"swaps 1 /dev/sd[ab]1 partition"), "swapping is on", said(machine, "swaps.*"))
    report.check(said(machine, r"cycles 0$"), "the journal knows of no ordering cycle", said(machine, "cycles.*"))
    failed = said(machine, r"failed units:\s*(.*)")
    report.equal(failed and failed.group(1).split(), [] if saves else [SERVICE], "units that failed")
    return saved


def systemd_raw(report):
    """The package with systemd: 6.12 dumps onto its swap partition, a boot saves it before swapon, and once only."""
    if os.geteuid() != 0:
        report.skip("debootstrap needs root")
        return
    guest = RawGuest(report, kernel("trixie"), run("sh", "scripts/package.sh", "build/package").strip())
    report.say("--- a crash")
    machine = guest.boot("crash", "crashkernel=96M rig=crash")
    idle = check_boot(report, machine, "no dump")
    report.check(said(machine, r"status: armed: "), "it is armed", said(machine, "status: .*") or tail(machine))
    report.check(machine.console.find(r"init: capture done"), "the capture kernel says that the dump is saved", tail(machine))
    report.equal(machine.ended, RESET, "the machine rebooted in the end")
    report.check(guest.dumps.signature_stays(), "the swap signature is as it was")

    report.say("--- the next boot, which cannot write it")
    machine = guest.boot("fails", "crashkernel=96M rig=look")
    check_boot(report, machine, "kdump: making the directory /var/crash/.*: Not a directory", saves=False)
    report.check(said(machine, "says: .*to save it later: swapoff the device"), "it says what to do", tail(machine))
    report.equal(machine.ended, SHUTDOWN, "the machine went off")

    report.say("--- the boot after it")
    guest.allow_saving()
    machine = guest.boot("after", "crashkernel=96M rig=look")
    saved = check_boot(report, machine, r"kdump: saved: \d+ MiB in /var/crash/")
    found = dump_directories(guest.var, "/crash")
    if report.equal(len(found), 1, "dump directories in /var/crash"):
        check_dump(report, guest, f"/crash/{found[0]}/vmcore", guest.var)
        last = said(machine, r"status: last capture: (.*)")
        report.check(last and "saved, " in last.group(1) and f"in /var/crash/{found[0]}" in last.group(1),
                     "kdump status: where the dump is", last and last.group(0))
        report.figure("kdump status", last and last.group(1))
    report.figure("the unit was done at", f"{idle / 1e6:.1f} s with nothing to save, {saved / 1e6:.1f} s with a dump (emulated)")
    report.equal(machine.ended, SHUTDOWN, "the machine went off")

    report.say("--- one more boot")
    machine = guest.boot("again", "crashkernel=96M rig=look")
    check_boot(report, machine, "nothing to save; .* was saved before")
    report.equal(dump_directories(guest.var, "/crash"), found, "the dump directories are the same")
    report.equal(machine.ended, SHUTDOWN, "the machine went off")
    for path in (guest.system, guest.var.path, guest.dumps.path):
        os.unlink(path)

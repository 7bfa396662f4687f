"""The package in a minimal Debian with systemd: its unit loads the image, rebuilds it, and reports problems; a crash
is captured to a disk whose driver is a module; the next boot says how that ended."""

import os
import re
import shutil
import subprocess

import newc
from capture import CRASHBOX, MKCAPTUREINITRD, RUNS, SAVED, kernel
from disk import MIB, UUID, Ext4, dump_directories, run
from guests import HOSTNAME
from machine import RESET, SHUTDOWN, Machine

NAME = "systemd"
SERVICE = "crashbox-kdump.service"
ENABLED = ["etc/systemd/system/multi-user.target.wants/" + SERVICE,
           "etc/systemd/system/sysinit.target.wants/crashbox-savecore.service"]

# The cloud kernel has NVMe and ext4 built in, where the system is; AHCI, disks on it and their file system are modules.
CONF = f"""ext4 UUID={UUID}
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
extra_modules ahci sd_mod
cmdline_append console=ttyS0,115200
"""

UNIT = f"""[Unit]
Description=What the test asks of this guest
After={SERVICE}

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/rig
TimeoutStartSec=300

[Install]
WantedBy=multi-user.target
"""

# What it prints begins with "rig:". The kernel's command line says what comes then.
RIG = f"""#!/bin/sh
exec >/dev/console 2>&1 </dev/null

# What the unit is, and what it has said since it was started; and what kdump says.
look() {{
	echo "rig: unit $(systemctl is-enabled {SERVICE}), $(systemctl is-active {SERVICE}), result $(systemctl show -p Result --value {SERVICE})"
	id=$(systemctl show -p InvocationID --value {SERVICE})
	journalctl -o cat "_SYSTEMD_INVOCATION_ID=$id" | sed 's/^/rig: says: /'
	crashbox kdump status >/run/status
	echo "rig: status $?: $(head -n 1 /run/status)"
	sed -n '2,$s/^/rig: /p' /run/status
}}

# Until all drivers have found their devices, and the unit has done what udev has asked of it.
udevadm wait --timeout=60 /dev/disk/by-uuid/{UUID} && udevadm settle
for second in 1 2 3 4 5 6 7 8 9 10; do
	sleep 1
	[ -z "$(systemctl list-jobs --no-legend {SERVICE})" ] && [ "$(systemctl is-active {SERVICE})" != reloading ] && break
done
look
case $(cat /proc/cmdline) in
*rig=crash*)
	sync
	sleep 1
	echo "rig: crashing"
	echo c >/proc/sysrq-trigger
	;;
*rig=remove*)
	# The machine makes the image for itself.
	rm /var/lib/crashbox/capture.img
	echo "rig: without an image"
	systemctl restart {SERVICE}
	look
	echo "rig: made $(stat -c %s /var/lib/crashbox/capture.img) bytes"
	dpkg --purge crashbox
	echo "rig: purged, status $?, loaded $(cat /sys/kernel/kexec_crash_loaded)"
	;;
esac
systemctl --no-block poweroff
"""


class Guest:
    """The system's disk, with the package and a kernel installed, and the disk that dumps go to."""

    def __init__(self, report, kern, package, name=NAME, files=None):
        """files: texts by their paths in the system; those that are not given are this module's."""
        self.kernel = kern
        self.files = {"etc/crashbox.conf": CONF, "etc/fstab": "/dev/nvme0n1 / ext4 defaults 0 0\n",
                      "etc/systemd/system/rig.service": UNIT, "usr/local/sbin/rig": RIG, **(files or {})}
        self.directory = os.path.join(RUNS, name)
        os.makedirs(self.directory, exist_ok=True)
        self.root = os.path.join(self.directory, "root")
        self._remove_root()
        os.makedirs(self.root)
        try:
            run("tar", "--numeric-owner", "-xpf", run("sh", "scripts/guest.sh").strip(), "-C", self.root)
            self._install(report, package)
            self._configure()
            self.system = os.path.join(self.directory, "system.img")
            self.disks = self.make_disks()
            make_disk(self.system, self.root)
        finally:
            self._remove_root()
        # An initramfs without /init: the kernel then mounts root= itself.
        self.initrd = os.path.join(self.directory, "empty.img")
        with open(self.initrd, "wb") as f:
            f.write(newc.Archive().write())

    def _remove_root(self):
        if os.path.isdir(self.root):
            run("rm", "-rf", "--one-file-system", self.root)

    def make_disks(self):
        """Makes the disks beside the system's, which is the only NVMe disk: their numbers come as they like."""
        self.dumps = Ext4(os.path.join(self.directory, "dumps.img"), 1024 * MIB)
        return [self.dumps.path]

    def path(self, name):
        return os.path.join(self.root, name)

    def _dpkg(self, *arguments):
        done = subprocess.run(["chroot", self.root, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                               "DEBIAN_FRONTEND=noninteractive", "dpkg", *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def _install(self, report, package):
        """Installed, purged and installed again, by a whole Debian's dpkg, beside the packages that it has."""
        shutil.copy(package, self.path("crashbox.deb"))
        for what in ("the package is installed", "and again after it was purged"):
            status, text = self._dpkg("-i", "/crashbox.deb")
            report.check(status == 0, f"dpkg: {what}", text)
            report.check(all(os.path.lexists(self.path(name)) for name in ENABLED), "its units are enabled")
            if what.startswith("the"):
                status, text = self._dpkg("--purge", "crashbox")
                left = run("find", self.root, "-name", "*crashbox*", "!", "-name", "crashbox.deb").split()
                report.check(status == 0 and not left, "dpkg: it is purged, and nothing is left", f"{text}{left}")
        os.unlink(self.path("crashbox.deb"))
        report.check(subprocess.run(["cmp", CRASHBOX, self.path("usr/sbin/crashbox")], check=False).returncode == 0,
                     "its crashbox is the one that the other tests run")

    def _configure(self):
        version = self.kernel.version
        shutil.copytree(os.path.realpath(self.kernel.modules), self.path(f"usr/lib/modules/{version}"), symlinks=True)
        shutil.copy(self.kernel.vmlinuz, self.path(f"boot/vmlinuz-{version}"))
        for name, text in {"etc/hostname": HOSTNAME + "\n", "etc/machine-id": "2f1c7a3e5b644d0c9b1e6a7d8c9e0f11\n",
                           **self.files}.items():
            with open(self.path(name), "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(self.path(name), 0o755 if "sbin" in name else 0o644)
        os.symlink("/etc/systemd/system/rig.service", self.path("etc/systemd/system/multi-user.target.wants/rig.service"))
        run(MKCAPTUREINITRD, "-c", self.path("etc/crashbox.conf"), "-k", self.path(f"boot/vmlinuz-{version}"),
            "-m", self.path(f"usr/lib/modules/{version}"), "-o", self.path("var/lib/crashbox/capture.img"))
        # Nobody logs in, and the console is the test's.
        for name in ("serial-getty@.service", "getty@.service", "getty-static.service"):
            os.symlink("/dev/null", self.path("etc/systemd/system/" + name))

    def boot(self, name, append, deadline=300):
        extra = ["-device", "ich9-ahci,id=ahci"]
        for number, path in enumerate(self.disks):
            extra += ["-drive", f"file={path},if=none,id=sata{number},format=raw,cache=unsafe",
                      "-device", f"ide-hd,drive=sata{number},bus=ahci.{number}"]
        machine = Machine(os.path.join(self.directory, name), self.kernel.vmlinuz, self.initrd,
                          f"root=/dev/nvme0n1 rw rootwait panic=5 {append}", disks=[self.system], extra=extra)
        machine.run(deadline)
        return machine


def make_disk(path, root):
    with open(path, "wb") as f:
        f.truncate(1536 * MIB)
    run("/sbin/mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,nodiscard", "-d", root, path)


def said(machine, pattern, start=0):
    """What a line of the guest's test says, from the line `start` on, or None."""
    found = machine.console.find("^rig: " + pattern, start)
    return found and found[2]


def tail(machine):
    return "\n".join("        | " + text for _, text in machine.console.lines[-15:])


def check_unit(report, machine, active, result, start=0):
    unit = said(machine, r"unit (\S+), (\S+), result (\S+)", start)
    report.equal(unit and unit.groups(), ("enabled", active, result), "the unit: enabled, active, result")
    if unit is None:
        report.say(tail(machine))


def check_status(report, machine, status, what, start=0):
    found = said(machine, r"status (\d+): (.*)", start)
    report.check(found and found.group(1) == str(status), f"kdump status: {what}", found and found.group(0))


def crashed(report, guest):
    """A crash, captured with the image that was made for this guest elsewhere."""
    machine = guest.boot("crash", "crashkernel=96M rig=crash")
    check_unit(report, machine, "active", "success")
    report.check(said(machine, r"says: .*armed: .*capture\.img loaded"), "it says that the machine is armed", tail(machine))
    report.equal(machine.console.count(r"^rig: says: .*armed: "), 1, "how often it has loaded: devices found at boot are no hotplug")
    check_status(report, machine, 0, "armed")
    panic = machine.console.find(r"Kernel panic - not syncing: sysrq triggered crash")
    report.check(panic, "it crashed", tail(machine))
    start = panic[0] if panic else len(machine.console.lines)
    report.check(machine.console.find(SAVED, start), "the capture kernel says that the dump is saved", tail(machine))
    report.equal(machine.ended, RESET, "the machine rebooted in the end")
    found = dump_directories(guest.dumps)
    if report.equal(len(found), 1, "dump directories on the AHCI disk"):
        dump = check_dump(report, guest, f"/var/crash/{found[0]}/vmcore", guest.dumps)
        show_figures(report, guest, machine, dump)
        os.unlink(dump)
    return found[0] if found else "none"


def check_dump(report, guest, path, disk):
    """Returns a copy of the dump."""
    dump = disk.get(path, os.path.join(guest.directory, "vmcore"))
    info = run(CRASHBOX, "dump-info", dump)
    report.check(re.search(r"^complete +yes", info, re.MULTILINE), "dump-info: it is complete", info)
    report.check(guest.kernel.version in info, "dump-info: of this kernel", info)
    return dump


def show_figures(report, guest, machine, dump):
    panic = machine.console.find(r"Kernel panic - not syncing: sysrq triggered crash")
    saved = machine.console.find(SAVED, panic[0])
    lowest = machine.console.last(r"init: lowest MemAvailable (\d+) kB")
    report.figure(f"{guest.kernel.version} at 96M", f"image {guest_file(guest, '/var/lib/crashbox/capture.img')} bytes, "
                  f"dump {os.path.getsize(dump) / 1e6:.1f} MB, lowest MemAvailable {lowest and lowest.group(1)} kB, "
                  f"{saved and saved[1] - panic[1] or 0:.1f} s from panic to saved dump")


def guest_file(guest, path):
    """The size of a file in the guest."""
    match = re.search(r"Size: (\d+)", run("/sbin/debugfs", "-R", f"stat {path}", guest.system))
    return match and int(match.group(1))


def after(report, guest, name):
    """The boot after it: status shows the capture, the unit makes an image itself, and removing the package disarms."""
    machine = guest.boot("after", "crashkernel=96M rig=remove")
    check_unit(report, machine, "active", "success")
    last = said(machine, r"last capture: (.*)")
    report.check(last and name in last.group(1), f"kdump status: how the last capture ended ({name})",
                 last and last.group(0) or tail(machine))
    if last:
        report.figure("kdump status", last.group(1))
    again = machine.console.find("^rig: without an image")
    start = again[0] if again else len(machine.console.lines)
    report.check(said(machine, r"says: .*mkcaptureinitrd made /var/lib/crashbox/capture\.img from ", start),
                 "without an image the unit makes one, of this machine's own modules", tail(machine))
    check_unit(report, machine, "active", "success", start)
    check_status(report, machine, 0, "armed with it", start)
    made = said(machine, r"made (\d+) bytes", start)
    report.figure("the image that the machine made", f"{made and made.group(1)} bytes")
    report.check(said(machine, r"purged, status 0, loaded 0"), "purging the package unloads the capture kernel", tail(machine))
    report.equal(machine.ended, SHUTDOWN, "the machine went off")


def unreserved(report, guest):
    """No reservation: the unit fails, the rest of the system does not."""
    machine = guest.boot("unreserved", "rig=look")
    check_unit(report, machine, "failed", "exit-code")
    report.check(said(machine, r"says: .*[Mm]emory for crashkernel is not reserved"), "the unit says why", tail(machine))
    check_status(report, machine, 1, "not armed")
    report.equal(machine.ended, SHUTDOWN, "the machine went off")


def systemd_guest(report):
    """The Debian package in a guest with systemd, from installation to the boot after a crash; 6.12, AHCI."""
    if os.geteuid() != 0:
        report.skip("debootstrap needs root")
        return
    guest = Guest(report, kernel("trixie"), run("sh", "scripts/package.sh", "build/package").strip())
    report.say("--- without a reservation")
    unreserved(report, guest)
    report.say("--- a crash")
    name = crashed(report, guest)
    report.say("--- the next boot")
    after(report, guest, name)
    for path in (guest.system, guest.dumps.path):
        os.unlink(path)

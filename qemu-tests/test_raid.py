"""Captures to file systems on md arrays and on LVM's linear volumes, in 64M on the stock kernel with its modules."""

import os
import re

import volumes
from capture import MKCAPTUREINITRD, RUNS, STOCK_CONF, UUID, Crash, kernel, mkcaptureinitrd
from disk import Ext4
from test_capture import check_capture, take_files

# The array is in use when the machine crashes: its members are marked dirty, and so is the journal.
IN_USE = """mkdir -p /mnt && mount -t ext4 {device} /mnt
(while :; do dd if=/bin/busybox of=/mnt/noise bs=64k count=16 conv=fsync 2>/dev/null; done) &"""

FAIL = "mdadm /dev/md0 --fail /dev/nvme1n1 && sleep 1 && mdadm /dev/md0 --remove /dev/nvme1n1 && cat /proc/mdstat"

NEEDED = 4 * 1024  # KiB of MemAvailable at the least


def raid1(report):
    """RAID 1 with metadata 1.0, whole and in use at the crash."""
    crash = _array("raid1", report, 1, 2, "1.0")
    _check(report, crash, "level 1, 2 of 2 members")


def raid1_missing(report):
    """RAID 1 with metadata 0.90, one of whose members is not there any more: it is waited for, and then done without."""
    stop = "mdadm --stop /dev/md0 && dd if=/dev/zero of=/dev/nvme1n1 bs=1M seek=508 count=4 conv=fsync 2>/dev/null"
    crash = _array("raid1-missing", report, 1, 2, "0.90", stop=stop)
    _check(report, crash, "level 1, 1 of 2 members")
    report.check(crash.console.find(r"md-assemble: 1 of the array's 2 members are there after 30 s"),
                 "md-assemble says which are missing")


def raid1_degraded(report):
    """RAID 1 with metadata 1.2 that has lost a member before, whose old superblock is still there."""
    crash = _array("raid1-degraded", report, 1, 2, "1.2", fail=FAIL)
    _check(report, crash, "level 1, 1 of 2 members")
    report.check(not crash.console.find(r"md-assemble: .* after \d+ s"), "nothing is waited for")


def raid5(report):
    """RAID 5 with metadata 1.2, whole and in use at the crash."""
    crash = _array("raid5", report, 5, 3, "1.2")
    _check(report, crash, "level 5, 3 of 3 members")


def raid5_degraded(report):
    """RAID 5 that is dirty and degraded: it starts where the configuration says 'force'."""
    crash = _array("raid5-degraded", report, 5, 3, "1.2", fail=FAIL, words=" force")
    _check(report, crash, "level 5, 2 of 3 members")


def raid5_refused(report):
    """The same without 'force': the kernel refuses it, md-assemble says what to do, and the next target has the dump."""
    directory = os.path.join(RUNS, "raid5-refused")
    os.makedirs(directory, exist_ok=True)
    other = Ext4(os.path.join(directory, "other.img"), uuid=OTHER_UUID, label="other")
    crash = _array("raid5-refused", report, 5, 3, "1.2", fail=FAIL, other=other)
    report.check(crash.console.find(r"md-assemble: starting /dev/md0 with 2 members: "), "md-assemble says that it cannot",
                 crash.last_lines(12))
    report.check(crash.console.find(r"dirty and degraded start with -f only"), "and what to do")
    crash.disk = other
    take_files(crash)
    check_capture(report, crash)


OTHER_UUID = "5b0c3c0e-8f0e-4c58-9a57-0c6c4f5ad7a1"


def lvm_linear(report):
    """A linear volume of LVM that goes over two disks."""
    kern, directory = kernel(), os.path.join(RUNS, "lvm-linear")
    os.makedirs(directory, exist_ok=True)
    disk = volumes.linear(directory, kern, 150)
    sectors = 4 << 11  # of an extent
    first = 127 * sectors
    table = (f"dm vg0-crash--dumps 0 {first} linear UUID={volumes.PV_UUID[0]} 2048\n"
             f"dm vg0-crash--dumps {first} {23 * sectors} linear UUID={volumes.PV_UUID[1]} 2048\n")
    crash = _crash("lvm-linear", kern, disk, table)
    report.check(crash.console.find(rf"rig: table .*: 0 {first} linear 259:0 2048"), "the table is as LVM has it",
                 crash.console.find(r"rig: table .*"))
    _check(report, crash, None)
    report.check(crash.console.find(r"dm-create: /dev/mapper/vg0-crash--dumps is /dev/dm-0"), "dm-create says so")


# The image is made on the machine that crashes, from a configuration that knows nothing of arrays and volumes.
HOSTONLY = """mkcaptureinitrd --hostonly -c /etc/kdump.conf -k /boot/vmlinuz -m /modules --binary /bin/crashbox \\
    -o /boot/capture.img
echo "rig: mkcaptureinitrd status $?"
mkcaptureinitrd --hostonly -c /etc/kdump.conf -m /modules --show-config | sed 's/^/rig: conf /'"""


def hostonly_stack(report):
    """LVM on RAID 1, recorded by --hostonly on the machine itself, in 64M."""
    kern, directory = kernel(), os.path.join(RUNS, "hostonly-stack")
    os.makedirs(directory, exist_ok=True)
    disk = volumes.stacked(directory, kern)
    append = mkcaptureinitrd(directory, kern, f"extra_modules raid1 dm_mod\n{STOCK_CONF}")[1]
    conf, none = os.path.join(directory, "stock.conf"), os.path.join(directory, "none.img")
    for path, text in ((conf, STOCK_CONF), (none, "no image yet")):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    depmod = [("modules/" + name, os.path.join(kern.modules, name)) for name in sorted(os.listdir(kern.modules))
              if name.startswith("modules.")]
    modules = [("modules/" + path.split(f"/{kern.version}/")[1], path)
               for _, path in volumes.module_files(kern, ["md_mod", "raid1", "dm_mod"])[1]]
    before = "\n".join([disk.before, IN_USE.format(device=disk.device), HOSTONLY])
    crash = Crash("hostonly-stack", kern, none, append, "64M", disk=disk, before=before, more_disks=disk.more, deadline=240,
                  files=[*disk.files(), *depmod, *modules, ("etc/kdump.conf", conf),
                         ("bin/mkcaptureinitrd", MKCAPTUREINITRD)]).run()
    take_files(crash)
    report.check(crash.console.find(r"rig: mkcaptureinitrd status 0"), "mkcaptureinitrd --hostonly makes the image",
                 crash.last_lines(12))
    uuid = volumes.MD_UUID.replace(":", "")
    said = "".join(text[len("rig: conf "):] + "\n" for _, text in crash.console.lines if text.startswith("rig: conf "))
    md = re.search(r"^md /dev/md0 (\S+) raid1$", said, re.M)
    report.equal(md and md.group(1).replace("-", ""), uuid, "the array is recorded")
    report.check(f"dm vg0-crash--dumps 0 {100 * (4 << 11)} linear /dev/md0 2048\n" in said, "the volume is recorded", said)
    check_capture(report, crash)


def _array(name, report, level, disks, metadata, fail="", stop="", words="", other=None):
    kern, directory = kernel(), os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    disk = volumes.array(directory, kern, level, disks, metadata, fail)
    line = f"md /dev/md0 {volumes.MD_UUID} raid{level}{words}\n"
    return _crash(name, kern, disk, line, stop, other)


def _crash(name, kern, disk, lines, stop="", other=None):
    conf = STOCK_CONF.replace(f"ext4 UUID={UUID}", f"{lines}ext4 UUID={UUID}" + (f"\next4 UUID={other.uuid}" if other else ""))
    image, append = mkcaptureinitrd(disk.directory, kern, conf)
    before = "\n".join([disk.before, stop or IN_USE.format(device=disk.device) + "\nsleep 2"])
    crash = Crash(name, kern, image, append, "64M", disk=disk, before=before, files=disk.files(),
                  more_disks=[*disk.more, *([other.path] if other else [])], deadline=240).run()
    if not other:
        take_files(crash)
    return crash


def _check(report, crash, runs):
    check_capture(report, crash)
    if runs:
        report.check(crash.console.find(rf"md-assemble: /dev/md0 runs, {re.escape(runs)}"), f"md-assemble: {runs}",
                     crash.console.last(r"md-assemble: .*"))
    report.check((crash.lowest_available() or 0) >= NEEDED, f"lowest MemAvailable is {NEEDED} kB or more",
                 crash.lowest_available())
    size = os.path.getsize(os.path.join(crash.directory, "capture.img"))
    report.figure("image, packed", size)

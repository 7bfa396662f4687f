"""Captures to file systems on md arrays, LVM's volumes and encrypted devices, in 64M on the stock kernel with its modules."""

import hashlib
import os
import re
import stat

import volumes
from capture import MKCAPTUREINITRD, RUNS, STOCK_CONF, UUID, Crash, kernel, mkcaptureinitrd
from disk import MIB, Ext4
from test_capture import check_capture, take_files

# The array is in use when the machine crashes: its members are marked dirty, and so is the journal.
IN_USE = """mkdir -p /mnt && mount -t ext4 {device} /mnt
(while :; do dd if=/bin/busybox of=/mnt/noise bs=64k count=16 conv=fsync 2>/dev/null; done) &"""


def lose(*members):
    """Lines that take members out of the running array."""
    return "\n".join(f"mdadm /dev/md0 --fail {member} && sleep 1 && mdadm /dev/md0 --remove {member}"
                     for member in members) + "\ncat /proc/mdstat"


FAIL = lose("/dev/nvme1n1")

NEEDED = 4 * 1024  # KiB of MemAvailable at the least
NEEDED_ON_6_12 = 2 * 1024  # whose plain capture has 5 MiB


def raid1(report):
    """RAID 1 with metadata 1.0, whole and in use at the crash."""
    crash = _array("raid1", report, 1, 2, "1.0")
    _check(report, crash, "level 1, 2 of 2 members")


def raid1_missing(report):
    """RAID 1 with metadata 0.90, with one member gone: md-assemble waits for it, then starts without it."""
    stop = "mdadm --stop /dev/md0 && dd if=/dev/zero of=/dev/nvme1n1 bs=1M seek=508 count=4 conv=fsync 2>/dev/null"
    crash = _array("raid1-missing", report, 1, 2, "0.90", stop=stop)
    _check(report, crash, "level 1, 1 of 2 members")
    report.check(crash.console.find(r"md-assemble: found 1 of the array's 2 members after 30 s"),
                 "md-assemble says which are missing")


def raid1_degraded(report):
    """RAID 1 with metadata 1.2 that has lost a member before, whose old superblock is still there."""
    crash = _array("raid1-degraded", report, 1, 2, "1.2", fail=FAIL)
    _check(report, crash, "level 1, 1 of 2 members")
    report.check(not crash.console.find(r"md-assemble: .* after \d+ s"), "it does not wait")


def raid5(report):
    """RAID 5 with metadata 1.2, whole and in use at the crash."""
    crash = _array("raid5", report, 5, 3, "1.2")
    _check(report, crash, "level 5, 3 of 3 members")


def raid5_degraded(report):
    """RAID 5 that is dirty and degraded: it starts if the configuration says 'force'."""
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
    report.check(crash.console.find(r"dirty and degraded starts only with -f"), "and what to do")
    crash.disk = other
    take_files(crash)
    check_capture(report, crash)


def raid6(report):
    """RAID 6, whole and in use at the crash."""
    crash = _array("raid6", report, 6, 4, "1.2")
    _check(report, crash, "level 6, 4 of 4 members")


def raid6_degraded(report):
    """RAID 6 that is dirty and lacks two members, from the others' parities."""
    crash = _array("raid6-degraded", report, 6, 4, "1.2", fail=lose("/dev/nvme1n1", "/dev/nvme2n1"), words=" force")
    _check(report, crash, "level 6, 2 of 4 members")


def raid10(report):
    """RAID 10, whole and in use at the crash."""
    crash = _array("raid10", report, 10, 4, "1.2")
    _check(report, crash, "level 10, 4 of 4 members")


def raid10_degraded(report):
    """RAID 10 that lacks one of each mirror, on 6.12: it needs no 'force'."""
    crash = _array("raid10-degraded", report, 10, 4, "1.2", fail=lose("/dev/nvme1n1", "/dev/nvme2n1"), suite="trixie")
    _check(report, crash, "level 10, 2 of 4 members", NEEDED_ON_6_12)


def raid0(report):
    """RAID 0 with metadata 1.1, of members of two sizes."""
    crash = _array("raid0", report, 0, 2, "1.1", sizes=[512 * MIB, 768 * MIB])
    _check(report, crash, "level 0, 2 of 2 members")


OTHER_UUID = "5b0c3c0e-8f0e-4c58-9a57-0c6c4f5ad7a1"


EXTENT = 4 << 11  # sectors


def lvm_linear(report):
    """A linear volume of LVM that goes over two disks."""
    first = 127 * EXTENT
    _logical(report, "lvm-linear", 150, 1, [f"0 {first} linear UUID={volumes.PV_UUID[0]} 2048",
                                            f"{first} {23 * EXTENT} linear UUID={volumes.PV_UUID[1]} 2048"])


def lvm_striped(report):
    """A striped volume of LVM over two disks."""
    disks = " ".join(f"UUID={uuid} 2048" for uuid in volumes.PV_UUID)
    _logical(report, "lvm-striped", 150, 2, [f"0 {150 * EXTENT} striped 2 128 {disks}"])


def _logical(report, name, extents, stripes, table):
    kern, directory = kernel(), os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    disk = volumes.logical(directory, kern, extents, stripes)
    crash = _crash(name, kern, disk, "".join(f"dm vg0-crash--dumps {line}\n" for line in table))
    _check_table(report, crash, table[0])
    _check(report, crash, None)
    report.check(crash.console.find(r"dm-create: /dev/mapper/vg0-crash--dumps is /dev/dm-0"), "dm-create says so")


# The image is made on the machine that crashes, from a configuration that knows nothing of arrays and volumes.
HOSTONLY = """mkcaptureinitrd --hostonly -c /etc/kdump.conf -k /boot/vmlinuz -m /modules --binary /bin/crashbox \\
    -o /boot/capture.img 2>&1 | sed 's/^/rig: made /'
mkcaptureinitrd --hostonly -c /etc/kdump.conf -m /modules --show-config 2>/dev/null | sed 's/^/rig: conf /'"""


def hostonly_stack(report):
    """LVM on RAID 1, recorded by --hostonly on the machine itself, in 64M."""
    kern, directory = kernel(), os.path.join(RUNS, "hostonly-stack")
    os.makedirs(directory, exist_ok=True)
    crash, said = _hostonly(report, "hostonly-stack", kern, volumes.stacked(directory, kern), ["raid1", "dm_mod"])
    uuid = volumes.MD_UUID.replace(":", "")
    md = re.search(r"^md /dev/md0 (\S+) raid1$", said, re.M)
    report.equal(md and md.group(1).replace("-", ""), uuid, "the array is recorded")
    report.check(f"dm vg0-crash--dumps 0 {100 * EXTENT} linear /dev/md0 2048\n" in said, "the volume is recorded", said)
    check_capture(report, crash)


# The user's own way to the key; and what another key of the same size gives.
LUKS_KEY = """cryptsetup luksDump --batch-mode --dump-volume-key --key-file /tmp/passphrase --volume-key-file /etc/volume.key \\
    /dev/nvme0n1 >/dev/null
echo "rig: key of $(wc -c </etc/volume.key) bytes"
dd if=/dev/urandom of=/etc/wrong.key bs=64 count=1 2>/dev/null
chmod 600 /etc/*.key
sed 's/volume.key/wrong.key/' /etc/kdump.conf >/etc/wrong.conf
mkcaptureinitrd --hostonly -c /etc/wrong.conf -m /modules --script 2>&1 >/dev/null | sed 's/^/rig: wrong /'
dmsetup table | sed 's/^/rig: after /'"""


def hostonly_luks(report):
    """LUKS2, recorded by --hostonly with the key that cryptsetup wrote to a file, in 64M."""
    kern, directory = kernel(), os.path.join(RUNS, "hostonly-luks")
    os.makedirs(directory, exist_ok=True)
    disk = volumes.luks(directory, kern)
    crash, said = _hostonly(report, "hostonly-luks", kern, disk, volumes.LUKS_MODULES[:2], LUKS_KEY,
                            "dm_key secret /etc/volume.key\n")
    report.check(crash.console.find("rig: key of 64 bytes"), "cryptsetup writes the volume key")
    report.check(crash.console.find(r"rig: wrong .*secret: the file that dm_key names does not hold this device's key"),
                 "another key is refused", crash.console.last("rig: wrong .*"))
    report.equal(crash.console.count("rig: after"), 1, "devices when it has been tried")
    report.check(crash.console.find(r"rig: made .*warning: the image holds the key of secret"), "there is a warning")
    sectors = (os.path.getsize(disk.path) >> 9) - volumes.LUKS_OFFSET
    line = rf"^dm secret 0 {sectors} crypt aes-xts-plain64 ([0-9a-f]{{128}}) 0 UUID={volumes.LUKS_UUID} {volumes.LUKS_OFFSET}$"
    recorded = re.search(line, said, re.M)
    report.check(recorded, "the device is recorded", said)
    report.check(not crash.console.find(rf"rig: made .*{recorded.group(1)[:16]}" if recorded else "."),
                 "what is said of the image does not hold the key")
    check_capture(report, crash)


def _hostonly(report, name, kern, disk, modules, before="", lines=""):
    """The crash, and the configuration that --hostonly came to. lines: of the configuration, before the target."""
    append = mkcaptureinitrd(disk.directory, kern, f"extra_modules {' '.join(modules)}\n{STOCK_CONF}")[1]
    conf, none = os.path.join(disk.directory, "stock.conf"), os.path.join(disk.directory, "none.img")
    for path, text in ((conf, lines + STOCK_CONF), (none, "no image yet")):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    depmod = [("modules/" + name, os.path.join(kern.modules, name)) for name in sorted(os.listdir(kern.modules))
              if name.startswith("modules.")]
    files = [("modules/" + path.split(f"/{kern.version}/")[1], path) for _, path in volumes.module_files(kern, modules)[1]]
    prepare = "\n".join([disk.before, IN_USE.format(device=disk.device), before, HOSTONLY])
    crash = Crash(name, kern, none, append, "64M", disk=disk, before=prepare, more_disks=disk.more, deadline=240,
                  files=[*disk.files(), *depmod, *files, ("etc/kdump.conf", conf),
                         ("bin/mkcaptureinitrd", MKCAPTUREINITRD)]).run()
    take_files(crash)
    report.check(crash.console.find(r"rig: made .*capture.img"), "mkcaptureinitrd --hostonly makes the image",
                 crash.last_lines(12))
    return crash, "".join(text[len("rig: conf "):] + "\n" for _, text in crash.console.lines if text.startswith("rig: conf "))


def luks(report):
    """ext4 on LUKS2, whose volume key the configuration names by its file."""
    kern, directory = kernel(), os.path.join(RUNS, "luks")
    os.makedirs(directory, exist_ok=True)
    key = os.path.join(directory, "volume.key")
    with open(key, "wb") as f:
        f.write(hashlib.sha512(b"crashbox").digest())
    os.chmod(key, 0o600)
    disk = volumes.luks(directory, kern, key)
    sectors = (os.path.getsize(disk.path) >> 9) - volumes.LUKS_OFFSET
    # As dmsetup shows it: the key is in the kernel's keyring.
    table = (f"0 {sectors} crypt aes-xts-plain64 :64:logon:cryptsetup:{volumes.LUKS_UUID}-d0 0 UUID={volumes.LUKS_UUID} "
             f"{volumes.LUKS_OFFSET}")
    crash = _crash("luks", kern, disk, f"dm_key secret {os.path.abspath(key)}\ndm secret {table}\n")
    _check_table(report, crash, table)
    _check(report, crash, None)
    _check_secret(report, crash, hashlib.sha512(b"crashbox").hexdigest())


def _check_table(report, crash, line):
    """That dmsetup has shown this line, but for the disks' numbers, which may be another's at the next boot."""
    pattern = re.escape(line)
    for uuid in (*volumes.PV_UUID, volumes.LUKS_UUID):
        pattern = pattern.replace(re.escape(f"UUID={uuid}"), r"259:\d")
    report.check(crash.console.find(rf"rig: table \S+: {pattern}$"), "the table is as the system has it",
                 crash.console.last(r"rig: table .*"))


def _check_secret(report, crash, key):
    """What holds where the image has a key in it."""
    mode = os.stat(os.path.join(crash.directory, "capture.img")).st_mode
    report.equal(oct(stat.S_IMODE(mode)), "0o600", "mode of the image, which holds the key")
    report.check(key[:16] not in crash.capture_console(), "the console does not show the key")
    with open(crash.disk.path, "rb") as f:
        report.check(b"vmcore-dmesg" not in f.read(), "the disk does not show the file's names")


def _array(name, report, level, disks, metadata, fail="", stop="", words="", other=None, suite="bookworm", sizes=()):
    kern, directory = kernel(suite), os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    disk = volumes.array(directory, kern, level, disks, metadata, fail, sizes=sizes)
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


def _check(report, crash, runs, needed=NEEDED):
    check_capture(report, crash)
    if runs:
        report.check(crash.console.find(rf"md-assemble: /dev/md0 runs, {re.escape(runs)}"), f"md-assemble: {runs}",
                     crash.console.last(r"md-assemble: .*"))
    report.check((crash.lowest_available() or 0) >= needed, f"lowest MemAvailable is {needed} kB or more",
                 crash.lowest_available())
    size = os.path.getsize(os.path.join(crash.directory, "capture.img"))
    report.figure("image, compressed", size)

"""Arrays and logical volumes over several disk images: the crashing guest makes them, a guest of its own reads them."""

import functools
import os

import guests
import packages
from disk import LABEL, MIB, UUID, Ext4, run
from machine import SHUTDOWN, Machine

MD_UUID = "3aaa0122:29827cfa:5331ad66:ca767371"
PV_UUID = ("Yc1k2W-x3Fa-9QpL-4mNb-7vRt-Gh2J-w2LqAf", "Zd2m3X-y4Gb-8RqM-5nPc-6wSu-Hj3K-x3MrBg")
VG, LV = "vg0", "crash-dumps"
DEVICE_MAPPER = "/dev/mapper/vg0-crash--dumps"

LVM_CONF = ('devices { use_devicesfile=0 obtain_device_list_from_udev=0 external_device_info_source="none" } '
            'activation { udev_sync=0 udev_rules=0 monitoring=0 } global { use_lvmpolld=0 event_activation=0 } '
            'backup { backup=0 archive=0 }')

READER = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /from /to /bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{start}
mount -t ext4 -o ro {device} /from && mount -t ext4 {to} /to && cp -a /from/. /to/
echo "rig: copy status $?"
umount /to
umount /from
{check}
poweroff -f
"""


class Volume:
    """ext4 on a device that is made of several sparse files. Read by a guest, once the machine that writes it has
    ended."""

    checker = "the guest's e2fsck"

    def __init__(self, directory, kern, disks, device, modules, make, start, sizes=(), tools=(), files=()):
        """make, start: lines of the guests' scripts that make the device, and that start it again; sizes: of the
        disks, in bytes, where they are not 512 MiB each; tools: (package, program); files: (name in the guest, path)."""
        self.directory, self.kernel, self.device, self.modules, self._start = directory, kern, device, modules, start
        self.tools = tools
        self._more_files = list(files)
        self.paths = [os.path.join(directory, f"member-{number}.img") for number in range(disks)]
        for path, size in zip(self.paths, sizes or [512 * MIB] * disks):
            with open(path, "wb") as f:
                f.truncate(size)
        insmod, self._module_files = module_files(kern, modules)
        self._insmod = "\n".join(insmod)
        self.before = "\n".join([self._insmod, make, f"mkfs.ext4 -q -F -U {UUID} -L {LABEL} -E lazy_itable_init=1,nodiscard "
                                 f'{device} || echo "rig: no file system"'])

    @property
    def path(self):
        return self.paths[0]

    @property
    def more(self):
        return self.paths[1:]

    def files(self):
        """What the guests need for it."""
        found = [("bin/mkfs.ext4", "/sbin/mkfs.ext4"), ("bin/e2fsck", "/sbin/e2fsck"), *self._module_files, *self._more_files]
        for package, program in self.tools:
            root = packages.unpacked(package, "bookworm")
            path = os.path.join(root, program)
            found.append(("bin/" + os.path.basename(program), os.path.realpath(path)))
            found += packages.libraries(root, program, "amd64")
        return found

    @functools.cached_property
    def copy(self):
        """An ext4 disk with the same files. said: what the guest said of the device."""
        directory = os.path.join(self.directory, "copy")
        os.makedirs(directory, exist_ok=True)
        disk = Ext4(os.path.join(directory, "disk.img"))
        script = READER.format(start=f"{self._insmod}\n{self._start}", device=self.device,
                               to=f"/dev/nvme{len(self.paths)}n1",
                               check=f'e2fsck -fn {self.device}; echo "rig: e2fsck status $?"')
        machine = Machine(directory, self.kernel.vmlinuz, self._initrd(directory, script), "panic=5", self.kernel.arch,
                          disks=[*self.paths, disk.path])
        if machine.run(120) != SHUTDOWN or not machine.console.find("rig: copy status 0"):
            raise RuntimeError(f"{self.device} cannot be read: {machine.console.text()[-1500:]}")
        self.said = machine.console.text()
        return disk

    def list(self, directory):
        return self.copy.list(directory)

    def walk(self, directory="/"):
        return self.copy.walk(directory)

    def get(self, path, to):
        return self.copy.get(path, to)

    def check(self):
        """What e2fsck said, where it was not content."""
        return "" if self.copy and "rig: e2fsck status 0" in self.said else self.said[-600:]

    def _initrd(self, directory, script):
        path = os.path.join(directory, "initrd.img")
        guests.packed_initrd(path, script, self.files())
        return path


ARRAY_MODULES = {0: "raid0", 1: "raid1", 5: "raid456", 6: "raid456", 10: "raid10"}


def array(directory, kern, level, disks, metadata, then="", **more):
    """An md array. then: lines that follow when it has been made."""
    members = " ".join(f"/dev/nvme{number}n1" for number in range(disks))
    whole = "--assume-clean --bitmap=none " if level else ""
    make = (f"export MDADM_NO_UDEV=1\n"
            f"mdadm --create /dev/md0 --run --level={level} --raid-devices={disks} --metadata={metadata} --uuid={MD_UUID} "
            f"{whole}--homehost=any {members}\ncat /proc/mdstat{then and chr(10)}{then}")
    start = f"MDADM_NO_UDEV=1 mdadm --assemble --run --force --readonly /dev/md0 --uuid={MD_UUID} {members}\ncat /proc/mdstat"
    return Volume(directory, kern, disks, "/dev/md0", ["md_mod", ARRAY_MODULES[level]], make, start,
                  tools=[("mdadm", "usr/sbin/mdadm")], **more)


def stacked(directory, kern):
    """A logical volume on a mirror of two disks."""
    members = "/dev/nvme0n1 /dev/nvme1n1"
    prepare = f"export MDADM_NO_UDEV=1\nmkdir -p /run/lock/lvm /etc/lvm\necho '{LVM_CONF}' >/etc/lvm/lvm.conf"
    make = [prepare,
            f"mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.2 --uuid={MD_UUID} --assume-clean "
            f"--bitmap=none --homehost=any {members}",
            f"lvm pvcreate -ff -y --norestorefile --uuid {PV_UUID[0]} /dev/md0", f"lvm vgcreate {VG} /dev/md0",
            f"lvm lvcreate -y -W n -Z n -n {LV} -l 100 {VG}"]
    start = (f"{prepare}\nmdadm --assemble --run /dev/md0 --uuid={MD_UUID} {members}\n"
             f"echo frozen >/sys/block/md0/md/sync_action\nlvm vgchange -ay {VG}")
    return Volume(directory, kern, 2, DEVICE_MAPPER, ["md_mod", "raid1", "dm_mod"], "\n".join(make), start,
                  tools=[("mdadm", "usr/sbin/mdadm"), ("lvm2", "usr/sbin/lvm")])


def logical(directory, kern, extents, stripes=1):
    """A logical volume on two physical ones: one after the other, or striped."""
    prepare = (f"mkdir -p /run/lock/lvm /etc/lvm\necho '{LVM_CONF}' >/etc/lvm/lvm.conf")
    make = [prepare]
    make += [f"lvm pvcreate -ff -y --norestorefile --uuid {uuid} /dev/nvme{number}n1" for number, uuid in enumerate(PV_UUID)]
    make += [f"lvm vgcreate {VG} /dev/nvme0n1 /dev/nvme1n1",
             f"lvm lvcreate -y -W n -Z n -n {LV} -l {extents} -i {stripes} {VG} /dev/nvme0n1 /dev/nvme1n1",
             "dmsetup table | sed 's/^/rig: table /'"]
    return Volume(directory, kern, 2, DEVICE_MAPPER, ["dm_mod"], "\n".join(make),
                  f"{prepare}\nlvm vgchange -ay {VG}", tools=[("lvm2", "usr/sbin/lvm"), ("lvm2", "usr/sbin/dmsetup")])


LUKS_UUID = "7d0f1c52-6a3e-4b0e-9a57-2f4c5e6d7a81"
LUKS_OFFSET = 32768  # sectors before the data: what cryptsetup leaves for LUKS2
LUKS_MODULES = ["dm_crypt", "xts", "algif_skcipher"]


def luks(directory, kern, key_file=None):
    """A disk under LUKS2. key_file: the volume key, where it is not to be a random one; lies there in the guest, too."""
    prepare = "export DM_DISABLE_UDEV=1\nmkdir -p /tmp /run/cryptsetup /run/lock\necho secret >/tmp/passphrase"
    given = "--key-size 512 --volume-key-file /etc/volume.key " if key_file else ""
    start = f"{prepare}\ncryptsetup open --key-file /tmp/passphrase /dev/nvme0n1 secret"
    make = (f"{prepare}\ncryptsetup luksFormat --batch-mode --type luks2 --uuid {LUKS_UUID} --pbkdf pbkdf2 "
            f"--pbkdf-force-iterations 1000 --use-urandom {given}--key-file /tmp/passphrase /dev/nvme0n1\n{start}\n"
            "dmsetup table | sed 's/^/rig: table /'")
    return Volume(directory, kern, 1, "/dev/mapper/secret", LUKS_MODULES, make, start,
                  tools=[("cryptsetup-bin", "usr/sbin/cryptsetup"), ("lvm2", "usr/sbin/dmsetup")],
                  files=[("etc/volume.key", key_file)] if key_file else [])


def module_files(kern, modules):
    """(lines that load them with what they need, [(name in the guest, path here)])."""
    lines, files = [], []
    for module in modules:
        for line in run("/sbin/modprobe", "-d", kern.directory, "-S", kern.version, "--show-depends", module).splitlines():
            if not line.startswith("insmod "):
                continue
            path = line.split()[1]
            name = "lib/" + os.path.basename(path)
            if (name, path) not in files:
                files.append((name, path))
                lines.append(f"insmod /{name}")
    return lines, files

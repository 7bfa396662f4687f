"""Disk images: made, and read again, without mounting anything and without root."""

import os
import re
import stat
import subprocess

UUID = "2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11"
LABEL = "crashdisk"
MIB = 1 << 20


def run(*command, check=True, text=True):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=text)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {done.stderr}")
    return done.stdout


class Ext4:
    """A sparse file with ext4 directly on it."""

    checker = "e2fsck"

    def __init__(self, path, size=2048 * MIB, uuid=UUID, label=LABEL, tree=None):
        """tree: a directory whose files it gets."""
        self.path = path
        self.uuid = uuid
        with open(path, "wb") as f:
            f.truncate(size)
        run("/sbin/mkfs.ext4", "-q", "-F", "-U", uuid, "-L", label, "-E", "lazy_itable_init=1,nodiscard",
            *(["-d", tree] if tree else []), path)

    def list(self, directory):
        """The names in a directory with their modes and sizes: {name: (mode, size)}; empty where it is not there."""
        # -p: /inode/mode/uid/gid/name/size/
        found = {}
        for line in self._debugfs(f"ls -p {directory}").splitlines():
            fields = line.split("/")
            if len(fields) >= 7 and fields[5] not in (".", "..", ""):
                found[fields[5]] = (int(fields[2], 8), int(fields[6] or 0))
        return found

    def walk(self, directory="/"):
        """Every path below a directory, with mode and size."""
        for name, (mode, size) in sorted(self.list(directory).items()):
            path = os.path.join(directory, name)
            if name == "lost+found":
                continue
            yield path, mode, size
            if stat.S_ISDIR(mode):
                yield from self.walk(path)

    def get(self, path, to):
        self._debugfs(f"dump {path} {to}")
        if not os.path.exists(to):
            raise RuntimeError(f"{path} is not on {self.path}")
        return to

    def check(self):
        """What e2fsck says of an image whose journal was replayed in memory only; empty if it is sound."""
        done = subprocess.run(["/sbin/e2fsck", "-fy", self.path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        return "" if done.returncode in (0, 1) else done.stdout

    def put(self, path, source):
        subprocess.run(["/sbin/debugfs", "-w", "-R", f"write {source} {path}", self.path], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_directory(self, path):
        subprocess.run(["/sbin/debugfs", "-w", "-R", f"mkdir {path}", self.path], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _debugfs(self, command):
        return run("/sbin/debugfs", "-R", command, self.path)


def dump_directories(disk, under="/var/crash"):
    """The directories HOST-YYYY-MM-DD-HHMMSS."""
    pattern = re.compile(r"^.+-\d{4}-\d\d-\d\d-\d{6}$")
    return sorted(name for name, (mode, _) in disk.list(under).items() if stat.S_ISDIR(mode) and pattern.match(name))

"""The cpio archive (newc) that an initramfs is: just enough to write one."""

import os
import stat


class Archive:
    """Collects files; parents are added by themselves. write() gives the bytes."""

    def __init__(self):
        self.entries = {}

    def add(self, path, data=b"", mode=0o644):
        self._parents(path)
        self.entries[path.strip("/")] = (stat.S_IFREG | mode, data)

    def add_file(self, path, source, mode=None):
        with open(source, "rb") as f:
            self.add(path, f.read(), mode or stat.S_IMODE(os.stat(source).st_mode))

    def add_directory(self, path):
        self._parents(path)
        self.entries.setdefault(path.strip("/"), (stat.S_IFDIR | 0o755, b""))

    def add_link(self, path, target):
        self._parents(path)
        self.entries[path.strip("/")] = (stat.S_IFLNK | 0o777, target.encode())

    def size(self):
        return sum(len(data) for _, data in self.entries.values())

    def write(self):
        out = bytearray()
        for number, (name, (mode, data)) in enumerate(self.entries.items(), 1):
            out += _entry(name, number, mode, data)
        out += _entry("TRAILER!!!", 0, 0, b"")
        return bytes(out)

    def _parents(self, path):
        parent = os.path.dirname(path.strip("/"))
        if parent:
            self.add_directory(parent)


def _entry(name, number, mode, data):
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)

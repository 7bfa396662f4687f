"""Power cuts of a whole machine: what the capture kernel has sent to its disk, written down by the emulator in the order in
which it arrived and with the flushes between; and disks as they are after a cut, with what was not flushed lost in part."""

import os
import random
import shutil
import struct
import subprocess

from capture import CRASHBOX, RUNS, STOCK_CONF, UUID, Crash, kernel, mkcaptureinitrd
from disk import MIB, Ext4, dump_directories, run

MEMORY = "512M"
LEVEL = 17  # free pages are left out; what remains has every priority, and takes a while
SECTOR = 512
# The log of the device mapper's target log-writes, as its documentation in the kernel describes it.
MAGIC = 0x6A736677736872
SUPER, ENTRY = struct.Struct("<QQQI"), struct.Struct("<QQQQ")
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
LOSSES = ("in order", "writes", "sectors")


class Write:
    def __init__(self, sector, data, sure):
        self.offset, self.data, self.sure = sector * SECTOR, data, sure


def read_log(path):
    """[Write, or None for a flush], in the order in which the disk had done them. Its superblock may be older than the last
    entries, so they are counted by what is there."""
    with open(path, "rb") as f:
        log = f.read()
    magic, version, _, size = SUPER.unpack_from(log)
    if magic != MAGIC or version != 1:
        raise RuntimeError(f"{path} is no log of writes")
    entries, at = [], size
    while at + size <= len(log):
        sector, count, flags, _ = ENTRY.unpack_from(log, at)
        at += size
        if flags & ~(FLUSH | FUA) or not (count or flags):
            raise RuntimeError(f"{path}: an entry with flags {flags:#x} for {count} sectors")
        if flags & FLUSH:
            entries.append(None)
        if count:
            entries.append(Write(sector, log[at:at + count * size], bool(flags & FUA)))
            at += count * size
    return entries


class Replay:
    """Makes the disk as it is after a cut. Moments must rise: what was flushed before is kept from one to the next."""

    def __init__(self, before, entries, path, seed):
        """before: the disk's image before the first entry; path: where the images after a cut go."""
        self.entries, self.path, self.random = entries, path, random.Random(seed)
        self.flushed = path + ".flushed"
        self.done = 0  # entries that are in self.flushed
        copy_sparse(before, self.flushed)

    def make(self, moment, loss):
        """The cut comes after `moment` entries."""
        last = max((n for n in range(self.done, moment) if self.entries[n] is None), default=self.done - 1)
        with open(self.flushed, "r+b") as disk:
            for entry in self.entries[self.done:last + 1]:
                if entry:
                    _put(disk, entry.offset, entry.data)
        self.done = last + 1
        copy_sparse(self.flushed, self.path)
        with open(self.path, "r+b") as disk:
            self._lose(disk, self.entries[self.done:moment], loss)
        return self.path

    def _lose(self, disk, writes, loss):
        """Of the writes since the last flush: all but the end of the last; some of them; some of their sectors."""
        kept = self.random.choice((0.1, 0.5, 0.9))
        for number, write in enumerate(writes):
            if write.sure:
                _put(disk, write.offset, write.data)
            elif loss == "in order":
                torn = number + 1 == len(writes)
                size = self.random.randint(0, len(write.data) // SECTOR) * SECTOR if torn else len(write.data)
                _put(disk, write.offset, write.data[:size])
            elif loss == "writes":
                if self.random.random() < kept:
                    _put(disk, write.offset, write.data)
            else:
                for start in range(0, len(write.data), SECTOR):
                    if self.random.random() < kept:
                        _put(disk, write.offset + start, write.data[start:start + SECTOR])

    def close(self):
        for path in (self.flushed, self.path):
            if os.path.exists(path):
                os.unlink(path)


def _put(disk, offset, data):
    disk.seek(offset)
    disk.write(data)


def copy_sparse(source, to):
    run("cp", "--sparse=always", source, to)


# --- what a capture goes to ----------------------------------------------------------------------------------------


class Ext4Target:
    """A directory of an ext4; the next boot mounts it, here e2fsck."""

    name = "ext4"
    conf = f"ext4 UUID={UUID}"

    def disk(self, path):
        return Ext4(path, 512 * MIB)

    def take(self, image, directory):
        """What is wrong, as a text or None; what there is of the dump: {name: path}."""
        disk = _Existing(image)
        said = disk.check()
        if said:
            return f"e2fsck: {said}", {}
        return None, _take(disk, directory)


class _Existing(Ext4):
    def __init__(self, path):
        self.path = path


def _take(disk, directory):
    files = {}
    for where in dump_directories(disk):
        for name in disk.list(f"/var/crash/{where}"):
            files[name] = disk.get(f"/var/crash/{where}/{name}", os.path.join(directory, name))
    return files


class RawTarget:
    """A partition that swapping will use again; the next boot runs savecore."""

    name = "raw"
    conf = "raw UUID=7d1c5a52-6f3b-4e0f-8a68-0c3b7f5d2e11"
    # What it says of a dump whose first record is missing.
    NOTHING = "nothing of it reached the device"

    class _Swap:
        def __init__(self, path):
            self.path = path
            with open(path, "wb") as f:
                f.truncate(512 * MIB)
            run("/sbin/mkswap", "-U", RawTarget.conf.split("=")[1], path)

    def disk(self, path):
        return self._Swap(path)

    def take(self, image, directory):
        done = subprocess.run([CRASHBOX, "savecore", image, directory], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
        if done.returncode not in (0, 3) and not (done.returncode == 1 and self.NOTHING in done.stdout):
            return f"savecore: status {done.returncode}: {done.stdout[-300:]}", {}
        files = {}
        for where, _, names in os.walk(directory):
            files.update({name: os.path.join(where, name) for name in names if name.startswith("vmcore")})
        if done.returncode == 0 and any(name.endswith("-incomplete") for name in files):
            return f"savecore: status 0 with {sorted(files)}", files
        return None, files


# --- captures ------------------------------------------------------------------------------------------------------


class Scene:
    """Captures of one kind. The disk hangs on virtio, which flushes in the emulator when the guest asks for it; its nvme
    does not know the bit by which a write asks for its own flush, and ext4 uses that for its journal."""

    def __init__(self, target):
        self.target, self.kernel = target, kernel()
        self.directory = os.path.join(RUNS, f"power-{target.name}")
        conf = STOCK_CONF.replace(f"ext4 UUID={UUID}", f"{target.conf}\nextra_modules virtio_blk")
        conf = conf.replace("-d 31", f"-d {LEVEL}")
        self.image, self.append = mkcaptureinitrd(self.directory, self.kernel, conf)

    def path(self, name):
        return os.path.join(self.directory, name)

    @property
    def memory(self):
        """The machine's memory as it was in the end. The capture kernel has not touched that of the crashed one."""
        return self.path("memory")

    def crash(self, name, drive):
        """Its disk is new; `drive` makes the emulator's options from the disk's path."""
        if os.path.exists(self.memory):
            os.unlink(self.memory)
        disk = self.target.disk(self.path(f"{name}.img"))
        shared = f"memory-backend-file,id=memory,size={MEMORY},mem-path={self.memory},share=on"
        return Crash(f"power-{self.target.name}", self.kernel, self.image, self.append, "64M", MEMORY, disk, bus="virtio-blk",
                     drive=drive(disk.path), extra=["-object", shared, "-machine", "memory-backend=memory"])

    def logged(self):
        """A capture that completes: (crash, image of the disk before, entries)."""
        log, before = self.path("writes.log"), self.path("before.img")
        with open(log, "wb"):
            pass
        crash = self.crash("logged", lambda path: [
            "-blockdev", f"driver=file,node-name=file0,filename={path},cache.no-flush=on",
            "-blockdev", f"driver=file,node-name=log0,filename={log},cache.no-flush=on",
            "-blockdev", "driver=blklogwrites,node-name=d0,file=file0,log=log0,log-sector-size=512"])
        copy_sparse(crash.disk.path, before)
        crash.run()
        entries = read_log(log)
        os.unlink(log)
        return crash, before, entries

    def killed(self, pattern, seconds):
        """A capture whose emulator is killed so long after a line of the console."""
        crash = self.crash("killed", lambda path: [
            "-drive", f"file={path},if=none,id=d0,format=raw,cache=writeback"])
        crash.machine.cut = (pattern, seconds)
        return crash.run()

    def take(self, image):
        """As the target's: in a new directory."""
        directory = self.path("taken")
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        return self.target.take(image, directory)

    def close(self):
        shutil.rmtree(self.path("taken"), ignore_errors=True)
        for name in ("memory", "logged.img", "killed.img", "before.img", "writes.log"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))

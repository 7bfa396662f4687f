"""The raw vmcore, read here from the ELF specification alone: the reference that other readers are compared with."""

import mmap
import struct

PAGE = 4096
PT_LOAD, PT_NOTE = 1, 4


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


class Memory:
    """A machine's memory, which lies in a file from physical address 0 on."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)

    def pages(self):
        return {pfn: pfn * PAGE for pfn in range(len(self.data) // PAGE)}

    def page(self, offset):
        return self.data[offset:offset + PAGE]


class RawVmcore:
    def __init__(self, path):
        self._file = open(path, "rb")
        self.data = mmap.mmap(self._file.fileno(), 0, prot=mmap.PROT_READ)
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: not a little-endian ELF64 file")
        phoff, = struct.unpack_from("<Q", self.data, 32)
        phentsize, phnum = struct.unpack_from("<HH", self.data, 54)
        if phnum == 0xFFFF:  # PN_XNUM: the number is in the first section header
            shoff, = struct.unpack_from("<Q", self.data, 40)
            phnum, = struct.unpack_from("<I", self.data, shoff + 44)
        self.loads, self.notes = [], []
        for number in range(phnum):
            kind, _, offset, vaddr, paddr, filesz, memsz, _ = struct.unpack_from(
                "<IIQQQQQQ", self.data, phoff + number * phentsize)
            if kind == PT_LOAD:
                self.loads.append((paddr, offset, filesz, memsz, vaddr))
            elif kind == PT_NOTE:
                self.notes += self._notes(offset, filesz)

    def pages(self):
        """Every page frame that a PT_LOAD covers, with where its bytes are; of overlapping ones the first."""
        where = {}
        for paddr, offset, filesz, _, _ in self.loads:
            for at in range(-paddr % PAGE, filesz - PAGE + 1, PAGE):
                where.setdefault((paddr + at) // PAGE, offset + at)
        return where

    def page(self, offset):
        return self.data[offset:offset + PAGE]

    def physical(self, address, size):
        for paddr, offset, filesz, memsz, _ in self.loads:
            if paddr <= address and address + size <= paddr + memsz:
                start = address - paddr
                return self.data[offset + start:offset + min(start + size, filesz)].ljust(size, b"\0")
        return None

    def vmcoreinfo(self):
        for name, _, description in self.notes:
            if name == "VMCOREINFO":
                lines = description.rstrip(b"\0").decode().splitlines()
                return dict(line.split("=", 1) for line in lines if "=" in line)
        return {}

    def registers(self):
        """Of each NT_PRSTATUS note, x86-64: the registers that gdb shows as rip and rsp."""
        found = []
        for name, kind, description in self.notes:
            if name == "CORE" and kind == 1:
                regs = struct.unpack_from("<27Q", description, 112)
                found.append({"rip": regs[16], "rsp": regs[19], "rbp": regs[4]})
        return found

    def _notes(self, offset, size):
        end = offset + size
        while offset + 12 <= end:
            namesz, descsz, kind = struct.unpack_from("<III", self.data, offset)
            name_at = offset + 12
            description_at = name_at + (namesz + 3) // 4 * 4
            offset = description_at + (descsz + 3) // 4 * 4
            if namesz == 0 and descsz == 0 or offset > end:
                return
            yield (self.data[name_at:name_at + namesz].rstrip(b"\0").decode("latin-1"), kind,
                   self.data[description_at:description_at + descsz])

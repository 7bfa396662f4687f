"""A made-up crashed machine of 160 pages: its vmcore, and whether a dump of it tells the truth."""
import struct
import zlib

PAGE = 4096
BASE = 0x1000000  # of its memory
COUNT = 160
FIRST = BASE // PAGE
TEXT = 0xFFFFFFFF81000000  # where the kernel's image is mapped; phys_base is 0
VMEMMAP = 0xFFFFEA0000000000

# Pages by number: page tables, variables, the log, the page array; then what only its struct page tells.
TABLES, VARIABLES, LOG, ARRAY = 0, 16, 17, 18
SLAB, CACHE, FREE, ZEROS = range(40, 60), range(60, 80), range(96, 104), range(110, 120)
LOG_TEXT = b"<6>[    1.000000] booted\n<0>[    2.000000] Kernel panic - not syncing\n"
HOST = b"appliance"

INFO = b"".join(line + b"\n" for line in (
    b"OSRELEASE=6.1.0-made-up", b"PAGESIZE=4096", b"CRASHTIME=1700000000",
    b"SIZE(page)=64", b"OFFSET(page.flags)=0", b"OFFSET(page.mapping)=24", b"OFFSET(page._mapcount)=48",
    b"OFFSET(page.private)=40", b"OFFSET(page.compound_head)=8", b"OFFSET(page.lru)=8",
    b"NUMBER(PG_lru)=4", b"NUMBER(PG_private)=13", b"NUMBER(PG_slab)=9", b"NUMBER(PG_head_mask)=65536",
    b"OFFSET(page.compound_order)=17", b"OFFSET(page.compound_dtor)=16", b"NUMBER(HUGETLB_PAGE_DTOR)=2",
    b"LENGTH(zone.free_area)=11", b"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129",
    b"SYMBOL(swapper_pg_dir)=ffffffff81000000", b"NUMBER(phys_base)=0", b"NUMBER(pgtable_l5_enabled)=0",
    b"SYMBOL(_stext)=ffffffff81001000", b"SYMBOL(init_uts_ns)=ffffffff81010100", b"SYMBOL(mem_map)=ffffffff81010000",
    b"SYMBOL(log_buf)=ffffffff81010010", b"SYMBOL(log_buf_len)=ffffffff81010018",
    b"SYMBOL(log_end)=ffffffff8101001c", b"SYMBOL(logged_chars)=ffffffff81010020"))


class Memory:
    """The machine's memory, with page tables that grow as addresses are mapped."""

    def __init__(self, host=HOST):
        self.host = host
        self.bytes = bytearray(COUNT * PAGE)
        self.next_table = 1  # page 0 is the root
        for number in range(ARRAY + 3, COUNT):
            if number not in ZEROS:
                line = (b"page %d of a text that compresses somewhat\n" % number) + bytes([number]) * 7
                self.bytes[number * PAGE:(number + 1) * PAGE] = (line * PAGE)[:PAGE]
        self.fill()

    def put(self, at, form, *values):
        struct.pack_into(form, self.bytes, at, *values)

    def map(self, address, number, shift):
        """Maps one page of 1 << shift bytes, in four levels."""
        table = 0
        for level in (39, 30, 21, 12):
            at = table * PAGE + (address >> level & 511) * 8
            if level == shift:
                self.put(at, "<Q", (BASE + number * PAGE) | (0x80 if shift > 12 else 0) | 0x163)
                return
            entry, = struct.unpack_from("<Q", self.bytes, at)
            if not entry:
                entry = BASE + self.next_table * PAGE | 0x63
                self.next_table += 1
                self.put(at, "<Q", entry)
            table = (entry - BASE) // PAGE

    def fill(self):
        variables = VARIABLES * PAGE
        self.map(TEXT, 0, 21)
        self.put(variables, "<Q", VMEMMAP)
        self.put(variables + 0x10, "<QIII", TEXT + LOG * PAGE, PAGE, len(LOG_TEXT), len(LOG_TEXT))
        names = [b"Linux", self.host, b"6.1.0-made-up", b"#1", b"x86_64", b""]
        self.put(variables + 0x104, "390s", b"".join(name.ljust(65, b"\0") for name in names))
        self.put(LOG * PAGE, f"{len(LOG_TEXT)}s", LOG_TEXT)
        for i in range(3):
            self.map(VMEMMAP + FIRST * 64 + i * PAGE, ARRAY + i, 12)
        for number in range(COUNT):
            flags = 1 << 9 if number in SLAB else 1 << 4 if number in CACHE else 0
            free = number == FREE[0]
            # A block of 8 free pages: order 3, in page.private.
            at = ARRAY * PAGE + number * 64
            self.put(at, "<Q", flags)
            self.put(at + 40, "<Q", 3 if free else 0)
            self.put(at + 48, "<i", -129 if free else -1)

    def page(self, pfn):
        number = pfn - FIRST
        return bytes(self.bytes[number * PAGE:(number + 1) * PAGE]) if 0 <= number < COUNT else None


def write_vmcore(memory, path):
    name = b"VMCOREINFO\0\0"
    note = struct.pack("<III", 11, len(INFO), 0) + name + INFO + b"\0" * (-len(INFO) % 4)
    header = b"\177ELF\2\1\1".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    segments = struct.pack("<IIQQQQQQ", 4, 0, PAGE, 0, 0, len(note), len(note), 0)
    segments += struct.pack("<IIQQQQQQ", 1, 7, 2 * PAGE, TEXT, BASE, COUNT * PAGE, COUNT * PAGE, 0)
    assert len(note) <= PAGE
    with open(path, "wb") as out:
        out.write((header + segments).ljust(PAGE, b"\0") + note.ljust(PAGE, b"\0") + memory.bytes)


class Dump:
    """What a reader finds in a file: the pages it should have, those with data, and those whose data is wrong."""

    def __init__(self, memory, data):
        self.opens = False
        self.complete = False
        self.pages, self.found, self.wrong = set(), set(), set()
        if data[:8] == b"KDUMP   ":
            self.read_kdump(memory, data)
        elif data[:4] == b"\177ELF":
            self.read_elf(memory, data)

    def take(self, memory, pfn, page):
        self.found.add(pfn)
        if page != memory.page(pfn):
            self.wrong.add(pfn)

    def read_kdump(self, memory, data):
        if len(data) < 464:
            return
        status, block, sub, bitmaps = struct.unpack_from("<IIII", data, 424)
        last, = struct.unpack_from("<Q", data, block + 96) if len(data) >= block + 104 else (0,)
        bitmap = (1 + sub + bitmaps // 2) * block
        descs = (1 + sub + bitmaps) * block
        if last == 0 or len(data) < descs:
            return
        self.opens, self.complete = True, not status & 8
        for pfn in range(last):
            if not data[bitmap + pfn // 8] >> pfn % 8 & 1:
                continue
            desc = data[descs + len(self.pages) * 24:][:24]
            self.pages.add(pfn)
            if len(desc) < 24:
                continue
            offset, size, flags = struct.unpack_from("<QII", desc)
            if not offset or not size:
                continue
            stored = data[offset:offset + size]
            try:
                self.take(memory, pfn, zlib.decompress(stored) if flags & 1 else stored)
            except zlib.error:
                self.take(memory, pfn, None)

    def read_elf(self, memory, data):
        count, = struct.unpack_from("<H", data, 56) if len(data) >= 64 else (0,)
        if not count or len(data) < 64 + count * 56:
            return
        self.opens = self.complete = True
        for i in range(count):
            kind, _, offset, _, paddr, size, room, _ = struct.unpack_from("<IIQQQQQQ", data, 64 + i * 56)
            if kind != 1:
                continue
            if offset + size > len(data):
                self.complete = False
            for at in range(0, size, PAGE):
                pfn = (paddr + at) // PAGE
                page = data[offset + at:offset + at + PAGE]
                self.pages.add(pfn)
                if len(page) == PAGE and page != b"UNREADABLE PAGE\n" * 256:
                    self.take(memory, pfn, page)

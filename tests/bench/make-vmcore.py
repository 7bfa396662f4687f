#!/usr/bin/python3
"""A synthetic vmcore of any size that takes next to no disk: make-vmcore.py FILE GIB

The page array of a large machine is large too: 16 GiB for 1 TiB. Here the page tables map all of it to one 2 MiB piece,
over and over, and every memory section is the same entry. The file is sparse; its pages are zeros."""

import struct
import sys

PAGE = 4096
GIB = 1 << 30
BASE = 1 << 20              # physical addresses: tables and the array's piece come first
TEXT = 0xFFFFFFFF80000000
VMEMMAP = 0xFFFFEA0000000000
PGD, PUD_TEXT, PMD_TEXT, PUD_MAP, PMD_MAP, ROOT, SECTIONS = (BASE + i * PAGE for i in range(7))
ROOT_PAGES = 64             # a section root array of 2^15 entries
SECTIONS = ROOT + ROOT_PAGES * PAGE
ARRAY = 4 << 20             # 2 MiB: the struct pages of 128 MiB

VMCOREINFO = f"""OSRELEASE=6.12.0-synthetic
PAGESIZE=4096
SYMBOL(swapper_pg_dir)={TEXT + PGD:x}
NUMBER(phys_base)=0
NUMBER(pgtable_l5_enabled)=0
SYMBOL(mem_section)={TEXT + ROOT:x}
SIZE(mem_section)=16
OFFSET(mem_section.section_mem_map)=0
NUMBER(SECTION_SIZE_BITS)=27
NUMBER(MAX_PHYSMEM_BITS)=46
SIZE(page)=64
OFFSET(page.flags)=0
OFFSET(page.compound_head)=8
OFFSET(page.mapping)=24
OFFSET(page.private)=40
OFFSET(page._mapcount)=48
NUMBER(PG_lru)=4
NUMBER(PG_private)=13
NUMBER(PG_swapcache)=10
NUMBER(PG_swapbacked)=19
NUMBER(PG_head_mask)=65536
NUMBER(PG_hwpoison)=22
LENGTH(zone.free_area)=11
NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456
NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240
NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592
CRASHTIME=1700000000
""".encode()


def struct_page(flags=0, compound=0, mapping=0, private=0, mapcount=0xFFFFFFFF):
    return struct.pack("<QQQQQQII8x", flags, compound, 0, mapping, 0, private, mapcount, 1)


def array_piece():
    """32,768 entries of every kind that a loaded machine has: single pages of cache and of processes, huge pages, free
    blocks of each order, and four of the kernel's own, which are kept."""
    cache, user = struct_page(0x10, mapping=0xFFFF888000001000), struct_page(0x80010, mapping=0xFFFF888000001001)
    tail = struct_page(compound=VMEMMAP | 1)
    kernel = struct_page()
    entries = [kernel] * 4 + ([cache] * 3 + [user] * 5) * 1023 + [cache] * 4   # 8192
    huge = [struct_page(0x10010, mapping=0xFFFF888000001001), struct_page(9, VMEMMAP | 1)] + [tail] * 510
    entries += huge * 16                                                       # 8192
    for order in sorted(list(range(5, 11)) * 4, reverse=True):
        entries += [struct_page(private=order, mapcount=0xF0000000)] + [kernel] * ((1 << order) - 1)
    entries += [cache] * (32768 - len(entries))
    assert len(entries) == 32768
    return b"".join(entries)


def note(name, kind, desc):
    name += b"\0"
    pad = lambda data: data + b"\0" * (-len(data) % 4)
    return struct.pack("<III", len(name), len(desc), kind) + pad(name) + pad(desc)


def put_tables(put):
    """The text mapping's first GiB is physical memory's first; the page array's whole range is the one piece."""
    put(PGD + 511 * 8, struct.pack("<Q", PUD_TEXT | 0x63))
    put(PUD_TEXT + 510 * 8, struct.pack("<Q", PMD_TEXT | 0x63))
    put(PMD_TEXT, b"".join(struct.pack("<Q", i << 21 | 0xE3) for i in range(512)))
    put(PGD + (VMEMMAP >> 39 & 511) * 8, struct.pack("<Q", PUD_MAP | 0x63) * 2)
    put(PUD_MAP, struct.pack("<Q", PMD_MAP | 0x63) * 512)
    put(PMD_MAP, struct.pack("<Q", ARRAY | 0xE3) * 512)
    put(ROOT, struct.pack("<Q", TEXT + SECTIONS) * (ROOT_PAGES * PAGE // 8))
    put(SECTIONS, struct.pack("<QQ", VMEMMAP | 0x1F, 0) * (PAGE // 16))
    put(ARRAY, array_piece())


def main():
    path, size = sys.argv[1], int(sys.argv[2]) * GIB
    notes = note(b"CORE", 1, b"\0" * 336) + note(b"VMCOREINFO", 0, VMCOREINFO)
    data = 2 * PAGE
    with open(path, "wb") as f:
        def put(paddr, content):
            f.seek(data + paddr)
            f.write(content)

        f.write(struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0))
        f.write(struct.pack("<IIQQQQQQ", 4, 0, PAGE, 0, 0, len(notes), len(notes), 0))
        f.write(struct.pack("<IIQQQQQQ", 1, 7, data, 0xFFFF888000000000, 0, size, size, 0))
        f.seek(PAGE)
        f.write(notes)
        assert f.tell() <= data
        put_tables(put)
        f.truncate(data + size)


if __name__ == "__main__":
    main()

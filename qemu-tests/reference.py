#!/usr/bin/python3
"""A count of our own, from the real symbols and types: reference.py VMLINUX VMCORE OUT, run by a Python that has drgn.

Writes one byte for each pfn into OUT, the class of that page, and prints how many there are of each. It takes nothing
from VMCOREINFO and as little as it can from what a page says of itself: free pages are those on the zones' free lists,
hugetlb pages those on their pools' lists, orders come from drgn."""

import struct
import sys

import drgn
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.mm import compound_order, pfn_to_page

# A broken page that is a tail of a compound page has a letter of its own: makedumpfile passes such tails by.
NONE, KERNEL, CACHE, CACHE_PRIVATE, USER, FREE, POISON, POISON_TAIL, OFFLINE = b".KCPUFHhO"
NAMES = {KERNEL: "kernel", CACHE: "cache", CACHE_PRIVATE: "cache-private", USER: "user", FREE: "free",
         POISON: "poison", POISON_TAIL: "poison-tail", OFFLINE: "offline"}
CHUNK = 512  # pages of the array read at once; no section ends within
MAPPING_ANON = 1
TAIL = 1


class Layout:
    """Where a page's members lie, from its type."""

    def __init__(self, prog):
        self.type = prog.type("struct page")
        self.size = self.type.size
        self.flags = self._offset("flags")
        self.mapping = self._offset("mapping")
        self.mapcount = self._offset("_mapcount")
        try:
            self.compound = self._offset("compound_head")
        except LookupError:
            self.compound = self._offset("compound_info")  # 7.1

    def _offset(self, name):
        return drgn.offsetof(self.type, name)


class Flags:
    """Masks of page flags, from the enumeration; 0 for one that this kernel does not have."""

    def __init__(self, prog):
        for name in ("lru", "private", "swapcache", "swapbacked", "hwpoison", "head", "slab"):
            try:
                value = prog.constant("PG_" + name).value_()
            except LookupError:
                value = None
            setattr(self, name, 0 if value is None else 1 << value)
        # Since 6.10 these names are page types, and no flags.
        try:
            prog.constant("PGTY_slab")
            self.slab = 0
        except LookupError:
            pass


def offline_type(prog):
    """(mask, value) of _mapcount for pages that are logically off line (include/linux/page-flags.h)."""
    try:
        return 0xFF000000, prog.constant("PGTY_offline").value_() << 24
    except LookupError:
        return 0xFFFFFFFF, 0xFFFFFFFF & ~0x100  # PG_offline, until 6.11


def zones(prog):
    for zone in nodes_of(prog):
        for index in range(len(zone.node_zones)):
            yield zone.node_zones[index]


def nodes_of(prog):
    try:
        table = prog["node_data"]
    except KeyError:
        return [prog["contig_page_data"]]
    nodes = (table[index] for index in range(len(table)))
    return [node for node in nodes if node]


class Count:
    def __init__(self, prog, max_pfn):
        self.prog = prog
        self.layout, self.flags = Layout(prog), Flags(prog)
        self.offline_mask, self.offline_value = offline_type(prog)
        self.base = pfn_to_page(prog, 0).value_()
        self.classes = bytearray([NONE]) * max_pfn
        self.max_pfn = max_pfn
        self.odd = []

    def pfn(self, page):
        return (page.value_() - self.base) // self.layout.size

    def free_blocks(self):
        """{pfn: order} of what is on the free lists."""
        member = "buddy_list" if has_member(self.layout.type, "buddy_list") else "lru"
        found = {}
        for zone in zones(self.prog):
            for order in range(len(zone.free_area)):
                lists = zone.free_area[order].free_list
                for kind in range(len(lists)):
                    self.add_list(found, lists[kind], member, order)
        return found

    def add_list(self, found, head, member, order):
        if head.next:  # a zone without memory may have none
            for page in list_for_each_entry("struct page", head.address_of_(), member):
                found[self.pfn(page)] = order

    def hugetlb_pages(self):
        """{pfn: order} of what is in the pools of huge pages, used or free."""
        found = {}
        for index in range(self.prog["hugetlb_max_hstate"].value_()):
            state = self.prog["hstates"][index]
            lists = [state.hugepage_activelist] + [state.hugepage_freelists[node]
                                                   for node in range(len(state.hugepage_freelists))]
            for entries in lists:
                self.add_list(found, entries, "lru", state.order.value_())
        return found


    def run(self):
        self.free, self.huge = self.free_blocks(), self.hugetlb_pages()
        for first in range(0, self.max_pfn, CHUNK):
            try:
                data = self.prog.read(self.base + first * self.layout.size, CHUNK * self.layout.size)
            except drgn.FaultError:
                continue
            self.chunk(first, data)
        for pfn, order in self.free.items():
            self.set(pfn, order, FREE)
        for pfn, order in self.huge.items():
            self.set(pfn, order, USER)
        return self.poison()

    def set(self, pfn, order, kind):
        last = min(pfn + (1 << order), self.max_pfn)
        self.classes[pfn:last] = bytes([kind]) * (last - pfn)

    def chunk(self, first, data):
        size, layout, flags = self.layout.size, self.layout, self.flags
        for index in range(CHUNK):
            pfn, at = first + index, index * size
            if pfn >= self.max_pfn or self.classes[pfn] != NONE:
                continue
            if struct.unpack_from("<Q", data, at + layout.compound)[0] & TAIL:
                # Its head lies before, and has given it a class: this one has none.
                self.odd.append(pfn)
                self.classes[pfn] = KERNEL
                continue
            order = 0
            if struct.unpack_from("<Q", data, at + layout.flags)[0] & flags.head:
                order = compound_order(pfn_to_page(self.prog, pfn)).value_()
            self.set(pfn, order, self.kind(data, at))

    def kind(self, data, at):
        """The class of a page that is neither free nor hugetlb."""
        layout, flags = self.layout, self.flags
        bits, = struct.unpack_from("<Q", data, at + layout.flags)
        mapcount, = struct.unpack_from("<I", data, at + layout.mapcount)
        mapping, = struct.unpack_from("<Q", data, at + layout.mapping)
        if mapcount & self.offline_mask == self.offline_value:
            return OFFLINE
        if bits & flags.slab or 0x80000000 <= mapcount < 0xFFFFFF80:
            return KERNEL
        if mapping & MAPPING_ANON:
            return USER
        if bits & flags.lru or (bits & flags.swapcache and bits & flags.swapbacked):
            return CACHE_PRIVATE if bits & flags.private else CACHE
        return KERNEL

    def poison(self):
        """Every page's own flag, parts of compound pages too; a broken huge page is broken as a whole."""
        if not self.flags.hwpoison:
            return self.classes
        for first in range(0, self.max_pfn, CHUNK):
            try:
                data = self.prog.read(self.base + first * self.layout.size, CHUNK * self.layout.size)
            except drgn.FaultError:
                continue
            for pfn in range(first, min(first + CHUNK, self.max_pfn)):
                at = (pfn - first) * self.layout.size
                bits, = struct.unpack_from("<Q", data, at + self.layout.flags)
                head, = struct.unpack_from("<Q", data, at + self.layout.compound)
                if bits & self.flags.hwpoison:
                    self.set(pfn, self.huge.get(pfn, 0), POISON_TAIL if head & TAIL else POISON)
        return self.classes


def has_member(kind, name):
    try:
        kind.member(name)
    except LookupError:
        return False
    return True


def main(vmlinux, vmcore, out):
    prog = drgn.Program()
    prog.set_core_dump(vmcore)
    prog.load_debug_info([vmlinux])
    count = Count(prog, prog["max_pfn"].value_())
    classes = count.run()
    with open(out, "wb") as f:
        f.write(classes)
    for kind, name in NAMES.items():
        print(name, classes.count(kind))
    print("odd", len(count.odd), *map(hex, count.odd[:10]))


if __name__ == "__main__":
    main(*sys.argv[1:])

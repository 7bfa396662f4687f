"""The levels in ELF: the pages that are in the file, beside makedumpfile's, and what they hold."""

import os
import subprocess

import compare_selection
import levels
import loaded
from capture import CRASHBOX
from vmcore import PAGE, RawVmcore

# What dump-save puts in place of a page that must not be read and lies between others that are kept.
MARK = b"UNREADABLE PAGE\n" * (PAGE // 16)


def elf_levels(report):
    """ELF files at levels 1, 17 and 31: the same pages as makedumpfile -E, each equal to the vmcore's."""
    source = loaded.verbatim("bookworm")
    raw = RawVmcore(source)
    where = raw.pages()
    for level in (1, 17, 31):
        ours = _save([CRASHBOX, "dump-save", "--message-level", "0", "-E", "-d", str(level), source], "elf-ours")
        theirs = _save(["makedumpfile", "--message-level", "0", "-E", "-d", str(level), source], "elf-theirs")
        kdump = _save([CRASHBOX, "dump-save", "--message-level", "0", "-d", str(level), source], "elf-kdump")
        dump = RawVmcore(ours)
        pages = dump.pages()
        report.equal(sorted(set(pages) ^ set(RawVmcore(theirs).pages())), [],
                     f"level {level}: {len(pages)} pages, and makedumpfile -E has the same")
        wrong = [pfn for pfn, offset in pages.items() if dump.page(offset) not in (raw.page(where[pfn]), MARK)]
        report.equal(wrong, [], f"level {level}: every page is the vmcore's, or marked")
        marked = sum(dump.page(offset) == MARK for offset in pages.values())
        report.check(marked * 100 < len(pages), f"level {level}: {marked} of {len(pages)} are marked, less than 1 %")
        selected = levels.members(compare_selection.bitmap2(kdump))
        lost = [pfn for pfn in selected if pfn not in pages and raw.page(where[pfn]).strip(b"\0")]
        report.equal(lost, [], f"level {level}: no page that the KDUMP file has is missing, but for zero pages")


def _save(command, name):
    path = levels.scratch(name)
    if os.path.exists(path):
        os.unlink(path)
    subprocess.run([*command, path], check=True, stdin=subprocess.DEVNULL, timeout=600)
    return path

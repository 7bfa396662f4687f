#!/usr/bin/python3
"""What a kernel developer asks a dump first: drgn_report.py VMLINUX DUMP, run by a Python that has drgn.

Prints the panicking task with its backtrace, every task with its own, and what memory was used for. The same lines come
from a whole vmcore and from a dump that was filtered rightly."""

import sys

import drgn
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.slab import for_each_slab_cache

ZONE_COUNTERS = ["NR_FREE_PAGES"]
NODE_COUNTERS = ["NR_ANON_MAPPED", "NR_FILE_PAGES", "NR_FILE_DIRTY", "NR_SHMEM", "NR_SLAB_RECLAIMABLE_B",
                 "NR_SLAB_UNRECLAIMABLE_B", "NR_KERNEL_STACK_KB"]


def frames(prog, task):
    """The names of a task's frames; one that runs in user space has none."""
    try:
        return [frame.name or "?" for frame in prog.stack_trace(task)]
    except (ValueError, LookupError, drgn.FaultError) as error:
        return [f"({type(error).__name__}: {error})"]


def counters(prog, table, names):
    for name in names:
        yield name, prog[table][prog.constant(name)].counter.value_()


def main(vmlinux, dump):
    prog = drgn.Program()
    prog.set_core_dump(dump)
    prog.load_debug_info([vmlinux])
    print("drgn", drgn.__version__)
    print("release", prog["init_uts_ns"].name.release.string_().decode())
    crashed = prog.crashed_thread()
    print("panic", crashed.tid, crashed.object.comm.string_().decode())
    for frame in crashed.stack_trace():
        print("  frame", frame.name)
    for task in sorted(for_each_task(prog), key=lambda task: task.pid.value_()):
        print("task", task.pid.value_(), task.comm.string_().decode(errors="replace"), *frames(prog, task))
    print("memory TOTAL", prog["_totalram_pages"].counter.value_())
    for name, value in [*counters(prog, "vm_zone_stat", ZONE_COUNTERS), *counters(prog, "vm_node_stat", NODE_COUNTERS)]:
        print("memory", name, value)
    print("memory slab caches", sum(1 for _ in for_each_slab_cache(prog)))


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/usr/bin/python3
"""Real kernels crash, real kernels capture, real readers read, in an emulator: run.py [--list] [check|matrix|PART|NAME...]

Everything lands in build/qemu/NAME, the serial console in console.log. The last line counts the checks."""

import os
import sys

sys.dont_write_bytecode = True
os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import test_budget
import test_capture
import test_dialects
import test_cuts
import test_damaged
import test_elf_levels
import test_failures
import test_kdump
import test_ladder
import test_matrix
import test_minimal
import test_modules
import test_network
import test_pages
import test_raid
import test_power
import test_pstore
import test_raw
import test_readers
import test_systemd
import test_systemd_raw
from report import Report

# What every change is held to; together they take a few minutes.
CHECK = [
    test_capture.capture_64M,
    test_capture.capture_58M,
    test_capture.capture_elf,
    test_dialects.dialect_suse,
    test_readers.read_kdump,
    test_readers.read_elf,
    test_pages.pages,
    test_pages.streams,
    test_pages.read_verbatim,
    test_matrix.levels_6_1,
    test_elf_levels.elf_levels,
    test_cuts.cuts,
    test_power.power_cuts,
    test_raw.two_stages,
    test_raid.raid1,
    test_raw.flipped_bit,
    test_raw.swap_attack,
    test_failures.init_dies,
    test_failures.init_crashes,
    test_failures.child_out_of_memory,
    test_failures.image_cut,
    test_failures.empty_script,
    test_failures.bad_script,
    test_failures.disk_full,
    test_failures.no_device,
    test_failures.too_small,
    test_failures.out_of_memory,
    test_ladder.superblock_damaged,
    test_damaged.damaged_ext4,
    test_ladder.dump_killed,
    test_ladder.bare_image,
    test_budget.forecast_captures,
    test_kdump.kdump_states,
    test_kdump.kdump_unarmed,
    test_capture.makedumpfile_64M,
    test_capture.capture_5_10,
    test_capture.capture_6_12,
    test_modules.virtio_xfs,
    test_network.network_vlan_bond,
]

# The rest, with more kernels and more symbols to download: the matrix, in parts of at most an hour on two processors.
PARTS = {
    "budget": [
        test_readers.read_others,
        test_budget.forecasts,
    ],
    "power": [
        test_cuts.cuts_200,
        test_power.power_ext4,
        test_power.power_raw,
    ],
    "kernels-amd64": test_matrix.KERNEL_SCENARIOS["amd64"],
    "kernels-arm64": test_matrix.KERNEL_SCENARIOS["arm64"],
    "page-arrays": [test_matrix.page_arrays],
    "ladder": [
        test_ladder.first_missing,
        test_ladder.first_read_only,
        test_ladder.first_full,
        test_ladder.level_steps_down,
        test_ladder.first_hangs,
        test_ladder.journal_dirty,
        test_ladder.journal_damaged,
        test_ladder.watchdog_hung,
        test_ladder.watchdog_slow,
        test_systemd.systemd_guest,
        test_systemd_raw.systemd_raw,
        test_pstore.pstore,
        test_pstore.pstore_small,
        test_dialects.dialect_debian,
        test_dialects.dialect_lkcd,
        test_modules.virtio_ext4,
        test_modules.ahci_xfs,
    ],
    "damaged": [
        test_damaged.damaged_ext4_all,
        test_damaged.hostile_names,
    ],
    "network": [
        test_network.network_lacp,
        test_network.network_nfs,
    ],
    "minimal": [
        test_minimal.kernel_configs,
        test_minimal.minimal_32M,
        test_minimal.minimal_24M,
        test_minimal.minimal_disks,
        test_minimal.minimal_arm64,
    ],
    "volumes": [
        test_raid.raid1_missing,
        test_raid.raid1_degraded,
        test_raid.raid5,
        test_raid.raid5_degraded,
        test_raid.raid5_refused,
        test_raid.raid6,
        test_raid.raid6_degraded,
        test_raid.raid10,
        test_raid.raid10_degraded,
        test_raid.raid0,
        test_raid.lvm_linear,
        test_raid.lvm_striped,
        test_raid.luks,
        test_raid.hostonly_stack,
        test_raid.hostonly_luks,
    ],
}

MATRIX = [function for functions in PARTS.values() for function in functions]


def chosen(arguments):
    groups = {"check": CHECK, "matrix": MATRIX, **PARTS}
    names = {function.__name__: [function] for function in CHECK + MATRIX}
    functions = []
    for argument in arguments or ["check"]:
        if argument not in {**groups, **names}:
            sys.exit(f"run.py: no scenario {argument}; run.py --list names them")
        functions += {**names, **groups}[argument]
    return functions


def main(arguments):
    if arguments == ["--list"]:
        for function in CHECK + MATRIX:
            print(f"{function.__name__:20} {function.__doc__.splitlines()[0]}")
        return 0
    # For scripts/matrix.sh.
    if arguments == ["--parts"]:
        for part, functions in PARTS.items():
            print(f"{part:20} {', '.join(function.__name__ for function in functions)}")
        return 0
    if arguments == ["--commit"]:
        print(test_matrix.commit_name())
        return 0
    if arguments[:1] == ["--record"]:
        test_matrix.record_part(*arguments[1:])
        return 0
    if arguments[:1] == ["--table"]:
        print("written: " + test_matrix.write_table(arguments[1:]))
        return 0
    report = Report()
    for function in chosen(arguments):
        report.run(function.__name__, function)
    return report.summary()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The running system's side: crashbox kdump arms a machine, says in each state what is the case, and the crash is saved."""

import os
import re

from capture import RUNS, STOCK_CONF, Crash, kernel, mkcaptureinitrd
from disk import UUID, Ext4
from machine import SHUTDOWN
from test_capture import take_files, check_capture

# Each state is said with its name and its exit status, so that a line of the console is one check. The disk is taken out
# and found again as a person would do it by hand; mkcaptureinitrd is played by a script that undoes the change.
FUNCTIONS = """
state() {
	crashbox kdump status >/tmp/state 2>&1
	status=$?
	echo "rig: state $1: $status: $(head -n 1 /tmp/state)"
	sed -n 's/^last capture/rig: &/p' /tmp/state
}
verb() {
	crashbox kdump "$@" >/tmp/verb 2>&1
	echo "rig: verb $1: $?"
	cat /tmp/verb
}
mkdir -p /var/lib/crashbox
mv /boot/capture.img /var/lib/crashbox/
"""

STATES = FUNCTIONS + """
state before
verb start
state loaded
verb config
cp /etc/crashbox.conf /tmp/conf
echo "path /elsewhere" >>/etc/crashbox.conf
state changed
cp /tmp/conf /etc/crashbox.conf
echo 1 >/sys/block/nvme0n1/device/device/remove
state removed
echo 1 >/sys/bus/pci/rescan
crashbox wait-device -t 30 UUID=@UUID@
state found
verb rehearse
verb reload
verb check
verb stop
state stopped
echo "path /elsewhere" >>/etc/crashbox.conf
printf '#!/bin/sh\\necho "rig: the tool: $*"\\ncp /tmp/conf /etc/crashbox.conf\\n' >/bin/mkcaptureinitrd
chmod 755 /bin/mkcaptureinitrd
verb start
state again
"""


def kdump_states(report):
    """status is right before a load, when loaded, after a change and without its disk; rehearse works; then a crash."""
    crash = _crash("kdump-states", "64M", STATES.replace("@UUID@", UUID), _disk_with_result("kdump-states"))
    _check_states(report, crash, {
        "before": (1, r"NOT armed: no capture kernel is loaded: 'crashbox kdump start' loads it"),
        "loaded": (0, rf"armed: 64 MiB reserved, capture kernel loaded, target ext4 UUID={UUID}"),
        "changed": (3, r"armed, but the image was made from a different /etc/crashbox.conf"),
        "removed": (3, rf"armed, but the target is gone: ext4 UUID={UUID} does not exist"),
        "found": (0, r"armed: 64 MiB reserved"),
        "again": (0, r"armed: 64 MiB reserved"),
        "stopped": (1, r"NOT armed: no capture kernel is loaded"),
    })
    _check_verbs(report, crash, {"start": 0, "config": 0, "rehearse": 0, "reload": 0, "check": 0, "stop": 0})
    for pattern in (r"kdump: armed: /boot/vmlinuz with /var/lib/crashbox/capture.img loaded, 64 MiB reserved",
                    r"kdump: already armed: /boot/vmlinuz",
                    r"line \d+: ok, \d+ ms: wait-device, mount, dump-save \(instead: 1 MiB written and read back",
                    r"rehearsal: a crash would be saved by line \d+$",
                    r"rig: the tool: -c /etc/crashbox.conf -k /boot/vmlinuz --hostonly -o /var/lib/crashbox/capture.img",
                    r"kdump: mkcaptureinitrd made /var/lib/crashbox/capture.img from /etc/crashbox.conf for /boot/vmlinuz",
                    r"kdump: unloaded: a crash now saves nothing",
                    r"warning: kernel.panic_on_oops=0: ",
                    r"target   ext4 UUID=\S+: /dev/nvme0n1, not mounted",
                    r"rig: last capture: FAILED, 2023-11-14 22:13:20 UTC, on ext4 UUID=\S+ in /var/crash: disk full"):
        report.check(crash.console.find(pattern), f"the console says: {pattern}", crash.last_lines())
    take_files(crash)
    check_capture(report, crash)


def kdump_unarmed(report):
    """Without a reservation, and with one that is too small, status and start say so and what to do."""
    crash = _crash("kdump-unreserved", None, FUNCTIONS + "state none\nverb start")
    _check_states(report, crash, {
        "none": (1, r"NOT armed: Memory for crashkernel is not reserved: put crashkernel=\d+M on the kernel's command")})
    _check_verbs(report, crash, {"start": 1})
    report.check(crash.console.find(r"kdump: Memory for crashkernel is not reserved"), "the classic error",
                 crash.last_lines())
    report.equal(crash.ended, SHUTDOWN, "the rig gave up")
    crash = _crash("kdump-too-small", "16M", FUNCTIONS + "state small\nverb start")
    _check_states(report, crash, {
        "small": (1, r"NOT armed: the reserved memory is too small: 16 MiB; this image needs \d+ MiB")})
    _check_verbs(report, crash, {"start": 1})
    report.check(crash.console.find(r"kdump: the reserved memory is too small: .*: boot with crashkernel=\d+M"), "what to do",
                 crash.last_lines())


def _check_states(report, crash, wanted):
    for name, (status, text) in wanted.items():
        found = crash.console.find(rf"rig: state {name}: (\d+): (.*)")
        if report.check(found, f"status was asked: {name}", crash.last_lines()):
            report.equal(int(found[2].group(1)), status, f"{name}: exit status")
            report.check(re.match(text, found[2].group(2)), f"{name}: {text}", found[2].group(2))


def _check_verbs(report, crash, wanted):
    for name, status in wanted.items():
        found = crash.console.find(rf"rig: verb {name}: (\d+)")
        report.equal(found and int(found[2].group(1)), status, f"kdump {name}: exit status")


def _disk_with_result(name):
    """An empty disk, but for what a capture before this one has left."""
    directory = os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    disk, text = Ext4(os.path.join(directory, "disk.img")), os.path.join(directory, "last-capture")
    with open(text, "w", encoding="ascii") as f:
        f.write("status failed\ntime 1700000000\nmessage disk full\n")
    disk.make_directory("/var")
    disk.make_directory("/var/crash")
    disk.put("/var/crash/last-capture", text)
    return disk


def _crash(name, reservation, load, disk=None):
    directory, kern = os.path.join(RUNS, name), kernel()
    image, append = mkcaptureinitrd(directory, kern, STOCK_CONF)
    conf = os.path.join(directory, "kdump.conf")
    return Crash(name, kern, image, append, reservation, disk=disk, load=load,
                 files=[("etc/crashbox.conf", conf)]).run()

"""Networks that this machine's own kernel may lack: two guests on stock generic kernels, joined by two cables."""

import os
import random
import re
import socket
import struct
import threading

from capture import CRASHBOX, RUNS, kernel
from guests import packed_initrd
from machine import SHUTDOWN, Machine
from packages import libraries, unpacked
from volumes import module_files

IP = "/sbin/ip"
MODULES = ["e1000", "8021q", "bonding", "bridge"]
CABLES = 2

HEAD = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /etc /var/lib/misc
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{modules}
ip link set lo up
"""

# The switch: both cables in a bridge, whose spanning tree holds everything back for 2 x 4 s from the first frame on; a
# VLAN; DHCP on both.
SWITCH = HEAD + """
ip link set eth0 up
echo "rig: switch ready"
until [ "$(cat /sys/class/net/eth0/statistics/rx_packets)" != 0 ]; do usleep 100000; done
ip link add br0 type bridge
echo 1 >/sys/class/net/br0/bridge/stp_state; echo 400 >/sys/class/net/br0/bridge/forward_delay
for port in eth0 eth1; do ip link set $port up; ip link set $port master br0; done
ip link set br0 up; ip addr add 192.0.2.1/24 dev br0
ip link add link br0 name br0.5 type vlan id 5; ip link set br0.5 up; ip addr add 198.51.100.1/24 dev br0.5
printf 'start 192.0.2.100\\nend 192.0.2.110\\ninterface br0\\nopt subnet 255.255.255.0\\nopt router 192.0.2.1\\n' >/lan.conf
printf 'start 198.51.100.100\\nend 198.51.100.110\\ninterface br0.5\\nopt subnet 255.255.255.0\\nopt router 198.51.100.1\\nlease_file /vlan\\n' >/vlan.conf
udhcpd -f /lan.conf & udhcpd -f /vlan.conf &
sleep 600
"""

# The partner of a bond by LACP.
PARTNER = HEAD + """
ip link add bond0 type bond
echo 802.3ad >/sys/class/net/bond0/bonding/mode
echo 100 >/sys/class/net/bond0/bonding/miimon
echo 1 >/sys/class/net/bond0/bonding/lacp_rate
for port in eth0 eth1; do echo +$port >/sys/class/net/bond0/bonding/slaves; done
ip link set bond0 up; ip addr add 192.0.2.1/24 dev bond0
echo "rig: partner ready"
sleep 600
"""

# A server of NFS: the kernel's own, with nfs-utils.
NFS_SERVER = HEAD + """
ip link set eth0 up; ip addr add 192.0.2.1/24 dev eth0
mkdir -p /var/lib/nfs/rpc_pipefs /var/lib/nfs/v4recovery /proc/fs/nfsd /run /export
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
mount -t tmpfs export /export; mkdir /export/crash
printf 'root:x:0:0:root:/:/bin/sh\n_rpc:x:101:101::/:/bin/sh\n' >/etc/passwd; echo 'root:x:0:' >/etc/group
printf 'tcp 6 TCP\nudp 17 UDP\n' >/etc/protocols
printf 'tcp tpi_cots_ord v inet tcp - -\\nudp tpi_clts v inet udp - -\\nlocal tpi_cots_ord - loopback - - -\\n' >/etc/netconfig
printf 'nfs 2049/tcp\\nnfs 2049/udp\\nsunrpc 111/tcp\\nsunrpc 111/udp\\n' >/etc/services
echo '/export *(rw,fsid=0,no_root_squash,no_subtree_check)' >/etc/exports
mount -t nfsd nfsd /proc/fs/nfsd
ln -s /run /var/run; mkdir -p /run/rpcbind; /sbin/rpcbind -f & sleep 1; /usr/sbin/exportfs -ar; echo 10 >/proc/fs/nfsd/nfsv4gracetime; /usr/sbin/rpc.nfsd 4; /usr/sbin/rpc.mountd -p 20048
cat /proc/fs/nfsd/versions
echo "rig: server ready"
sleep 600
"""
NFS_TOOLS = ["usr/sbin/exportfs", "usr/sbin/rpc.nfsd", "usr/sbin/rpc.mountd", "sbin/rpcbind"]

# A step: its name, the command's status and words, then what iproute2 shows.
STEPS = HEAD + """
step() {{
	name=$1; shift
	"$@" >/tmp/said 2>&1
	echo "rig: $name: status $?: $(cat /tmp/said | tr '\\n' ' ')"
	/sbin/ip -o addr show | sed "s/^/rig: $name addr: /"
	/sbin/ip route | sed "s/^/rig: $name route: /"
	/sbin/ip -o -d link show | sed "s/^/rig: $name link: /"
}}
{steps}
poweroff -f
"""


def network_vlan_bond(report):
    """A VLAN, a bond, and a VLAN over it, across a switch whose spanning tree holds back at first."""
    console = _pair(report, "network-switch", SWITCH, """
step early crashbox ifup eth0 192.0.2.7/24 gw 192.0.2.1
step down0 crashbox ifdown eth0
step dhcp crashbox ifup eth0 dhcp
step vlan crashbox ifup lan5 vlan 5 on eth0 dhcp
step down1 crashbox ifdown lan5 eth0
step bond crashbox ifup bond0 bond active-backup eth0,eth1,eth7 -t 20 dhcp
step bondvlan crashbox ifup bond0.5 vlan 5 on bond0 198.51.100.7/24 gw 198.51.100.1
ip link set eth0 down
step leg ping -c 3 -W 5 198.51.100.1
step mac crashbox ifup --show 52:54:00:00:01:01
step down2 crashbox ifdown bond0.5 bond0
ip link set eth0 down; ip link set eth1 down
step dracut crashbox ifup ip=198.51.100.8::198.51.100.1:24::vlan0005:none vlan=vlan0005:bond1 bond=bond1:eth0,eth1:mode=active-backup
""")
    _check(report, console, "early", "eth0 is up: 192.0.2.7/24 gw 192.0.2.1", addr=r"eth0 +inet 192\.0\.2\.7/24")
    took = console.last(r"rig: early: .*\((\d+)\.\d s\)")
    report.check(took and int(took[1]) >= 4, "the gateway was waited for while the switch held back",
                 took and took[0])
    _check(report, console, "dhcp", "eth0 is up: 192.0.2.1", addr=r"eth0 +inet 192\.0\.2\.1\d\d/24",
           route=r"default via 192\.0\.2\.1 dev eth0")
    _check(report, console, "vlan", "lan5 is up: 198.51.100.1", addr=r"lan5 +inet 198\.51\.100\.1\d\d/24",
           link=r"lan5@eth0: .*vlan protocol 802\.1Q id 5 ")
    _check(report, console, "down1", "", link=r"eth0: ")
    report.check(not console.count(r"rig: down1 link: .*lan5"), "ifdown removes the VLAN")
    _check(report, console, "bond", "eth7: no such interface", addr=r"bond0 +inet 192\.0\.2\.1\d\d/24",
           link=r"bond0: .*bond mode active-backup .* miimon 100 ")
    for port in ("eth0", "eth1"):
        report.check(console.count(rf"rig: bond link: \d+: {port}: .*master bond0"), f"{port} is a port of the bond")
    _check(report, console, "bondvlan", "bond0.5 is up: 198.51.100.7/24", link=r"bond0\.5@bond0: .*vlan protocol 802\.1Q id 5 ")
    _check(report, console, "leg", "")
    _check(report, console, "mac", "eth1: ")
    _check(report, console, "dracut", "vlan0005 is up: 198.51.100.8/24 gw 198.51.100.1",
           addr=r"vlan0005 +inet 198\.51\.100\.8/24", link=r"vlan0005@bond1: .*id 5 ")


def network_lacp(report):
    """A bond of two cables by 802.3ad (LACP)."""
    console = _pair(report, "network-lacp", PARTNER, """
step lacp crashbox ifup 'bond=bond0:eth0,eth1:mode=802.3ad,lacp_rate=fast' ip=192.0.2.5::192.0.2.1:24::bond0:none
sed 's/^/rig: bonding: /' /proc/net/bonding/bond0
""")
    _check(report, console, "lacp", "bond0 is up: 192.0.2.5/24 gw 192.0.2.1", addr=r"bond0 +inet 192\.0\.2\.5/24",
           link=r"bond0: .*bond mode 802\.3ad ")
    report.check(console.count(r"rig: bonding:\s+Number of ports: 2"), "both cables carry the aggregate")


def network_nfs(report):
    """NFS 4.2 and 3 from a kernel's server: mounting, saving a dump, and what is said where that fails."""
    root = unpacked("nfs-kernel-server", "bookworm")
    vmcore = _vmcore(os.path.join(RUNS, "network-nfs.vmcore"), 12 << 20)
    console = _pair(report, "network-nfs", NFS_SERVER, """
step up crashbox ifup eth0 192.0.2.5/24 gw 192.0.2.1
mkdir -p /mnt
step four crashbox mount -t nfs 192.0.2.1:/ /mnt
grep ' /mnt ' /proc/mounts | sed 's/^/rig: four mounted: /'
step save crashbox dump-save --accept-partial -d 1 /vmcore.test /mnt/crash/
md5sum /mnt/crash/*/vmcore | sed "s/^/rig: saved: /"
umount /mnt
step three crashbox mount -t nfs -o vers=3,port=2049,mountport=20048,mountproto=tcp 192.0.2.1:/export /mnt
grep ' /mnt ' /proc/mounts | sed 's/^/rig: three mounted: /'
umount /mnt
step missing crashbox mount -t nfs 192.0.2.1:/none /mnt
step nobody crashbox timeout 10 mount -t nfs 192.0.2.9:/export /mnt
step noname crashbox timeout 20 mount -t nfs server.example:/export /mnt
""", peer_modules=["nfsd", "nfsv4"], guest_modules=["nfsv3", "nfsv4"], files=[("vmcore.test", vmcore)],
        peer_files=[(tool, os.path.join(root, tool)) for tool in NFS_TOOLS] + libraries(root, NFS_TOOLS[2], "amd64"))
    _check(report, console, "four", "")
    report.check(console.count(r"rig: four mounted: .* nfs4 .*vers=4\.2.*soft"), "NFS 4.2, soft")
    _check(report, console, "save", "saved 12 MiB of memory")
    _check(report, console, "three", "")
    report.check(console.count(r"rig: three mounted: .* nfs .*vers=3.*soft.*(nolock|local_lock)"), "NFS 3, soft, without locks")
    for step, said in (("missing", "No such file"), ("nobody", "192.0.2.9"), ("noname", "")):
        line = console.last(rf"rig: {step}: status (\d+): (.*)")
        report.check(line and line[1] != "0" and said in line[2], f"{step}: fails, and says '{said}'", line and line[0])


def _check(report, console, step, said, addr=None, route=None, link=None):
    """A step ended with 0 and said that; and iproute2 shows these."""
    line = console.last(rf"rig: {step}: .*")
    text = line[0] if line else None
    report.check(line and f"rig: {step}: status 0:" in text and said in text, f"{step}: done, and says '{said}'", text)
    for kind, pattern in (("addr", addr), ("route", route), ("link", link)):
        if pattern:
            shown = re.findall(rf"rig: {step} {kind}: .*", console.text())
            report.check(any(re.search(pattern, each) for each in shown), f"{step}: iproute2 shows {kind} {pattern}", shown)


def _pair(report, name, peer_script, steps, peer_modules=(), guest_modules=(), peer_files=(), files=()):
    """Runs the two guests; returns the console of the one with the steps."""
    kern = kernel(flavour="generic")
    directory = os.path.join(RUNS, name)
    os.makedirs(directory, exist_ok=True)
    links = [_free_port() for _ in range(CABLES)]
    peer = _guest(os.path.join(directory, "peer"), kern, peer_script, "", [*MODULES, *peer_modules], peer_files,
                  [f"socket,id=n{n},listen=127.0.0.1:{port}" for n, port in enumerate(links)], "52:54:00:00:02:0")
    here = _guest(os.path.join(directory, "guest"), kern, STEPS, steps, [*MODULES, *guest_modules], files,
                  [f"socket,id=n{n},connect=127.0.0.1:{port}" for n, port in enumerate(links)], "52:54:00:00:01:0")
    other = threading.Thread(target=peer.run, args=(300,))
    other.start()
    try:
        while not (peer.console and peer.console.find("rig: .* ready")) and other.is_alive():
            other.join(0.2)
        ended = here.run(240)
    finally:
        peer.stopped = True
        other.join()
    report.equal(ended, SHUTDOWN, "the guest's steps come to their end")
    return here.console


def _vmcore(path, size):
    """A vmcore whose memory does not compress, so that its dump is as large: the server is synced several times."""
    text = b"PAGESIZE=4096\nCRASHTIME=1700000000\n\n"
    note = struct.pack("<III", 11, len(text), 0) + b"VMCOREINFO\0\0" + text
    heads = [struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(note), len(note), 4),
             struct.pack("<IIQQQQQQ", 1, 7, 4096, 0xffff888000100000, 0x100000, size, size, 4096)]
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    with open(path, "wb") as f:
        f.write((head + b"".join(heads) + note).ljust(4096, b"\0") + random.Random(1).randbytes(size))
    return path


def _guest(directory, kern, script, steps, modules, files, cables, mac):
    os.makedirs(directory, exist_ok=True)
    lines, loaded = module_files(kern, modules)
    # Else a bond0 without our settings is there already.
    lines = [line + " max_bonds=0" if line.endswith("/bonding.ko") else line for line in lines]
    image = os.path.join(directory, "guest.img")
    packed_initrd(image, script.format(modules="\n".join(lines), steps=steps),
                  [*loaded, *files, ("bin/crashbox", CRASHBOX), ("sbin/ip", IP)])
    extra = []
    for number, cable in enumerate(cables):
        extra += ["-netdev", cable, "-device", f"e1000,netdev=n{number},mac={mac}{number},romfile="]
    return Machine(directory, kern.vmlinuz, image, "quiet panic=-1", memory="256M", extra=extra)


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

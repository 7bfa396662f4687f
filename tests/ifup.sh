#!/bin/sh
# ifup and ifdown against a real server of DHCP, DHCPv6 and router advertisements, on a pair of virtual interfaces in
# network namespaces of this test's own. What iproute2 shows is what is compared. Needs build/crashbox, root, dnsmasq.
# (VLANs and bonds: qemu-tests/test_network.py; this machine's kernel may lack them.) The last line is the count.
cd "$(dirname "$0")/.." || exit 1
crashbox=$PWD/build/crashbox
. tests/lib.sh

if [ "$(id -u)" != 0 ] || ! unshare -n -m true 2>/dev/null; then
	skip "ifup: it needs root, and namespaces of its own"
	close_test
	exit
fi
if [ -z "${CRASHBOX_NAMESPACE-}" ]; then
	rm -rf "$work"
	CRASHBOX_NAMESPACE=1 exec unshare -n -m sh tests/ifup.sh
fi

# Nothing here touches the machine's own resolv.conf.
printf '# kept\nsearch kept.example' >"$work/resolv.conf"
mount --bind "$work/resolv.conf" /etc/resolv.conf || exit 1

# The other end: a namespace that lives as long as this process.
unshare -n sleep 600 &
peer=$!
dnsmasq=''
clean_up() {
	[ -z "$dnsmasq" ] || kill "$dnsmasq" 2>/dev/null
	kill "$peer" 2>/dev/null
	umount /etc/resolv.conf 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
until [ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done

on_peer() {
	nsenter -t "$peer" -n "$@"
}

# A cable: eth0 here (not yet up), lan there.
plug() {
	ip link del eth0 2>/dev/null
	ip link add eth0 address 52:54:00:12:34:56 type veth peer name lan netns "$peer"
	on_peer ip link set lan up
	on_peer ip addr add 192.0.2.1/24 dev lan
	on_peer ip addr add 2001:db8::1/64 dev lan nodad
}

# serve OPTION...: dnsmasq at the other end, instead of the one before.
serve() {
	[ -z "$dnsmasq" ] || { kill "$dnsmasq" && wait "$dnsmasq"; } 2>/dev/null
	rm -f "$work/leases"
	nsenter -t "$peer" -n dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file=/dev/null --port=0 --user=root \
		--interface=lan --bind-dynamic --dhcp-leasefile="$work/leases" --dhcp-authoritative --dhcp-duid=1,01:02:03:04 --log-dhcp \
		--log-facility="$work/dnsmasq.log" "$@" &
	dnsmasq=$!
}

ifup() {
	"$crashbox" ifup "$@"
}

# shows WHAT TEXT COMMAND...: iproute2's answer has that text.
shows() {
	what=$1 text=$2
	shift 2
	expect "$what" 0 "$text" "$@"
}

# --- words ------------------------------------------------------------------------------------------------------------
expect "no interface named" 2 "missing INTERFACE" ifup
expect "an unknown word" 2 "unknown word 'fast'" ifup eth0 fast
expect "no address" 2 "'192.0.2.300/24' is not an address" ifup eth0 192.0.2.300/24
expect "a prefix that is too long" 2 "'192.0.2.1/33' is not an address" ifup eth0 192.0.2.1/33
expect "a gateway is missing" 2 "gw: what follows it is missing" ifup eth0 192.0.2.5/24 gw
expect "no mode of bonds" 2 "'fast' is not a mode of bonds" ifup bond0 bond fast eth0
expect "no VLAN id" 2 "'4095' is not a VLAN's id (1 to 4094)" ifup v vlan 4095 on eth0
expect "dracut: an unknown word" 2 "Of dracut's, ifup knows" ifup bridge=br0:eth0
expect "dracut: a method that it lacks" 2 "'ibft' is not a method that ifup knows" ifup ip=eth0:ibft
expect "dracut: a mask with holes" 2 "'255.0.255.0' is not a netmask" ifup ip=192.0.2.5:::255.0.255.0::eth0:none
expect "an interface that does not exist" 1 "eth7: no such interface after" ifup -t 0.2 eth7 dhcp
check "and those that exist are listed" grep -q "the network interfaces that exist" "$work/output"
expect "none at all" 1 "no network interface after" ifup -t 0.2 ip=dhcp
expect "ifdown: no such interface" 1 "eth7: no such interface" "$crashbox" ifdown eth7

# --- static -----------------------------------------------------------------------------------------------------------
plug
expect "static: up" 0 "eth0 is up: 192.0.2.5/24 gw 192.0.2.1" ifup -t 20 eth0 192.0.2.5/24 gw 192.0.2.1
shows "static: the address" "inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0" ip addr show eth0
shows "static: the default route" "default via 192.0.2.1 dev eth0" ip route
expect "static: again changes nothing" 0 "eth0 is up" ifup -t 20 eth0 192.0.2.5/24 gw 192.0.2.1
check "static: one address" test "$(ip -4 -o addr show eth0 | wc -l)" -eq 1
check "static: the gateway was asked, and has answered" sh -c "ip neigh show 192.0.2.1 | grep lladdr"
expect "--show" 0 "address 192.0.2.5/24" ifup --show eth0
check "--show: the route" grep -q "route default via 192.0.2.1" "$work/out"
expect "ifdown" 0 "" "$crashbox" ifdown eth0
check "ifdown: no address, and down" sh -c '! ip -o addr show eth0 | grep -q "inet " && ip -o link show eth0 | grep -q "state DOWN"'

plug
expect "by MAC address, two families, a route, name servers, MTU" 0 "eth0 is up" ifup -t 20 52:54:00:12:34:56 \
	192.0.2.5/24 2001:db8::5/64 gw 192.0.2.1 gw '[2001:db8::1]' route 198.51.100.0/24 via 192.0.2.1 \
	dns 192.0.2.1 dns 2001:db8::1 search example.net mtu 1400
shows "IPv6 at once" "inet6 2001:db8::5/64 scope global nodad" ip -6 addr show eth0
shows "IPv6: the default route" "default via 2001:db8::1 dev eth0" ip -6 route
shows "a route" "198.51.100.0/24 via 192.0.2.1 dev eth0" ip route
shows "the MTU" "mtu 1400" ip link show eth0
expect "up again, with one of the same name servers" 0 "" ifup -t 20 eth0 dns 192.0.2.1
printf '# kept\nsearch kept.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch example.net\n' >"$work/wanted"
check "resolv.conf: what was there, and what is new, once" diff "$work/wanted" /etc/resolv.conf

plug
expect "dracut: ip= with a netmask" 0 "eth0 is up: 192.0.2.7/24 gw 192.0.2.1" \
	ifup -t 20 ip=192.0.2.7::192.0.2.1:255.255.255.0:host:eth0:none
plug
expect "dracut: IPv6 in brackets, ifname=, rd.route=" 0 "eth0 is up: 2001:db8::7/64 gw 2001:db8::1" ifup -t 20 \
	ifname=lan0:52:54:00:12:34:56 'ip=[2001:db8::7]::[2001:db8::1]:64:host:lan0:none' \
	'rd.route=[2001:db8:1::]/48:[2001:db8::1]:lan0'
shows "dracut: the route" "2001:db8:1::/48 via 2001:db8::1 dev eth0" ip -6 route
expect "the gateway does not answer" 1 "eth0: the gateway 192.0.2.99 does not answer" \
	ifup -t 2 eth0 192.0.2.5/24 gw 192.0.2.99
plug
on_peer ip link set lan down
expect "no carrier" 1 "eth0: no carrier after" ifup -t 1 eth0 dhcp
(sleep 2 && on_peer ip link set lan up) &
expect "a carrier that comes later" 0 "eth0 is up: 192.0.2.5/24" ifup -t 20 eth0 192.0.2.5/24 gw 192.0.2.1

# --- DHCP -------------------------------------------------------------------------------------------------------------
plug
expect "no server" 1 "eth0: no DHCP server answered in" ifup -t 2 eth0 dhcp
serve --dhcp-range=192.0.2.100,192.0.2.100,255.255.255.0,1h --dhcp-option=option:router,192.0.2.1 \
	--dhcp-option=option:dns-server,192.0.2.1,192.0.2.2 --dhcp-option=option:mtu,1450 --domain=dhcp.example
plug
expect "DHCP" 0 "eth0 is up: 192.0.2.100/24 gw 192.0.2.1" ifup -t 20 eth0 dhcp
shows "DHCP: the address" "inet 192.0.2.100/24 brd 192.0.2.255" ip addr show eth0
shows "DHCP: the route" "default via 192.0.2.1 dev eth0" ip route
shows "DHCP: the MTU" "mtu 1450" ip link show eth0
shows "DHCP: name servers" "nameserver 192.0.2.2" cat /etc/resolv.conf
shows "DHCP: the domain" "search dhcp.example" cat /etc/resolv.conf
check "DHCP: the server has the lease" grep -q "52:54:00:12:34:56 192.0.2.100" "$work/leases"
plug
expect "dracut: ip=dhcp takes the interface with a carrier" 0 "eth0 is up: 192.0.2.100/24" ifup -t 20 ip=dhcp
serve --dhcp-range=192.0.2.100,192.0.2.100,255.255.255.0,1h --dhcp-option=option:router,192.0.2.99 \
	--dhcp-option=option:classless-static-route,198.51.100.0/25,192.0.2.1,0.0.0.0/0,192.0.2.1
plug
expect "DHCP: classless routes instead of the router" 0 "gw 192.0.2.1" ifup -t 20 eth0 dhcp
shows "DHCP: a classless route" "198.51.100.0/25 via 192.0.2.1" ip route
serve --dhcp-range=192.0.2.101,192.0.2.101,255.255.255.0,1h --dhcp-ignore=tag:!known
expect "a server that offers nothing" 1 "no DHCP server answered" ifup -t 3 eth0 dhcp

# --- IPv6 -------------------------------------------------------------------------------------------------------------
serve --enable-ra --dhcp-range=2001:db8::,ra-only,64,1h --dhcp-option="option6:dns-server,[2001:db8::53]"
plug
expect "router advertisements" 0 "eth0 is up" ifup -t 30 eth0 auto6
shows "router advertisements: the address" "inet6 2001:db8::5054:ff:fe12:3456/64 scope global" ip -6 addr show eth0
shows "router advertisements: the default route" "default via fe80::" ip -6 route
shows "router advertisements: the name server" "nameserver 2001:db8::53" cat /etc/resolv.conf
serve --enable-ra --dhcp-range=2001:db8::1000,2001:db8::1000,64,1h --dhcp-option="option6:dns-server,[2001:db8::54]"
plug
expect "DHCPv6, as the router says" 0 "eth0 is up: 2001:db8::1000/128" ifup -t 30 eth0 auto6
shows "DHCPv6: the address" "inet6 2001:db8::1000/128 scope global" ip -6 addr show eth0
shows "DHCPv6: the name server" "nameserver 2001:db8::54" cat /etc/resolv.conf
plug
expect "one of two families is enough" 0 "eth0 is up: 2001:db8::1000/128" ifup -t 15 eth0 dhcp auto6
check "and the other is told" grep -q "no DHCP server answered" "$work/output"
serve
plug
expect "no router" 1 "eth0: no router advertisement" ifup -t 2 eth0 auto6

close_test

#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fmt/dhcp4.h"
#include "fmt/dhcp6.h"
#include "fmt/interface_words.h"
#include "fmt/mount_source.h"
#include "fmt/nd_options.h"
#include "fmt/netlink.h"
#include "fmt/udp4.h"

static struct span text(const char *s)
{
	return span_of(s, strlen(s));
}

/* --- addresses --- */

static void addresses(struct test *t)
{
	char out[IP_TEXT];
	struct ip_prefix p, q;

	CHECK(t, ip_prefix_parse(text("192.0.2.5/24"), &p));
	CHECK_STR(t, ip_prefix_text(&p, out), "192.0.2.5/24");
	CHECK(t, ip_prefix_parse(text("[2001:db8::5]"), &p));
	CHECK_STR(t, ip_prefix_text(&p, out), "2001:db8::5/128");
	CHECK(t, ip_prefix_parse(text("[2001:db8::5]/64"), &p));
	CHECK_STR(t, ip_prefix_text(&p, out), "2001:db8::5/64");
	for (const char *const *bad =
		     (const char *const[]){"", "1.2.3", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/x", "::/129", "1.2.3.4.5",
					   "[::", "fe80::1%eth0", "1.2.3.4/0024", NULL};
	     *bad; bad++)
		CHECK(t, !ip_prefix_parse(text(*bad), &p));
	CHECK(t, !ip_address_parse(text("1.2.3.4/24"), &p));
	CHECK(t, !ip_address_parse(span_of("1.2.3.4\0x", 9), &p));

	ip_address_parse(text("255.255.240.0"), &p);
	CHECK_INT(t, ip_mask_length(&p), 20);
	ip_address_parse(text("255.0.255.0"), &p);
	CHECK_INT(t, ip_mask_length(&p), -1);
	ip_address_parse(text("0.0.0.0"), &p);
	CHECK_INT(t, ip_mask_length(&p), 0);
	CHECK(t, ip_is_any(&p));
	ip_address_parse(text("255.255.255.255"), &p);
	CHECK_INT(t, ip_mask_length(&p), 32);

	ip_prefix_parse(text("192.0.2.128/25"), &p);
	ip_address_parse(text("192.0.2.200"), &q);
	CHECK(t, ip_prefix_has(&p, &q));
	ip_address_parse(text("192.0.2.100"), &q);
	CHECK(t, !ip_prefix_has(&p, &q));
	ip_address_parse(text("::1"), &q);
	CHECK(t, !ip_prefix_has(&p, &q));
}

/* --- the words of ifup: as one line that says what was understood --- */

static void show_route(char *out, const struct interface_route *r)
{
	char network[IP_TEXT], gateway[IP_TEXT] = "link";

	if (r->gateway.size)
		ip_address_text(&r->gateway, gateway);
	sprintf(out + strlen(out), " route=%s>%s", ip_prefix_text(&r->network, network), gateway);
}

static void show(char *out, const struct interface *i)
{
	char address[IP_TEXT];

	sprintf(out + strlen(out), "%s", i->spec);
	sprintf(out + strlen(out), "%s%s%s", i->dhcp4 ? " dhcp4" : "", i->dhcp6 ? " dhcp6" : "",
		i->auto6 ? " auto6" : "");
	for (unsigned n = 0; n < i->address_count; n++)
		sprintf(out + strlen(out), " %s", ip_prefix_text(&i->addresses[n], address));
	for (unsigned n = 0; n < i->route_count; n++)
		show_route(out, &i->routes[n]);
	for (unsigned n = 0; n < i->dns_count; n++)
		sprintf(out + strlen(out), " dns=%s", ip_address_text(&i->dns[n], address));
	if (i->search[0])
		sprintf(out + strlen(out), " search=%s", i->search);
	if (i->mtu)
		sprintf(out + strlen(out), " mtu=%u", i->mtu);
	if (i->vlan)
		sprintf(out + strlen(out), " vlan=%u@%s", i->vlan, i->parent);
	for (unsigned n = 0; n < i->port_count; n++)
		sprintf(out + strlen(out), " port=%s", i->ports[n]);
	if (i->port_count)
		sprintf(out + strlen(out), " mode=%s,%u,%d", i->bond.mode, i->bond.miimon, i->bond.lacp_fast);
	strcat(out, ";");
}

static const char *parse(const char *line, char out[4096])
{
	char copy[1024], *words[32];
	struct interface_list list;
	struct error e = {.code = 0};
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		words[count++] = word;
	out[0] = 0;
	if (interface_parse(words, count, &list, &e) < 0)
		return strcpy(out, e.text);
	for (unsigned i = 0; i < list.count; i++)
		show(out, &list.interfaces[i]);
	return out;
}

#define TEN      "abcdefghij"
#define TOO_LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void own_words(struct test *t)
{
	char out[4096];

	CHECK_STR(t, parse("eth0 dhcp", out), "eth0 dhcp4;");
	CHECK_STR(t, parse("eth0", out), "eth0;");
	CHECK_STR(t, parse("52:54:00:12:34:56 dhcp6 auto6 mtu 9000", out), "52:54:00:12:34:56 dhcp6 auto6 mtu=9000;");
	CHECK_STR(t,
		  parse("eth0 192.0.2.5/24 2001:db8::5/64 gw 192.0.2.1 gw [2001:db8::1] dns 192.0.2.2 search a.example",
			out),
		  "eth0 192.0.2.5/24 2001:db8::5/64 route=0.0.0.0/0>192.0.2.1 route=::/0>2001:db8::1 dns=192.0.2.2 "
		  "search=a.example;");
	CHECK_STR(t, parse("eth0 192.0.2.5/24 route 198.51.100.0/24 via 192.0.2.1 route 203.0.113.0/24", out),
		  "eth0 192.0.2.5/24 route=198.51.100.0/24>192.0.2.1 route=203.0.113.0/24>link;");
	CHECK_STR(t, parse("v5 vlan 5 on eth0 dhcp", out), "v5 dhcp4 vlan=5@eth0;");
	CHECK_STR(t, parse("bond0 bond 802.3ad eth0,eth1 dhcp", out),
		  "bond0 dhcp4 port=eth0 port=eth1 mode=802.3ad,0,0;");
	CHECK_HAS(t, parse("../x dhcp", out), "'../x' is not an interface's name or MAC address");
	CHECK_HAS(t, parse("aninterfacewithalongname dhcp", out), "is not an interface's name");
	CHECK_HAS(t, parse("eth0 route 192.0.2.0/24 via ::1", out), "'::1' is not of the same family");
	CHECK_HAS(t, parse("eth0 mtu 10", out), "'10' is not an MTU (68 to 65535)");
	CHECK_HAS(t, parse("v vlan 5 eth0", out), "write: vlan ID on INTERFACE");
	CHECK_HAS(t, parse("b bond 1", out), "write: bond MODE PORT,PORT");
	CHECK_HAS(t, parse("b vlan 5 on eth0 bond 1 eth0", out), "cannot be both a VLAN and a bond");
	CHECK_HAS(t, parse("eth0 0.0.0.0/24", out), "is not an address");
	CHECK_HAS(t, parse("eth0 route 1.0.0.0/33", out), "'1.0.0.0/33' is not a network");
	CHECK_HAS(t, parse("eth0 route 1.0.0.0/8 via x", out), "'x' is not a gateway's address");
	CHECK_HAS(t, parse("eth0 gw x", out), "'x' is not a gateway's address");
	CHECK_HAS(t, parse("eth0 dns x", out), "'x' is not a name server's address");
	CHECK_HAS(t, parse("eth0 dns 1.0.0.1 dns 1.0.0.2 dns 1.0.0.3 dns 1.0.0.4", out), "more than 3 name servers");
	CHECK_HAS(t, parse("bond0 bond 1 a,b,c,d,e,f,g,h,i", out), "more than 8 ports of a bond");
	CHECK_HAS(t, parse("bond0 bond 1 a,/b", out), "'/b' is not an interface's name");
	CHECK_HAS(t, parse("eth0 search " TOO_LONG, out), "is not a domain");
	CHECK_HAS(t, parse("eth0 1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5", out), "more than 4 addresses");
}

static void dracut_words(struct test *t)
{
	char out[4096];

	CHECK_STR(t, parse("ip=dhcp", out), "any dhcp4;");
	CHECK_STR(t, parse("ip=eth0:dhcp6:1400", out), "eth0 dhcp6 mtu=1400;");
	CHECK_STR(t, parse("ip=192.0.2.5::192.0.2.1:255.255.255.0:host:eth0:none", out),
		  "eth0 192.0.2.5/24 route=0.0.0.0/0>192.0.2.1;");
	CHECK_STR(t, parse("ip=192.0.2.5::192.0.2.1:24::eth0:none:192.0.2.2:192.0.2.3", out),
		  "eth0 192.0.2.5/24 route=0.0.0.0/0>192.0.2.1 dns=192.0.2.2 dns=192.0.2.3;");
	CHECK_STR(t, parse("ip=[2001:db8::5]::[2001:db8::1]:64::eth0:none", out),
		  "eth0 2001:db8::5/64 route=::/0>2001:db8::1;");
	CHECK_STR(t, parse("ip=:::::eth0:dhcp", out), "eth0 dhcp4;");
	CHECK_STR(t,
		  parse("ip=192.0.2.5:::24::vlan0005:none vlan=vlan0005:bond0 "
			"bond=bond0:eth0,eth1:mode=active-backup,miimon=50 "
			"nameserver=192.0.2.9",
			out),
		  "bond0 dns=192.0.2.9 port=eth0 port=eth1 mode=active-backup,50,0;"
		  "vlan0005 192.0.2.5/24 dns=192.0.2.9 vlan=5@bond0;");
	CHECK_STR(t, parse("vlan=eth0.0007:eth0 ip=eth0.0007:dhcp", out), "eth0.0007 dhcp4 vlan=7@eth0;");
	CHECK_STR(t, parse("bond=:eth2:mode=4,lacp_rate=fast", out), "bond0 port=eth2 mode=4,0,1;");
	CHECK_STR(t, parse("ifname=lan:52:54:00:12:34:56 ip=lan:dhcp", out), "52:54:00:12:34:56 dhcp4;");
	CHECK_STR(t, parse("ip=eth0:dhcp rd.route=198.51.100.0/24:192.0.2.1", out),
		  "eth0 dhcp4 route=198.51.100.0/24>192.0.2.1;");
	CHECK_HAS(t, parse("ip=eth0:ibft", out), "ip=eth0:ibft: 'ibft' is not a method that ifup knows");
	CHECK_HAS(t, parse("vlan=lan:eth0", out), "is not a VLAN's id");
	CHECK_HAS(t, parse("bond=b:eth0:mode=1,primary=eth0", out), "unknown option 'primary=eth0'");
	CHECK_HAS(t, parse("ip=1.2.3.4:::33::eth0:none", out), "the netmask is longer than the address");
	CHECK_HAS(t, parse("ip=eth0:dhcp:1500:52:54:00:12:34:56", out), "with a MAC address");
	CHECK_HAS(t, parse("rd.route=1.2.3.0/24:1.2.3.4", out), "comes after the ip= of its interface");
	CHECK_HAS(t, parse("nameserver=1.2.3.4", out), "ip= is missing");
	CHECK_HAS(t, parse("vlan=lan5", out), "write: vlan=NAME:INTERFACE");
	CHECK_HAS(t, parse("vlan=/5:eth0", out), "'/5' is not an interface's name");
	CHECK_HAS(t, parse("bond=/:eth0", out), "'/' is not an interface's name");
	CHECK_HAS(t, parse("bond=b:eth0:mode=9", out), "'9' is not a mode of bonds");
	CHECK_HAS(t, parse("ifname=lan", out), "write: ifname=NAME:MAC");
	CHECK_HAS(t, parse("ip=/:dhcp", out), "'/' is not an interface's name");
	CHECK_HAS(t, parse("ip=1.2.3.4:::24::/:none", out), "'/' is not an interface's name");
	CHECK_HAS(t, parse("ip=1.2.3.4::x:24::eth0:none", out), "'x' is not a gateway's address");
	CHECK_HAS(t, parse("ip=eth0:dhcp nameserver=x", out), "'x' is not a name server's address");
	CHECK_HAS(t, parse("rd.route=1.2.3.0/24:1.2.3.4:/", out), "'/' is not an interface's name");
	CHECK_HAS(
		t,
		parse("ip=a:dhcp ip=b:dhcp ip=c:dhcp ip=d:dhcp ip=e:dhcp ip=f:dhcp ip=g:dhcp ip=h:dhcp ip=i:dhcp", out),
		"more than 8 interfaces");
	CHECK_HAS(t, parse("team=t0:eth0", out), "unknown word 'team=t0:eth0'");
}

/* --- DHCP --- */

static const struct dhcp4_client client4 = {.transaction = 0x01020304, .mac = {2, 0, 0, 0, 0, 9}};

/* An answer with these options; the fixed part is right. */
static size_t answer4(uint8_t message[600], const void *options, size_t size)
{
	memset(message, 0, 600);
	memcpy(message, (const uint8_t[]){2, 1, 6, 0, 1, 2, 3, 4}, 8);
	memcpy(message + 16, (const uint8_t[]){192, 0, 2, 100}, 4);
	memcpy(message + 28, client4.mac, 6);
	memcpy(message + 236, (const uint8_t[]){99, 130, 83, 99}, 4);
	memcpy(message + 240, options, size);
	return 240 + size;
}

static void dhcp4_answers(struct test *t)
{
	static const uint8_t ack[] = {53,  1,  5, 54, 4, 192, 0,   2,  1, 1,   4,   255, 255,  255, 0,  3, 4,
				      192, 0,  2, 1,  6, 8,   192, 0,  2, 2,   192, 0,   2,    3,   26, 2, 5,
				      120, 51, 4, 0,  0, 14,  16,  15, 5, 'a', '.', 'b', '\n', 'x', 255};
	static const uint8_t classless[] = {53,  1,   2,   3, 4, 192, 0, 2,   9, 121, 6,   25, 198, 51, 100,
					    128, 192, 121, 3, 0, 2,   1, 121, 5, 0,   192, 0,  2,   2};
	char out[IP_TEXT];
	struct dhcp4_reply r;
	uint8_t m[600];
	size_t size = answer4(m, ack, sizeof(ack));

	CHECK(t, dhcp4_read(span_of(m, size), &client4, &r));
	CHECK_INT(t, r.type, DHCP4_ACK);
	CHECK_STR(t, ip_prefix_text(&r.address, out), "192.0.2.100/24");
	CHECK_STR(t, ip_address_text(&r.server, out), "192.0.2.1");
	CHECK_INT(t, r.dns_count, 2);
	CHECK_STR(t, ip_address_text(&r.dns[1], out), "192.0.2.3");
	CHECK_INT(t, r.route_count, 1);
	CHECK_INT(t, r.mtu, 1400);
	CHECK_INT(t, r.seconds, 3600);
	CHECK_STR(t, r.domain, "a.b"); /* a name ends at what no name has */
	/* Cut anywhere, it is read within bounds; without its type it is no answer. */
	for (size_t cut = 0; cut < size; cut++)
		CHECK(t, dhcp4_read(span_of(m, cut), &client4, &r) == (cut >= 243));
	m[4] = 9;
	CHECK(t, !dhcp4_read(span_of(m, size), &client4, &r));

	/* Classless routes come in two parts here, and stand alone. */
	size = answer4(m, classless, sizeof(classless));
	CHECK(t, dhcp4_read(span_of(m, size), &client4, &r));
	CHECK_INT(t, r.route_count, 2);
	CHECK_STR(t, ip_prefix_text(&r.routes[0].network, out), "198.51.100.128/25");
	CHECK_STR(t, ip_address_text(&r.routes[0].gateway, out), "192.0.2.1");
	CHECK_STR(t, ip_prefix_text(&r.routes[1].network, out), "0.0.0.0/0");
	CHECK_STR(t, ip_prefix_text(&r.address, out), "192.0.2.100/24"); /* by class */

	for (const uint8_t *first = (const uint8_t[]){0, 127, 224, 255}; first;
	     first = *first == 255 ? NULL : first + 1) {
		size = answer4(m, ack, sizeof(ack));
		m[16] = *first;
		CHECK(t, !dhcp4_read(span_of(m, size), &client4, &r));
	}
}

static void dhcp4_questions(struct test *t)
{
	struct dhcp4_reply offer = {.address = {{192, 0, 2, 100}, 4, 24}, .server = {{192, 0, 2, 1}, 4, 32}};
	uint8_t m[DHCP4_MAX], packet[UDP4_HEADERS + DHCP4_MAX];
	struct span payload;
	size_t size = dhcp4_write(&client4, NULL, m);

	CHECK_INT(t, size, DHCP4_MIN);
	CHECK_MEM(t, m, ((const uint8_t[]){1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80}), 11);
	CHECK_MEM(t, m + 240, ((const uint8_t[]){53, 1, 1, 61, 7, 1, 2, 0, 0, 0, 0, 9}), 12);
	size = dhcp4_write(&client4, &offer, m);
	CHECK_INT(t, m[242], DHCP4_REQUEST);
	CHECK(t, memmem(m, size, (const uint8_t[]){50, 4, 192, 0, 2, 100, 54, 4, 192, 0, 2, 1, 255}, 13) != NULL);

	memcpy(packet + UDP4_HEADERS, m, size);
	udp4_write_broadcast(packet, 68, 67, size);
	payload = udp4_payload(span_of(packet, UDP4_HEADERS + size), 67);
	CHECK(t, payload.size == size && memcmp(payload.data, m, size) == 0);
	CHECK_INT(t, udp4_payload(span_of(packet, UDP4_HEADERS + size), 68).size, 0);
	CHECK_INT(t, udp4_payload(span_of(packet, UDP4_HEADERS + size - 1), 67).size, 0);
	packet[8]--; /* the header's checksum is wrong then */
	CHECK_INT(t, udp4_payload(span_of(packet, UDP4_HEADERS + size), 67).size, 0);
}

static void dhcp6_messages(struct test *t)
{
	static const struct dhcp6_client client = {.transaction = 0xff010203, .mac = {2, 0, 0, 0, 0, 9}};
	static const uint8_t reply[] = {7,  1,    2, 3,    0,    1,    0, 10, 0,  3,    0,  1,    2,    0, 0, 0, 0,   9,
					0,  2,    0, 3,    1,    2,    3, 0,  3,  0,    40, 0,    0,    0, 9, 0, 0,   0,
					0,  0,    0, 0,    0,    0,    5, 0,  24, 0x20, 1,  0x0d, 0xb8, 0, 0, 0, 0,   0,
					0,  0,    0, 0,    0,    0x10, 0, 0,  0,  0,    9,  0,    0,    0, 9, 0, 23,  0,
					16, 0x20, 1, 0x0d, 0xb8, 0,    0, 0,  0,  0,    0,  0,    0,    0, 0, 0, 0x53};
	char out[IP_TEXT];
	struct dhcp6_reply r;
	uint8_t m[DHCP6_MAX];
	size_t size;

	CHECK(t, dhcp6_read(span_of(reply, sizeof(reply)), &client, &r));
	CHECK_STR(t, ip_prefix_text(&r.address, out), "2001:db8::1000/128");
	CHECK_INT(t, r.server_size, 3);
	CHECK_INT(t, r.dns_count, 1);
	for (size_t cut = 0; cut < sizeof(reply); cut++)
		CHECK(t, dhcp6_read(span_of(reply, cut), &client, &r) == (cut >= 4));
	size = dhcp6_write(&client, DHCP6_SOLICIT, NULL, m);
	CHECK_MEM(t, m, ((const uint8_t[]){1, 1, 2, 3, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 9}), 18);
	CHECK_INT(t, size, 4 + 14 + 6 + 6 + 16);
	dhcp6_read(span_of(reply, sizeof(reply)), &client, &r);
	CHECK_INT(t, dhcp6_write(&client, DHCP6_REQUEST, &r, m), size + 28 + 7);
}

static void name_servers(struct test *t)
{
	static const uint8_t options[] = {1,    1, 2,    0,    0, 0, 0, 9, 25, 3, 0, 0, 0, 0, 1, 0,
					  0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0x53};
	struct ip_prefix servers[3];

	CHECK_INT(t, nd_name_servers(span_of(options, sizeof(options)), servers, 3), 1);
	CHECK_INT(t, servers[0].bytes[15], 0x53);
	CHECK_INT(t, nd_name_servers(span_of(options, sizeof(options) - 1), servers, 3), 0);
	CHECK_INT(t, nd_name_servers(span_of("\0\0\0", 3), servers, 3), 0);
}

/* --- what servers have --- */

static const char *host(struct span found, char out[64])
{
	snprintf(out, 64, "%.*s", (int)found.size, (const char *)found.data);
	return out;
}

static void mount_sources(struct test *t)
{
	char out[64];

	CHECK_STR(t, host(nfs_host(text("server:/export/dumps")), out), "server");
	CHECK_STR(t, host(nfs_host(text("192.0.2.1:/")), out), "192.0.2.1");
	CHECK_STR(t, host(nfs_host(text("[2001:db8::1]:/export")), out), "[2001:db8::1]");
	CHECK_STR(t, host(cifs_host(text("//server/dumps")), out), "server");
	CHECK_STR(t, host(cifs_host(text("//[2001:db8::1]/dumps/a")), out), "[2001:db8::1]");
	for (const char *const *bad = (const char *const[]){"", ":/x", "server", "server:x", "/dev/sda", "[2001:db8::1",
							    "server/x:/y", NULL};
	     *bad; bad++)
		CHECK_INT(t, nfs_host(text(*bad)).size, 0);
	for (const char *const *bad = (const char *const[]){"", "/x/y", "//", "//server", "//server/", "///x", NULL};
	     *bad; bad++)
		CHECK_INT(t, cifs_host(text(*bad)).size, 0);
	CHECK(t, mount_has_option("ro,vers=3,soft", "vers="));
	CHECK(t, mount_has_option("ro,vers=3,soft", "soft"));
	CHECK(t, !mount_has_option("ro,nfsvers=3,softerr", "soft"));
	CHECK(t, !mount_has_option("ro,nfsvers=3,softerr", "vers="));
}

/* --- netlink --- */

static void netlink(struct test *t)
{
	struct netlink_request r;
	struct netlink_message message;
	struct span received, attributes;
	char name[5];
	uint32_t nested;

	netlink_begin(&r, 16, 4, "body", 4);
	netlink_put_text(&r, 3, "interface");
	nested = netlink_open(&r, 18);
	netlink_put_u8(&r, 1, 7);
	netlink_close(&r, nested);
	netlink_put_u32(&r, 5, 0x01020304);
	received = span_of(r.bytes, r.used);
	CHECK(t, netlink_next(&received, &message));
	CHECK_INT(t, message.type, 16);
	CHECK_INT(t, message.flags, 4 | 1);
	attributes = span_part(message.body, 4, message.body.size - 4);
	netlink_text(netlink_attribute(attributes, 3), name, sizeof(name));
	CHECK_STR(t, name, "inte");
	CHECK_INT(t, netlink_u8(netlink_attribute(netlink_attribute(attributes, 18), 1)), 7);
	CHECK_INT(t, netlink_u32(netlink_attribute(attributes, 5)), 0x01020304);
	CHECK_INT(t, netlink_attribute(attributes, 9).size, 0);
	CHECK(t, !netlink_next(&received, &message));
	received = span_of(r.bytes, r.used - 1);
	CHECK(t, !netlink_next(&received, &message));
	for (int i = 0; i < 200; i++)
		netlink_put_u32(&r, 1, 0);
	CHECK(t, r.overflow);
}

void suite_network(struct test *t)
{
	test_run(t, "addresses", addresses);
	test_run(t, "the words of ifup", own_words);
	test_run(t, "the words of dracut", dracut_words);
	test_run(t, "answers of DHCP", dhcp4_answers);
	test_run(t, "questions of DHCP", dhcp4_questions);
	test_run(t, "messages of DHCPv6", dhcp6_messages);
	test_run(t, "name servers in router advertisements", name_servers);
	test_run(t, "sources of servers", mount_sources);
	test_run(t, "messages of netlink", netlink);
}

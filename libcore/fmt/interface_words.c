#include "fmt/interface_words.h"

#include <errno.h>
#include <stdio.h>

#include "fmt/interface_dracut.h"

static struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

/* Each word takes what follows it. */

struct words {
	char **words;
	int count, at; /* at: the word that is read */
};

/* The word that follows; NULL at the end. */
static const char *following(const struct words *w, int steps)
{
	return w->at + steps < w->count ? w->words[w->at + steps] : NULL;
}

static int take_dhcp(struct interface *i, struct words *w, struct error *e)
{
	(void)w, (void)e;
	i->dhcp4 = true;
	return 0;
}

static int take_dhcp6(struct interface *i, struct words *w, struct error *e)
{
	(void)w, (void)e;
	i->dhcp6 = true;
	return 0;
}

static int take_auto6(struct interface *i, struct words *w, struct error *e)
{
	(void)w, (void)e;
	i->auto6 = true;
	return 0;
}

static int take_gateway(struct interface *i, struct words *w, struct error *e)
{
	w->at++;
	return interface_add_gateway(i, text_span(w->words[w->at]), e);
}

static int take_route(struct interface *i, struct words *w, struct error *e)
{
	const char *via = following(w, 2), *gateway = following(w, 3);
	const char *network = w->words[w->at + 1];

	if (via && strcmp(via, "via") == 0 && gateway) {
		w->at += 3;
		return interface_add_route(i, text_span(network), text_span(gateway), e);
	}
	w->at++;
	return interface_add_route(i, text_span(network), span_of(NULL, 0), e);
}

static int take_dns(struct interface *i, struct words *w, struct error *e)
{
	w->at++;
	return interface_add_dns(i, text_span(w->words[w->at]), e);
}

static int take_search(struct interface *i, struct words *w, struct error *e)
{
	const char *domain = w->words[++w->at];

	if (strlen(domain) >= sizeof(i->search) || strpbrk(domain, "\n\r"))
		return error_set(e, EINVAL, "'%s' is not a domain", domain);
	snprintf(i->search, sizeof(i->search), "%s", domain);
	return 0;
}

static int take_mtu(struct interface *i, struct words *w, struct error *e)
{
	w->at++;
	return interface_set_mtu(i, text_span(w->words[w->at]), e);
}

static int take_vlan(struct interface *i, struct words *w, struct error *e)
{
	const char *on = following(w, 2), *parent = following(w, 3);

	if (!on || !parent || strcmp(on, "on") != 0)
		return error_set(e, EINVAL, "write: vlan ID on INTERFACE");
	w->at += 3;
	return interface_set_vlan(i, text_span(w->words[w->at - 2]), text_span(parent), e);
}

static int take_bond(struct interface *i, struct words *w, struct error *e)
{
	const char *ports = following(w, 2);

	if (!ports)
		return error_set(e, EINVAL, "write: bond MODE PORT,PORT");
	if (interface_set_bond_mode(i, w->words[w->at + 1], e) < 0)
		return -e->code;
	w->at += 2;
	return interface_set_ports(i, text_span(ports), e);
}

static const struct word {
	const char *name;
	int (*take)(struct interface *i, struct words *w, struct error *e);
	bool value; /* a word follows it */
} table[] = {
	{"dhcp", take_dhcp, false},    {"dhcp6", take_dhcp6, false}, {"auto6", take_auto6, false},
	{"gw", take_gateway, true},    {"route", take_route, true},  {"dns", take_dns, true},
	{"search", take_search, true}, {"mtu", take_mtu, true},      {"vlan", take_vlan, true},
	{"bond", take_bond, true},
};

static int take_word(struct interface *i, struct words *w, struct error *e)
{
	const char *word = w->words[w->at];

	for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
		if (strcmp(word, table[row].name) != 0)
			continue;
		if (table[row].value && !following(w, 1))
			return error_set(e, EINVAL, "%s: what follows it is missing", word);
		return table[row].take(i, w, e);
	}
	if (strpbrk(word, ".:"))
		return interface_add_address(i, text_span(word), e);
	return error_set(e, EINVAL, "unknown word '%s'", word);
}

int interface_parse(char **words, int count, struct interface_list *list, struct error *e)
{
	struct words w = {words, count, 1};
	struct interface *i = &list->interfaces[0];

	if (count && strchr(words[0], '='))
		return interface_parse_dracut(words, count, list, e);
	memset(list, 0, sizeof(*list));
	list->count = 1;
	if (interface_set_spec(i->spec, text_span(count ? words[0] : ""), e) < 0)
		return -e->code;
	for (; w.at < count; w.at++)
		if (take_word(i, &w, e) < 0)
			return -e->code;
	if (i->vlan && i->port_count)
		return error_set(e, EINVAL, "%s cannot be both a VLAN and a bond", i->spec);
	return 0;
}

/*
 * The words of dracut's kernel command line: ip=, bond=, vlan=, rd.route=, nameserver=, ifname=. Pure. Source:
 * dracut.cmdline(7), "Network".
 */
#ifndef FMT_INTERFACE_DRACUT_H
#define FMT_INTERFACE_DRACUT_H

#include "fmt/interface.h"

/* Reads dracut's words. Each has dracut's meaning, or is refused. Returns 0, or -EINVAL with an error that names the
 * word. */
int interface_parse_dracut(char **words, int count, struct interface_list *list, struct error *e);

#endif

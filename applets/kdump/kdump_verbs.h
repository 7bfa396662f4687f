/* kdump's verbs; each returns an exit status. kdump.c has their table. */
#ifndef APPLETS_KDUMP_KDUMP_VERBS_H
#define APPLETS_KDUMP_KDUMP_VERBS_H

#include "kdump/kdump_facts.h"

int kdump_start(struct kdump_facts *facts);
int kdump_restart(struct kdump_facts *facts);
int kdump_stop(struct kdump_facts *facts);
int kdump_reload(struct kdump_facts *facts);
int kdump_status(struct kdump_facts *facts);
int kdump_check(struct kdump_facts *facts);
int kdump_rehearse(struct kdump_facts *facts);
int kdump_query(struct kdump_facts *facts);
int kdump_save(struct kdump_facts *facts);
int kdump_rotate(struct kdump_facts *facts);

#endif

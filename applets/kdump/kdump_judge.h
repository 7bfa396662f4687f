/* Whether this machine is armed: armed.h's judgement of kdump's facts. */
#ifndef APPLETS_KDUMP_KDUMP_JUDGE_H
#define APPLETS_KDUMP_KDUMP_JUDGE_H

#include "kdump/armed.h"
#include "kdump/kdump_targets.h"

/* Whether memory is reserved, and enough: 0, or -ENOMEM with the classic error and what to do. */
int kdump_check_reservation(const struct kdump_facts *facts, struct error *e);

/* Calls armed_judge for these facts; targets may be NULL. */
enum armed kdump_judge(const struct kdump_facts *facts, const struct kdump_targets *targets, char *text, size_t size);

#endif

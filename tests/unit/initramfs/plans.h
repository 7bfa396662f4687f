/* What the tests of configurations share. */
#ifndef TESTS_UNIT_INITRAMFS_PLANS_H
#define TESTS_UNIT_INITRAMFS_PLANS_H

#include "plan/plan.h"
#include "unit/test.h"

/* A log that keeps its lines, each with a newline behind it. */
struct kept {
	char text[16384];
	struct log log;
};

void kept_init(struct kept *kept);

/* Shows the plan, reads that back, and checks that it is the same plan and that it shows the same bytes. */
void check_round_trip(struct test *t, const struct plan *plan, const char *what);

#endif

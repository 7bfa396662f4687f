/*
 * The budget as people and programs read it.
 */
#ifndef INITRAMFS_BUDGET_BUDGET_REPORT_H
#define INITRAMFS_BUDGET_BUDGET_REPORT_H

#include "budget/budget.h"
#include "text/buffer.h"

/*
 * The report: for each moment a bar of 60 columns that represents the reservation, a table in KiB, the verdict, what
 * was assumed, and, if it does not fit, what to change, each with what it saves. Lines of at most 100
 * columns.
 */
void budget_report_print(struct buffer *out, const struct budget *budget);

/* The same as one JSON object; mkcaptureinitrd(8) lists the keys, which stay stable. */
void budget_report_json(struct buffer *out, const struct budget *budget);

/* The smallest reservation as crashkernel= takes it: "62M" and a newline. */
void budget_report_minimum(struct buffer *out, const struct budget *budget);

#endif

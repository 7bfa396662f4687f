/*
 * What a forecast assumes, and what would make the minimum smaller.
 */
#ifndef INITRAMFS_BUDGET_BUDGET_ADVICE_H
#define INITRAMFS_BUDGET_BUDGET_ADVICE_H

#include "budget/budget.h"

/* Fills the notes and changes of a budget that budget_make has made. */
void budget_advise(struct budget *budget);

#endif

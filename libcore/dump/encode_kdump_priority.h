/*
 * A KDUMP file with its pages in order of priority.
 */
#ifndef DUMP_ENCODE_KDUMP_PRIORITY_H
#define DUMP_ENCODE_KDUMP_PRIORITY_H

#include "dump/kdump_front.h"

/* Into a sink that takes any offset: the file is readable wherever it breaks off. */
int kdump_encode_by_priority(struct kdump *k, struct error *e);

#endif

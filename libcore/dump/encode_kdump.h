/*
 * A KDUMP file in the making, for encode_kdump.c and encode_kdump_page_priority.c alone.
 */
#ifndef DUMP_ENCODE_KDUMP_H
#define DUMP_ENCODE_KDUMP_H

#include "dump/encode.h"

struct kdump {
	struct encode *job;
	struct kdump_header header;
	struct kdump_layout at;
	struct view view;
	uint64_t total; /* pages */
	uint64_t data;  /* where the next page's data goes */
};

/* The header, with that status; the sub header and notes (final: all is counted); all in front of the descriptors. */
int kdump_put_header(struct kdump *k, uint32_t status, struct error *e);
int kdump_put_sub_header(struct kdump *k, bool final, struct error *e);
int kdump_put_front(struct kdump *k, uint32_t status, struct error *e);

/* Into a sink that takes any offset: pages in order of value, the file readable wherever it breaks off. */
int kdump_encode_by_value(struct kdump *k, struct error *e);

#endif

/*
 * A KDUMP file in the making: what comes before its descriptors. For the two encoders of such files.
 */
#ifndef DUMP_KDUMP_FRONT_H
#define DUMP_KDUMP_FRONT_H

#include "dump/encode.h"

struct kdump {
	struct encode *job;
	struct kdump_header header;
	struct kdump_layout at;
	struct view view;
	uint64_t total; /* pages */
	uint64_t data;  /* where the next page's data goes */
};

/* The fields of the header and the layout, once total is known. */
void kdump_make_header(struct kdump *k);

/* Put the header, with that status; the sub header and notes (final: all is counted); all that precedes the
 * descriptors. */
int kdump_put_header(struct kdump *k, uint32_t status, struct error *e);
int kdump_put_sub_header(struct kdump *k, bool final, struct error *e);
int kdump_put_front(struct kdump *k, uint32_t status, struct error *e);

/* Sets the error for a pass that finds other pages than the first one did. Returns -EILSEQ. */
int kdump_array_changed(struct error *e);

/* The file with its pages in order of priority, into a sink that takes any offset: readable wherever it breaks off. */
int kdump_encode_by_priority(struct kdump *k, struct error *e);

#endif

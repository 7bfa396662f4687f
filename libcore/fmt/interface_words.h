/* The words of an ifup command: ifup(8). Pure. */
#ifndef FMT_INTERFACE_WORDS_H
#define FMT_INTERFACE_WORDS_H

#include "fmt/interface.h"

/*
 * Reads either "INTERFACE WORD..." or dracut's words, each with a = in it. Returns 0, or -EINVAL with an error that
 * names the word.
 */
int interface_parse(char **words, int count, struct interface_list *list, struct error *e);

#endif

/*
 * What a dump left out and why, for people and for programs: a table, and an ELF note inside the dump itself, so that
 * the file tells the same wherever it goes. Readers skip unknown notes.
 */
#ifndef DUMP_DUMP_SUMMARY_H
#define DUMP_DUMP_SUMMARY_H

#include "dump/encode.h"

enum {
	SUMMARY_NOTE_SIZE = 1024,  /* a whole ELF note: name "CRASHBOX", type 1, lines "key value", zeros */
	SUMMARY_TABLE_SIZE = 2048, /* enough for the table */
};

/*
 * Fills the note. final: all is counted; otherwise leaves out what only reading the pages shows (zero, unreadable), for
 * a sink whose start must be put first.
 */
void summary_write_note(uint8_t out[SUMMARY_NOTE_SIZE], const struct dump_stats *stats, unsigned level, bool final);

/* Finds the note among a dump's notes. False if there is none. Values that the note lacks are 0. */
bool summary_read_note(struct span notes, struct dump_stats *stats, unsigned *level);

/* Whether the dump is less than requested. */
bool summary_degraded(const struct dump_stats *stats);

/* The table: a line for each class that has pages, and what is wrong, if anything. Ends in a newline. Returns its
 * length. */
size_t summary_table(char out[SUMMARY_TABLE_SIZE], const struct dump_stats *stats, unsigned level, uint32_t page_size);

#endif

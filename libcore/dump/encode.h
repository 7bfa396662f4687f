/*
 * Encoders: a selection's pages in a file format, put into a sink. doc/formats.md describes the files.
 */
#ifndef DUMP_ENCODE_H
#define DUMP_ENCODE_H

#include "base/source.h"
#include "dump/codec.h"
#include "dump/page_order.h"
#include "dump/sink/sink.h"
#include "fmt/kdump_format.h"

/* What a dump's header contains. */
struct dump_identity {
	uint8_t uts[KDUMP_UTS_SIZE];
	uint64_t crash_time; /* seconds since 1970 */
	uint64_t phys_base;
	unsigned level; /* the dump level that was applied */
};

/* What an encoder counted. */
struct dump_stats {
	uint64_t pages;                           /* selected */
	struct selection_counts counts;           /* of all that the source has, by class */
	uint64_t by_priority[NR_PAGE_PRIORITIES]; /* of them */
	uint64_t zero;                            /* of them: nothing but zeros, and left out or shared */
	uint64_t unreadable;                      /* of them: marked, not saved */
	uint64_t first_unreadable;                /* its pfn */
	uint64_t size;                            /* bytes of the dump */
	bool less_filtered;                       /* than the level asked for; identity.level is what was done */
	bool begun;                               /* the encoder has not finished */
	bool lost;                                /* some of it was lost later, and is marked */
};

/* Called from time to time; done and total count the same thing. */
struct progress {
	void (*step)(void *context, uint64_t done, uint64_t total);
	void *context;
};

/* All that an encoder works on; the parts are the caller's. */
struct encode {
	struct source *source;
	struct selection *selection;
	struct page_order *order; /* of the selection; KDUMP only */
	struct codec *codec;      /* KDUMP only */
	struct sink *sink;
	struct dump_identity identity;
	const struct progress *progress; /* may be NULL */
	struct dump_stats stats;         /* out */
};

/*
 * KDUMP version 6. Into a sink that takes any offset: the headers first, marked incomplete, the bitmaps and a table of
 * empty descriptors, synced; then page data in order of priority, each few MiB of it synced before its descriptors are
 * put; the mark is removed last. So the file is readable wherever it breaks off. Zero pages share one stored page. A
 * page that cannot be read has a descriptor of zeros.
 *
 * Into a sink in_order every page is stored raw at an offset known beforehand, since the descriptors come first; give
 * it a codec of CODEC_NONE. A page that cannot be read is filled with ENCODE_MARK.
 *
 * Both write everything but call neither commit nor abort; stats.size is commit's size.
 */
int encode_kdump(struct encode *encode, struct error *e);

/*
 * ELF, with the source's notes and segments, in order. A run of pages that the level leaves out, zero pages among them,
 * is left out of the file if it is 256 pages or longer, or ends its segment: the program header before it has p_memsz >
 * p_filesz. A shorter run is written if its pages can be read. A page that cannot be read is filled with ENCODE_MARK.
 */
int encode_elf(struct encode *encode, struct error *e);

/* Fills a page that could not be read, if the format has no other mark: this text of 16 bytes, repeated. */
#define ENCODE_MARK "UNREADABLE PAGE\n"

/* --- shared by the encoders -------------------------------------------------------------------------------------- */

/* Whether all bytes are zero; size is a multiple of 64. */
bool encode_is_zero(const uint8_t *data, size_t size);

/* Fills a page with ENCODE_MARK. */
void encode_mark(uint8_t *page, size_t size);

/* Counts a page that could not be read. */
void encode_unreadable(struct encode *encode, uint64_t pfn);

/*
 * A loss of power can leave one of two neighbouring 8-byte words without the other if they lie in two sectors. So an
 * encoder puts the first with a harmless second, and defers the second until the first is synced.
 */
enum { DISK_SECTOR = 512, DEFERRED_MAX = 768 };

struct deferred_words {
	struct deferred_word {
		uint64_t offset;
		uint32_t syncs; /* that must come before it is put */
		uint8_t bytes[8];
	} words[DEFERRED_MAX];
	size_t nr;
};

/* Whether the boundary of what a disk writes as a whole, at least, lies between the two words at an offset. */
static inline bool straddles_sector(uint64_t offset)
{
	return offset % DISK_SECTOR == DISK_SECTOR - 8;
}

/* There must be room: nr < DEFERRED_MAX. */
void deferred_words_add(struct deferred_words *deferred, uint64_t offset, const uint8_t bytes[8], uint32_t syncs);

/* Syncs, and puts the words that waited for it. Returns 0 or a negative errno. */
int deferred_words_sync(struct deferred_words *deferred, struct sink *sink, struct error *e);

static inline void encode_progress(const struct encode *encode, uint64_t done, uint64_t total)
{
	if (encode->progress)
		encode->progress->step(encode->progress->context, done, total);
}

#endif

#include "budget/budget_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	BAR = 60,
	OUTSIDE = 20, /* columns after the bar for what does not fit */
	TEXT = 98,    /* columns of a line of text */
};

#define KIB UINT64_C(1024)
#define MIB UINT64_C(1048576)

/* By enum budget_part: the letter in the bar, the name in the table, and the key in JSON. */
static const struct {
	char letter;
	const char *name, *key;
} parts[BUDGET_PARTS] = {
	[BUDGET_KERNEL] = {'K', "kernel", "kernel"},    [BUDGET_PAGE_ARRAY] = {'P', "page array", "page_array"},
	[BUDGET_BOOT] = {'B', "booting", "boot"},       [BUDGET_IMAGE] = {'I', "image", "image"},
	[BUDGET_MODULES] = {'M', "modules", "modules"}, [BUDGET_DUMP] = {'D', "dump-save", "dump"},
	[BUDGET_MARGIN] = {'m', "margin", "margin"},
};

/* By enum budget_when. */
static const char *const moments[BUDGET_MOMENTS] = {"loading", "unpacking", "dumping"};

/* Bytes that are needed, rounded up: whatever is reported to fit does fit. */
static unsigned long long kib(uint64_t bytes)
{
	return (unsigned long long)((bytes + KIB - 1) / KIB);
}

static unsigned long long mib(uint64_t bytes)
{
	return (unsigned long long)((bytes + MIB - 1) / MIB);
}

/* --- for people -----------------------------------------------------------------------------------------------------
 */

static void print_tenths(struct buffer *out, uint64_t bytes)
{
	unsigned long long tenths = (unsigned long long)(bytes * 10 / MIB);

	buffer_print(out, "%llu.%llu MiB", tenths / 10, tenths % 10);
}

/* "64M", or "65000K" if it is not a whole number of MiB. */
static void print_size(struct buffer *out, uint64_t bytes)
{
	if (bytes % MIB == 0)
		buffer_print(out, "%lluM", (unsigned long long)(bytes / MIB));
	else
		buffer_print(out, "%lluK", kib(bytes));
}

static void print_verdict(struct buffer *out, const struct budget *budget)
{
	const struct budget_moment *moment = &budget->moment[budget->tightest];

	buffer_print(out, "crashkernel=");
	print_size(out, budget->reservation);
	buffer_print(out,
		     " for Linux %s: ", budget->input.kernel.release[0] ? budget->input.kernel.release : "(unknown)");
	if (budget->fits) {
		buffer_print(out, "fits, ");
		print_tenths(out, budget->reservation - moment->total);
		buffer_print(out, " free");
	} else {
		buffer_print(out, "OVER BUDGET, ");
		print_tenths(out, moment->total - budget->reservation + MIB / 10);
		buffer_print(out, " too much");
	}
	buffer_print(out, " at the tightest moment (%s)\n\n", moments[budget->tightest]);
}

/* The column of 60 in which that many bytes end; what fits ends inside the bar. */
static unsigned column(uint64_t bytes, uint64_t reservation)
{
	uint64_t end = bytes * BAR / reservation + (bytes > reservation);

	return end < BAR + OUTSIDE ? (unsigned)end : BAR + OUTSIDE;
}

static void print_cell(struct buffer *out, unsigned at, char letter)
{
	buffer_print(out, "%s%c", at == BAR ? "|" : "", letter);
}

/*
 * "|KKKKKKKKPPBBBIm.....|", or with what does not fit after the wall: "|KKKKKKKKKKKKPP|BB". A part too small for
 * a column still gets one, while any is left.
 */
static void print_bar(struct buffer *out, const struct budget_moment *moment, uint64_t reservation)
{
	unsigned at = 0, last = column(moment->total, reservation);
	uint64_t sum = 0;

	last = last < BAR ? BAR : last;
	buffer_print(out, "|");
	for (int part = 0; part < BUDGET_PARTS; part++) {
		unsigned end;

		sum += moment->bytes[part];
		end = column(sum, reservation);
		if (moment->bytes[part] && end <= at)
			end = at + 1;
		while (at < end && at < last)
			print_cell(out, at++, parts[part].letter);
	}
	while (at < BAR)
		print_cell(out, at++, '.');
	buffer_print(out, "%s\n", at == BAR ? "|" : "");
}

static void print_bars(struct buffer *out, const struct budget *budget)
{
	for (int when = 0; when < BUDGET_MOMENTS; when++) {
		buffer_print(out, "  %-10s", moments[when]);
		print_bar(out, &budget->moment[when], budget->reservation);
	}
	buffer_print(out, "  ");
	for (int part = 0; part < BUDGET_PARTS; part++)
		buffer_print(out, "%c %s  ", parts[part].letter, parts[part].name);
	buffer_print(out, ". free\n\n");
}

static void print_table(struct buffer *out, const struct budget *budget)
{
	buffer_print(out, "  %-16s", "KiB");
	for (int when = 0; when < BUDGET_MOMENTS; when++)
		buffer_print(out, "%12s", moments[when]);
	for (int part = 0; part < BUDGET_PARTS; part++) {
		buffer_print(out, "\n  %-16s", parts[part].name);
		for (int when = 0; when < BUDGET_MOMENTS; when++)
			buffer_print(out, "%12llu", kib(budget->moment[when].bytes[part]));
	}
	buffer_print(out, "\n  %-16s", "needed");
	for (int when = 0; when < BUDGET_MOMENTS; when++)
		buffer_print(out, "%12llu", kib(budget->moment[when].total));
	buffer_print(out, "\n  %-16s", "free");
	for (int when = 0; when < BUDGET_MOMENTS; when++)
		buffer_print(out, "%12lld",
			     (long long)(budget->reservation / KIB) - (long long)kib(budget->moment[when].total));
	buffer_print(out, "\n\n");
}

/* A list item, broken into lines at spaces. */
static void print_item(struct buffer *out, const char *text)
{
	const char *mark = "- ";

	while (*text) {
		size_t length = strlen(text), cut = TEXT - 4;

		if (length > cut) {
			while (cut > 1 && text[cut] != ' ')
				cut--;
			length = cut > 1 ? cut : TEXT - 4;
		}
		buffer_print(out, "  %s%.*s\n", mark, (int)length, text);
		text += length;
		text += *text == ' ';
		mark = "  ";
	}
}

static void print_changes(struct buffer *out, const struct budget *budget)
{
	char text[256];

	if (budget->fits)
		return;
	buffer_print(out, "What to change:\n");
	snprintf(text, sizeof(text), "crashkernel=%lluM or more", mib(budget->minimum));
	print_item(out, text);
	for (unsigned i = 0; i < budget->changes; i++) {
		snprintf(text, sizeof(text), "saves %llu MiB: %s", mib(budget->change[i].saves),
			 budget->change[i].what);
		print_item(out, text);
	}
}

void budget_report_print(struct buffer *out, const struct budget *budget)
{
	print_verdict(out, budget);
	print_bars(out, budget);
	print_table(out, budget);
	buffer_print(out, "The smallest that holds it: crashkernel=%lluM\n", mib(budget->minimum));
	if (budget->notes)
		buffer_print(out, "Assumptions:\n");
	for (unsigned i = 0; i < budget->notes; i++)
		print_item(out, budget->note[i]);
	print_changes(out, budget);
}

void budget_report_minimum(struct buffer *out, const struct budget *budget)
{
	buffer_print(out, "%lluM\n", mib(budget->minimum));
}

/* --- for programs ---------------------------------------------------------------------------------------------------
 */

/* RFC 8259, chapter 7. */
static void json_string(struct buffer *out, const char *text)
{
	buffer_print(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_print(out, "\\%c", *text);
		else if ((unsigned char)*text < 32)
			buffer_print(out, "\\u%04x", (unsigned)(unsigned char)*text);
		else
			buffer_add(out, text, 1);
	}
	buffer_print(out, "\"");
}

static void json_moment(struct buffer *out, const struct budget *budget, int when)
{
	const struct budget_moment *moment = &budget->moment[when];

	buffer_print(out, "    \"%s\": {", moments[when]);
	for (int part = 0; part < BUDGET_PARTS; part++)
		buffer_print(out, "\"%s\": %" PRIu64 ", ", parts[part].key, moment->bytes[part]);
	buffer_print(out, "\"needed\": %" PRIu64 ", \"free\": %" PRId64 "}%s\n", moment->total,
		     (int64_t)(budget->reservation - moment->total), when + 1 < BUDGET_MOMENTS ? "," : "");
}

static void json_kernel(struct buffer *out, const struct budget *budget)
{
	const struct budget_input *input = &budget->input;
	const struct kernel_size *size = &input->size;

	buffer_print(out, "  \"kernel\": {\"release\": ");
	json_string(out, input->kernel.release);
	buffer_print(out, ", \"arch\": \"%s\", \"load\": %" PRIu64 ", \"resident\": %" PRIu64 ", \"init\": %" PRIu64,
		     arch_name(input->kernel.arch), size->load, size->resident, size->init);
	buffer_print(out, ", \"measured\": %s},\n", budget->facts.measured && size->exact ? "true" : "false");
	buffer_print(out,
		     "  \"image\": {\"format\": \"%s\", \"packed\": %" PRIu64 ", \"unpacked\": %" PRIu64
		     ", \"buffers\": %" PRIu64 ", \"modules\": %" PRIu64 "},\n",
		     compression_name(input->compression.format), input->compressed, input->uncompressed,
		     input->compression.buffers, input->modules);
}

static void json_lists(struct buffer *out, const struct budget *budget)
{
	buffer_print(out, "  \"notes\": [");
	for (unsigned i = 0; i < budget->notes; i++) {
		buffer_print(out, "%s", i ? ", " : "");
		json_string(out, budget->note[i]);
	}
	buffer_print(out, "],\n  \"changes\": [");
	for (unsigned i = 0; i < budget->changes; i++) {
		buffer_print(out, "%s{\"saves\": %" PRIu64 ", \"what\": ", i ? ", " : "", budget->change[i].saves);
		json_string(out, budget->change[i].what);
		buffer_print(out, "}");
	}
	buffer_print(out, "]\n");
}

void budget_report_json(struct buffer *out, const struct budget *budget)
{
	buffer_print(out, "{\n  \"reservation\": %" PRIu64 ",\n  \"minimum\": %" PRIu64 ",\n", budget->reservation,
		     budget->minimum);
	buffer_print(out, "  \"fits\": %s,\n  \"tightest\": \"%s\",\n", budget->fits ? "true" : "false",
		     moments[budget->tightest]);
	json_kernel(out, budget);
	buffer_print(out, "  \"moments\": {\n");
	for (int when = 0; when < BUDGET_MOMENTS; when++)
		json_moment(out, budget, when);
	buffer_print(out, "  },\n");
	json_lists(out, budget);
	buffer_print(out, "}\n");
}

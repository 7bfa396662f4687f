/* dump-info: describes a dump file. */
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "base/utc.h"
#include "dump/info.h"
#include "dump/dump_summary.h"

enum { OPTION_JSON = 256 };

static const struct option options[] = {
	{OPTION_JSON, "json", NULL, "print one JSON object, for programs"},
	{0},
};

/* The file's texts may contain anything. */
static void print_json_text(const char *name, const char *text)
{
	printf("\"%s\": \"", name);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c > 126)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	printf("\", ");
}

static void print_text(const char *name, const char *text)
{
	printf("%-12s ", name);
	for (; *text; text++)
		putchar(*text < ' ' || *text > 126 ? '?' : *text);
	putchar('\n');
}

static void format_time(char *out, size_t size, uint64_t seconds)
{
	char when[UTC_SIZE];

	if (seconds == 0 || !utc_text(seconds, "T", ":", when))
		snprintf(out, size, "unknown");
	else
		snprintf(out, size, "%sZ", when);
}

static void print_json_summary(const struct dump_stats *s)
{
	printf("\"classes\": {");
	for (enum page_class c = 0; c < NR_PAGE_CLASSES; c++)
		printf("%s\"%s\": %llu", c ? ", " : "", page_class_name(c), (unsigned long long)s->counts.pages[c]);
	printf("}, \"zero\": %llu, \"unreadable\": %llu, \"damaged\": %llu, \"degraded\": %s, ",
	       (unsigned long long)s->zero, (unsigned long long)s->unreadable, (unsigned long long)s->counts.damaged,
	       summary_degraded(s) ? "true" : "false");
}

static void print_json_saved(const struct dump_info *i)
{
	const char *before = "";

	printf("\"saved\": {");
	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++) {
		if (!i->summary.by_priority[p])
			continue;
		printf("%s\"%s\": [%llu, %llu]", before, page_priority_name(p), (unsigned long long)i->saved[p],
		       (unsigned long long)i->summary.by_priority[p]);
		before = ", ";
	}
	printf("}, ");
}

/* The content of an incomplete dump, in the order of saving. */
static void print_saved(const struct dump_info *i)
{
	printf("\n%-14s %12s %12s\n", "saved", "pages", "of");
	for (enum page_priority p = 0; p < NR_PAGE_PRIORITIES; p++)
		if (i->summary.by_priority[p])
			printf("%-14s %12llu %12llu%s\n", page_priority_name(p), (unsigned long long)i->saved[p],
			       (unsigned long long)i->summary.by_priority[p],
			       i->saved[p] == i->summary.by_priority[p] ? "" : "  not all");
}

static void print_json(const struct dump_info *i)
{
	const char *uts = (const char *)i->header.uts;

	printf("{");
	print_json_text("format", i->format);
	printf("\"complete\": %s, ", i->incomplete ? "false" : "true");
	print_json_text("host", uts + KDUMP_UTS_FIELD);
	print_json_text("release", uts + 2 * KDUMP_UTS_FIELD);
	print_json_text("machine", uts + 4 * KDUMP_UTS_FIELD);
	printf("\"crash_time\": %llu, \"dump_level\": %u, \"page_size\": %u, \"cpus\": %u, \"max_pfn\": %llu, ",
	       (unsigned long long)i->header.time, i->header.dump_level, i->header.block_size, i->header.nr_cpus,
	       (unsigned long long)i->header.max_pfn);
	if (i->has_summary)
		print_json_summary(&i->summary);
	if (i->has_summary && i->incomplete && !i->summary.lost)
		print_json_saved(i);
	printf("\"size\": %llu, \"pages\": {\"present\": %llu, \"dumped\": %llu, \"raw\": %llu, \"compressed\": %llu, "
	       "\"shared\": %llu, \"missing\": %llu}}\n",
	       (unsigned long long)i->size, (unsigned long long)i->present, (unsigned long long)i->dumped,
	       (unsigned long long)i->raw, (unsigned long long)i->compressed, (unsigned long long)i->shared,
	       (unsigned long long)i->missing);
}

static void print_table(const struct dump_info *i)
{
	const char *uts = (const char *)i->header.uts;
	char when[32];

	format_time(when, sizeof(when), i->header.time);
	print_text("format", i->format);
	print_text("complete", i->summary.lost ? "NO: a damaged device has lost some of it"
			       : i->incomplete ? "NO: the writer did not come to its end"
					       : "yes");
	print_text("host", uts[KDUMP_UTS_FIELD] ? uts + KDUMP_UTS_FIELD : "unknown");
	print_text("kernel", uts[2 * KDUMP_UTS_FIELD] ? uts + 2 * KDUMP_UTS_FIELD : "unknown");
	print_text("crashed", when);
	printf("%-12s %u, %u bytes a page\n", "cpus", i->header.nr_cpus, i->header.block_size);
	printf("%-12s %u\n", "dump level", i->header.dump_level);
	printf("%-12s %llu bytes\n", "file", (unsigned long long)i->size);
	printf("%-12s %llu, %llu of them dumped: %llu compressed, %llu raw, %llu sharing another's data\n", "pages",
	       (unsigned long long)i->present, (unsigned long long)i->dumped, (unsigned long long)i->compressed,
	       (unsigned long long)i->raw, (unsigned long long)i->shared);
	if (i->has_summary) {
		char table[SUMMARY_TABLE_SIZE];

		summary_table(table, &i->summary, i->header.dump_level, i->header.block_size);
		printf("\n%s", table);
	}
	if (i->has_summary && i->incomplete && !i->summary.lost)
		print_saved(i);
	if (i->missing)
		printf("\n%-12s %llu of %llu pages have no data: they could not be read, or the dump ended before "
		       "them\n",
		       "missing", (unsigned long long)i->missing, (unsigned long long)i->dumped);
}

static int run(int argc, char **argv)
{
	struct options o = {.argc = argc, .argv = argv};
	const char *path = NULL;
	struct dump_info info;
	bool json = false;
	struct error e;
	int id;

	while ((id = options_next(&o, options, &e)) != 0) {
		if (id < 0)
			return applet_stop(id, &e);
		if (id == OPTION_JSON)
			json = true;
		else if (path)
			return applet_usage("unexpected argument '%s'", o.value);
		else
			path = o.value;
	}
	if (!path)
		return applet_usage("missing FILE");
	if (dump_info_read(path, &info, &e) < 0)
		return applet_error(&e);
	if (json)
		print_json(&info);
	else
		print_table(&info);
	return info.incomplete || info.missing ? STATUS_DEGRADED : STATUS_DONE;
}

const struct applet applet_dump_info = {
	.name = "dump-info",
	.usage = "[--json] FILE",
	.help = "Tells what is in a KDUMP or ELF dump, and whether it is whole.\n\n"
		"Exit status: 0 whole; 1 not a dump; 3 incomplete, or with pages that have no data.",
	.options = options,
	.run = run,
};

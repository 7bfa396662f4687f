/*
 * How long choosing pages takes: selection VMCORE [PASSES]. Walks the whole page array at level 31 without reading or
 * writing a page, and prints nanoseconds per pfn (the best pass) and the memory that is not shared with a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dump/page_order.h"
#include "dump/vmcore.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* RssAnon of this process, KiB. */
static long rss_anon(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

int main(int argc, char **argv)
{
	int passes = argc > 2 ? atoi(argv[2]) : 1;
	struct source *source;
	struct selection s;
	struct kernel kernel;
	uint64_t kept = 0, all = 0, by_priority[NR_PAGE_PRIORITIES];
	struct page_order order;
	double best = 1e9;
	struct error e;

	if (argc < 2 || vmcore_open(argv[1], NULL, &source, &e) < 0 || kernel_init(&kernel, source, &e) < 0) {
		fprintf(stderr, "selection: %s\n", argc < 2 ? "which VMCORE?" : e.text);
		return 1;
	}
	selection_init(&s, source);
	if (page_classifier_filter(&s.classifier, &kernel, 31, NULL, &e) < 0) {
		fprintf(stderr, "selection: %s\n", e.text);
		return 1;
	}
	page_order_init(&order, &s);
	for (int i = 0; i < passes; i++) {
		double start = now();

		kept = page_order_count(&order, by_priority);
		if (now() - start < best)
			best = now() - start;
	}
	for (int c = 0; c < NR_PAGE_CLASSES; c++)
		all += s.counts.pages[c];
	printf("%llu pfns, %llu kept, %llu damaged: %ld.%02ld ns a pfn, RssAnon %ld KiB\n", (unsigned long long)all,
	       (unsigned long long)kept, (unsigned long long)s.counts.damaged, (long)(best * 1e9 / (double)all),
	       (long)(best * 1e11 / (double)all) % 100, rss_anon());
	selection_deinit(&s);
	kernel_deinit(&kernel);
	vmcore_close(source);
	return 0;
}

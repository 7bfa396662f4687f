/*
 * What `kdump` reads on the running system: its configuration, and after a line "%" the image with the plan, the script
 * and crashbox.info in it. No value is longer than its place.
 */
#include "fuzz/input.h"
#include "fuzz/memory_file.h"
#include "kdump/kdump_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_plan(const struct kdump_facts *facts)
{
	static const char *const options[] = {"path", "ext4", "raw", "kernel", "image", "cmdline"};
	char value[64], path[KDUMP_PATH], line[256];
	struct error e;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (kdump_plan_get(facts, options[i], value, sizeof(value)) && strlen(value) >= sizeof(value))
			abort();
	kdump_directory(facts, path);
	if (kdump_cmdline(facts, line, sizeof(line), &e) == 0 && strlen(line) >= sizeof(line))
		abort();
	kdump_conf_changed(facts);
	kdump_kernel_changed(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size), conf = take_part(&input);
	char conf_path[64], image_path[64];
	int conf_fd = memory_file(conf.data, conf.size, conf_path);
	int image_fd = memory_file(input.data, input.size, image_path);
	const struct kdump_request request = {.conf = conf_path, .image = image_path, .kernel = "/dev/null"};
	struct kdump_facts facts;
	struct error e;

	if (kdump_facts_init(&facts, &request, &e) == 0)
		check_plan(&facts);
	kdump_facts_deinit(&facts);
	close(conf_fd);
	close(image_fd);
	return 0;
}

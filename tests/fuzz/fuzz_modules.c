/*
 * What depmod writes: modules.dep, modules.builtin, modules.softdep and modules.alias, with lines "%" between them,
 * then names to load. Every module that is found is in the order once, after what it needs, and its file has a name
 * that the script can hold. The last part is the file of a module.
 */
#include <stdlib.h>

#include "fmt/compression.h"
#include "fuzz/input.h"
#include "fuzz/scratch.h"
#include "module/disk_drivers.h"
#include "module/module_files.h"
#include "module/modules.h"
#include "module/volume_modules.h"
#include "script/script_word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(struct modules *modules, struct span names)
{
	static const char *const always[] = {"xfs", "nvme", "a", "dm_crypt", "md_mod", "virtio_blk", "usb_storage"};
	struct plan plan;
	struct error e;

	plan_init(&plan);
	disk_drivers_check(modules, &plan, true, NULL, &e);
	disk_drivers_want_common(modules, &e);
	plan_deinit(&plan);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		modules_want(modules, always[i], &e);
	modules_want_filesystem(modules, "ext3", &e);
	modules_want_filesystem(modules, "btrfs", &e);
	modules_want_algorithm(modules, span_of("crc32c", 6), &e);
	while (names.size) {
		char *name = part_text(span_take_line(&names));

		modules_want(modules, name, &e);
		modules_want_cipher(modules, name, &e);
		free(name);
	}
}

static void check_order(const struct modules *modules)
{
	struct string_list names = {.count = 0};
	struct buffer script = {.size = 0};
	struct error e = {.code = 0};

	for (size_t i = 0; i < modules->nr_order; i++) {
		if (modules->order[i] >= modules->count)
			abort();
		for (size_t k = 0; k < i; k++)
			if (modules->order[k] == modules->order[i])
				abort();
		modules_file_name(&modules->module[modules->order[i]], &names, &e);
	}
	for (size_t i = 0; i < names.count; i++) {
		if (strchr(names.item[i], '/'))
			abort();
		script_word(&script, names.item[i], &e);
	}
	string_list_deinit(&names);
	buffer_deinit(&script);
}

/* A module's own file; other compressions would start programs. */
static void check_file(struct span file)
{
	struct module_texts texts = {.dep = span_of("m.ko:\n", 6)};
	enum compression format = compression_find(file);
	struct module_files files = {.loaded = 0};
	struct modules modules;
	struct error e;

	if (format != COMPRESSION_NONE && format != COMPRESSION_GZIP && format != COMPRESSION_LZ4)
		return;
	make_scratch();
	put_file("m.ko", file, 0600);
	if (modules_init(&modules, &texts, &e) < 0 || modules_want(&modules, "m", &e) < 0)
		abort();
	module_files_read(&files, &modules, scratch, "6.1.0", &e);
	module_files_deinit(&files);
	modules_deinit(&modules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct module_texts texts = {.dep = take_part(&input)};
	struct modules modules;
	struct error e;

	texts.builtin = take_part(&input);
	texts.softdep = take_part(&input);
	texts.alias = take_part(&input);
	if (modules_init(&modules, &texts, &e) == 0) {
		want(&modules, take_part(&input));
		check_order(&modules);
		check_file(input);
	}
	modules_deinit(&modules);
	return 0;
}

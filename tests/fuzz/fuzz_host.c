/*
 * The running machine as --hostonly reads it: a tree like sysfs, whose files hold the input's parts (lines "%" between
 * them): dm/name, dm/uuid, md/level, md/raid_disks, a size, the state of a watchdog, the table of the mapped device,
 * the first bytes of a member of the array. What is recorded can be shown and read again.
 */
#include <errno.h>

#include "dialect/dialect.h"
#include "fuzz/input.h"
#include "fuzz/scratch.h"
#include "host/hostonly.h"
#include "host/hostonly_volumes.h"
#include "plan/show_config.h"
#include "plan_equal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const directories[] = {
	"bus",
	"class",
	"class/watchdog",
	"dev",
	"dev/block",
	"devices",
	"devices/bus",
	"devices/bus/sda",
	"devices/bus/sda/sda1",
	"devices/bus/wd0",
	"devices/virtual",
	"devices/virtual/dm-0",
	"devices/virtual/dm-0/dm",
	"devices/virtual/dm-0/slaves",
	"devices/virtual/md0",
	"devices/virtual/md0/md",
	"devices/virtual/md0/slaves",
	"module",
};

static const char *const links[][2] = {
	{"../../devices/bus/sda/sda1", "dev/block/8:1"},   {"../../devices/virtual/md0", "dev/block/9:0"},
	{"../../devices/virtual/dm-0", "dev/block/253:0"}, {"../../../bus/sda/sda1", "devices/virtual/md0/slaves/sda1"},
	{"../../md0", "devices/virtual/dm-0/slaves/md0"},  {"../../devices/bus/wd0", "class/watchdog/watchdog0"},
};

static struct span table;

static int get_table(const char *name, char *text, size_t size, struct error *e)
{
	(void)name;
	if (table.size >= size)
		return error_set(e, E2BIG, "too long");
	if (table.size)
		memcpy(text, table.data, table.size);
	text[table.size] = 0;
	return 0;
}

static int get_tag(const char *node, char *text, size_t size, struct error *e)
{
	(void)e;
	snprintf(text, size, "PARTUUID=%s-1", strrchr(node, '/') + 1);
	return 0;
}

static int fits(const char *name, const struct dm_target *line, struct error *e)
{
	(void)name;
	(void)e;
	return line->arguments[0] != 0;
}

static void make_tree(void)
{
	char path[PATH_MAX];

	if (!make_scratch())
		return;
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, directories[i]);
		if (mkdir(path, 0700) != 0)
			abort();
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, links[i][1]);
		if (symlink(links[i][0], path) != 0)
			abort();
	}
	put_file("devices/bus/sda/sda1/partition", span_of("1\n", 2), 0600);
}

static void check_volumes(const char *number)
{
	const struct host_view view = {
		.sysfs = scratch, .dev = scratch, .table = get_table, .tag = get_tag, .fits = fits};
	struct buffer text = {.size = 0};
	struct plan plan, again;
	struct error e;

	plan_init(&plan);
	if (hostonly_volumes(&plan, &view, number, NULL, &e) == 0 &&
	    (show_config(&text, &plan, &e) < 0 || plan_parse(&again, NULL, buffer_span(&text), "f", NULL, &e) < 0 ||
	     plan_difference(&plan, &again)[0]))
		abort();
	if (text.size)
		plan_deinit(&again);
	plan_deinit(&plan);
	buffer_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = {"devices/virtual/dm-0/dm/name", "devices/virtual/dm-0/dm/uuid",
					    "devices/virtual/md0/md/level", "devices/virtual/md0/md/raid_disks",
					    "devices/bus/sda/sda1/size",    "devices/bus/wd0/state"};
	static const char *const numbers[] = {"8:1", "9:0", "253:0"};
	struct span input = span_of(data, size);
	struct host_drivers drivers = {.count = 0};
	struct error e;

	make_tree();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		put_file(files[i], take_part(&input), 0600);
	table = take_part(&input);
	put_file("sda1", input, 0600);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		hostonly_device(&drivers, scratch, numbers[i], &e);
		check_volumes(numbers[i]);
	}
	hostonly_watchdogs(&drivers, scratch, &e);
	return 0;
}

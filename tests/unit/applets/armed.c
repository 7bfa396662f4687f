/* Each state that kdump status tells. */
#include "unit/test.h"

#include <string.h>

#include "kdump/armed.h"

static const struct armed_facts well = {
	.reserved = 64 << 20,
	.loaded = 1,
	.asked_for = true,
	.minimum = 58 << 20,
	.conf = "/etc/crashbox.conf",
	.image = "/img",
	.image_found = true,
	.kernel = "/boot/k",
	.targets = 2,
	.targets_found = 1,
	.target = "ext4 UUID=x",
};

static void expect(struct test *t, const struct armed_facts *f, enum armed want, const char *words)
{
	char text[1024];

	CHECK_INT(t, armed_judge(f, text, sizeof(text)), want);
	CHECK_HAS(t, text, words);
	CHECK(t, !strchr(text, '\n'));
	/* What does not fit is cut, and nothing more. */
	memset(text, '#', sizeof(text));
	CHECK_INT(t, armed_judge(f, text, 8), want);
	CHECK(t, strlen(text) == 7 && text[8] == '#');
}

static void armed_well(struct test *t)
{
	struct armed_facts f = well;

	expect(t, &f, ARMED, "armed: 64 MiB reserved, capture kernel loaded, target ext4 UUID=x");
	f.targets = 0;
	expect(t, &f, ARMED, "capture kernel loaded");
}

static void not_armed(struct test *t)
{
	struct armed_facts f = well;

	f.loaded = 0;
	expect(t, &f, ARMED_NOT, "NOT armed: no capture kernel is loaded");
	f.image_error = "damaged\nand more";
	expect(t, &f, ARMED_NOT, "NOT armed: /img cannot be read: damaged");
	f.image_found = false;
	expect(t, &f, ARMED_NOT, "NOT armed: /img does not exist");
	f.disabled = true;
	expect(t, &f, ARMED_NOT, "NOT armed: /etc/crashbox.conf disables");
	f.reserved = 16 << 20;
	expect(t, &f, ARMED_NOT, "too small: 16 MiB; this image needs 58 MiB: boot with crashkernel=58M");
	f.reserved = 0;
	expect(t, &f, ARMED_NOT, "Memory for crashkernel is not reserved, though");
	f.asked_for = false;
	expect(t, &f, ARMED_NOT, "Memory for crashkernel is not reserved: put crashkernel=58M");
	f.minimum = 0;
	expect(t, &f, ARMED_NOT, "put crashkernel=64M");
	f.reserved = -2;
	expect(t, &f, ARMED_NOT, "this kernel has no kexec");
	f = well;
	f.loaded = -2;
	expect(t, &f, ARMED_NOT, "this kernel has no kexec");
}

static void degraded(struct test *t)
{
	struct armed_facts f = well;

	f.image_changed = true;
	expect(t, &f, ARMED_DEGRADED, "armed, but /img has changed");
	f.kernel_changed = true;
	expect(t, &f, ARMED_DEGRADED, "armed, but the image was made for another kernel than /boot/k");
	f.conf_changed = true;
	expect(t, &f, ARMED_DEGRADED, "armed, but the image was made from a different /etc/crashbox.conf");
	f.reserved = 16 << 20;
	expect(t, &f, ARMED_DEGRADED, "armed, but the reserved memory is too small");
	f.targets_found = 0;
	expect(t, &f, ARMED_DEGRADED, "armed, but the target is gone: ext4 UUID=x does not exist");
	expect(t, &f, ARMED_DEGRADED, "; the image was made from a different");
	f.targets_silent = 1;
	expect(t, &f, ARMED_DEGRADED, "armed, but the target does not answer: ext4 UUID=x");
	f = well;
	f.image_found = false;
	expect(t, &f, ARMED_DEGRADED, "armed, but /img no longer exists");
}

static void sizes(struct test *t)
{
	CHECK_INT(t, armed_wanted_mib(0), 64);
	CHECK_INT(t, armed_wanted_mib(1), 1);
	CHECK_INT(t, armed_wanted_mib(58 << 20), 58);
	CHECK_INT(t, armed_wanted_mib((58 << 20) + 1), 59);
}

void suite_armed(struct test *t)
{
	test_run(t, "armed", armed_well);
	test_run(t, "not armed", not_armed);
	test_run(t, "armed, but", degraded);
	test_run(t, "the size to ask for", sizes);
}

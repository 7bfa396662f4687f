#include "kdump/armed.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { MIB = 1 << 20, USUAL_MIB = 64 };

unsigned armed_wanted_mib(uint64_t minimum)
{
	return minimum ? (unsigned)((minimum + MIB - 1) / MIB) : USUAL_MIB;
}

/* A line that grows. */
struct line {
	char *text;
	size_t size;
};

#define add(line, ...) text_add((line)->text, (line)->size, __VA_ARGS__)

static bool too_small(const struct armed_facts *f)
{
	return f->minimum > (uint64_t)f->reserved;
}

static void say_too_small(const struct armed_facts *f, struct line *l)
{
	add(l, "the reserved memory is too small: %lld MiB; this image needs %u MiB: boot with crashkernel=%uM",
	    (long long)f->reserved / MIB, armed_wanted_mib(f->minimum), armed_wanted_mib(f->minimum));
}

/* Only the first line: the others say what to do. */
static void say_unreadable(const struct armed_facts *f, struct line *l)
{
	add(l, "%s cannot be read: %.*s", f->image, (int)strcspn(f->image_error, "\n"), f->image_error);
}

/* Why nothing is loaded, the first obstacle first. */
static void say_why_not(const struct armed_facts *f, struct line *l)
{
	if (f->loaded < 0 || f->reserved < 0)
		add(l, "this kernel has no kexec (CONFIG_KEXEC_FILE, CONFIG_CRASH_DUMP), or /sys is not mounted");
	else if (f->reserved == 0 && f->asked_for)
		add(l, "Memory for crashkernel is not reserved, though crashkernel= is on the kernel's command line: "
		       "see 'dmesg | grep -i crashkernel'");
	else if (f->reserved == 0)
		add(l,
		    "Memory for crashkernel is not reserved: put crashkernel=%uM on the kernel's command line, in "
		    "the boot loader, and reboot",
		    armed_wanted_mib(f->minimum));
	else if (too_small(f))
		say_too_small(f, l);
	else if (f->disabled)
		add(l, "%s disables loading", f->conf);
	else if (!f->image_found)
		add(l, "%s does not exist: make the image with mkcaptureinitrd", f->image);
	else if (f->image_error)
		say_unreadable(f, l);
	else
		add(l, "no capture kernel is loaded: 'crashbox kdump start' loads it");
}

/* Puts "armed, but " or "; " before a reason. */
static void but(struct line *l)
{
	add(l, "%s", l->text[0] ? "; " : "armed, but ");
}

#define add_but(line, ...) (but(line), add(line, __VA_ARGS__))

static void say_stale(const struct armed_facts *f, struct line *l)
{
	if (!f->image_found)
		add_but(l, "%s no longer exists: the next start will fail", f->image);
	if (f->image_error) {
		but(l);
		say_unreadable(f, l);
	}
	if (f->conf_changed)
		add_but(l, "the image was made from a different %s: make it again, then 'crashbox kdump restart'",
			f->conf);
	if (f->kernel_changed)
		add_but(l,
			"the image was made for another kernel than %s: make it again, then 'crashbox kdump restart'",
			f->kernel);
	if (f->image_changed)
		add_but(l, "%s has changed since it was loaded: 'crashbox kdump restart' loads it", f->image);
}

/* What is wrong although a kernel is loaded; first what loses the dump. */
static void say_degraded(const struct armed_facts *f, struct line *l)
{
	if (f->targets && !f->targets_found && f->targets_silent)
		add_but(l, "the target does not answer: %s", f->target);
	else if (f->targets && !f->targets_found)
		add_but(l, "the target is gone: %s does not exist: a crash now is not saved", f->target);
	if (f->reserved >= 0 && too_small(f)) {
		but(l);
		say_too_small(f, l);
	}
	say_stale(f, l);
}

void armed_why_not(const struct armed_facts *f, char *text, size_t size)
{
	struct line l = {.text = text, .size = size};

	text[0] = 0;
	say_why_not(f, &l);
}

bool armed_reserved(const struct armed_facts *f)
{
	return f->reserved > 0 && !too_small(f);
}

enum armed armed_judge(const struct armed_facts *f, char *text, size_t size)
{
	struct line l = {.text = text, .size = size};

	text[0] = 0;
	if (f->loaded != 1) {
		add(&l, "NOT armed: ");
		say_why_not(f, &l);
		return ARMED_NOT;
	}
	say_degraded(f, &l);
	if (text[0])
		return ARMED_DEGRADED;
	add(&l, "armed: %lld MiB reserved, capture kernel loaded%s%s", (long long)f->reserved / MIB,
	    f->targets ? ", target " : "", f->targets ? f->target : "");
	return ARMED;
}

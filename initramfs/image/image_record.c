#include "image/image_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "fmt/conf.h"

#include "plan/show_config.h"

/* --- the record --------------------------------------------------------------------------------------------------- */

static bool is_printable(const char *text, char *copy, size_t size)
{
	snprintf(copy, size, "%s", text);
	text_clean(copy, false);
	return strcmp(copy, text) == 0;
}

int image_record_text(char *member, size_t size, const char *text, const char *what, struct error *e)
{
	if (strlen(text) >= size) {
		member[0] = 0;
		return error_set(e, E2BIG, "%s, '%.32s...', has %zu bytes; kdump reads at most %zu", what, text,
				 strlen(text), size - 1);
	}
	if (!is_printable(text, member, size))
		return error_set(e, EINVAL, "%s, '%.100s', contains a control character", what, text);
	return 0;
}

static void print_origin(struct buffer *out, const char *option, const struct image_origin *origin)
{
	if (origin->known)
		buffer_print(out, "%s %s %08" PRIx32 "\n", option, origin->name, origin->crc);
}

static bool same_origin(const struct image_origin *a, const struct image_origin *b)
{
	return a->known == b->known && strcmp(a->name, b->name) == 0 && a->crc == b->crc;
}

static bool same_info(const struct image_info *a, const struct image_info *b)
{
	return strcmp(a->made_by, b->made_by) == 0 && same_origin(&a->configuration, &b->configuration) &&
	       same_origin(&a->kernel, &b->kernel) && strcmp(a->cmdline, b->cmdline) == 0 && a->minimum == b->minimum;
}

int image_record_info(struct buffer *out, const struct image_info *info, struct error *e)
{
	struct image_info read;

	buffer_print(out, "made_by %s\n", info->made_by);
	print_origin(out, "configuration", &info->configuration);
	print_origin(out, "kernel", &info->kernel);
	buffer_print(out, "cmdline %s\n", info->cmdline);
	if (info->minimum)
		buffer_print(out, "minimum %" PRIu64 "\n", info->minimum);
	if (buffer_check(out, e) < 0)
		return -e->code;
	if (image_info_parse(&read, buffer_span(out), e) < 0)
		return error_context(e, "kdump could not read the image's record");
	return same_info(info, &read) ? 0 : error_set(e, EINVAL, "kdump would read the image's record differently");
}

/* --- the plan ----------------------------------------------------------------------------------------------------- */

static int check_length(const char *what, const char *text, size_t size, struct error *e)
{
	if (strlen(text) < size)
		return 0;
	return error_set(e, E2BIG, "%s %.64s...: the value has %zu bytes; kdump reads at most %zu", what, text,
			 strlen(text), size - 1);
}

static int check_lines(const struct buffer *text, struct error *e)
{
	struct conf_reader reader = {.text = buffer_span(text), .file = "its etc/crashbox.conf"};
	struct conf_option option;
	int status;

	while ((status = conf_next(&reader, &option, e)) > 0)
		;
	return status < 0 ? error_context(e, "kdump could not read the image's plan") : 0;
}

int image_record_conf(struct buffer *out, const struct plan *plan, struct error *e)
{
	for (size_t i = 0; i < plan->nr_targets; i++)
		if (check_length(plan->targets[i].kind->name, plan->targets[i].device, IMAGE_PLAN_DEVICE, e) < 0)
			return -e->code;
	if (check_length("path", plan->path, IMAGE_PLAN_PATH, e) < 0 ||
	    check_length("kernel", plan->kernel, IMAGE_PLAN_PATH, e) < 0 ||
	    check_length("image", plan->image, IMAGE_PLAN_PATH, e) < 0 || show_config(out, plan, e) < 0)
		return -e->code;
	return check_lines(out, e);
}

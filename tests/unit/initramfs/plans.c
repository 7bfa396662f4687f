#include "unit/initramfs/plans.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "dialect/dialect.h"
#include "plan/show_config.h"
#include "plan_equal.h"

static void keep_line(void *context, enum log_level level, const char *text)
{
	struct kept *kept = context;

	(void)level;
	snprintf(kept->text + strlen(kept->text), sizeof(kept->text) - strlen(kept->text), "%s\n", text);
}

void kept_init(struct kept *kept)
{
	kept->text[0] = 0;
	kept->log = (struct log){.line = keep_line, .context = kept};
}

void check_round_trip(struct test *t, const struct plan *plan, const char *what)
{
	struct buffer text CLEANUP(buffer_deinit) = {0}, again CLEANUP(buffer_deinit) = {0};
	struct plan other;
	struct error e = {.code = 0};

	CHECK_INT(t, show_config(&text, plan, &e), 0);
	if (plan_parse(&other, NULL, buffer_span(&text), "crashbox.conf", NULL, &e) < 0)
		test_str(t, e.text, "", what, __FILE__, __LINE__);
	test_str(t, plan_difference(&other, plan), "", what, __FILE__, __LINE__);
	CHECK_INT(t, show_config(&again, &other, &e), 0);
	test_str(t, buffer_text(&again), buffer_text(&text), what, __FILE__, __LINE__);
	plan_deinit(&other);
}

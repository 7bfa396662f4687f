#include "unit/test.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

static void clean(struct test *t)
{
	char text[] = "a\033[2J\tb\r\nc\x7f d\xc2\x9b"
		      "2Je \xc3\xa9 \xc2\xa0.\xc2";
	char lines[] = "one\ntwo\a";

	text_clean(text, false);
	CHECK_STR(t, text, "a?[2J\tb??c? d??2Je \xc3\xa9 \xc2\xa0.\xc2");
	text_clean(lines, true);
	CHECK_STR(t, lines, "one\ntwo?");
}

/* A name from outside neither reaches the terminal as it is nor looks like a line of ours. */
static void errors(struct test *t)
{
	static const char name[] = "x\033]0;a\a\nsavecore: saved";
	struct error e;

	CHECK_INT(t, error_set(&e, EINVAL, "%s: bad", name), -EINVAL);
	CHECK_STR(t, e.text, "x?]0;a??savecore: saved: bad");
	error_hint(&e, "remove %s", name);
	CHECK_STR(t, e.text, "x?]0;a??savecore: saved: bad\nremove x?]0;a??savecore: saved");
	error_set(&e, EINVAL, "bad");
	error_hint(&e, "do this");
	error_context(&e, "reading\n%s", "a\033b");
	CHECK_STR(t, e.text, "reading?a?b: bad\ndo this");
	errno = ENOENT;
	error_errno(&e, "%s", "a\nb");
	CHECK_STR(t, e.text, "a?b: No such file or directory");
}

static void keep(void *context, enum log_level level, const char *text)
{
	(void)level;
	strncpy(context, text, 63);
}

static void logs(struct test *t)
{
	char said[64] = "";
	const struct log log = {.line = keep, .context = said};

	log_line(&log, LOG_NOTE, "%s: what\nto do", "a\033[31m\xc2\x85");
	CHECK_STR(t, said, "a?[31m??: what\nto do");
}

void suite_text(struct test *t)
{
	test_run(t, "control characters are replaced", clean);
	test_run(t, "errors have none, and lines only from hints", errors);
	test_run(t, "logs have none", logs);
}

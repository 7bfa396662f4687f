#include "unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fmt/conf.h"

/* All options of a text as "line:name=value;", or the error. */
static const char *parse(const char *text, size_t size, char out[8192])
{
	struct conf_reader reader = {.text = span_of(text, size), .file = "f"};
	struct conf_option o;
	struct error e = {.code = 0};
	int status;

	out[0] = 0;
	while ((status = conf_next(&reader, &o, &e)) > 0)
		sprintf(out + strlen(out), "%d:%.*s=%.*s;", o.line, (int)o.name.size, (const char *)o.name.data,
			(int)o.value.size, (const char *)o.value.data);
	return status < 0 ? strcpy(out, e.text) : out;
}

static void lines(struct test *t)
{
	char out[8192];
#define PARSE(text) parse(text, sizeof(text) - 1, out)

	CHECK_STR(t, PARSE(""), "");
	CHECK_STR(t, PARSE("\n\n  \n\t\n"), "");
	CHECK_STR(t, PARSE("path /var/crash"), "1:path=/var/crash;");
	CHECK_STR(t, PARSE("# a comment\n\npath /x\next4 UUID=1\n"), "3:path=/x;4:ext4=UUID=1;");
	CHECK_STR(t, PARSE("  core_collector \t makedumpfile  -d 31  # ours\n"),
		  "1:core_collector=makedumpfile  -d 31;");
	CHECK_STR(t, PARSE("path /x\r\nnfs a:/b\r\n"), "1:path=/x;2:nfs=a:/b;");
	CHECK_STR(t, PARSE("force_rebuild\npath#/x\n#"), "1:force_rebuild=;2:path=;");
	CHECK_STR(t, PARSE("ext4 LABEL=a b\n"), "1:ext4=LABEL=a b;");
}

static void refused(struct test *t)
{
	char out[8192], text[5000];

	CHECK_STR(t, PARSE("path /x\npath /\0y\n"), "f:2: the line holds a control character (byte 0x00, column 7)");
	CHECK_STR(t, PARSE("path \x1b[2J\n"), "f:1: the line holds a control character (byte 0x1b, column 6)");
	CHECK_STR(t, PARSE("a\rb\n"), "f:1: the line holds a control character (byte 0x0d, column 2)");
	memset(text, 'a', sizeof(text));
	CHECK_STR(t, parse(text, 4097, out), "f:1: the line is longer than 4096 bytes");
	text[4096] = '\n';
	CHECK_INT(t, strlen(parse(text, 4097, out)), 4096 + 4);
}

static void words(struct test *t)
{
	struct span rest = span_of("  a  bc\td ", 10), word;

	word = conf_word(&rest);
	CHECK(t, word.size == 1 && word.data[0] == 'a');
	word = conf_word(&rest);
	CHECK(t, word.size == 2 && memcmp(word.data, "bc", 2) == 0);
	CHECK_INT(t, conf_word(&rest).size, 1);
	CHECK_INT(t, conf_word(&rest).size, 0);
	CHECK_INT(t, conf_word(&rest).size, 0);
}

void suite_conf(struct test *t)
{
	test_run(t, "options and comments", lines);
	test_run(t, "lines that are none", refused);
	test_run(t, "words of a value", words);
}

/* NAME=value files as a shell reads them. */
#include "fmt/shellvars.h"

#include <stdio.h>
#include <string.h>

#include "unit/test.h"

/* "LINE NAME=[VALUE]" of each variable, a newline behind it; at last the error, if there is one. */
static const char *all(const char *text)
{
	static char out[16384];
	struct shellvars_reader reader = {.text = span_of(text, strlen(text)), .file = "f"};
	static struct shellvar var;
	struct error e;
	int status;

	out[0] = 0;
	while ((status = shellvars_next(&reader, &var, &e)) > 0)
		sprintf(out + strlen(out), "%d %s=[%s]\n", var.line, var.name, var.value);
	if (status < 0)
		strcat(out, e.text);
	return out;
}

static void assignments(struct test *t)
{
	CHECK_STR(t, all(""), "");
	CHECK_STR(t, all("# A=1\n\n \t\n"), "");
	CHECK_STR(t, all("A=1\nB=\nC= \n_d9=x"), "1 A=[1]\n2 B=[]\n3 C=[]\n4 _d9=[x]\n");
	CHECK_STR(t, all("  A=1 # comment\nexport B=2; C=3\n"), "1 A=[1]\n2 B=[2]\n2 C=[3]\n");
	CHECK_STR(t, all("A=a#b\n"), "1 A=[a#b]\n");
	CHECK_STR(t, all("A=1\r\nB=2\r\n"), "1 A=[1]\n2 B=[2]\n");
	CHECK_STR(t, all("A=a=b,*?[c]!{d}\n"), "1 A=[a=b,*?[c]!{d}]\n");
}

static void quotes(struct test *t)
{
	CHECK_STR(t, all("A=\"a b\"\nB='$x \"`'\nC=a\"b c\"'d'e\n"), "1 A=[a b]\n2 B=[$x \"`]\n3 C=[ab cde]\n");
	CHECK_STR(t, all("A=\"\\$x \\\" \\\\ \\n\"\nB=a\\ b\\#\n"), "1 A=[$x \" \\ \\n]\n2 B=[a b#]\n");
	CHECK_STR(t, all("A=\"one\ntwo\"\nB=3\n"), "1 A=[one\ntwo]\n3 B=[3]\n");
	CHECK_STR(t, all("A=one\\\ntwo\nB=\"x \\\ny\"\nC=4"), "1 A=[onetwo]\n3 B=[x y]\n5 C=[4]\n");
	CHECK_STR(t, all("A=\"# no comment\"\n"), "1 A=[# no comment]\n");
	CHECK_STR(t, all("A=x\\"), "1 A=[x\\]\n");
}

static void refused(struct test *t)
{
	CHECK_HAS(t, all("A=1\nreboot\n"), "f:2: this is no NAME=value; only such lines are read, nothing is run");
	CHECK_HAS(t, all("A = 1\n"), "f:1: this is no NAME=value");
	CHECK_HAS(t, all("=1\n"), "f:1: this is no NAME=value");
	CHECK_HAS(t, all("9A=1\n"), "f:1: this is no NAME=value");
	CHECK_HAS(t, all("export\n"), "f:1: this is no NAME=value");
	CHECK_HAS(t, all("A=1\n\nB=\"$HOME\"\n"), "f:3: a shell would put something else here for '$'");
	CHECK_HAS(t, all("A=`uname -r`\n"), "f:1: a shell would put");
	CHECK_HAS(t, all("A=~/x\n"), "f:1: a shell would put a directory for '~'");
	CHECK_HAS(t, all("A=1 && B=2\n"), "f:1: this is no NAME=value");
	CHECK_HAS(t, all("A=a|b\n"), "f:1: only NAME=value is read here, nothing is run; put quotes");
	CHECK_HAS(t, all("A=1\nB=\"x\nC=2\n"), "f:2: the quote \" after B= is not closed");
	CHECK_HAS(t, all("A=1\nB=x\001y\n"), "f:2: B holds a control character (byte 0x01)");
	CHECK_HAS(t, all("A='x\n\001'\n"), "f:2: A holds a control character");
	CHECK_HAS(t, all("A23456789012345678901234567890123456789012345678901234567890123456789=1\n"),
		  "f:1: the name is longer than 63 bytes");
}

static void limits(struct test *t)
{
	static char text[SHELLVARS_VALUE_MAX + 16];

	memset(text, 'x', sizeof(text));
	memcpy(text, "A=", 2);
	text[2 + SHELLVARS_VALUE_MAX] = 0;
	CHECK_INT(t, strlen(all(text)), strlen("1 A=[]\n") + SHELLVARS_VALUE_MAX);
	strcat(text, "x\n");
	CHECK_STR(t, all(text), "f:1: A is longer than 4096 bytes");
}

void suite_shellvars(struct test *t)
{
	test_run(t, "assignments", assignments);
	test_run(t, "quotes and lines that go on", quotes);
	test_run(t, "what only a shell could read", refused);
	test_run(t, "lengths", limits);
}

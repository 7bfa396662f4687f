/*
 * The smallest test frame that names what failed. A suite is a function that calls test_run for each of its tests;
 * suites.def lists them.
 */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <stdbool.h>
#include <stddef.h>

struct test {
	const char *suite, *name;
	const char *only;  /* run just the suites or tests whose name holds this; NULL: all */
	char scratch[256]; /* an empty directory of this test's own, removed after it */
	bool ok;           /* of the test that runs now */
	int passed, failed;
};

/* Runs one test in a fresh scratch directory and counts it. */
void test_run(struct test *t, const char *name, void (*run)(struct test *t));

/* Each says what it saw and goes on; the test has then failed. */
void test_check(struct test *t, bool ok, const char *what, const char *file, int line);
void test_int(struct test *t, long long got, long long want, const char *what, const char *file, int line);
void test_str(struct test *t, const char *got, const char *want, const char *what, const char *file, int line);
void test_mem(struct test *t, const void *got, const void *want, size_t size, const char *what, const char *file,
	      int line);
void test_has(struct test *t, const char *text, const char *part, const char *what, const char *file, int line);

#define CHECK(t, cond)               test_check(t, cond, #cond, __FILE__, __LINE__)
#define CHECK_INT(t, got, want)      test_int(t, (long long)(got), (long long)(want), #got, __FILE__, __LINE__)
#define CHECK_STR(t, got, want)      test_str(t, got, want, #got, __FILE__, __LINE__)
#define CHECK_MEM(t, got, want, len) test_mem(t, got, want, len, #got, __FILE__, __LINE__)
#define CHECK_HAS(t, text, part)     test_has(t, text, part, #text, __FILE__, __LINE__) /* the text holds the part */

#define SUITE(name) void suite_##name(struct test *t);
#include "unit/suites.def"
#undef SUITE

#endif

/* Runs the suites: unit [PART-OF-A-NAME]. The last line is "N passed, N failed". */
#include "unit/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void test_run(struct test *t, const char *name, void (*run)(struct test *t))
{
	const char *tmp = getenv("TMPDIR");

	if (t->only && !strstr(name, t->only) && !strstr(t->suite, t->only))
		return;
	t->name = name;
	t->ok = true;
	snprintf(t->scratch, sizeof(t->scratch), "%s/crashbox-unit-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(t->scratch)) {
		perror(t->scratch);
		exit(1);
	}
	run(t);
	nftw(t->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (t->ok)
		t->passed++;
	else
		t->failed++;
}

static void complain(struct test *t, const char *file, int line)
{
	t->ok = false;
	printf("FAILED %s: %s (%s:%d): ", t->suite, t->name, file, line);
}

void test_check(struct test *t, bool ok, const char *what, const char *file, int line)
{
	if (ok)
		return;
	complain(t, file, line);
	printf("not so: %s\n", what);
}

void test_int(struct test *t, long long got, long long want, const char *what, const char *file, int line)
{
	if (got == want)
		return;
	complain(t, file, line);
	printf("%s is %lld (0x%llx), not %lld (0x%llx)\n", what, got, (unsigned long long)got, want,
	       (unsigned long long)want);
}

void test_str(struct test *t, const char *got, const char *want, const char *what, const char *file, int line)
{
	if (got && want && strcmp(got, want) == 0)
		return;
	complain(t, file, line);
	printf("%s is \"%s\", not \"%s\"\n", what, got ? got : "(null)", want ? want : "(null)");
}

void test_mem(struct test *t, const void *got, const void *want, size_t size, const char *what, const char *file,
	      int line)
{
	const unsigned char *a = got, *b = want;

	for (size_t i = 0; i < size; i++) {
		if (a[i] == b[i])
			continue;
		complain(t, file, line);
		printf("%s differs at byte %zu: %02x, not %02x\n", what, i, a[i], b[i]);
		return;
	}
}

void test_has(struct test *t, const char *text, const char *part, const char *what, const char *file, int line)
{
	if (text && strstr(text, part))
		return;
	complain(t, file, line);
	printf("%s does not hold \"%s\": \"%s\"\n", what, part, text ? text : "(null)");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct test *t);
	} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "unit/suites.def"
#undef SUITE
	};
	struct test t = {.only = argc > 1 ? argv[1] : NULL};

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		t.suite = suites[i].name;
		suites[i].run(&t);
	}
	printf("%d passed, %d failed\n", t.passed, t.failed);
	return t.failed != 0;
}

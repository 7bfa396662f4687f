#include "fmt/kernel_cmdline.h"

#include <errno.h>
#include <string.h>

/* The next word of a line from *at on, or an empty span at its end; *at moves past it. */
static struct span next_word(const char **at)
{
	const char *start, *p = *at;
	bool quoted = false;

	while (*p == ' ' || *p == '\t' || *p == '\n')
		p++;
	start = p;
	for (; *p && (quoted || (*p != ' ' && *p != '\t' && *p != '\n')); p++)
		quoted ^= *p == '"';
	*at = p;
	return span_of(start, (size_t)(p - start));
}

static int same(int a, int b)
{
	return a == b || (a == '-' && b == '_') || (a == '_' && b == '-');
}

/* Whether a word is "name" or "name=..."; a name that ends in '*' matches all that start with it. */
static bool is_named(struct span word, const char *name)
{
	size_t i;

	for (i = 0; i < word.size && name[i] && name[i] != '*'; i++)
		if (!same(word.data[i], name[i]))
			return false;
	return name[i] == '*' || (!name[i] && (i == word.size || word.data[i] == '='));
}

static bool is_any(struct span word, const char *const *names)
{
	for (; *names; names++)
		if (is_named(word, *names))
			return true;
	return false;
}

static int add(char *line, size_t size, struct span words, struct error *e)
{
	size_t used = strlen(line);

	if (used + words.size + 2 > size)
		return error_set(e, E2BIG, "the kernel's command line is longer than %zu bytes", size - 1);
	if (used)
		line[used++] = ' ';
	memcpy(line + used, words.data, words.size);
	line[used + words.size] = 0;
	return 0;
}

int cmdline_reuse(const char *line, bool capture, char *out, size_t size, struct error *e)
{
	static const char *const always[] = {"BOOT_IMAGE", "crashbox.token", NULL};
	static const char *const for_capture[] = {
		"crashkernel", "elfcorehdr", "hugepages*",  "hugepagesz", "default_hugepagesz",
		"slub_debug",  "slab_debug", "log_buf_len", "swiotlb",    "panic_on_warn",
		"quiet",       NULL};
	int result = 0;

	out[0] = 0;
	while (result == 0) {
		struct span word = next_word(&line);

		if (!word.size)
			break;
		if (!is_any(word, always) && !(capture && is_any(word, for_capture)))
			result = add(out, size, word, e);
	}
	return result;
}

int cmdline_add(char *line, size_t size, const char *words, struct error *e)
{
	return words && words[0] ? add(line, size, span_of(words, strlen(words)), e) : 0;
}

bool cmdline_value(const char *line, const char *name, struct span *value)
{
	for (;;) {
		struct span word = next_word(&line);
		size_t length = strlen(name) + 1;

		if (!word.size)
			return false;
		*value = word.size > length ? span_of(word.data + length, word.size - length) : span_of(NULL, 0);
		if (is_named(word, name))
			return true;
	}
}

bool cmdline_has(const char *line, const char *name)
{
	struct span value;

	return cmdline_value(line, name, &value);
}

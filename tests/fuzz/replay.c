/*
 * Runs a fuzz target over files, without a fuzzer: the corpus is part of the tests. Each argument is a file or a
 * directory of files. Prints how many inputs were run; a finding ends the program by its sanitizer.
 *
 * Built with clang's -fsanitize-coverage=func,trace-pc-guard, it also writes the functions that the inputs have
 * reached, by an address in each, to the file that the environment's FUNCTIONS names: tests/parsers.sh reads it.
 * Source: clang's SanitizerCoverage documentation, "Tracing PCs with guards".
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

enum { MOST_FUNCTIONS = 8192 };

static uintptr_t reached[MOST_FUNCTIONS];
static size_t nr_reached;

/* One guard for each function. */
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
	for (uint32_t *guard = start; guard < stop; guard++)
		*guard = 1;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	if (*guard && nr_reached < MOST_FUNCTIONS)
		reached[nr_reached++] = (uintptr_t)__builtin_return_address(0);
	*guard = 0;
}

static void write_functions(const char *path)
{
	FILE *f = path && nr_reached ? fopen(path, "w") : NULL;

	for (size_t i = 0; f && i < nr_reached; i++)
		fprintf(f, "0x%llx\n", (unsigned long long)reached[i]);
	if (f && fclose(f) != 0)
		perror(path);
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	struct stat st;

	if (!f || fstat(fileno(f), &st) != 0) {
		perror(path);
		exit(1);
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data || fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	return 1;
}

static int run_path(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[4096];
	int count = 0;

	if (!dir)
		return run_file(path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		count += run_file(name);
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += run_path(argv[i]);
	write_functions(getenv("FUNCTIONS"));
	printf("%d inputs\n", count);
	return count == 0;
}

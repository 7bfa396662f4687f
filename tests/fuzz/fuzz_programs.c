/*
 * Files that the builder or kexec is given: kernels, programs, scripts. The input is each of them in turn.
 */
#include "fmt/kernel_image.h"
#include "fuzz/input.h"
#include "fuzz/memory_file.h"
#include "fuzz/scratch.h"
#include "image/extra_files.h"
#include "kernel/capture_kernel.h"
#include "kernel/kernel_size.h"
#include "shared/kexec_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_program(struct span file)
{
	enum arch arch = ARCH_UNKNOWN;
	struct error e;
	char name[64];

	if (elf_program_interpreter(name, sizeof(name), file) && strlen(name) >= sizeof(name))
		abort();
	if (elf_program_identify(&arch, file, &e) == 0 && arch != elf_program_arch(file))
		abort();
}

/* For a kernel inside, other compressions than gzip would start programs. */
static void check_kernel(struct span file)
{
	struct span head = span_part(file, 0, file.size < KERNEL_HEAD ? file.size : KERNEL_HEAD);
	struct capture_kernel kernel;
	struct kernel_image image;
	struct kernel_size size;
	enum compression inside;
	struct error e;

	kernel_image_probe(head, &image);
	if (strlen(image.version) >= sizeof(image.version))
		abort();
	inside = compression_find(span_part(file, image.payload_at, image.payload_size));
	if ((inside == COMPRESSION_NONE || inside == COMPRESSION_GZIP) && kernel_size_read(&size, file, &e) == 0 &&
	    strlen(size.why) >= sizeof(size.why))
		abort();
	if (capture_kernel_identify(&kernel, file, &e) == 0)
		kernel_release_number(kernel.release);
}

static void check_kexec(struct span file)
{
	struct kernel_image image;
	struct error e;
	char path[64];
	int fd = memory_file(file.data, file.size, path), opened = kexec_open_kernel(path, &image, &e);

	if (opened >= 0)
		close(opened);
	close(fd);
}

/* A hook: a static program, or a script whose interpreter is among the files. */
static void check_hook(struct span file)
{
	static char name[] = "/hook", *names[] = {name};
	struct plan plan;
	struct extra_files files = {.count = 0};
	struct error e;

	make_scratch();
	put_file("hook", file, 0700);
	plan_init(&plan);
	plan.files = (struct string_list){.item = names, .count = 1};
	if (extra_files_collect(&files, &plan, scratch, ARCH_UNKNOWN, &e) == 0 &&
	    (files.count != 1 || files.item[0].data.size != file.size))
		abort();
	extra_files_deinit(&files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);

	check_program(file);
	check_kernel(file);
	check_kexec(file);
	check_hook(file);
	return 0;
}

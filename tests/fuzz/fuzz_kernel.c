/*
 * Kernels and images as bytes: whatever their headers say, the budget is refused or its minimum is the smallest size
 * that holds what it counts. The bytes up to the first zero are the capture kernel's command line, too.
 */
#include "fmt/kernel_layout.h"
#include "budget/budget_report.h"
#include "fuzz/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_budget(struct budget_input *input)
{
	struct budget budget;
	struct buffer out = {0};
	struct error e;

	if (budget_make(&budget, input, &e) < 0)
		return;
	if (!budget.fits || budget.minimum % BUDGET_STEP != 0)
		abort();
	budget_advise(&budget);
	budget_report_print(&out, &budget);
	budget_report_json(&out, &budget);
	buffer_deinit(&out);
	input->reservation = budget.minimum - BUDGET_STEP;
	if (input->reservation && (budget_make(&budget, input, &e) < 0 || budget.fits))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	struct budget_input input = {.compressed = 4096, .uncompressed = 8192};
	struct kernel_layout layout;
	struct kernel_image image;
	char *cmdline = part_text(bytes);
	struct error e;

	input.cmdline = cmdline;
	compression_cost_read(&input.compression, bytes);
	kernel_image_probe(span_part(bytes, 0, size < KERNEL_HEAD ? size : KERNEL_HEAD), &image);
	input.kernel.arch = image.kind == KERNEL_ARM64 ? ARCH_ARM64 : ARCH_X86_64;
	strcpy(input.kernel.release, "6.1.0");
	input.size = (struct kernel_size){.kind = image.kind,
					  .load = image.memory,
					  .span = image.memory,
					  .resident = image.memory,
					  .alignment = image.alignment,
					  .page_size = image.page_size ? image.page_size : 4096};
	if (kernel_layout_read(&layout, bytes, &e) == 0) {
		input.size.load = input.size.span = layout.span;
		input.size.resident = layout.resident;
		input.size.init = layout.init;
		input.size.percpu = layout.percpu;
		input.size.code = layout.code;
		input.size.alignment = layout.alignment;
		input.size.exact = true;
	}
	check_budget(&input);
	free(cmdline);
	return 0;
}

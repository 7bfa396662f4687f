#include "dump/target/dump_target.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "dump/log_text.h"

int dump_target_put_log(struct dump_target *t, struct kernel *kernel, uint64_t *records, uint64_t *damaged,
			struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	int r = dump_target_file(t, "vmcore-dmesg.txt", 0, &sink, e);

	return r < 0 ? r : log_text_save(kernel, sink, NULL, records, damaged, e);
}

int dump_target_put_text(struct dump_target *t, const char *name, struct span text, struct error *e)
{
	struct sink *sink CLEANUP(sink_destroyp) = NULL;
	int r = dump_target_file(t, name, 0, &sink, e);

	if (r == 0)
		r = sink_put(sink, 0, text.data, text.size, e);
	if (r == 0)
		r = sink_commit(sink, text.size, e);
	return r;
}

void dump_target_close(struct dump_target *t, bool saved, enum capture_status status, const char *message)
{
	if (t)
		t->ops->close(t, saved, status, message);
	free(t);
}

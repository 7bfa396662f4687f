#include "dump/identity.h"

#include <string.h>

#include "fmt/elf.h"
#include "fmt/vmcoreinfo.h"

enum { NODENAME = 1, RELEASE = 2, VERSION = 3, MACHINE = 4 };

static char *field(struct dump_identity *id, unsigned index)
{
	return (char *)id->uts + index * KDUMP_UTS_FIELD;
}

/* What can be known without the kernel's memory. Nothing stays empty but the host's name: libkdumpfile does not believe
   a header with an empty version, and then does not know the architecture. */
static void uts_without_memory(struct dump_identity *id, const struct source *source)
{
	memset(id->uts, 0, sizeof(id->uts));
	memcpy(field(id, 0), "Linux", 6);
	memcpy(field(id, RELEASE), "unknown", 8);
	vmcoreinfo_text(source->vmcoreinfo, "OSRELEASE", field(id, RELEASE), KDUMP_UTS_FIELD);
	memcpy(field(id, VERSION), "unknown", 8);
	memcpy(field(id, MACHINE), source->machine == ELF_MACHINE_ARM64 ? "aarch64" : "x86_64\0", 8);
}

void identity_read(struct dump_identity *id, struct kernel *kernel, const struct source *source, const struct log *log)
{
	struct error why = {.text = ""};

	memset(id, 0, sizeof(*id));
	if (!kernel || kernel_read_uts(kernel, id->uts, &why) < 0) {
		uts_without_memory(id, source);
		if (kernel)
			log_line(log, LOG_WARN, "the crashed machine's name is not known: %s", why.text);
	}
	if (!vmcoreinfo_decimal(source->vmcoreinfo, "CRASHTIME", &id->crash_time) && source->vmcoreinfo.size)
		log_line(log, LOG_WARN, "VMCOREINFO does not tell the time of the crash");
	if (!paging_phys_base(source, &id->phys_base))
		log_line(log, LOG_WARN,
			 "the kernel's load address is not known: crash may not open a KDUMP file of it");
}

const char *identity_host(const struct dump_identity *id)
{
	return (const char *)id->uts + NODENAME * KDUMP_UTS_FIELD;
}

const char *identity_release(const struct dump_identity *id)
{
	return (const char *)id->uts + RELEASE * KDUMP_UTS_FIELD;
}

#include "kdump/kdump_token.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "applet.h"
#include "fmt/kernel_cmdline.h"
#include "sys/file.h"

int kdump_token_make(struct rawdump_owner *owner, struct error *e)
{
	char token[RAWDUMP_TOKEN + 1];

	/* The UUID is random only once the kernel's generator is ready, which getrandom waits for. */
	if (getrandom(token, 1, 0) != 1 || !file_read_line("/proc/sys/kernel/random/uuid", token, sizeof(token)))
		return error_errno(e, "a random UUID");
	if (owner->tokens[0]) {
		memcpy(owner->tokens + RAWDUMP_TOKEN + 1, owner->tokens, RAWDUMP_TOKEN);
		owner->tokens[RAWDUMP_TOKEN] = ',';
	}
	memcpy(owner->tokens, token, RAWDUMP_TOKEN);
	return raw_token_write(owner, e);
}

int kdump_token_add(const struct kdump_facts *f, char *cmdline, size_t size, struct error *e)
{
	char word[sizeof(RAW_TOKEN_PARAMETER "=") + sizeof(((struct rawdump_owner *)0)->tokens)], raw[KDUMP_PATH];
	struct rawdump_owner owner;

	if (!kdump_plan_get(f, "raw", raw, sizeof(raw)))
		return 0;
	if (raw_token_find(&owner, e) < 0 || (!owner.tokens[0] && kdump_token_make(&owner, e) < 0)) {
		applet_say("note: no token for raw devices, so programs can forge dumps there: %s", e->text);
		return 0;
	}
	snprintf(word, sizeof(word), RAW_TOKEN_PARAMETER "=%s", owner.tokens);
	return cmdline_add(cmdline, size, word, e);
}

void kdump_token_settle(const struct kdump_facts *f)
{
	struct rawdump_owner owner;
	struct error e;

	/* What is loaded may still have the previous one. */
	if (f->loaded == 1 || raw_token_find(&owner, &e) < 0 || !owner.tokens[RAWDUMP_TOKEN])
		return;
	owner.tokens[RAWDUMP_TOKEN] = 0;
	if (raw_token_write(&owner, &e) < 0)
		applet_error(&e);
}

#include "host/hook_directories.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dialect/setting.h"

static int add_hook(struct plan *plan, struct hooks *hooks, const char *root, const char *directory, const char *name,
		    const struct log *log, struct error *e)
{
	char path[PATH_MAX], whole[PLAN_TEXT], *plain = path + snprintf(path, sizeof(path), "%.2000s", root);
	const struct setting setting = {.name = "hook", .value = plain, .where = directory, .log = log};
	struct stat st;

	snprintf(plain, sizeof(path) - (size_t)(plain - path), "%s/%s", directory, name);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return 0;
	/* With a blank in it, the end of the name would become an argument. */
	if (setting_file(whole, &setting, e) < 0 || setting_hook(plan, hooks, &setting, e) < 0)
		return -e->code;
	log_line(log, LOG_NOTE, "%s: runs %s the dump", plain, hooks == &plan->pre ? "before" : "after");
	return 0;
}

static int add_directory(struct plan *plan, struct hooks *hooks, const char *root, const char *directory,
			 const struct log *log, struct error *e)
{
	struct dirent **entries = NULL;
	char path[PATH_MAX];
	int count, status = 0;

	snprintf(path, sizeof(path), "%.2000s%s", root, directory);
	count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(e, "%s", path);
	for (int i = 0; i < count; i++) {
		if (status == 0 && entries[i]->d_name[0] != '.')
			status = add_hook(plan, hooks, root, directory, entries[i]->d_name, log, e);
		free(entries[i]);
	}
	free(entries);
	return status;
}

int plan_add_hook_directories(struct plan *plan, const char *root, const struct log *log, struct error *e)
{
	struct hooks own = plan->post;
	int status;

	if (!root)
		root = "";
	if (add_directory(plan, &plan->pre, root, "/etc/kdump/pre.d", log, e) < 0)
		return -e->code;
	plan->post = (struct hooks){0};
	status = add_directory(plan, &plan->post, root, "/etc/kdump/post.d", log, e);
	for (size_t i = 0; i < own.count && status == 0; i++)
		status = hooks_add(&plan->post, &own.item[i], e);
	hooks_deinit(&own);
	return status;
}

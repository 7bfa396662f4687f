/*
 * PID 1 of the capture environment: mounts what is needed, runs the capture script line by line, and ends in a reboot
 * whatever happens. It waits for nothing and nobody without a limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applet.h"
#include "base/cleanup.h"
#include "fmt/script.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/meminfo.h"
#include "sys/mounts.h"
#include "sys/power.h"

#define SCRIPT "/etc/capture.sh"

enum {
	SCRIPT_MAX = 64 * 1024,
	NR_VARIABLES = 64,
	SAMPLE_MS = 100,
	GRACE_MS = 3000, /* between SIGTERM and SIGKILL */
	UNMOUNT_MS = 10000,
	LAST_RESORT_MS = 120 * 1000,
	LINE_MS = 900 * 1000,     /* unless LINE_DEADLINE says otherwise */
	CAPTURE_MS = 3600 * 1000, /* unless CAPTURE_DEADLINE does */
	UMOUNT_LAZY = 2,          /* of umount2(2) */
	STATUS_NOT_FOUND = 127,
};

struct variable {
	char *name, *value;
};

/* One for the process: the handlers of signals need it. */
static struct init {
	struct variable variables[NR_VARIABLES];
	size_t nr_variables;
	int meminfo_fd;
	struct meminfo lowest; /* the total, and the least that was ever available */
	uint64_t start;        /* by clock_ms */
	bool failed_script;    /* it was missing, or a line of it was refused, or the time was up */
	enum verdict {
		NOTHING_SAVED,
		DEGRADED_SAVED, /* dump-save has ended with STATUS_DEGRADED */
		DUMP_SAVED,     /* dump-save has ended with 0, and something behind it in its line failed */
		ALL_DONE,       /* the line as well */
	} verdict;
	char saved_by[64];
	char failure[512]; /* the last one of a line that was to save a dump, else the last one */
	bool dump_failed;  /* it is of such a line */
} init;

/* One line on the console, in one write, so that the kernel's own lines do not get into it. */
static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	char text[1024] = "init: ";
	va_list ap;
	size_t length;

	va_start(ap, fmt);
	vsnprintf(text + 6, sizeof(text) - 7, fmt, ap);
	va_end(ap);
	length = strlen(text);
	text[length] = '\n';
	write_all(STDERR_FILENO, text, length + 1);
}

static void take_log_line(void *context, enum log_level level, const char *text)
{
	(void)context, (void)level;
	say("%s", text);
}

static const struct log console = {.line = take_log_line};

/* --- memory ----------------------------------------------------------------------------------------------------- */

/* Every 100 ms, by a timer, also while something is being waited for. Only calls that a handler may make. */
static void sample_memory(int number)
{
	int saved_errno = errno;
	struct meminfo now;

	(void)number;
	if (meminfo_read(init.meminfo_fd, &now) == 0 && (!init.lowest.total || now.available < init.lowest.available))
		init.lowest = now;
	errno = saved_errno;
}

static void start_sampling(void)
{
	struct sigaction action = {.sa_handler = sample_memory, .sa_flags = SA_RESTART};
	struct itimerval every = {.it_interval.tv_usec = SAMPLE_MS * 1000, .it_value.tv_usec = SAMPLE_MS * 1000};

	init.meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	sample_memory(0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

/* --- a crash of init itself --------------------------------------------------------------------------------------- */

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

/* Writes and system calls only. If this fails as well, the kernel panics, and its panic= reboots. */
static void crashed(int number)
{
	char name[24];

	signal_name(number, name, sizeof(name));
	write_all(STDERR_FILENO, "\ninit: crashed by ", 18);
	write_all(STDERR_FILENO, name, strlen(name));
	if (init.verdict >= DUMP_SAVED)
		write_all(STDERR_FILENO, ", after the dump was saved; rebooting\n", 38);
	else
		write_all(STDERR_FILENO, ": NO DUMP SAVED; rebooting\n", 27);
	power_reboot_now();
	for (;;)
		pause();
}

static void set_crash_handlers(void (*handler)(int number))
{
	static char stack_bytes[16384]; /* a signal's frame holds all of the CPU's registers */
	stack_t stack = {.ss_sp = stack_bytes, .ss_size = sizeof(stack_bytes)};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER};

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &action, NULL);
}

/* --- the environment ---------------------------------------------------------------------------------------------- */

static void mount_system(const char *type, const char *dir, unsigned long flags)
{
	struct mount_options options = {.flags = flags};
	struct error e;

	mkdir(dir, 0755);
	if (mounts_add(type, dir, type, &options, &e) < 0 && e.code != EBUSY)
		say("%s", e.text);
}

/* Descriptors 0, 1 and 2: the console, else nothing. The kernel has opened them where the image holds /dev/console. */
static void open_console(void)
{
	int fd;

	/* Without devtmpfs these are all that there is; they fail where they exist. */
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
	for (int i = 0; i < 3; i++) {
		if (fcntl(i, F_GETFD) >= 0)
			continue;
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
		if (fd < 0)
			fd = open("/dev/null", O_RDWR);
		if (fd >= 0 && fd != i) {
			dup2(fd, i);
			close(fd);
		}
	}
}

static void print_banner(void)
{
	struct utsname uts;

	uname(&uts);
	say("crashbox %s, the capture environment, on Linux %s (%s)", CRASHBOX_VERSION, uts.release, uts.machine);
	say("memory: %llu kB in all, %llu kB available", (unsigned long long)init.lowest.total,
	    (unsigned long long)init.lowest.available);
	if (!power_is_capture_kernel())
		say("/proc/vmcore is not there: this kernel was not started by a crash, or lacks CONFIG_PROC_VMCORE");
}

static void set_up(void)
{
	struct error e;

	init.meminfo_fd = -1;
	init.start = clock_ms();
	set_crash_handlers(crashed);
	umask(077);
	applet_last_words = mmap(NULL, APPLET_WORDS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (applet_last_words == MAP_FAILED)
		applet_last_words = NULL;
	/* Before anything is said: the messages of these wait for the console. */
	mkdir("/dev", 0755);
	mount_system("devtmpfs", "/dev", 2 /* nosuid */);
	open_console();
	mount_system("proc", "/proc", 2 | 4 | 8 /* nosuid, nodev, noexec */);
	mount_system("sysfs", "/sys", 2 | 4 | 8);
	start_sampling();
	/* Whoever is killed for memory, it shall not be the one that reboots. */
	file_write_text("/proc/self/oom_score_adj", "-1000", &e);
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 0);
	print_banner();
}

/* --- variables ---------------------------------------------------------------------------------------------------- */

static struct variable *find_variable(const char *name)
{
	for (size_t i = 0; i < init.nr_variables; i++)
		if (strcmp(init.variables[i].name, name) == 0)
			return &init.variables[i];
	return NULL;
}

/* The script's own, else the environment's: that is where the kernel puts the words of its command line that it does
 * not know. */
static const char *get_variable(void *context, const char *name)
{
	struct variable *v = find_variable(name);

	(void)context;
	return v ? v->value : getenv(name);
}

static int set_variable(const char *name, const char *value, struct error *e)
{
	struct variable *v = find_variable(name);
	char *copy = strdup(value);

	if (!copy)
		return error_set(e, ENOMEM, "no memory for a variable");
	if (!v) {
		if (init.nr_variables == NR_VARIABLES) {
			free(copy);
			return error_set(e, E2BIG, "more than %d variables", NR_VARIABLES);
		}
		v = &init.variables[init.nr_variables];
		*v = (struct variable){.name = strdup(name)};
		if (!v->name) {
			free(copy);
			return error_set(e, ENOMEM, "no memory for a variable");
		}
		init.nr_variables++;
	}
	free(v->value);
	v->value = copy;
	/* As in a shell: what came from the environment goes back to it. */
	return getenv(name) ? setenv(name, value, 1) : 0;
}

/* A time out of a variable; 0 is none. */
static uint64_t deadline_variable(const char *name, uint64_t otherwise)
{
	const char *value = get_variable(NULL, name);
	uint64_t ms = otherwise;
	struct error e;

	if (value && duration_parse(value, &ms, &e) < 0)
		say("%s: %s: taking %llu s", name, e.text, (unsigned long long)(otherwise / 1000));
	return ms;
}

/* How long a line may take: its own time, or what is left of the whole capture's (at least 1 ms). 0: no limit. */
static uint64_t time_left(void)
{
	uint64_t line = deadline_variable("LINE_DEADLINE", LINE_MS);
	uint64_t all = deadline_variable("CAPTURE_DEADLINE", CAPTURE_MS), passed = clock_ms() - init.start;

	if (!all)
		return line;
	all = all > passed ? all - passed : 1;
	return line && line < all ? line : all;
}

static bool capture_expired(void)
{
	uint64_t all = deadline_variable("CAPTURE_DEADLINE", CAPTURE_MS);

	return all && clock_ms() - init.start >= all;
}

/* --- one command -------------------------------------------------------------------------------------------------- */

struct outcome {
	int status;     /* as a shell has it: 128 + n for signal n */
	char text[160]; /* "exit status 1" */
};

struct job {
	const struct applet *applet;
	const char *path; /* of a program, where it is no applet */
	int argc;
	char **argv;
};

/* In the child: what differs from init. */
static int run_job(void *context)
{
	struct job *job = context;
	struct error e;
	int fd;

	set_crash_handlers(SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	file_write_text("/proc/self/oom_score_adj", "0", &e);
	fd = open("/dev/null", O_RDONLY);
	if (fd > 0) {
		dup2(fd, 0);
		close(fd);
	}
	close(init.meminfo_fd);
	umask(022);
	if (job->applet)
		return applet_run(job->applet, job->argc, job->argv);
	execv(job->path, job->argv);
	fprintf(stderr, "%s: %m\n", job->path);
	return STATUS_NOT_FOUND - (errno != ENOENT);
}

/* An applet, a path, or a program in one of the usual directories. Returns whether there is one. */
static bool resolve(struct job *job, char *path, size_t size)
{
	static const char *const dirs[] = {"/bin", "/sbin", "/usr/bin", "/usr/sbin"};

	job->applet = applet_find(job->argv[0]);
	job->path = strchr(job->argv[0], '/') ? job->argv[0] : NULL;
	for (size_t i = 0; !job->applet && !job->path && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, size, "%s/%s", dirs[i], job->argv[0]);
		if (access(path, X_OK) == 0)
			job->path = path;
	}
	return job->applet || job->path;
}

static void describe(const struct child *child, struct outcome *o, uint64_t kills_before)
{
	int status = child->status;

	o->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	child_describe(status, o->text, sizeof(o->text));
	if (o->status && meminfo_oom_kills() > kills_before)
		strcat(o->text, ": out of memory, the kernel killed it (a larger crashkernel= helps)");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		strcat(o->text, ": out of memory?");
}

/* Runs a command at most until end (by clock_ms; 0: no limit). */
static void run_command(int argc, char **argv, uint64_t end, struct outcome *o)
{
	uint64_t kills = meminfo_oom_kills(), now = clock_ms();
	struct job job = {.argc = argc, .argv = argv};
	struct error e = {.code = 0};
	struct child child;
	char path[256];

	o->status = STATUS_NOT_FOUND;
	if (end && now >= end) {
		o->status = 124;
		snprintf(o->text, sizeof(o->text), "not started: the line's time is up");
		return;
	}
	if (!resolve(&job, path, sizeof(path))) {
		snprintf(o->text, sizeof(o->text), "not an applet of this binary, and not in /bin, /sbin or /usr/bin");
		return;
	}
	if (applet_last_words)
		applet_last_words[0] = 0;
	if (child_start(&child, true, run_job, &job, &e) < 0) {
		o->status = 126;
		snprintf(o->text, sizeof(o->text), "%.150s", e.text);
		return;
	}
	if (child_wait_all(&child, end ? end - now : UINT64_MAX)) {
		describe(&child, o, kills);
	} else {
		o->status = 124;
		snprintf(o->text, sizeof(o->text), "not done in its time, %s",
			 child_stop(&child, GRACE_MS) ? "ended by a signal"
						      : "and does not end by SIGKILL: left behind");
	}
	/* What the command has left running goes with it, when it failed. */
	if (o->status)
		child_signal(&child, SIGKILL);
}

/* --- one line ----------------------------------------------------------------------------------------------------- */

static void finish(enum power action) __attribute__((noreturn));

/* reboot, poweroff and halt are the end of the capture, and init's own business. Returns the action, or -1. */
static int power_command(const struct script_command *c)
{
	static const char *const names[] = {[POWER_REBOOT] = "reboot", [POWER_OFF] = "poweroff", [POWER_HALT] = "halt"};

	for (int i = 0; i < 3; i++)
		if (strcmp(c->argv[0], names[i]) == 0)
			return i;
	return -1;
}

/* The words in front of what timeout runs: 0 of any other command. */
static int timeout_words(const struct script_command *c)
{
	int i = 1;

	if (strcmp(c->argv[0], "timeout") != 0)
		return 0;
	while (i < c->argc - 1 && (c->argv[i][0] == '-' || (c->argv[i][0] >= '0' && c->argv[i][0] <= '9') ||
				   strcmp(c->argv[i - 1], "-s") == 0))
		i++;
	return i < c->argc ? i : 0;
}

/*
 * Whether a command is one that saves what the script is for, by itself or behind timeout: dump-save, or dmesg-save
 * into a directory, where only the log is wanted.
 */
static bool is_dump_save(const struct script_command *c)
{
	const char *name = c->argv[timeout_words(c)], *last = c->argv[c->argc - 1];
	bool directory = last[0] && last[strlen(last) - 1] == '/';

	return strcmp(name, "dump-save") == 0 || (directory && strcmp(name, "dmesg-save") == 0);
}

static bool has_dump_save(const struct script_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (is_dump_save(&line->commands[i]))
			return true;
	return false;
}

/* How a line went so far. */
struct progress {
	int status;
	bool dumped;     /* dump-save has ended with 0 */
	bool external;   /* a program has, that is not of this binary: it may have saved the dump */
	char failed[64]; /* the name of the last command that failed */
	struct outcome outcome;
	char words[APPLET_WORDS]; /* the last error message of that command, or none */
};

static void note_saved(const struct script_line *line, enum verdict verdict, uint64_t start)
{
	if (verdict < init.verdict)
		return;
	init.verdict = verdict;
	snprintf(init.saved_by, sizeof(init.saved_by), "line %u, in %llu s", line->number,
		 (unsigned long long)(clock_ms() - start) / 1000);
}

static void note_failure(const struct script_line *line, const struct progress *p, uint64_t start)
{
	say("line %u failed after %llu s: %s: %s", line->number, (unsigned long long)(clock_ms() - start) / 1000,
	    p->failed, p->outcome.text);
	if (init.dump_failed && !has_dump_save(line))
		return;
	init.dump_failed = has_dump_save(line);
	snprintf(init.failure, sizeof(init.failure), "line %u: %s: %s%s%.*s%s", line->number, p->failed,
		 p->outcome.text, p->words[0] ? " (" : "", APPLET_WORDS, p->words, p->words[0] ? ")" : "");
}

/* "mount"; of timeout also what it ran: "timeout 600 dump-save". */
static void name_command(const struct script_command *c, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s", c->argv[0]);

	for (int i = 1; i <= timeout_words(c) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, " %s", c->argv[i]);
}

/* What failed, and its last words, which are another process's: they may not end. */
static void name_failure(const struct script_command *c, struct progress *p)
{
	name_command(c, p->failed, sizeof(p->failed));
	snprintf(p->words, sizeof(p->words), "%.*s", APPLET_WORDS - 1, applet_last_words ? applet_last_words : "");
}

static void note_status(const struct script_line *line, const struct script_command *c, struct progress *p,
			uint64_t start)
{
	if (p->status)
		name_failure(c, p);
	if (is_dump_save(c) && p->status == STATUS_DEGRADED)
		note_saved(line, DEGRADED_SAVED, start);
	if (is_dump_save(c) && p->status == STATUS_DONE) {
		p->dumped = true;
		note_saved(line, DUMP_SAVED, start);
	}
	if (p->status == STATUS_DONE && !applet_find(c->argv[0]))
		p->external = true;
}

/* The commands of a line, as && and || have it. */
static void run_commands(const struct script_line *line, uint64_t start, uint64_t end, struct progress *p)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct script_command *c = &line->commands[i];
		int action = power_command(c);

		if ((c->join == SCRIPT_AND && p->status) || (c->join == SCRIPT_OR && !p->status))
			continue;
		if (action >= 0 && p->status)
			note_failure(line, p, start);
		else if (action >= 0 && (p->dumped || (p->external && !init.dump_failed)))
			note_saved(line, ALL_DONE, start);
		if (action >= 0)
			finish((enum power)action);
		run_command(c->argc, c->argv, end, &p->outcome);
		p->status = p->outcome.status;
		note_status(line, c, p, start);
	}
}

struct unmount {
	const char *dir;
	int flags;
};

static int run_unmount(void *context)
{
	struct unmount *u = context;
	struct error e;

	return mounts_remove(u->dir, u->flags, &e) < 0;
}

/* What a failed line has mounted is unmounted, the last first; an unmount can hang as well. */
static void undo_mounts(const struct mount_table *before, unsigned line)
{
	struct mount_table now;
	struct error e;

	if (mount_table_read(&now, &e) < 0)
		return;
	for (size_t i = now.count; i-- > 0;) {
		struct unmount u = {.dir = now.entries[i].dir};

		if (mount_table_has(before, &now.entries[i]))
			continue;
		if (child_call(run_unmount, &u, UNMOUNT_MS) == 0) {
			say("line %u: unmounted %s", line, u.dir);
			continue;
		}
		u.flags = UMOUNT_LAZY;
		say("line %u: %s %s", line, u.dir,
		    child_call(run_unmount, &u, UNMOUNT_MS) == 0 ? "is busy: detached" : "could not be unmounted");
	}
	mount_table_free(&now);
}

static void announce(const struct script_line *line)
{
	enum { SHOWN = 160 };
	int shown = line->text.size > SHOWN ? SHOWN : (int)line->text.size;
	char text[SHOWN + 1];

	for (int i = 0; i < shown; i++)
		text[i] = line->text.data[i] < ' ' || line->text.data[i] == 0x7f ? ' ' : (char)line->text.data[i];
	text[shown] = 0;
	say("line %u: %s%s", line->number, text, line->text.size > SHOWN ? "..." : "");
}

static void run_list(const struct script_line *line)
{
	struct mount_table before = {.count = 0};
	uint64_t start = clock_ms(), left = time_left();
	struct progress p = {.status = 0};
	struct error e;
	bool have_table;

	announce(line);
	have_table = mount_table_read(&before, &e) == 0;
	run_commands(line, start, left ? start + left : 0, &p);
	if (p.status == 0 && p.dumped)
		note_saved(line, ALL_DONE, start);
	if (p.status) {
		note_failure(line, &p, start);
		if (have_table)
			undo_mounts(&before, line->number);
	}
	mount_table_free(&before);
}

/* --- the script --------------------------------------------------------------------------------------------------- */

static void refuse(const struct error *e)
{
	say("%s: %s", SCRIPT, e->text);
	if (!init.dump_failed)
		snprintf(init.failure, sizeof(init.failure), "%s: %.200s", SCRIPT, e->text);
	init.failed_script = true;
}

static void run_script(void)
{
	static struct script_line line;
	struct script script = {.lookup = get_variable};
	struct error e = {.code = 0};
	char *text;
	size_t size;
	int result = file_read(SCRIPT, SCRIPT_MAX, &text, &size, &e);

	if (result < 0) {
		say("the capture script cannot be read: %s", e.text);
		snprintf(init.failure, sizeof(init.failure), "the capture script cannot be read: %.200s", e.text);
		init.failed_script = true;
		return;
	}
	script.text = span_of(text, size);
	while ((result = script_next(&script, &line, &e)) != 0) {
		if (capture_expired()) {
			error_set(&e, ETIMEDOUT, "line %u: the time for the whole capture (CAPTURE_DEADLINE) is up",
				  line.number);
			refuse(&e);
			break;
		}
		if (result > 0 && line.kind == SCRIPT_ASSIGNMENT)
			result = set_variable(line.name, line.value, &e);
		else if (result > 0)
			run_list(&line);
		if (result < 0)
			refuse(&e);
	}
	free(text);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

/* No dump, and no script to say what else to try: at least the log of the crashed kernel onto the console. */
static void last_resort(void)
{
	char *argv[] = {"dmesg-save", "/proc/vmcore", "/dev/console", NULL};
	struct outcome o;

	say("last resort: dmesg-save /proc/vmcore /dev/console");
	run_command(3, argv, clock_ms() + LAST_RESORT_MS, &o);
	if (o.status)
		say("last resort: dmesg-save: %s", o.text);
}

/* The last line on the console: what there is now, and what happens next. */
static void say_verdict(enum power action)
{
	const char *doing = power_doing(action);
	const char *failure = init.failure[0] ? init.failure : "no line of the script has saved one";

	switch (init.verdict) {
	case ALL_DONE:
		say("capture done: %s; %s", init.saved_by, doing);
		break;
	case DUMP_SAVED:
		say("dump saved (%s), but then: %s; %s", init.saved_by, failure, doing);
		break;
	case DEGRADED_SAVED:
		say("ONLY A DEGRADED DUMP SAVED (%s): %s; %s", init.saved_by, failure, doing);
		break;
	case NOTHING_SAVED:
		say("NO DUMP SAVED: %s; %s", failure, doing);
	}
}

static void finish(enum power action)
{
	struct error e = {.code = 0};

	if (init.verdict == NOTHING_SAVED && init.failed_script)
		last_resort();
	sample_memory(0);
	say("lowest MemAvailable %llu kB (of %llu kB total)", (unsigned long long)init.lowest.available,
	    (unsigned long long)init.lowest.total);
	say_verdict(action);
	power_down(action, &console, &e);
	say("%s", e.text);
	/* Whatever was asked for, this is the end of the environment; a watchdog may still do it. */
	for (;;) {
		if (action != POWER_HALT)
			power_reboot_now();
		clock_sleep(10000);
	}
}

static int run(int argc, char **argv)
{
	struct error e = {.code = 0};

	(void)argc, (void)argv;
	if (getpid() != 1) {
		error_set(&e, EPERM, "this is not PID 1: init is for the kernel to start, in a capture environment");
		error_hint(&e, "it would mount, kill and reboot");
		return applet_error(&applet_init, &e);
	}
	set_up();
	run_script();
	finish(POWER_REBOOT);
}

const struct applet applet_init = {
	.name = "init",
	.usage = "",
	.help = "The first process of the capture environment. Mounts /proc, /sys and /dev, runs the capture script,\n"
		"/etc/capture.sh, line by line, and reboots in any case. Words on its command line are ignored.",
	.options = NULL,
	.run = run,
};

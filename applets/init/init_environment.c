/* init's environment: file systems, the console, the memory shared with commands, and signal handlers. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init/init_parts.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/mounts.h"

enum { TICK_MS = 100 };

/* Every 100 ms, by a timer, also during waits. Only async-signal-safe calls. */
void init_sample_memory(void)
{
	struct meminfo now;

	if (meminfo_read(init.meminfo_fd, &now) == 0 && (!init.lowest.total || now.available < init.lowest.available))
		init.lowest = now;
}

static void tick(int number)
{
	int saved_errno = errno;

	(void)number;
	init_sample_memory();
	init_watchdog_tick();
	errno = saved_errno;
}

static void start_ticking(void)
{
	struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
	struct itimerval every = {.it_interval.tv_usec = TICK_MS * 1000, .it_value.tv_usec = TICK_MS * 1000};

	init.meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	init_sample_memory();
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
	init_watchdog_allow(0);
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

void init_forget_handlers(void)
{
	set_crash_handlers(SIG_DFL);
	signal(SIGALRM, SIG_DFL);
}

/* --- what must exist ------------------------------------------------------------------------------------------- */

static void mount_system(const char *type, const char *dir, unsigned long flags)
{
	struct mount_options options = {.flags = flags};
	struct error e;

	mkdir(dir, 0755);
	if (mounts_add(type, dir, type, &options, &e) < 0 && e.code != EBUSY)
		init_say("%s", e.text);
}

/* Descriptors 0, 1 and 2: the console, else nothing. The kernel opened them if the image contains /dev/console. */
static void open_console(void)
{
	int fd;

	/* Needed without devtmpfs; they fail if the nodes exist. */
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
	init_say("crashbox %s, the capture environment, on Linux %s (%s)", CRASHBOX_VERSION, uts.release, uts.machine);
	init_say("memory: %llu kB total, %llu kB available", (unsigned long long)init.lowest.total,
		 (unsigned long long)init.lowest.available);
	if (!power_is_capture_kernel())
		init_say("/proc/vmcore does not exist: this kernel was not started by a crash, or lacks "
			 "CONFIG_PROC_VMCORE");
}

/* Shared with commands: their last message, and whether bytes move. */
static void share_memory(void)
{
	void *shared =
		mmap(NULL, sizeof(uint64_t) + APPLET_WORDS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return;
	applet_moved = shared;
	applet_last_words = (char *)shared + sizeof(uint64_t);
}

void init_set_up(void)
{
	struct error e;

	init.meminfo_fd = -1;
	init.start = clock_ms();
	set_crash_handlers(crashed);
	umask(077);
	share_memory();
	/* Before any message: messages need the console. */
	mkdir("/dev", 0755);
	mount_system("devtmpfs", "/dev", 2 /* nosuid */);
	open_console();
	mount_system("proc", "/proc", 2 | 4 | 8 /* nosuid, nodev, noexec */);
	mount_system("sysfs", "/sys", 2 | 4 | 8);
	start_ticking();
	/* The OOM killer must spare the process that reboots. */
	file_write_text("/proc/self/oom_score_adj", "-1000", &e);
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 0);
	print_banner();
}

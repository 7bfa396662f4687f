/*
 * How much memory there is, sampled cheaply.
 */
#ifndef SYS_MEMINFO_H
#define SYS_MEMINFO_H

#include <stdint.h>

struct meminfo {
	uint64_t total, available; /* kB, as /proc/meminfo's MemTotal and MemAvailable */
};

/* Reads both from a text as /proc/meminfo's. A kernel before 3.14 has no MemAvailable: MemFree then. Returns 0 or
 * -EINVAL. */
int meminfo_parse(const char *text, struct meminfo *m);

/* Reads from a descriptor of /proc/meminfo, which can be kept open. Returns 0 or a negative errno. */
int meminfo_read(int fd, struct meminfo *m);

/* How many processes the kernel has killed for want of memory (oom_kill of /proc/vmstat, since 4.13); 0 where it does
 * not say. */
uint64_t meminfo_oom_kills(void);

#endif

/*
 * Total and available memory, sampled cheaply.
 */
#ifndef SYS_MEMINFO_H
#define SYS_MEMINFO_H

#include <stdint.h>

struct meminfo {
	uint64_t total, available; /* kB, as /proc/meminfo's MemTotal and MemAvailable */
};

/* Reads both from the text of /proc/meminfo. Before 3.14 there is no MemAvailable, and MemFree is used. Returns 0 or
 * -EINVAL. */
int meminfo_parse(const char *text, struct meminfo *m);

/* Reads from a descriptor of /proc/meminfo, which can stay open. Returns 0 or a negative errno. */
int meminfo_read(int fd, struct meminfo *m);

/* How many processes the OOM killer has killed (oom_kill of /proc/vmstat, since 4.13); 0 if the kernel does not say. */
uint64_t meminfo_oom_kills(void);

#endif

/*
 * Fills a guest's memory with pages of every kind that a dump level names, and keeps them until the machine crashes:
 * load DISK TMPFS FILES ANON_MIB HUGETLB_PAGES
 *
 *   DISK, TMPFS    directories. FILES small files go into each, a thousand in a directory, for dentries and inodes; on
 *                  the disk also a large one, mapped privately and written to in part, so that it has anonymous copies
 *   ANON_MIB       anonymous memory without transparent huge pages, and as much with them; a third of it zeros
 *   HUGETLB_PAGES  as many as /proc/sys/vm/nr_hugepages gave, half of them touched
 *
 * Where there is swap, anonymous and shared memory goes out to it and comes back in part; where the kernel can, one
 * page of each kind is poisoned or taken off line. Prints what it could make, makes the file TMPFS/ready, and sleeps.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

enum { PAGE = 4096, MIB = 1 << 20, PER_DIRECTORY = 1000 };

/* Bytes that are neither zero nor alike, so that no page of them is dropped by chance. */
static void fill(char *at, size_t size)
{
	static uint64_t state = 88172645463325252;

	for (size_t i = 0; i + 8 <= size; i += 8) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(at + i, &state, 8);
	}
}

/* Two pages of three get bytes, the third is read or written as zeros. */
static void touch(char *at, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE) {
		if (i / PAGE % 3)
			fill(at + i, PAGE);
		else
			memset(at + i, 0, PAGE);
	}
}

static void anonymous(size_t mib, int advice, const char *name)
{
	/* 1 MiB more, off a huge page's border: its ends are single pages. */
	size_t size = mib * MIB + MIB;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || madvise(at, size, advice) < 0) {
		printf("load: %s: %s\n", name, strerror(errno));
		return;
	}
	touch(at, size);
	printf("load: %s: %zu MiB\n", name, size / MIB);
}

/* A huge page of which only a part is left mapped, and one whose parts two processes hold. */
static void split(void)
{
	char *at = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return;
	madvise(at, 8 * MIB, MADV_HUGEPAGE);
	touch(at, 8 * MIB);
	munmap(at + 3 * MIB, MIB);
	if (fork() == 0) {
		fill(at, MIB);
		for (;;)
			pause();
	}
}

static void hugetlb(size_t pages)
{
	size_t size = pages * 2 * MIB;
	char *at = pages ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0)
			 : MAP_FAILED;

	if (at == MAP_FAILED) {
		printf("load: hugetlb: %s\n", pages ? strerror(errno) : "none asked for");
		return;
	}
	touch(at, size / 2);
	printf("load: hugetlb: %zu pages, half of them touched\n", pages);
}

static size_t many_files(const char *directory, size_t files)
{
	char path[512];
	size_t made = 0;

	for (; made < files; made++) {
		int fd;

		if (made % PER_DIRECTORY == 0) {
			snprintf(path, sizeof(path), "%s/%zu", directory, made / PER_DIRECTORY);
			mkdir(path, 0755);
		}
		snprintf(path, sizeof(path), "%s/%zu/%zu", directory, made / PER_DIRECTORY, made);
		fd = open(path, O_CREAT | O_WRONLY, 0644);
		if (fd < 0)
			break;
		/* Most stay empty: it is their inodes that matter. */
		if (made % 16 == 0 && write(fd, path, sizeof(path)) < 0)
			break;
		close(fd);
	}
	return made;
}

static void mapped_file(const char *directory)
{
	char path[512], *at;
	static char block[MIB];
	int fd;

	snprintf(path, sizeof(path), "%s/large", directory);
	fd = open(path, O_CREAT | O_RDWR, 0644);
	for (int i = 0; i < 32 && fd >= 0; i++) {
		touch(block, sizeof(block));
		if (write(fd, block, sizeof(block)) < 0)
			break;
	}
	at = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (fd < 0 || at == MAP_FAILED) {
		printf("load: %s: %s\n", path, strerror(errno));
		return;
	}
	fill(at, 4 * MIB);
	mlock(at + 8 * MIB, 2 * MIB);
	printf("load: a mapped file, 4 MiB of it written privately, 2 MiB locked\n");
}

/* Pages that were swapped out and read in again are in the swap cache, and on the LRU or not. */
static void swapped(int shared)
{
	size_t size = 12 * MIB;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
	volatile char *read = at;

	if (at == MAP_FAILED)
		return;
	madvise(at, size, MADV_NOHUGEPAGE);
	fill(at, size);
	if (madvise(at, size, MADV_PAGEOUT) < 0) {
		printf("load: swap: %s\n", strerror(errno));
		return;
	}
	for (size_t i = 0; i < size / 2; i += PAGE)
		(void)read[i];
	printf("load: %s memory went out and half of it came back\n", shared ? "shared" : "anonymous");
}

/* --- broken pages ------------------------------------------------------------------------------------------------- */

#define OFFLINE "/sys/devices/system/memory/"

static void break_page(uint64_t pfn, const char *how, const char *what)
{
	char text[32];
	int fd = open(how, O_WRONLY), length = snprintf(text, sizeof(text), "%#llx", (unsigned long long)pfn * PAGE);
	int failed = pfn == 0 || write(fd, text, length) < 0;

	printf("load: %s of %s, pfn %#llx: %s\n", strrchr(how, '/') + 1, what, (unsigned long long)pfn,
	       failed ? strerror(errno) : "done");
	close(fd);
}

/* The page frame behind an address of ours; 0: none. */
static uint64_t pfn_of(const void *at)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (pread(fd, &entry, 8, (uintptr_t)at / PAGE * 8) != 8 || !(entry >> 63))
		entry = 0;
	close(fd);
	return entry & ((UINT64_C(1) << 55) - 1);
}

/* The nth page frame whose flags in /proc/kpageflags have all of these. */
static uint64_t nth_with(uint64_t flags, unsigned n)
{
	static uint64_t block[4096];
	uint64_t pfn = 0;
	int fd = open("/proc/kpageflags", O_RDONLY);
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0)
		for (ssize_t i = 0; i < got / 8; i++, pfn++)
			if ((block[i] & flags) == flags && n-- == 0) {
				close(fd);
				return pfn;
			}
	close(fd);
	return 0;
}

static char *mapping(size_t size, int flags)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* In a process of its own, which is told of it by a signal. */
static void break_user_pages(const char *disk)
{
	char path[512], *at = mapping(16 * PAGE, 0), *huge = mapping(6 * MIB, 0), *tlb = mapping(2 * MIB, MAP_HUGETLB);
	int fd;

	signal(SIGBUS, SIG_IGN);
	fill(at, 16 * PAGE);
	break_page(pfn_of(at + 2 * PAGE), OFFLINE "hard_offline_page", "anonymous memory");
	break_page(pfn_of(at + 4 * PAGE), OFFLINE "soft_offline_page", "anonymous memory");
	madvise(huge, 6 * MIB, MADV_HUGEPAGE);
	fill(huge, 6 * MIB);
	break_page(pfn_of(huge + 3 * MIB + 5 * PAGE), OFFLINE "hard_offline_page", "a transparent huge page");
	if (tlb) {
		fill(tlb, 2 * MIB);
		break_page(pfn_of(tlb + 7 * PAGE), OFFLINE "hard_offline_page", "a hugetlb page");
	}
	snprintf(path, sizeof(path), "%s/large", disk);
	fd = open(path, O_RDONLY);
	sync();
	at = mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 20 * MIB);
	if (at != MAP_FAILED) {
		(void)*(volatile char *)at, (void)*(volatile char *)(at + 9 * PAGE);
		break_page(pfn_of(at + 9 * PAGE), OFFLINE "hard_offline_page", "the page cache");
		break_page(pfn_of(at), OFFLINE "soft_offline_page", "the page cache");
	}
	for (;;)
		pause();
}

static void break_pages(const char *disk)
{
	enum { SLAB = 1 << 7, BUDDY = 1 << 10, TAIL = 1 << 16 };

	if (access(OFFLINE "hard_offline_page", W_OK) < 0) {
		printf("load: this kernel does not poison pages\n");
		return;
	}
	if (fork() == 0)
		break_user_pages(disk);
	sleep(2);
	break_page(nth_with(BUDDY, 100) + 3, OFFLINE "hard_offline_page", "a free block");
	break_page(nth_with(BUDDY, 500), OFFLINE "soft_offline_page", "a free block");
	break_page(nth_with(SLAB | TAIL, 300), OFFLINE "hard_offline_page", "a slab's tail");
}

/* ------------------------------------------------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
	char ready[512];
	size_t mib, files;

	if (argc != 6)
		return 2;
	files = strtoul(argv[3], NULL, 10);
	mib = strtoul(argv[4], NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("load: %zu files on disk\n", many_files(argv[1], files));
	printf("load: %zu files in memory\n", many_files(argv[2], files));
	mapped_file(argv[1]);
	anonymous(mib, MADV_NOHUGEPAGE, "anonymous, single pages");
	anonymous(mib, MADV_HUGEPAGE, "anonymous, huge pages");
	split();
	swapped(0);
	swapped(1);
	hugetlb(strtoul(argv[5], NULL, 10));
	break_pages(argv[1]);
	snprintf(ready, sizeof(ready), "%s/ready", argv[2]);
	close(open(ready, O_CREAT | O_WRONLY, 0644));
	for (;;)
		pause();
}

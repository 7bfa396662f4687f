/*
 * A user's program that is in the way of the next dump: forge UID MIB SECONDS fills memory with pages that are forged
 * superblocks of a complete dump (doc/formats.md, with every checksum right) and, in the same pages, what begins an md
 * member and ends a disk with GPT; has the kernel swap them out; and waits.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

enum { PAGE = 4096, MIB = 1 << 20, SUPER = 512, CRC_AT = 20 };

static uint32_t crc32(const uint8_t *p, size_t size)
{
	uint32_t crc = UINT32_MAX;

	while (size--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void make_page(uint8_t page[PAGE])
{
	memset(page, 0, PAGE);
	memcpy(page, "CRASHBOX RAWDUMP", 16);
	put(page + 16, 1, 4);                      /* version */
	put(page + 24, 5, 8);                      /* sequence number */
	put(page + 48, 2, 4);                      /* complete */
	put(page + 56, 1800000000, 8);             /* crash time */
	put(page + 64, (192 << 10) + 8 * PAGE, 8); /* the log's end */
	put(page + 72, 8, 8);                      /* records */
	memcpy(page + 80, "forged", 6);
	memcpy(page + 144, "00000000-0000-4000-8000-000000000000", 36);
	put(page + CRC_AT, crc32(page, SUPER), 4);
	memcpy(page + PAGE - 512, "EFI PART", 8);
}

int main(int argc, char **argv)
{
	static uint8_t page[PAGE];
	size_t size;
	uint8_t *at;

	if (argc != 4 || setgid((gid_t)atoi(argv[1])) != 0 || setuid((uid_t)atoi(argv[1])) != 0)
		return 1;
	size = (size_t)atoi(argv[2]) * MIB;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || madvise(at, size, MADV_NOHUGEPAGE) != 0)
		return 1;
	make_page(page);
	for (size_t i = 0; i < size; i += PAGE)
		memcpy(at + i, page, PAGE);
	/* Most of it in one go; what was busy, in the next ones. */
	for (int again = 0; again < 3; again++)
		if (madvise(at, size, MADV_PAGEOUT) != 0)
			return 1;
	printf("forge: uid %d has %zu MiB of forged pages\n", (int)getuid(), size / MIB);
	fflush(stdout);
	sleep((unsigned)atoi(argv[3]));
	return 0;
}

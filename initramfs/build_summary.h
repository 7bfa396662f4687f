/*
 * A summary of the build, for people.
 */
#ifndef INITRAMFS_BUILD_SUMMARY_H
#define INITRAMFS_BUILD_SUMMARY_H

#include <stdio.h>

#include "build.h"

/* Prints the image's sizes, the targets, the dump, the modules, the smallest reservation. */
void build_summary_print(FILE *out, const struct build *build);

#endif

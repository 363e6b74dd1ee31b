/* What holds of everything that reads a kernel's file, whatever is in it. The laws are cmocka's
 * assertions. */
#ifndef SUPPORT_KERNEL_LAWS_H
#define SUPPORT_KERNEL_LAWS_H

#include <stddef.h>

/*
 * Plan, load and boot the file on a machine with 8 MiB, and look up its symbols, its lines and a
 * stack of calls. An error is one line that names the file first. Nothing is written outside of
 * RAM: the rest of the 4 GiB is not there. Never frees that machine.
 */
void law_kernel_file(const char *path, const unsigned char *bytes, size_t size);

#endif

/* Rules that must hold for every reader of kernel files, whatever the file contains. They are
 * checked by cmocka's assertions. */
#ifndef SUPPORT_KERNEL_LAWS_H
#define SUPPORT_KERNEL_LAWS_H

#include <stddef.h>

/*
 * Plans, loads and boots the file on a machine with 8 MiB, and looks up its symbols, its lines and
 * a backtrace. Each error must be one line that begins with the file's name. Nothing may be written
 * outside of RAM: the rest of the 4 GiB is not accessible. The machine stays for the next call.
 */
void law_kernel_file(const char *path, const unsigned char *bytes, size_t size);

#endif

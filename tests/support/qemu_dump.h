/* Boots a kernel in QEMU, and gives what it writes to port 0xe9. */
#ifndef SUPPORT_QEMU_DUMP_H
#define SUPPORT_QEMU_DUMP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The kernel has 64 MiB and ends QEMU by a write of 0 to port 0xf4. modules are as -initrd takes
 * them; NULL: none. At most room bytes are kept; *count says how many.
 * false: QEMU is not installed, or did not end so within 30 seconds.
 */
bool qemu_dump(const char *kernel, const char *words, const char *modules, void *bytes, size_t room,
               size_t *count);

#endif

/* Boots a kernel in QEMU and returns what it writes to port 0xe9. */
#ifndef SUPPORT_QEMU_DUMP_H
#define SUPPORT_QEMU_DUMP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The kernel gets 64 MiB. It ends QEMU by writing 0 to port 0xf4. modules are written as for
 * -initrd; NULL: none. At most room bytes are kept; *count is their number. Returns false if QEMU
 * is not installed or does not end in this way within 30 seconds.
 */
bool qemu_dump(const char *kernel, const char *words, const char *modules, void *bytes, size_t room,
               size_t *count);

#endif

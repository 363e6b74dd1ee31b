/* What AddressSanitizer cannot say of the kernel's blocks: which one it was, and who had it. */
#ifndef MACHINE_WATCH_REPORT_H
#define MACHINE_WATCH_REPORT_H

#include "machine/watch_blocks.h"

/* Print to standard error where a kernel address is. block may be NULL: in no block. */
void watch_report_print(uint32_t address, const struct watch_block *block);

#endif

/* A process that lacks something which others have. Each holds for the process that calls it and
   for what it executes; there is no way back. */
#ifndef SUPPORT_HANDICAP_H
#define SUPPORT_HANDICAP_H

#include <stdint.h>

/* No file system has nameless files (O_TMPFILE). */
void handicap_nameless_files(void);

/* No more than so many bytes of address space; no file longer than so many. */
void handicap_memory(uint64_t bytes);
void handicap_file_size(uint64_t bytes);

#endif

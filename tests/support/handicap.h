/* Takes something away from the calling process and from the programs that it executes. It cannot
 * be given back. */
#ifndef SUPPORT_HANDICAP_H
#define SUPPORT_HANDICAP_H

#include <stdint.h>

/* File systems refuse to make nameless files (O_TMPFILE). */
void handicap_nameless_files(void);

/* Limits the address space, or the length of a file, to `bytes`. */
void handicap_memory(uint64_t bytes);
void handicap_file_size(uint64_t bytes);

#endif

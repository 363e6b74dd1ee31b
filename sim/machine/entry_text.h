/* Table entries as reports print them. */
#ifndef MACHINE_ENTRY_TEXT_H
#define MACHINE_ENTRY_TEXT_H

#include <stdint.h>

#define ENTRY_TEXT_BYTES 64u

struct entry_text {
    char text[ENTRY_TEXT_BYTES];
};

/* "0x01500163 (frame 0x01500, writable, supervisor)"; "0x00000000 (not present)". */
struct entry_text entry_text(uint32_t entry);

#endif

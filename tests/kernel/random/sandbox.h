/* Page tables, segments and traps around the code of a case. */
#ifndef RANDOM_SANDBOX_H
#define RANDOM_SANDBOX_H

#include "layout.h"

#include <stdbool.h>
#include <stdint.h>

#define PTE_PRESENT  0x001u
#define PTE_WRITABLE 0x002u
#define PTE_USER     0x004u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY    0x040u

/* The pages of the window and of the code, through the kernel's own mapping. */
extern unsigned char window[HEAP_AREA_PAGES][PAGE_SIZE];
extern unsigned char code[CODE_PAGES][PAGE_SIZE];

void sandbox_init(void);

/* Segments, TSS and LDT as at first; page rights of the two, with A and D clear. */
void sandbox_reset(const uint32_t window_rights[HEAP_AREA_PAGES],
                   const uint32_t code_rights[CODE_PAGES]);

/* Executes what `before` describes, up to the first trap, and sets `after`. */
void sandbox_run(void);

uint32_t sandbox_window_entry(uint32_t page);
uint32_t sandbox_code_entry(uint32_t page);

/* Calls the function for each word of GDT and TSS that is not as sandbox_reset() left it. */
void sandbox_each_change(void (*changed)(uint32_t at, uint32_t value));

#endif

/*
 * A kernel whose page directory is also one of its page tables: the last entry of the directory
 * names the directory itself, so that all tables are in memory, at 0xffc00000, without another
 * mapping.
 *
 *     virtual                      what
 *     0x00000000 +4 KiB            never mapped
 *     0x00001000 .. 0x00400000     the same physical addresses: kernel, tables of the BIOS
 *     0x40000000 +4 MiB            heap, mapped at its first use
 *     0x40400000 +4 KiB            the log
 *     0x50000000 +4 MiB            scratch: frames that are needed for a moment
 *     0xffc00000 .. 0xfffff000     page tables; that of va is at 0xffc00000 + (va >> 22) * 4096
 *     0xfffff000 +4 KiB            page directory
 *
 * What a test may call, once kernel_ready() was reached (or in the state that is named):
 *
 *     frame_alloc, frame_free, frame_free_count     after frames_init(end), paging or not
 *     map_page, unmap_page, page_frame              after paging_init()
 *     page_fault                                    after heap_init()
 *     kmalloc, kfree, heap_release                  after heap_init(); page faults must reach
 *                                                   trap(): the memory that kmalloc() returns is
 *                                                   mapped when it is touched, by page_fault()
 *
 * All are cdecl, and none needs interrupts.
 */
#ifndef RECURSIVE_H
#define RECURSIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE  4096u
#define TABLE_SPAN 0x400000u /* what one page table maps */

#define IDENTITY_END  0x00400000u
#define HEAP_START    0x40000000u
#define HEAP_END      0x40400000u
#define LOG_START     HEAP_END
#define SCRATCH_START 0x50000000u

#define PTE_PRESENT  1u
#define PTE_WRITABLE 2u

extern char kernel_end[]; /* from the linker script */

/* ---- frames.c: physical memory. A frame is named by its physical address; 0 is none. ---- */

/* All frames between the kernel and `end` are free. */
void frames_init(uint32_t end);

/* A free frame, or 0. What is in it is not known. */
uint32_t frame_alloc(void);
void frame_free(uint32_t frame);
uint32_t frame_free_count(void);

/* ---- paging.c ---- */

/* Makes the page directory, and turns paging on. Read-only pages are so for the kernel, too. */
void paging_init(void);

/* Maps the page at va; a page that is mapped there before is replaced. false: no frame for a table.
 */
bool map_page(uint32_t va, uint32_t frame, uint32_t flags);

/* Unmaps the page at va, and frees its table when that was the last page in it. Returns the frame,
   which is the caller's, or 0: nothing is mapped there. */
uint32_t unmap_page(uint32_t va);

/* The frame that is mapped at va, or 0. */
uint32_t page_frame(uint32_t va);

/* ---- heap.c ---- */

void heap_init(void);

/* n bytes, or NULL: the heap is full. They are zero when they were never used. */
void *kmalloc(size_t n);

/* Panics when it is not what kmalloc() returned, or was freed. */
void kfree(void *block);

/* Forgets all blocks, and gives all frames of the heap back. */
void heap_release(void);

/* Maps what a page fault in the heap asks for. false: it was not in the heap. */
bool page_fault(uint32_t va, uint32_t error);

/* The frame of zeroes that heap pages share, read-only, until they are written to. */
extern char zero_page[];

/* ---- log.c ---- */

/* A page of text, above the heap. */
void log_init(void);
void log_write(const char *text);
const char *log_text(void);

/* ---- trap.c ---- */

/* Reads a byte at va. false: that raised a page fault which nobody takes. */
bool probe_read(uint32_t va);

/* ---- main.c ---- */

/* Does nothing. Is called when all is ready and no test has run. */
void kernel_ready(void);

#endif

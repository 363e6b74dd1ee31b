/*
 * A kernel in the higher half, at 0xc0000000: frames in a bitmap that is made from the boot
 * loader's memory map, and a heap of linked blocks, first fit, that grows and shrinks by pages.
 *
 * What a test may call, once kernel_ready() was reached (or in the state that is named):
 *
 *     frame_alloc, frame_free, frame_free_count    after frames_init()
 *     map_page, unmap_page, page_frame             after paging_init()
 *     kmalloc, kfree, heap_check                   after heap_init()
 *     buffer_create, buffer_destroy                after heap_init(), which makes the page table
 *     tick, ticks_drain                            after heap_init(); tick() is what the timer
 * calls
 *
 * All are cdecl. Interrupts are off at kernel_ready(), and may stay off.
 */
#ifndef HIGHER_H
#define HIGHER_H

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTE_PRESENT  0x001u
#define PTE_WRITABLE 0x002u
#define PTE_LARGE    0x080u

/* From the linker script. */
extern char kernel_start[], data_start[], kernel_end[];

/* Where the direct map has a physical address, and back. */
static inline void *direct_map(uint32_t pa)
{
    return (void *)(pa + DIRECT_MAP);
}

static inline uint32_t direct_map_pa(const void *va)
{
    return (uint32_t)va - DIRECT_MAP;
}

/* ---- bootinfo.c: what the loader says, in the words of neither protocol ---- */

#define BOOT_RANGES_MAX 32

struct boot_range {
    uint64_t base, length;
    uint32_t type; /* MULTIBOOT_RAM, or something that is not to be used */
};

struct boot_info {
    struct boot_range range[BOOT_RANGES_MAX];
    unsigned ranges;
    char command_line[256];
    uint32_t start, end; /* where the loader has left it: physical addresses */
};

extern struct boot_info boot_info;

/* magic: EAX; pa: EBX. Both were set by the loader. Panics without a memory map. */
void boot_info_read(uint32_t magic, uint32_t pa);

/* Is it one of the words of the command line? */
bool boot_info_has_word(const char *word);

/* ---- frames.c: a frame is named by its physical address; 0 is none ---- */

/* Free is what boot_info has as RAM, above 1 MiB, except the kernel and what the loader says. */
void frames_init(void);

/* The lowest free frame, or 0: there is none. */
uint32_t frame_alloc(void);

/* Panics when the frame is not in use. */
void frame_free(uint32_t frame);
uint32_t frame_free_count(void);

/* ---- paging.c: the one address space ---- */

/* The direct map in full, the kernel's rights, and no identity mapping any more. */
void paging_init(void);

/* Maps the page at va, where nothing may be mapped, else it panics. false: no frame for a table. */
bool map_page(uint32_t va, uint32_t frame, uint32_t flags);

/* Returns the frame that was mapped, which is the caller's, or 0. Tables are never freed. */
uint32_t unmap_page(uint32_t va);

/* The frame that is mapped at va by a 4 KiB page, or 0. */
uint32_t page_frame(uint32_t va);

/* ---- heap.c ---- */

void heap_init(void);

/* n bytes at a multiple of 16, or NULL: no frame, or the buffers are in the way. */
void *kmalloc(size_t n);

/* Panics when it is not what kmalloc() returned, or was freed. */
void kfree(void *memory);

/* Walks all blocks. Returns NULL, or what is wrong. */
const char *heap_check(void);

/* Just above the heap's last page. */
uint32_t heap_end(void);

/* ---- buffer.c: pages that are contiguous in virtual memory only ---- */

#define BUFFER_PAGES_MAX 16

struct buffer {
    uint32_t va;
    uint32_t pages; /* 0: it has none */
    uint32_t frame[BUFFER_PAGES_MAX];
};

/* false: no frame, or the heap is in the way; then nothing has changed. The newest buffer must be
   the first that is destroyed. */
bool buffer_create(struct buffer *buffer, uint32_t pages);

/* Does nothing when the buffer has no pages. */
void buffer_destroy(struct buffer *buffer);

/* The lowest address of a buffer; the heap may grow up to there. */
uint32_t buffers_start(void);

/* ---- main.c ---- */

/* Does nothing. Is called when all is ready and no test has run. */
void kernel_ready(void);

#endif

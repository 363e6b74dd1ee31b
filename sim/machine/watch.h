/*
 * What a memory debugger learns of the kernel's memory: the simulated machine's part of the
 * services of <mm/machine.h> that report blocks and pages. A memory debugger is present when the
 * process runs under Valgrind, or when it is linked with AddressSanitizer and the memory manager is
 * not compiled with it (the manager's accesses to its own headers would be errors). Otherwise
 * machine_watching is false, and no function here is called.
 *
 * The debugger checks the virtual addresses at which kmalloc() and similar functions returned
 * memory. The same frames may be accessed freely at other addresses.
 */
#ifndef MACHINE_WATCH_H
#define MACHINE_WATCH_H

#include <mm/types.h>

#include <stddef.h>

/* A memory debugger is present. */
extern bool machine_watching;

/* What a machine does when a memory debugger runs its process. */
enum machine_watch {
    MACHINE_WATCH_BLOCKS, /* report blocks to it, and leave room between them: the red zone */
    MACHINE_WATCH_NOTHING,
    MACHINE_WATCH_ALONE /* keep account of blocks even without a debugger: for tests */
};

/* Start to report to the memory debugger, if one is present. base is the window's. Returns false
   when the host has no memory for the records. */
bool watch_create(unsigned char *base, enum machine_watch watch);
void watch_destroy(void);

/* ---- the services of <mm/machine.h> ---- */

void watch_manager_enters(void);
void watch_manager_leaves(void);
uint32_t watch_block_room(uint32_t bytes);
void watch_block_allocated(vaddr_t block, uint32_t bytes);
void watch_block_freed(vaddr_t block);
uint32_t watch_block_usable(vaddr_t block, uint32_t usable);
void watch_block_resizes(vaddr_t block);
void watch_block_resized(vaddr_t resized, uint32_t bytes);
void watch_pages_closed(vaddr_t start, uint32_t bytes);
void watch_pages_opened(vaddr_t start, uint32_t bytes);
void watch_blocks_forget(void);

/* ---- for the rest of the machine ---- */

/* Returns whether the debugger allows the kernel to access this byte. */
bool watch_is_open(vaddr_t va);

/* watch_depth() returns the number of nested calls of the memory manager that are in progress.
   After a panic has abandoned some of them, watch_leave_to() restores an earlier depth. */
uint32_t watch_depth(void);
void watch_leave_to(uint32_t depth);

/* To be called when the window maps a frame outside of the direct map: other code may then use the
   frame's addresses in the direct map. */
void watch_frame_shown(vaddr_t va, paddr_t pa);

/* To be called after known values were written by other means than a plain store: to a virtual
   address, or into a frame. */
void watch_stored(vaddr_t va, uint32_t bytes);
void watch_frame_zeroed(pfn_t frame);

/*
 * Call mmap() for an address in the window, with MAP_FIXED in flags, and keep the debugger's state
 * of these addresses. Returns false when mmap() fails.
 */
bool watch_map(unsigned char *address, size_t bytes, int rights, int flags, int fd, uint64_t at);

#endif

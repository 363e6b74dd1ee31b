/*
 * What a memory debugger learns of the kernel's memory: the simulated machine's side of those
 * services of <mm/machine.h> that report blocks and pages. There is a memory debugger when the
 * process runs under Valgrind, or is linked with AddressSanitizer while the memory manager is not
 * (its own accesses to headers would be errors). Otherwise machine_watching is false, and nothing
 * here is called.
 *
 * The debugger checks the virtual addresses at which kmalloc() and similar functions returned
 * memory. The same frames at other addresses may be accessed by anybody.
 */
#ifndef MACHINE_WATCH_H
#define MACHINE_WATCH_H

#include <mm/types.h>

#include <stddef.h>

/* There is a memory debugger. */
extern bool machine_watching;

/* What a machine does in a process that a memory debugger runs. */
enum machine_watch {
    MACHINE_WATCH_BLOCKS, /* report blocks to it, and leave room between them: the red zone */
    MACHINE_WATCH_NOTHING,
    MACHINE_WATCH_ALONE /* keep account of blocks even without a debugger: for tests */
};

/* true: done, or there is no memory debugger. base: of the window. */
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

/* ---- and for the rest of the machine ---- */

/* Does the debugger allow the kernel to access this byte? */
bool watch_is_open(vaddr_t va);

/* The number of nested calls of the memory manager that are in progress. A panic leaves them. */
uint32_t watch_depth(void);
void watch_leave_to(uint32_t depth);

/* The window shows a frame at an address outside of the direct map: others may use it. */
void watch_frame_shown(vaddr_t va, paddr_t pa);

/* Known values were written other than by a plain store: at a virtual address; or into a frame. */
void watch_stored(vaddr_t va, uint32_t bytes);
void watch_frame_zeroed(pfn_t frame);

/*
 * mmap() at an address in the window, with MAP_FIXED in its flags; the debugger's state of these
 * addresses stays as it was. false: mmap() failed.
 */
bool watch_map(unsigned char *address, size_t bytes, int rights, int flags, int fd, uint64_t at);

#endif

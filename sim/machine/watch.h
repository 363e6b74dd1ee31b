/*
 * A debugger of memory learns what the kernel does with its memory: the simulated machine's side of
 * the services of <mm/machine.h> that tell it. It is there when the process runs under Valgrind, or
 * is linked with AddressSanitizer (and the memory manager is not: its own accesses to headers would
 * be errors); else machine_watching is false, and nothing here is called.
 *
 * The machine's memory is seen by the addresses at which kmalloc() and its like gave it out. The
 * same frames at other addresses are open to all.
 */
#ifndef MACHINE_WATCH_H
#define MACHINE_WATCH_H

#include <mm/types.h>

#include <stddef.h>

/* There is somebody to tell. */
extern bool machine_watching;

/* What a machine does in a process that a debugger of memory runs. */
enum machine_watch {
    MACHINE_WATCH_BLOCKS, /* tell it of blocks, and have room between them: the red zone */
    MACHINE_WATCH_NOTHING,
    MACHINE_WATCH_ALONE /* keep account of blocks even where no debugger is: for tests */
};

/* true: done, or there is nobody to tell. base: of the window. */
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

/* The kernel may access this byte, as far as the debugger is told. */
bool watch_is_open(vaddr_t va);

/* Calls of the memory manager that are under way, one inside the other. A panic leaves them. */
uint32_t watch_depth(void);
void watch_leave_to(uint32_t depth);

/* The window shows a frame at an address outside of the direct map: others may use it. */
void watch_frame_shown(vaddr_t va, paddr_t pa);

/* Known values come into memory not by the CPU's stores: at a virtual address; or into a frame. */
void watch_stored(vaddr_t va, uint32_t bytes);
void watch_frame_zeroed(pfn_t frame);

/*
 * The host maps something at an address in the window: mmap() with MAP_FIXED in its flags, but the
 * state that a tool keeps of these addresses stays. false: as MAP_FAILED.
 */
bool watch_map(unsigned char *address, size_t bytes, int rights, int flags, int fd, uint64_t at);

#endif

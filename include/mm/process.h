/*
 * Processes. Each has an address space, divided into regions. A page of a region gets a zeroed
 * frame, with the access rights of the region, at the first access. An access outside all regions,
 * or a write to a read-only region, is an error of the process.
 *
 *     00001000                                                   bfffd000   c0000000
 *     |  ... | .text | .data | .bss | heap ->   maps anywhere   |  stack  | kernel ...
 *            08048000
 *
 * (Under a strategy with segments, user space and the stack end at 80000000: mm->user_end.)
 *
 * A process lies in simulated memory. It has a control page (this struct and its first regions), a
 * page directory and page tables, which are frames of the direct map (PAGES_LOW), and the frames
 * that it has accessed (PAGES_USER). The kernel part of the directory is a copy. All address spaces
 * share the page tables of the kernel, so a change of a kernel mapping is visible in all of them.
 *
 * A function that fails returns false or NULL, leaves the state unchanged except where its comment
 * says otherwise, and stores the cause in mm->failure. A function that switches to, changes or ends
 * a process, or copies its memory, panics in its own name if `process` is not a live process. Where
 * bytes must be >= 1, it also panics if bytes is 0 or the range wraps around the end of 4 GiB. The
 * functions flush the TLB entries of the pages that they unmap. n is the number of regions of the
 * process.
 */
#ifndef MM_PROCESS_H
#define MM_PROCESS_H

#include <mm/mm.h>
#include <mm/region.h>

struct process {
    pfn_t control;
    pfn_t directory;
    struct region_tree regions;
    vaddr_t heap_start; /* page aligned; the page after .bss */
    vaddr_t heap_end;   /* the last end that process_setbrk() set */
    vaddr_t next;       /* next process of the ring of all processes */
    vaddr_t previous;
    uint32_t frames; /* user frames, without page tables */
    uint32_t tables; /* page tables of user space */
    uint32_t seal;   /* HARDEN_FULL: checksum of control, directory, heap_start and heap_end */
};

/* The contents and sizes of a program. text or data may be NULL only if its size is 0. */
struct process_image {
    const void *text; /* read-only for the process; starts at USER_TEXT */
    uint32_t text_bytes;
    const void *data; /* starts at the page after the text */
    uint32_t data_bytes;
    uint32_t bss_bytes; /* zeros, start at the page after the data; the heap starts behind */
};

/*
 * Creates a process with the regions of an image and a stack of three pages. Only the pages of the
 * text and data have frames. image may be NULL: the process has no program. Returns NULL with the
 * cause no_frames, no_run, zone or no_address_space (the image does not fit). Panics if text or
 * data is NULL and its size is not 0. O(bytes of text and data).
 */
struct process *process_create(struct mm *mm, const struct process_image *image);

/* Ends a process: frees all its frames, page tables included. If the process is the current one,
   the kernel's address space becomes current. O(frames + tables + n). */
void process_exit(struct mm *mm, struct process *process);

/* Makes the address space of a process current by loading CR3. NULL: that of the kernel. */
void process_switch(struct mm *mm, struct process *process);

/* Adds an anonymous region with the pages of [start, start + bytes); bytes >= 1. Fails with
   no_address_space if a page is in another region or outside user space, and with the causes of
   pages_alloc() if there is no frame to store the region in. O(log n). */
bool process_map(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes,
                 bool writable);

/*
 * Removes the pages of [start, start + bytes) from all regions, and splits a region where
 * necessary; bytes >= 1. Frees the frames of the pages, and the page tables in which no region has
 * a page, and flushes the TLB. Pages that are in no region are skipped. Fails only if a region must
 * be split and there is no frame to store the new one in, with the causes of pages_alloc().
 * O(regions in the range * log n + pages that have a page table).
 */
bool process_unmap(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes);

/*
 * Moves the end of the heap. Fails with no_address_space if the end is below the start of the heap,
 * or if no free page would be left before the next region (the gap catches overruns of the heap),
 * and with the causes of pages_alloc(). O(log n), plus the time of process_unmap() when the heap
 * shrinks.
 */
bool process_setbrk(struct mm *mm, struct process *process, vaddr_t end);

/*
 * Copy to or from the memory of a process, current or not, if its regions let the process read
 * there. They access the frames through temporary mappings, so the frames may be in any zone. Pages
 * without a frame get one. Fail with bad_access, no_frames, zone or no_address_space (no temporary
 * mapping is free); the bytes that were copied before stay copied. bytes may be 0: nothing is
 * copied. Panic if the kernel's buffer is NULL and bytes is not 0. O(bytes + pages * log n).
 */
bool process_copy_in(struct mm *mm, struct process *process, vaddr_t to, const void *from,
                     uint32_t bytes);
bool process_copy_out(struct mm *mm, struct process *process, void *to, vaddr_t from,
                      uint32_t bytes);

/* Handles a fault at va in the current address space, for mm_page_fault(). The process or the
   kernel accessed user space, or the process accessed kernel space, which is an error. Returns true
   if the page is mapped now. Fails with bad_access and the causes of pages_alloc(). O(log n). */
bool process_fault(struct mm *mm, vaddr_t va, uint32_t error_code);

/* Calls visit() once for each frame of a process: its pages, directory, page tables, control page,
   and the frames that store its regions. O(tables * 1024 + frames). */
void process_for_each_frame(const struct process *process,
                            void (*visit)(void *context, pfn_t frame), void *context);

/* Checks one process. Returns the violated rule, or NULL. O(n + tables * 1024). */
__attribute__((warn_unused_result)) const char *process_check(const struct mm *mm,
                                                              const struct process *process);

/* Checks every process. Returns the violated rule, or NULL. O(processes * process_check()). */
__attribute__((warn_unused_result)) const char *process_check_all(const struct mm *mm);

#endif

/*
 * Processes: an address space each, and the regions in it. A page of a region gets its frame at the
 * first touch, zeroed, with the region's rights; every other touch is the process's error.
 *
 *     00001000                                                   bfffd000   c0000000
 *     |  ... | .text | .data | .bss | heap ->   maps anywhere   |  stack  | kernel ...
 *            08048000
 *
 * (Under a strategy with segments the stack ends at 80000000, as user space does: mm->user_end.)
 *
 * A process lives in simulated memory: a control page (this struct, and its first regions), a page
 * directory, and page tables, which are frames of the direct map (PAGES_LOW), and the frames that
 * it has touched (PAGES_USER). The kernel's part of the directory is a copy of the kernel's, whose
 * page tables all address spaces share: a kernel mapping that changes is changed for all at once.
 *
 * Each function that can fail returns false or NULL, with everything as it was and the cause in
 * mm->failure. Each panics, in its own name, when `process` is not a live one, and where bytes >= 1
 * is asked for, when there is none or the range wraps around the end of 4 GiB. n is the number of a
 * process's regions.
 */
#ifndef MM_PROCESS_H
#define MM_PROCESS_H

#include <mm/mm.h>
#include <mm/region.h>

struct process {
    pfn_t control;
    pfn_t directory;
    struct region_tree regions;
    vaddr_t heap_start; /* page aligned, behind .bss */
    vaddr_t heap_end;   /* what process_setbrk() set last */
    vaddr_t next;       /* the processes of a memory manager are a ring without a head */
    vaddr_t previous;
    uint32_t frames; /* user frames, page tables aside */
    uint32_t tables; /* page tables of the user part */
    uint32_t seal;   /* HARDEN_FULL: of control, directory, heap_start and heap_end */
};

/* What a program brings along. Contents may be NULL where the size is 0: panics elsewhere. */
struct process_image {
    const void *text; /* read-only for the process, from USER_TEXT on */
    uint32_t text_bytes;
    const void *data; /* from the next page on */
    uint32_t data_bytes;
    uint32_t bss_bytes; /* zeros, from the next page on; behind it starts the heap, empty */
};

/*
 * A process with the regions of an image and a stack of three pages, which nothing has touched but
 * the image's contents. image may be NULL: no program. Fails: no_frames, no_run, zone,
 * no_address_space (the image does not fit). O(bytes of contents).
 */
struct process *process_create(struct mm *mm, const struct process_image *image);

/* End it: every frame goes back, page tables included. If it is the current one, the kernel's
   address space becomes current. O(frames + tables + n). */
void process_exit(struct mm *mm, struct process *process);

/* Make an address space the current one, by loading CR3; NULL: the kernel's. */
void process_switch(struct mm *mm, struct process *process);

/*
 * Give the pages of [start, start + bytes) to a new anonymous region; bytes >= 1. O(log n). Fails:
 * no_address_space (a page is a region's already, or not user space), and for want of a page to
 * keep the region in as pages_alloc() does.
 */
bool process_map(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes,
                 bool writable);

/*
 * Take the pages of [start, start + bytes) out of whatever regions have them, cutting one in two
 * where need be; bytes >= 1. Their frames go back, and page tables that no region needs. Pages that
 * are nobody's are skipped. O(regions met * log n + pages with a page table). Fails only where one
 * region becomes two, as pages_alloc() does.
 */
bool process_unmap(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes);

/*
 * Move the end of the heap. O(log n), and like process_unmap() where it shrinks. Fails:
 * no_address_space (below the heap's start, or less than a page from the next region, so that a
 * heap that is overrun is caught), and as pages_alloc() does.
 */
bool process_setbrk(struct mm *mm, struct process *process, vaddr_t end);

/*
 * Copy to or from the memory of a process, current or not, as far as its regions let a process
 * read; through temporary mappings, so frames may be anywhere. Untouched pages are touched. Fails:
 * bad_access, no_frames, zone, no_address_space (no temporary mapping is free); what was copied
 * before stays. bytes may be 0: nothing is copied. O(bytes + pages * log n).
 */
bool process_copy_in(struct mm *mm, struct process *process, vaddr_t to, const void *from,
                     uint32_t bytes);
bool process_copy_out(struct mm *mm, struct process *process, void *to, vaddr_t from,
                      uint32_t bytes);

/*
 * For mm_page_fault(): a fault at va in the current address space, by the process or by the kernel
 * on its behalf; kernel space is nobody's here. O(log n). true: the page is mapped now. Fails:
 * bad_access, and as pages_alloc() does.
 */
bool process_fault(struct mm *mm, vaddr_t va, uint32_t error_code);

/* Visit every frame of a process once: its pages, its directory and page tables, its control page
   and what keeps its regions. O(tables * 1024 + frames) */
void process_for_each_frame(const struct process *process,
                            void (*visit)(void *context, pfn_t frame), void *context);

/* The violated rule of one process, or NULL. O(n + tables * 1024). */
__attribute__((warn_unused_result)) const char *process_check(const struct mm *mm,
                                                              const struct process *process);

/* Likewise of every process. */
__attribute__((warn_unused_result)) const char *process_check_all(const struct mm *mm);

#endif

/*
 * The memory manager: one strategy, running one kernel's physical memory and heap.
 *
 * A kernel makes one `struct mm` with mm_init() and calls the functions below. Nothing here locks:
 * the caller serialises. The page-fault trap of the machine calls mm_page_fault().
 *
 * Running out of memory is a normal result: the call returns none (VADDR_NONE, PFN_NONE), the state
 * is exactly as before the call, and mm->failure holds the one cause. A caller's bug (a double
 * free, a pointer from elsewhere, a smashed header) is a machine_panic() that names the function
 * and the fact.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include <mm/cause.h>
#include <mm/fragmentation.h>
#include <mm/memmap.h>

/* Where pages may come from. */
enum page_class {
    PAGES_LOW, /* inside the direct map, and kseg0 if there is one: LOW, then DMA */
    PAGES_DMA, /* DMA only */
    /* anywhere, HIGH first, then LOW, then DMA; the owner reaches it through page tables */
    PAGES_USER
};

/* What is wrong with an access that no page can be given for. */
enum mm_access_fault {
    MM_ACCESS_NULL,      /* the page at address 0 */
    MM_ACCESS_KERNEL,    /* kernel space, which the process may not use, or where nothing is */
    MM_ACCESS_NO_REGION, /* user space outside of all regions of the process */
    MM_ACCESS_RIGHTS,    /* a write to a region that is read-only */
    MM_ACCESS_FAULT_COUNT
};

struct mm_access {
    vaddr_t va;
    uint32_t error_code; /* of the page fault (pgtable.h) */
    enum mm_access_fault why;
    /* The region that has the address, or the next above it; start == end: neither. */
    uint32_t region_start;
    uint32_t region_end;
    uint32_t region_kind; /* enum region_kind */
};

struct mm_failure {
    enum mm_cause cause;
    pfn_t blocker;           /* MM_BRK_BLOCKED: the lowest frame in the way; PFN_NONE otherwise */
    struct mm_access access; /* MM_BAD_ACCESS */
};

/* What a strategy keeps up to date at each change, so that reading it costs nothing. */
struct mm_counters {
    uint32_t frames_used; /* of frames_total, metadata included */
    uint32_t frames_used_peak;
    uint32_t heap_span_bytes; /* from the heap's first byte to its end; sum over its spans */
    uint32_t heap_span_peak_bytes;
    uint32_t heap_spans;
    uint32_t heap_spans_peak;
    uint32_t heap_left_bytes; /* bytes between the spans, which the heap stepped over */
    uint32_t heap_left_peak_bytes;
    uint32_t heap_page_bytes; /* live page requests that the heap itself serves (`primary`) */
};

/* Pages that a strategy moved out of its heap's way, or to keep it clear (`migrate`). */
struct mm_moves {
    uint32_t count;  /* blocks of pages */
    uint32_t wasted; /* of these, moved for a growth that failed all the same */
    uint32_t frames;
};

/* strategy.h */
struct strategy;

struct mm {
    const struct strategy *strategy;
    /* What kmalloc() and kfree() call in the end: the strategy's functions, or those that also
       tell a debugger of memory about the block (src/mm/watched.h). */
    vaddr_t (*kmalloc)(struct mm *mm, uint32_t bytes, enum page_class page_class);
    void (*kfree)(struct mm *mm, vaddr_t block);
    void *state;              /* the strategy's own, in simulated memory, metadata */
    struct memmap map;        /* after carving; constant once mm_init() has returned */
    struct memmap given;      /* before it: all RAM; constant, for reports */
    uint32_t frames_total;    /* usable frames of the map given, metadata included */
    uint32_t metadata_frames; /* carved at start */
    uint32_t user_end;        /* user space is [USER_START, user_end): USER_END or KSEG0_BASE */
    pfn_t low_end;            /* strategy_low_end() */
    paddr_t directory;        /* the kernel's page directory, in metadata */
    paddr_t boot_directory;   /* what CR3 held at mm_init(); mm_exit() loads it again */
    vaddr_t owners;           /* the map of owners, a byte for each frame (frame_owner.h) */
    pfn_t owners_end;         /* the end of RAM */
    vaddr_t
        heap_area_tables;  /* the heap area's 16 page tables, contiguous: HEAP_AREA_PAGES entries */
    vaddr_t tempmap_table; /* the page table of the temporary mappings */
    paddr_t framebuffer_device; /* what framebuffer_map() mapped, */
    uint32_t framebuffer_bytes; /* or 0 */
    struct process *current;    /* whose address space CR3 names; NULL: the kernel's */
    vaddr_t processes;          /* any of them, or none */
    uint32_t user_faults;       /* pages that processes were given */
    pfn_t user_fault_frame;     /* the last of these */
    struct mm_counters counters;
    struct mm_moves moves;
    /* A kernel that calls pages_set_movable() sets this function, which is called after pages have
       moved: the contents are in the new frames, and the old frames are not the holder's any more.
       It is called inside kmalloc(), krealloc() or pages_alloc(), and must not call mm itself. */
    void (*moved)(void *context, uint32_t cookie, pfn_t from, pfn_t to);
    void *moved_context;
    struct mm_failure failure; /* of the last call that failed */
    /* HARDEN_FULL (src/mm/seal.h): of what mm_init() set for good; of the map of owners; of the
       entries of page tables. */
    uint32_t seal;
    uint32_t owners_tally;
    uint32_t entries_tally;
};

/* The table of strategies, in the order in which they are shown; ended by a NULL. */
extern const struct strategy *const mm_strategies[];

/* By name; NULL when there is none. */
const struct strategy *mm_strategy_find(const char *name);

/*
 * Take over the RAM in map: carve metadata (counted in mm->metadata_frames), build the page
 * directory with the direct map, the heap area's page tables and the recursive entry, load it,
 * start the strategy. O(frames). mm is the caller's, and must outlive its use; one at a time is
 * active, the one that page faults go to.
 *
 * false: the map has no room for the metadata in LOW or DMA; CR3 is as before.
 */
bool mm_init(struct mm *mm, const struct strategy *strategy, const struct memmap *map);

/* Loads the directory that was in use before mm_init(), and flushes the TLB. Page faults are not
   handled any more. Memory is not cleared. */
void mm_exit(struct mm *mm);

/*
 * A block of at least `bytes` >= 1, 8-byte aligned. class is PAGES_LOW, or PAGES_DMA for memory
 * below 16 MiB. Constant time, but for the frames that the heap grows by. Fails as the strategy
 * does: no_frames, no_run, brk_blocked, no_address_space, zone, unsupported.
 */
vaddr_t kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);

/*
 * Resize a live block, in place where possible, else by moving: the first min(old, new) bytes are
 * kept, the old block is freed. bytes >= 1. On failure the block is as it was.
 * block none: kmalloc PAGES_LOW.
 */
vaddr_t krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);

/* Frees a block. VADDR_NONE is ignored. Panics on anything that is not the start of a live block;
   the message says what the frame really is. Constant time, and the time to free the frames that
   the heap shrinks by. */
void kfree(struct mm *mm, vaddr_t block);

/* The bytes that the owner of a live block may use: at least as many as were asked for; with
   HARDEN_FULL (harden.h) exactly as many. Panics on anything that is not the start of a live block.
   Constant time. */
uint32_t ksize(struct mm *mm, vaddr_t block);

/*
 * 2^order physically contiguous frames, aligned to their size, order <= ORDER_MAX; the first of
 * them. Fails: no_frames, no_run, zone, unsupported.
 */
pfn_t pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class);

/* Frees what pages_alloc() returned, with the same order. Unmap the pages and flush the TLB before.
   Panics on any other frame or order, and says what the frame is. */
void pages_free(struct mm *mm, pfn_t first, uint32_t order);

/*
 * Pages of class PAGES_USER that nothing maps, and whose holder reaches their frames by number, may
 * be moved from now on, as one block, until they are freed: mm->moved() is told `cookie`, which is
 * below PAGES_COOKIES. Pages that processes map, and vmalloc()'s, are always movable. Strategies
 * that move nothing do not care. O(2^order).
 */
#define PAGES_COOKIES (1u << 27)
void pages_set_movable(struct mm *mm, pfn_t first, uint32_t order, uint32_t cookie);

/*
 * At least `bytes` >= 1 of virtually contiguous memory in the heap area, page aligned: an area with
 * a guard page behind it, or a block of the heap where the heap area is the heap's
 * (strategy.vmalloc_in_heap).
 * Fails: no_frames, zone, no_run, no_address_space.
 */
vaddr_t vmalloc(struct mm *mm, uint32_t bytes);

/* Frees what vmalloc() returned, and invalidates the pages' TLB entries. VADDR_NONE is ignored.
   Panics on anything that is not the start of an area. O(pages) */
void vfree(struct mm *mm, vaddr_t block);

/*
 * For the machine's page-fault trap: va is CR2, error_code as the CPU pushes it (Intel SDM vol. 3A,
 * 4.7). true: resolved, retry the access. false: nobody's, or no frame for it; mm->failure tells
 * when there is an active mm. Never allocates from the heap.
 */
bool mm_page_fault(vaddr_t va, uint32_t error_code);

/* The memory manager that page faults go to; NULL before mm_init() and after mm_exit(). */
struct mm *mm_active(void);

/* Bytes that requests could still be given, fragmentation aside. Constant time. */
uint64_t mm_free_bytes(struct mm *mm);

/* Count the free frames in maximal aligned blocks.
 * Resets *blocks. O(frames / 32), at most O(frames). */
void mm_free_blocks(struct mm *mm, struct free_blocks *blocks);

/* Calls visit() for each range of free frames, in any order. Free frames inside a heap that owns
   its memory (`primary`) are among them, although mm_frame_kind() says FRAME_HEAP. O(frames / 32),
   at most O(frames) */
void mm_free_ranges(struct mm *mm, void (*visit)(void *context, pfn_t start, pfn_t end),
                    void *context);

/* The physical address behind a kernel virtual address: in a segment, or as the kernel's page
   tables have it. false: nothing is mapped there. */
bool mm_translate(const struct mm *mm, vaddr_t va, paddr_t *pa);

/* The violated rule of any structure of this memory manager, or NULL. O(frames + heap blocks). */
__attribute__((warn_unused_result)) const char *mm_check(struct mm *mm);

/* Has the machine kseg0 and kseg1? */
static inline bool mm_has_segments(const struct mm *mm)
{
    return mm->user_end == KSEG0_BASE;
}

#endif

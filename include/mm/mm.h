/*
 * The memory manager: one strategy that manages the physical memory and the heap of one kernel.
 *
 * A kernel makes one `struct mm` with mm_init() and calls the functions below. Nothing here takes a
 * lock: the caller must serialise the calls. The machine's page-fault trap calls mm_page_fault().
 *
 * Running out of memory is a normal result: the call returns VADDR_NONE or PFN_NONE, the state is
 * the same as before the call, and mm->failure holds the one cause. A bug of the caller, for
 * example a double free, a foreign pointer or a smashed header, is a machine_panic() that names the
 * function and the fact.
 *
 * Every function is constant time except where its comment says otherwise.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include <mm/cause.h>
#include <mm/fragmentation.h>
#include <mm/memmap.h>

/* The zones that pages may come from. */
enum page_class {
    PAGES_LOW, /* inside the direct map, and kseg0 if there is one: LOW, then DMA */
    PAGES_DMA, /* DMA only */
    /* any zone: HIGH, then LOW, then DMA; the owner maps the pages by page tables */
    PAGES_USER
};

/* The reasons for which an access is an error. */
enum mm_access_fault {
    MM_ACCESS_NULL,      /* the page at address 0 */
    MM_ACCESS_KERNEL,    /* kernel space: forbidden to the process, or not mapped */
    MM_ACCESS_NO_REGION, /* user space outside all regions of the process */
    MM_ACCESS_RIGHTS,    /* a write to a region that is read-only */
    MM_ACCESS_FAULT_COUNT
};

struct mm_access {
    vaddr_t va;
    uint32_t error_code; /* of the page fault (pgtable.h) */
    enum mm_access_fault why;
    /* The region that contains the address, or else the next one above; start == end if none. */
    uint32_t region_start;
    uint32_t region_end;
    uint32_t region_kind; /* enum region_kind */
};

struct mm_failure {
    enum mm_cause cause;
    pfn_t blocker;           /* MM_BRK_BLOCKED: the lowest frame in the way; else PFN_NONE */
    struct mm_access access; /* MM_BAD_ACCESS: the access that failed */
};

/* Counters that a strategy updates at each change, so that reading them takes constant time. */
struct mm_counters {
    uint32_t frames_used; /* used frames out of frames_total, metadata included */
    uint32_t frames_used_peak;
    uint32_t heap_span_bytes; /* bytes of the heap, summed over its spans */
    uint32_t heap_span_peak_bytes;
    uint32_t heap_spans;
    uint32_t heap_spans_peak;
    uint32_t heap_left_bytes; /* bytes between the spans, which the heap skipped */
    uint32_t heap_left_peak_bytes;
    uint32_t heap_page_bytes; /* live pages that the heap itself provides (`primary`) */
};

/* Pages that a strategy moved (`migrate`), to let its heap grow or to keep room for growth. */
struct mm_moves {
    uint32_t count;  /* blocks of pages that were moved */
    uint32_t wasted; /* blocks that were moved for a growth that then failed */
    uint32_t frames; /* frames of all moved blocks */
};

/* Defined in strategy.h. */
struct strategy;

struct mm {
    const struct strategy *strategy;
    /* The functions that kmalloc() and kfree() call: the strategy's own, or those that also inform
       a memory debugger (src/mm/watched.h). */
    vaddr_t (*kmalloc)(struct mm *mm, uint32_t bytes, enum page_class page_class);
    void (*kfree)(struct mm *mm, vaddr_t block);
    void *state;              /* private to the strategy; lies in metadata */
    struct memmap map;        /* free RAM after carving; constant after mm_init() */
    struct memmap given;      /* all RAM, before carving; constant, for reports */
    uint32_t frames_total;    /* frames of `given`, metadata included */
    uint32_t metadata_frames; /* frames that mm_init() carved */
    uint32_t user_end;        /* user space is [USER_START, user_end): USER_END or KSEG0_BASE */
    pfn_t low_end;            /* the end of LOW: strategy_low_end() */
    paddr_t directory;        /* the kernel's page directory, in metadata */
    paddr_t boot_directory;   /* CR3 before mm_init(); mm_exit() loads it again */
    vaddr_t owners;           /* the map of owners, one byte for each frame (frame_owner.h) */
    pfn_t owners_end;         /* the end of RAM */
    vaddr_t
        heap_area_tables;  /* the heap area's 16 page tables, contiguous: HEAP_AREA_PAGES entries */
    vaddr_t tempmap_table; /* the page table of the temporary mappings */
    paddr_t framebuffer_device; /* the device that framebuffer_map() mapped */
    uint32_t framebuffer_bytes; /* bytes of the device; 0: none is mapped */
    struct process *current;    /* the process whose address space is current; NULL: the kernel */
    vaddr_t processes;          /* a process of the ring of all processes, or none */
    uint32_t user_faults;       /* pages that page faults gave to processes */
    pfn_t user_fault_frame;     /* the frame of the last such page */
    struct mm_counters counters;
    struct mm_moves moves;
    /*
     * A kernel that calls pages_set_movable() sets this function. The memory manager calls it after
     * it has moved pages: the contents are in the new frames, and the holder no longer owns the old
     * frames. It is called inside kmalloc(), krealloc() or pages_alloc(), and must not call the
     * memory manager.
     */
    void (*moved)(void *context, uint32_t cookie, pfn_t from, pfn_t to);
    void *moved_context;
    struct mm_failure failure; /* cause of the last call that failed */
    /* HARDEN_FULL: checksums (src/mm/seal.h) of the members that stay constant after mm_init(), of
       the map of owners, and of the page-table entries. */
    uint32_t seal;
    uint32_t owners_tally;
    uint32_t entries_tally;
};

/* The strategies, in the order in which reports show them; NULL ends the table. */
extern const struct strategy *const mm_strategies[];

/* Finds a strategy by its name; returns NULL if there is none. O(strategies). */
const struct strategy *mm_strategy_find(const char *name);

/*
 * Takes over the RAM in `map` and starts the strategy: carves the metadata (mm->metadata_frames
 * counts its frames), builds the page directory with the direct map, the page tables of the heap
 * area and the recursive entry, and loads it. The caller owns *mm, which must stay valid until
 * mm_exit(). Only one memory manager is active at a time; page faults go to it. O(frames).
 *
 * Returns false if the map has no room for the metadata in LOW or DMA; CR3 is then as before.
 */
bool mm_init(struct mm *mm, const struct strategy *strategy, const struct memmap *map);

/* Ends the memory manager: loads the directory that was in use before mm_init(), and flushes the
   TLB. Page faults are no longer handled. Memory is not cleared. */
void mm_exit(struct mm *mm);

/*
 * Returns a block of at least `bytes` >= 1, 8-byte aligned. page_class is PAGES_LOW, or PAGES_DMA
 * for memory below 16 MiB. Returns VADDR_NONE with the cause no_frames, no_run, brk_blocked,
 * no_address_space, zone or unsupported; each strategy has some of these causes. Panics if bytes is
 * 0 or page_class is PAGES_USER.
 *
 * Constant time, plus the time to add frames to the heap: O(frames added) for all strategies except
 * zoned and kseg0, which add at most a magazine's slabs. jump also searches LOW for a range of
 * frames if brk is blocked, O(groups of 1,024 frames in LOW), and migrate moves the pages in brk's
 * way, O(bytes moved). `make bench-worst` counts the worst calls (bench/README.md).
 */
vaddr_t kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);

/*
 * Resizes a live block, in place if possible, else by moving it: the first min(old, new) bytes are
 * kept, and the old block is freed. krealloc(mm, VADDR_NONE, bytes) is kmalloc(mm, bytes,
 * PAGES_LOW). Returns VADDR_NONE with a cause of kmalloc(); the block is then unchanged. Panics if
 * bytes is 0 or block is not the start of a live block. In place, constant time plus the time to
 * add frames to the heap or to free those by which it shrinks, as for kmalloc() and kfree(); O(old
 * bytes) when the block moves.
 */
vaddr_t krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);

/* Frees a block. VADDR_NONE is ignored. Panics if block is not the start of a live block; the
   message says what the frame is used for. Constant time, plus the time to free the frames by which
   the heap shrinks: O(frames freed); for window O(pages behind the last block). */
void kfree(struct mm *mm, vaddr_t block);

/* Returns how many bytes the owner of a live block may use: at least as many as were requested, and
   exactly as many with HARDEN_FULL (harden.h). Panics if block is not the start of a live block. */
uint32_t ksize(struct mm *mm, vaddr_t block);

/*
 * Returns the first of 2^order physically contiguous frames, aligned to their size. order <=
 * ORDER_MAX. Returns PFN_NONE with the cause no_frames, no_run, zone or unsupported. Panics if
 * order or page_class is out of range.
 *
 * Constant time if such a block is free. Otherwise window, brk, jump and migrate take back the
 * pages behind the heap's last block, which are fewer than 16; zoned and kseg0 empty all magazines
 * and free all slabs without a live block, O(objects in magazines + such slabs).
 */
pfn_t pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class);

/* Frees the frames that pages_alloc() returned, with the same order. The caller must unmap the
   pages and flush their TLB entries first. Panics if no block of pages_alloc() of this order starts
   at `first`; the message says what the frame is used for. */
void pages_free(struct mm *mm, pfn_t first, uint32_t order);

/*
 * Allows the strategy to move a block of pages_alloc() of class PAGES_USER until it is freed. No
 * page table may map the block: its holder accesses the frames by number. After a move mm->moved()
 * gets `cookie`, which is below PAGES_COOKIES. Pages of processes and of vmalloc() are always
 * movable. A strategy that moves no pages ignores the call. Panics if mm->moved is NULL, if the
 * cookie is too large, or if no such block starts at `first`. O(2^order).
 */
#define PAGES_COOKIES (1u << 27)
void pages_set_movable(struct mm *mm, pfn_t first, uint32_t order, uint32_t cookie);

/*
 * Returns at least `bytes` >= 1 of virtually contiguous memory in the heap area, page aligned. The
 * memory is an area with a guard page behind it, or a block of the heap if the strategy's heap lies
 * in the heap area (strategy.vmalloc_in_heap). Returns VADDR_NONE with the cause no_frames, zone,
 * no_run or no_address_space. Panics if bytes is 0. No flush is needed. O(pages).
 */
vaddr_t vmalloc(struct mm *mm, uint32_t bytes);

/* Frees the memory that vmalloc() returned, and invalidates its TLB entries. VADDR_NONE is ignored.
   Panics if block is not the start of an area. O(pages). */
void vfree(struct mm *mm, vaddr_t block);

/*
 * Handles a page fault, for the machine's trap. va is CR2, error_code as the CPU pushes it (Intel
 * SDM vol. 3A, 4.7). Returns true if the fault is resolved: the trap retries the access. Returns
 * false if the address is not valid or no frame is free; mm->failure has the cause if a memory
 * manager is active. It never allocates from the heap. O(log n) with n regions in the process.
 */
bool mm_page_fault(vaddr_t va, uint32_t error_code);

/* Returns the memory manager that handles page faults: NULL before mm_init() and after
   mm_exit(). */
struct mm *mm_active(void);

/* Returns how many bytes are free, without regard to fragmentation. */
uint64_t mm_free_bytes(struct mm *mm);

/* Resets *blocks, and counts the free frames in it as maximal aligned blocks. O(frames / 32) to
   O(frames), by strategy. */
void mm_free_blocks(struct mm *mm, struct free_blocks *blocks);

/* Calls visit() for each range of free frames, in any order. The ranges include the free frames
   inside a heap that owns its memory (`primary`), although mm_frame_kind() calls these FRAME_HEAP.
   O(frames / 32) to O(frames), by strategy. */
void mm_free_ranges(struct mm *mm, void (*visit)(void *context, pfn_t start, pfn_t end),
                    void *context);

/* Translates a kernel virtual address, through a segment or the kernel's page tables, to *pa.
   Returns false if nothing is mapped there. */
bool mm_translate(const struct mm *mm, vaddr_t va, paddr_t *pa);

/* Checks all structures of this memory manager. Returns the violated rule, or NULL. O(frames + heap
   blocks). */
__attribute__((warn_unused_result)) const char *mm_check(struct mm *mm);

/* Tells if the strategy uses the segments kseg0 and kseg1. */
static inline bool mm_has_segments(const struct mm *mm)
{
    return mm->user_end == KSEG0_BASE;
}

#endif

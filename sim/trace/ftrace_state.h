/* What an import of ftrace's text knows at each line. Private to ftrace_*.c and import_ftrace.c. */
#ifndef TRACE_FTRACE_STATE_H
#define TRACE_FTRACE_STATE_H

#include "event_queue.h"
#include "frame_map.h"
#include "id_map.h"
#include "import.h"

/* Lines that become no event as they stand, by reason. */
enum ftrace_count {
    COUNT_KFREE_NULL,
    COUNT_ZERO_SIZE,
    COUNT_FAILED_OBJECT,
    COUNT_FAILED_PAGES,
    COUNT_OLD_OBJECT,
    COUNT_OLD_PAGES,
    COUNT_SLAB_PAGES,
    COUNT_SLAB_PAGES_FREED,
    COUNT_LARGE_PAGES,
    COUNT_LARGE_PAGES_FREED,
    COUNT_BATCHED,
    COUNT_MISSED_OBJECT,
    COUNT_MISSED_PAGES,
    COUNT_PARTIAL_FREE,
    COUNT_ORDER,
    COUNT_LATE,
    COUNT_PROBES,
    COUNT_MARKER_LINES,
    COUNT_OTHER_EVENTS,
    COUNT_LOST,
    COUNT_SKIPPED,
    COUNT_COUNT
};
_Static_assert(COUNT_COUNT <= IMPORT_COUNTS_MAX, "every count has room in the result");

/*
 * A run of page frames that the buddy allocator has given out. What for may only show later:
 *
 *     mm_page_alloc -+-> BLOCK_UNDECIDED -+-> BLOCK_PAGES   for itself: an event of the trace
 *                    |                    +-> BLOCK_SLAB    to hold objects, which are the events
 *                    |                    +-> BLOCK_LARGE   to be one large kmalloc, which is the
 * event
 *                    +-> BLOCK_PAGES, BLOCK_SLAB where it is clear at once
 */
enum block_state { BLOCK_FREE, BLOCK_UNDECIDED, BLOCK_PAGES, BLOCK_SLAB, BLOCK_LARGE };

struct page_block {
    uint64_t page;   /* address of the struct page, as the lines have it */
    uint64_t number; /* BLOCK_UNDECIDED: in the queue */
    uint32_t first_frame;
    uint32_t live_frames; /* not freed yet */
    uint32_t handle; /* BLOCK_UNDECIDED, BLOCK_PAGES: of its event; BLOCK_LARGE: of the kmalloc */
    uint8_t order;
    uint8_t state;
    bool maybe_slab;  /* undecided: a slab was being made */
    bool maybe_large; /* undecided: long enough for a kmalloc of its own */
};

#define SLAB_FREES_KEPT 16u

struct ftrace {
    struct event_queue queue;
    struct id_map objects;   /* address -> handle */
    struct frame_map frames; /* frame -> block, 0: none */
    struct slot_pool block_pool;
    struct page_block *blocks; /* from 1 */
    size_t blocks_capacity;
    uint64_t slab_frees[SLAB_FREES_KEPT]; /* struct pages that slab_free named last; 0: none */
    uint32_t slab_free_next;
    uint32_t slabs_open;  /* slab_new lines without their slab_new_ret */
    bool has_slab_probes; /* slab_new lines have been seen */
    bool slab_expected;   /* function tracer: allocate_slab was entered ... */
    uint64_t slab_pid;    /* ... by this task ... */
    char slab_context;    /* ... in this context */
    uint64_t counts[COUNT_COUNT];
};

/* An mm_page_alloc line. */
struct page_request {
    uint64_t page; /* 0: failed */
    uint64_t frame;
    uint64_t order;
    enum page_class class;
    uint32_t site;
    uint64_t pid;
    char context;
};

void ftrace_pages_alloc(struct ftrace *ftrace, const struct page_request *request);
void ftrace_pages_free(struct ftrace *ftrace, uint64_t page, uint64_t frame, uint64_t order);

/* An object was allocated at address: the block of pages that holds it was made for it. bytes is
   what the allocator gave for a kmalloc (its bytes_alloc), 0 for other objects. Returns the block
   when it is the object, else 0; then the caller sets its handle. */
uint32_t ftrace_pages_hold(struct ftrace *ftrace, uint64_t address, uint64_t bytes);

/* slab_new, slab_new_ret (page 0: failed), slab_free; allocate_slab of the function tracer. */
void ftrace_slab_open(struct ftrace *ftrace);
void ftrace_slab_made(struct ftrace *ftrace, uint64_t page);
void ftrace_slab_free(struct ftrace *ftrace, uint64_t page);
void ftrace_slab_expect(struct ftrace *ftrace, uint64_t pid, char context);

/* Lines were lost: what was open stays unknown. */
void ftrace_slab_forget(struct ftrace *ftrace);

/* The queue lets a block's event through for want of room: it is a block of pages. */
void ftrace_pages_let_through(void *ftrace, uint32_t block);

/* Kernel virtual address of a lowmem frame, with the 3 GiB / 1 GiB split. */
static inline uint64_t ftrace_address_of(uint32_t frame)
{
    return 0xc0000000u + ((uint64_t)frame << PAGE_SHIFT);
}

#endif

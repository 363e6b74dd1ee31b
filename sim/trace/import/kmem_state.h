/* What an import of a log of kmem events knows at each line. Private to kmem_*.c and
   import_kmem.c. */
#ifndef TRACE_KMEM_STATE_H
#define TRACE_KMEM_STATE_H

#include "event_queue.h"
#include "frame_map.h"
#include "import.h"
#include "linear_map.h"
#include "trace/id_map.h"

/* Lines that become no event as they stand, by reason. */
enum kmem_count {
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
    COUNT_UNMAPPED,
    COUNT_PROBES,
    COUNT_MARKER_LINES,
    COUNT_OTHER_EVENTS,
    COUNT_LOST,
    COUNT_MOVED,
    COUNT_TOO_LATE,
    COUNT_SKIPPED,
    COUNT_COUNT
};
_Static_assert(COUNT_COUNT <= IMPORT_COUNTS_MAX, "every count has room in the result");

/*
 * Page frames in a row that the buddy allocator has given out. What for may only show later:
 *
 *     mm_page_alloc -+-> BLOCK_UNDECIDED -+-> BLOCK_PAGES   for itself: an event of the trace
 *                    |                    +-> BLOCK_SLAB    to hold objects, which are the events
 *                    |                    +-> BLOCK_LARGE   one large kmalloc, which is the event
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
    bool maybe_next;  /* undecided: the task's next event may show it to be a slab */
};

#define SLAB_FREES_KEPT 16u

struct kmem {
    struct event_queue queue;
    struct id_map objects;   /* address -> handle */
    struct frame_map frames; /* frame -> block, 0: none */
    struct linear_map map;
    struct slot_pool block_pool;
    struct page_block *blocks; /* from 1 */
    size_t blocks_capacity;
    uint64_t slab_frees[SLAB_FREES_KEPT]; /* struct pages that slab_free named last; 0: none */
    uint32_t slab_free_next;
    uint32_t slabs_open;  /* slab_new lines without their slab_new_ret */
    bool has_slab_probes; /* slab_new lines have been seen */
    bool slabs_announced; /* those, or the function tracer's */
    bool slab_expected;   /* function tracer: allocate_slab was entered ... */
    uint64_t slab_pid;    /* ... by this task ... */
    char slab_context;    /* ... in this context */
    uint32_t next_block;  /* the block with maybe_next; 0: none */
    uint64_t next_pid;    /* who asked for it, in which context */
    char next_context;
    uint64_t counts[COUNT_COUNT];
};

/* An mm_page_alloc line. */
struct page_request {
    uint64_t page; /* 0: failed */
    uint64_t frame;
    uint64_t order;
    enum page_class page_class;
    uint32_t site;
    uint64_t pid;
    char context;
};

void kmem_pages_alloc(struct kmem *kmem, const struct page_request *request);
void kmem_pages_free(struct kmem *kmem, uint64_t page, uint64_t frame, uint64_t order);

/* An object was allocated at address: the block of pages that holds it was made for it. bytes is
   what the allocator gave for a kmalloc (its bytes_alloc), 0 for other objects. Returns the block
   when it is the object, else 0; then the caller sets its handle. */
uint32_t kmem_pages_hold(struct kmem *kmem, uint64_t address, uint64_t bytes);

/* It is known what an undecided block is. */
void kmem_block_decide(struct kmem *kmem, uint32_t block, enum block_state state);

/* slab_new, slab_new_ret (page 0: failed), slab_free; allocate_slab of the function tracer. */
void kmem_slab_open(struct kmem *kmem);
void kmem_slab_made(struct kmem *kmem, uint64_t page);
void kmem_slab_free(struct kmem *kmem, uint64_t page);
void kmem_slab_expect(struct kmem *kmem, uint64_t pid, char context);

/* Is this the page request that the function tracer announced? Once. */
bool kmem_slab_take_expected(struct kmem *kmem, const struct page_request *request);

/* Did slab_free name this page? Once. */
bool kmem_slab_take_free(struct kmem *kmem, uint64_t page);

/*
 * Without announcements: a slab's pages are followed by the object that it was made for, as the
 * next event of the same task in the same context. The block may be such a slab; an older one that
 * waits for that is none.
 */
void kmem_slab_await(struct kmem *kmem, uint32_t block, const struct page_request *request);

/* An event of this task in this context is not about the block that waits, or was just taken in. */
void kmem_slab_settle(struct kmem *kmem, uint64_t pid, char context);

/* Lines were lost: what was open stays unknown. */
void kmem_slab_forget(struct kmem *kmem);

/* The queue lets a block's event through for want of room: it is a block of pages. */
void kmem_pages_let_through(void *kmem, uint32_t block);

#endif

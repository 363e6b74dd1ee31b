/* The state of an import of a log of kmem events. Private to kmem_*.c and import_kmem.c. */
#ifndef TRACE_KMEM_STATE_H
#define TRACE_KMEM_STATE_H

#include "event_queue.h"
#include "frame_map.h"
#include "import.h"
#include "line_sorter.h"
#include "log_fields.h"
#include "processes.h"
#include "quoted_printable.h"
#include "trace/tables.h"
#include "trace/text_fields.h"

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
    COUNT_PROCESS_PAGES,
    COUNT_PROCESS_TABLES,
    COUNT_PROCESS_FREED,
    COUNT_BATCHED,
    COUNT_MISSED_OBJECT,
    COUNT_MISSED_PAGES,
    COUNT_PARTIAL_FREE,
    COUNT_ORDER,
    COUNT_LATE,
    COUNT_UNMAPPED,
    COUNT_PROBES,
    COUNT_MARKER_LINES,
    COUNT_STACK,
    COUNT_FUNCTIONS,
    COUNT_OTHER_EVENTS,
    COUNT_OTHER_LINES,
    COUNT_LOST,
    COUNT_MOVED,
    COUNT_TOO_LATE,
    COUNT_SKIPPED,
    COUNT_COUNT
};
_Static_assert((uint32_t)COUNT_COUNT + (uint32_t)PROCESS_COUNT_COUNT <= IMPORT_COUNTS_MAX,
               "every count has room in the result");

/*
 * Page frames in a row that the buddy allocator has given out. Later lines may be needed to learn
 * what for:
 *
 *     mm_page_alloc -+-> BLOCK_UNDECIDED -+-> BLOCK_PAGES   for itself: an event of the trace
 *                    |                    +-> BLOCK_SLAB    to hold objects, which are the events
 *                    |                    +-> BLOCK_LARGE   one large kmalloc, which is the event
 *                    +-> BLOCK_PROCESS    a page or page table of a process: its touch is the event
 *                    +-> BLOCK_PAGES, BLOCK_SLAB where it is clear at once
 */
enum block_state {
    BLOCK_FREE,
    BLOCK_UNDECIDED,
    BLOCK_PAGES,
    BLOCK_SLAB,
    BLOCK_LARGE,
    BLOCK_PROCESS
};

struct page_block {
    uint64_t page;   /* address of the struct page, as the lines have it */
    uint64_t number; /* BLOCK_UNDECIDED: its number in the queue */
    uint64_t first_frame;
    uint32_t live_frames; /* frames that are not freed yet */
    uint32_t handle; /* BLOCK_UNDECIDED, BLOCK_PAGES: of its event; BLOCK_LARGE: of the kmalloc */
    uint8_t order;
    uint8_t state;
    bool maybe_slab;  /* undecided: it may be the slab that was being made */
    bool maybe_large; /* undecided: it is long enough for a large kmalloc */
    bool maybe_next;  /* undecided: the task's next event may show that it is a slab */
};

#define SLAB_FREES_KEPT 16u
#define FREED_KEPT      64u

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
    uint64_t freed[FREED_KEPT]; /* the frees of pages that were read last; 0: none */
    uint32_t slabs_open;        /* slab_new lines without their slab_new_ret */
    bool has_slab_probes;       /* a slab_new line has been read */
    bool slabs_announced;       /* a slab_new or allocate_slab line has been read */
    bool slab_expected;         /* function tracer: allocate_slab was entered ... */
    uint64_t slab_pid;          /* ... by this task ... */
    char slab_context;          /* ... in this context */
    uint32_t next_block;        /* the block with maybe_next; 0: none */
    uint64_t next_pid;          /* the task that asked for it, and its context */
    char next_context;
    struct processes processes;
    uint64_t allocations; /* lines that name one */
    uint64_t kept;        /* of those, in the trace: as an event, or as a part of one */
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
    bool of_process; /* the page or page table of a process */
};

void kmem_pages_alloc(struct kmem *kmem, const struct page_request *request);

/* batched: the line is mm_page_free_batched. Kernels may print two lines for a free, in any order:
   the first one counts. */
void kmem_pages_free(struct kmem *kmem, uint64_t page, uint64_t frame, uint64_t order,
                     bool batched);

/* An object was allocated at address, so that the block of pages around it is a slab or a large
   kmalloc. bytes: the bytes_alloc of a kmalloc; 0 for other objects. Returns the block if it is a
   large kmalloc, and then the caller must set its handle; else 0. */
uint32_t kmem_pages_hold(struct kmem *kmem, uint64_t address, uint64_t bytes);

/* Decides what an undecided block is. */
void kmem_block_decide(struct kmem *kmem, uint32_t block, enum block_state state);

/* The lines slab_new, slab_new_ret (page 0: it failed), slab_free, and the function tracer's
   allocate_slab. */
void kmem_slab_open(struct kmem *kmem);
void kmem_slab_made(struct kmem *kmem, uint64_t page);
void kmem_slab_free(struct kmem *kmem, uint64_t page);
void kmem_slab_expect(struct kmem *kmem, uint64_t pid, char context);

/* Is this the request that the function tracer announced? The announcement is used up. */
bool kmem_slab_take_expected(struct kmem *kmem, const struct page_request *request);

/* Did slab_free name this page? Its note is used up. */
bool kmem_slab_take_free(struct kmem *kmem, uint64_t page);

/*
 * For logs that announce no slabs. There the request for a slab's pages is followed by the object
 * that needed the slab, as the next event of the same task in the same context. The block waits for
 * that event; a block that waited before is not a slab.
 */
void kmem_slab_await(struct kmem *kmem, uint32_t block, const struct page_request *request);

/* An event of this task in this context has been handled: the block that waited for it is decided.
 */
void kmem_slab_settle(struct kmem *kmem, uint64_t pid, char context);

/* Lines were lost: forgets the announcements. */
void kmem_slab_forget(struct kmem *kmem);

/* The queue is full and writes the event of the block, which therefore is a block of pages. */
void kmem_pages_let_through(void *kmem, uint32_t block);

/* An import under way. */
struct import {
    struct kmem kmem;
    const struct kmem_format *format;
    struct line_reader lines;
    struct line_head head; /* of the last line that had one */
    struct line_sorter sorter;
    struct gfp_memo gfp;
    struct trace_writer *writer;
    struct kmem_line line;    /* the event that is being handled */
    const char *fields;       /* where its fields begin */
    struct sorted_line *last; /* the last line in the sorter, which a mail may have wrapped; NULL:
                                 it has been handled */
    struct quoted_line quoted;
    bool is_quoted; /* the log is a mail in quoted-printable */
    bool lenient;
    bool in_marker; /* the last event was a marker: lines without an event may continue its text */
    uint64_t events_met;
    const char *name; /* the log's */
    char reason[256];
    char first_skipped[IMPORT_SKIPPED_BYTES];
};

/* Handles the event in import->line. false: the line is malformed; import->reason says how. */
bool kmem_event_handle(struct import *import);

/* Handles an event of processes: a fault, a call, a fork, an exit. *known says if it is one. false:
   the line is malformed. */
bool kmem_process_handle(struct import *import, bool *known);

/* A block of pages for the line's task: is it a page or a page table of its process? */
bool kmem_process_takes(struct import *import, const struct page_request *request, struct word gfp);

bool kmem_event_is_marker(struct word event);

/* Is this the rest of an event that a mail has wrapped: "ptr=c1234560 bytes_req=56"? */
bool kmem_event_goes_on(const char *text, const char *end);

#endif

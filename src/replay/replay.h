/*
 * Replays a trace through one strategy and measures it. Freestanding: the host and the image run
 * this very code, and get the same digest for the same trace and the same map.
 *
 * Slots, and with them the owner of every live block (event and site), are kept here, outside the
 * memory manager's own metadata, so that keeping them changes nothing that is measured.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <mm/frame_owner.h>

#include "trace_reader.h"

enum request_class {
    REQUEST_KMALLOC,
    REQUEST_PAGES,
    REQUEST_VMALLOC,
    REQUEST_TOUCH,
    REQUEST_PROCESS,
    REQUEST_MAP, /* map and unmap */
    REQUEST_SETBRK,
    REQUEST_COUNT
};

/* "kmalloc", "pages", ...; "no_frames", ...; "no_region", ...: as in the JSON. */
const char *request_name(enum request_class request);
const char *cause_name(enum mm_cause cause);
const char *access_fault_name(enum mm_access_fault why);

enum slot_state { SLOT_EMPTY, SLOT_LIVE, SLOT_FAILED };

/* A live allocation of the trace. */
struct replay_slot {
    uint32_t where;     /* address of the block, or number of the first frame */
    uint32_t bytes;     /* requested; pages: the order */
    uint32_t event;     /* number of the event that allocated it, from 1, low 32 bits */
    uint32_t kind_site; /* enum slot_state in bits 0-1, kind in 2-5, class in 6-7, site in 8-31 */
};
_Static_assert(sizeof(struct replay_slot) == 16, "16 bytes for each block live at once");

/* A live process of the trace. */
struct replay_process {
    uint64_t id;     /* its PID */
    vaddr_t control; /* its control page: struct process */
    uint32_t event;  /* number of the event that created it, from 1, low 32 bits */
    uint32_t state;  /* enum slot_state */
    uint32_t reserved;
};
_Static_assert(sizeof(struct replay_process) == 24, "24 bytes for each process live at once");
_Static_assert(sizeof(struct replay_slot) % 8 == 0, "processes can follow the slots");

/* A frame that a request lacked, and who had it (culprit.h). */
struct replay_culprit {
    pfn_t frame; /* PFN_NONE: the failure has no culprit */
    bool owned;  /* an allocation or a process of the trace owns it; else it was never RAM, is
                    metadata, or a heap's own */
    uint8_t reserved[3]; /* 0: results are compared, and sent, whole */
    uint64_t process;    /* the PID of the process that owns it; 0: none does */
    uint32_t slot;       /* of the owner: among the slots, or among the processes */
    uint32_t site;
    uint64_t since_event;
    enum frame_kind kind; /* of the frame */
    uint32_t frames;      /* that the owner has bytes in; 0: nobody owns it */
};

/* The first failure of a run for one cause. */
struct replay_failure {
    uint64_t event; /* 0: there was none */
    enum request_class request;
    enum page_class page_class; /* where the frames that it needed may be */
    uint32_t bytes;
    enum mm_cause cause;
    bool late;
    uint8_t reserved[7]; /* 0 */
    uint64_t free_bytes; /* at that moment */
    struct replay_culprit blocker;
    uint64_t process;        /* the PID of who made the request; 0: the kernel */
    struct mm_access access; /* MM_BAD_ACCESS */
};

struct replay_fragmentation {
    int32_t unusable_index[ORDER_COUNT];
    int32_t fragmentation_index[ORDER_COUNT];
};

/* What one run came to. Plain data: can be copied and sent. */
struct replay_result {
    uint64_t events;
    uint64_t requests[REQUEST_COUNT];
    uint64_t failures[REQUEST_COUNT];
    uint64_t late_failures;
    uint64_t failures_by_cause[MM_CAUSE_COUNT];
    uint64_t failures_while_free;    /* with free memory of at least 4 times the request */
    uint64_t frees_skipped;          /* of allocations that had failed */
    uint64_t process_events_skipped; /* of processes that could not be made */
    /* Of failures_while_free, those of REQUEST_KMALLOC. */
    uint64_t kmallocs_failed_while_free;
    struct replay_failure first_by_cause[MM_CAUSE_COUNT];
    uint64_t heap_payload_peak_bytes;
    uint32_t heap_span_peak_bytes;
    uint32_t heap_spans_peak;
    uint32_t heap_left_peak_bytes; /* stepped over by the heap */
    uint64_t moves;                /* blocks of pages moved out of the heap's way */
    uint64_t moves_bytes;
    uint64_t moves_wasted;      /* of moves, for a growth that failed all the same */
    uint64_t blocks_over_page;  /* heap blocks longer than a page, when they were made */
    uint64_t blocks_contiguous; /* of those, physically contiguous */
    uint32_t
        contiguous_worst_permille; /* the lowest that fraction ever was, from the 100th block on */
    uint32_t frames_total;
    uint32_t frames_used_peak;
    uint32_t metadata_bytes;
    struct replay_fragmentation end;
    struct replay_fragmentation worst; /* each index's highest, over regular samples */
    uint64_t digest;
};

struct series_sample;

/* Samples on the way (series.h). */
struct replay_series {
    uint64_t every; /* events; 0: none are taken */
    uint64_t in;    /* events until the next */
    void (*on_sample)(void *context, const struct series_sample *sample);
    void *context;
};

struct replay {
    struct mm *mm;
    struct replay_slot *slots;
    uint32_t slot_count;
    struct replay_process *processes;
    uint32_t process_count;
    uint64_t heap_payload_bytes; /* live: what was requested, not what was given */
    uint32_t sample_every;       /* events between two samples of fragmentation */
    uint32_t sample_in;          /* events until the next */
    uint32_t recent_blocks;      /* of the current hundred blocks over a page ... */
    uint32_t recent_contiguous;  /* ... those that are contiguous */
    struct replay_result result;
    const char *error;         /* replay_event() returned false: what makes no sense */
    const struct event *event; /* being replayed */
    /* NULL, or called at each failure, while all is as the request found it; blocker is not set:
       culprit_of() finds it. It changes nothing. */
    void (*on_failure)(void *context, const struct replay_failure *failure);
    void *context;
    struct replay_series series;
};

_Static_assert(sizeof(struct replay_culprit) == 40 && sizeof(struct replay_failure) == 112,
               "no padding, on either machine");

/* How long the culprit had been there when the failure came, in events; it has an owner. */
static inline uint32_t replay_age(const struct replay_failure *failure)
{
    return (uint32_t)failure->event - (uint32_t)failure->blocker.since_event;
}

/* The earliest failure of a run; its event is 0 when nothing failed. */
const struct replay_failure *replay_first_failure(const struct replay_result *result);

/* Bytes that the tables of a trace's slots and processes need. */
uint64_t replay_slots_bytes(const struct trace_header *header);

/* mm is initialised; slots has replay_slots_bytes(header), 8-byte aligned, and is the caller's; it
   is cleared here. O(slots + processes). */
void replay_init(struct replay *replay, struct mm *mm, struct replay_slot *slots,
                 const struct trace_header *header);

/* Uses a block as its owner would: writes to each of its pages once. bytes >= 1. false: a page got
   no frame. */
bool replay_touch_block(vaddr_t block, uint32_t bytes);

/* Replay one event. false: it makes no sense where it stands; nothing was done, see error. */
bool replay_event(struct replay *replay, const struct event *event);

/* Close the books: the result's end state and digest. The memory manager stays as it is. */
void replay_finish(struct replay *replay);

/* Free everything that is still live, so that a check for lost frames can follow. O(slots). */
void replay_free_all(struct replay *replay);

/* All of it: replay every event of reader.
 * false: bad trace; *error and *offset say what and where. */
bool replay_run(struct replay *replay, struct trace_reader *reader, const char **error,
                size_t *offset);

#endif

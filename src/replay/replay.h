/*
 * Replays a trace through one strategy and measures the strategy. This code is freestanding: the
 * host and the image compile it, and both get the same digest for the same trace and the same map.
 *
 * The table of slots has the owner of every live block (its event and its site). The table lies
 * outside the memory manager's own metadata, so that it does not change any measure.
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

/* Return the names in the JSON, such as "kmalloc", "no_frames" and "no_region". */
const char *request_name(enum request_class request);
const char *cause_name(enum mm_cause cause);
const char *access_fault_name(enum mm_access_fault why);

enum slot_state { SLOT_EMPTY, SLOT_LIVE, SLOT_FAILED };

/* A live allocation of the trace. */
struct replay_slot {
    uint32_t where;     /* address of the block, or number of the first frame */
    uint32_t bytes;     /* as requested; pages: the order */
    uint32_t event;     /* number of the event that allocated it, from 1, low 32 bits */
    uint32_t kind_site; /* enum slot_state in bits 0-1, kind in 2-5, class in 6-7, site in 8-31 */
};
_Static_assert(sizeof(struct replay_slot) == 16,
               "each block that is live at the same time takes 16 bytes");

/* A live process of the trace. */
struct replay_process {
    uint64_t id;     /* its PID */
    vaddr_t control; /* its control page: struct process */
    uint32_t event;  /* number of the event that created it, from 1, low 32 bits */
    uint32_t state;  /* enum slot_state */
    uint32_t reserved;
};
_Static_assert(sizeof(struct replay_process) == 24,
               "each process that is live at the same time takes 24 bytes");
_Static_assert(sizeof(struct replay_slot) % 8 == 0, "processes can follow the slots");

/* A frame that a request lacked, and its owner (culprit.h). */
struct replay_culprit {
    pfn_t frame; /* PFN_NONE: the failure has no culprit */
    bool owned;  /* an allocation or a process of the trace owns the frame; otherwise the frame is
                    no RAM, metadata, or a free part of a heap */
    uint8_t reserved[3]; /* 0, because results are compared and sent as bytes */
    uint64_t process;    /* the PID of the process that owns the frame; 0: no process does */
    uint32_t slot;       /* of the owner, among the allocations or among the processes */
    uint32_t site;
    uint64_t since_event;
    enum frame_kind kind; /* of the frame */
    uint32_t frames;      /* frames in which the owner has bytes; 0: there is no owner */
};

/* The first failure of a run for one cause. */
struct replay_failure {
    uint64_t event; /* its number; 0: there was no failure */
    enum request_class request;
    enum page_class page_class; /* says where the frames that the request needed may lie */
    uint32_t bytes;
    enum mm_cause cause;
    bool late;
    uint8_t reserved[7]; /* 0 */
    uint64_t free_bytes; /* when the request failed */
    struct replay_culprit blocker;
    uint64_t process;        /* the PID of the process that made the request; 0: the kernel */
    struct mm_access access; /* set if the cause is MM_BAD_ACCESS */
};

struct replay_fragmentation {
    int32_t unusable_index[ORDER_COUNT];
    int32_t fragmentation_index[ORDER_COUNT];
};

/* The result of one run. Plain data, which can be copied and sent. */
struct replay_result {
    uint64_t events;
    uint64_t requests[REQUEST_COUNT];
    uint64_t failures[REQUEST_COUNT];
    uint64_t late_failures;
    uint64_t failures_by_cause[MM_CAUSE_COUNT];
    uint64_t failures_while_free;    /* failures with free memory of at least 4 times the request */
    uint64_t frees_skipped;          /* frees of allocations that had failed */
    uint64_t process_events_skipped; /* events of processes that could not be created */
    /* Those of failures_while_free that are REQUEST_KMALLOC. */
    uint64_t kmallocs_failed_while_free;
    struct replay_failure first_by_cause[MM_CAUSE_COUNT];
    uint64_t heap_payload_peak_bytes;
    uint32_t heap_span_peak_bytes;
    uint32_t heap_spans_peak;
    uint32_t heap_left_peak_bytes; /* bytes that the heap stepped over */
    uint64_t moves;                /* blocks of pages moved out of the heap's way */
    uint64_t moves_bytes;
    uint64_t moves_wasted;      /* moves for a growth of the heap that failed nevertheless */
    uint64_t blocks_over_page;  /* heap blocks longer than a page when they were allocated */
    uint64_t blocks_contiguous; /* those of them that were physically contiguous */
    uint32_t
        contiguous_worst_permille; /* their lowest fraction in a full hundred, or in all if fewer */
    uint32_t frames_total;
    uint32_t frames_used_peak;
    uint32_t metadata_bytes;
    struct replay_fragmentation end;
    struct replay_fragmentation worst; /* the highest value of each index in all samples */
    uint64_t digest;
};

struct series_sample;

/* When the next sample is taken (series.h). */
struct replay_series {
    uint64_t every; /* events between two samples; 0: no samples are taken */
    uint64_t in;    /* events until the next sample */
    void (*on_sample)(void *context, const struct series_sample *sample);
    void *context;
};

struct replay {
    struct mm *mm;
    struct replay_slot *slots;
    uint32_t slot_count;
    struct replay_process *processes;
    uint32_t process_count;
    uint64_t heap_payload_bytes; /* the requested sizes of the live blocks */
    uint32_t sample_every;       /* events between two samples of fragmentation */
    uint32_t sample_in;          /* events until the next such sample */
    uint32_t recent_blocks;      /* longer than a page, in the current hundred */
    uint32_t recent_contiguous;  /* those of them that are contiguous */
    struct replay_result result;
    const char *error;         /* the reason if replay_event() returned false */
    const struct event *event; /* the event that is being replayed */
    /* Called at each failure, while memory is as the request found it; may be NULL. It must change
       nothing. The blocker is not set: culprit_of() finds it. */
    void (*on_failure)(void *context, const struct replay_failure *failure);
    void *context;
    struct replay_series series;
};

_Static_assert(sizeof(struct replay_culprit) == 40 && sizeof(struct replay_failure) == 112,
               "no machine pads the structure");

/* Returns how many events old the blocker was when the request failed. The blocker must have an
   owner. */
static inline uint32_t replay_age(const struct replay_failure *failure)
{
    return (uint32_t)failure->event - (uint32_t)failure->blocker.since_event;
}

/* Returns the earliest failure of a run; its event is 0 if nothing failed. */
const struct replay_failure *replay_first_failure(const struct replay_result *result);

/* Returns the size in bytes of the tables of slots and processes. */
uint64_t replay_slots_bytes(const struct trace_header *header);

/* Begins a replay. mm must be fresh from mm_init(). slots must have replay_slots_bytes(header)
   bytes and be aligned to 8 bytes; it stays the caller's, and is cleared here. O(slots + processes
   + frames) */
void replay_init(struct replay *replay, struct mm *mm, struct replay_slot *slots,
                 const struct trace_header *header);

/* Uses a block as its owner would: writes to each of its pages once. bytes >= 1. Returns false if a
   page got no frame. O(pages) */
bool replay_touch_block(vaddr_t block, uint32_t bytes);

/* Replays one event. Returns false if the event makes no sense where it stands; then nothing was
   done, and `error` says why. Takes the time of the strategy and O(pages of a new block); an event
   after which a sample is due also takes O(frames). Panics if the memory manager finds its memory
   damaged. */
bool replay_event(struct replay *replay, const struct event *event);

/* Ends the measures: fills in the end state and the digest. The memory manager does not change.
   O(frames) */
void replay_finish(struct replay *replay);

/* Frees everything that is still live, so that a check for lost frames can follow. O(slots + live
   pages) */
void replay_free_all(struct replay *replay);

/* Replays every event of reader, and finishes. Returns false if the trace is bad; then *error says
   what is wrong with it, and *offset where. */
bool replay_run(struct replay *replay, struct trace_reader *reader, const char **error,
                size_t *offset);

#endif

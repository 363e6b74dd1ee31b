/*
 * The memory of a replay at one moment, copied out of the machine: the kind and the owner of each
 * frame, the spans of the heap, the zones, and the request that fails at that moment.
 *
 * A moment is an event: memory is shown as it is before the event is replayed. If the event fails,
 * memory is as its request found it. That is the same, except where `migrate` moved pages before it
 * gave up, or where a block was allocated and then failed at the touch.
 */
#ifndef LAB_MEMORY_MAP_H
#define LAB_MEMORY_MAP_H

#include "lab/experiment.h"
#include "lab/frame_states.h"

enum map_moment {
    MAP_AT_EVENT,         /* before event number `number` */
    MAP_AT_FAILURE,       /* at the failure number `number` of the run */
    MAP_AT_FIRST_FAILURE, /* at the first failure, or at the end if nothing fails */
    MAP_AT_END            /* after the last event */
};

struct map_request {
    const struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map;
    enum map_moment moment;
    uint64_t number; /* from 1 */
};

/* A row of frames of one kind and one owner, or of one kind and no owner. */
struct map_range {
    uint32_t start;
    uint32_t end; /* exclusive */
    uint32_t kind;
    uint32_t
        others; /* owners that have fewer bytes in a frame: their largest number in any frame */
    bool owned;
    struct owner_facts owner; /* if owned: the owner with the most bytes in each frame */
};

struct memory_map {
    uint64_t event;    /* the event before which this is; after the last one: their number + 1 */
    uint64_t failures; /* in the events that were replayed */
    bool found;        /* false: the run has fewer events or failures. Nothing below is set. */
    bool failed;       /* the event fails */
    struct replay_failure failure; /* if it does; with its blocker */
    uint32_t site;                 /* of the request that fails */
    uint32_t end;                  /* frames up to the end of RAM */
    uint8_t *kinds;                /* of each frame: enum frame_kind or FRAME_HEAP_FREE */
    uint32_t kind_frames[FRAME_STATE_COUNT];
    uint32_t range_count;
    struct map_range *ranges; /* all frames, from the lowest on */
    uint32_t span_count;
    struct frame_range *spans; /* of the heap, in the direct map, the highest first */
    bool ends_in_brk;          /* the end of the highest span is brk */
    struct frame_range zones[ZONE_COUNT];
    uint32_t zone_free[ZONE_COUNT]; /* free frames, those inside heaps included */
    uint32_t frames_total;
    uint32_t frames_used;
    uint64_t free_bytes; /* without regard to fragmentation */
    uint64_t heap_payload_bytes;
    uint32_t heap_span_bytes;
};

/*
 * Replay in this process up to the moment, and take the map. The caller releases it. Returns
 * RUN_DONE, or another status with the reason; the map is then empty. O(events + frames + slots).
 */
enum run_status memory_map_take(struct memory_map *map, const struct map_request *request,
                                char reason[RUN_REASON_BYTES]);

void memory_map_release(struct memory_map *map);

#endif

/*
 * A trace that leaves memory in a given state. Single pages are allocated until nothing is left,
 * and those that the state has as free are freed again:
 *
 *     |hhhhhhhhhhhhhhhh|   filled
 *     |hh..h.hhh....h.h|   the state: . free, h held
 *
 * In which order a strategy hands out frames is its own affair. So a machine that runs the strategy
 * is asked, twice: what frames there are, and which page became which frame. This room has no
 * machine; sim/lab has (lab/memory_states.h).
 */
#ifndef TRACE_MEMORY_STATE_H
#define TRACE_MEMORY_STATE_H

#include "error.h"
#include "generate/random.h"
#include "trace_writer.h"

#include <mm/fragmentation.h>
#include <mm/memmap.h>

#define STATE_HOLDERS_MAX 32u

/* What becomes of a frame. */
enum frame_fate { FATE_ABSENT, FATE_FREE, FATE_HELD };

struct state_frame {
    uint8_t fate;     /* enum frame_fate; FATE_ABSENT: no single page ever gets it */
    uint8_t holder;   /* of FATE_HELD: index of a holder */
    bool may_move;    /* pages of class user get it; else the strategy reserves it */
    bool may_be_held; /* pages of class low or dma get it, which no strategy moves */
};

struct state_holder {
    const char *site;
    bool movable; /* class user, where the frame allows it; else low or dma */
};

struct memory_state {
    uint64_t ram_bytes;
    struct frame_range zones[ZONE_COUNT]; /* of the strategy, up to the end of RAM */
    uint32_t end;                         /* frames up to the end of RAM */
    struct state_frame *frames;           /* by number */
    uint32_t *order;                      /* frames in the order in which they are handed out */
    uint32_t count;                       /* of those */
    struct state_holder holders[STATE_HOLDERS_MAX];
};

/* Blocks by order, in each zone. */
struct zone_blocks {
    uint32_t count[ZONE_COUNT][ORDER_COUNT];
};

/* A request that comes after the state. */
struct state_request {
    bool wanted;
    uint8_t order;
    uint8_t page_class;    /* enum page_class */
    const char *site;      /* who asks */
    const char *withholds; /* who has the blocks that would serve the request while it is made;
                              NULL: they are left to it */
};

/* What a trace has left, as the machine has it. */
struct state_left {
    struct zone_blocks free; /* maximal aligned blocks */
    struct free_blocks all;
    uint32_t held;     /* frames */
    uint32_t pinned;   /* of those, of class low or dma */
    uint64_t withheld; /* blocks */
    bool served;       /* the request */
};

struct state_machine {
    void *context;
    const char *strategy;
    uint64_t ram_bytes; /* that the user has chosen; 0: survey() may be given any */
    bool is_given;      /* by a memory map */
    uint64_t ram_bytes_max;
    /* Fills in the state: all frames that can be handed out are held by holder 0. The caller
       releases it. Returns false with the error. O(frames). */
    bool (*survey)(void *context, uint64_t ram_bytes, struct memory_state *state,
                   struct sim_error *error);
    /* Writes the events that leave the state. Returns false with the error. O(frames). */
    bool (*build)(void *context, const struct memory_state *state,
                  const struct state_request *request, struct trace_writer *writer,
                  struct state_left *left, struct sim_error *error);
};

void memory_state_release(struct memory_state *state);

/*
 * Chooses wanted[k] blocks of 2^k frames in [start, end), no two of which merge, among the frames
 * that are held, and makes them free; random numbers say which. Both ends are multiples of 2^10.
 * Returns false, with some of the frames free, if not so many blocks fit. O(frames).
 */
bool memory_state_free(struct memory_state *state, struct frame_range range,
                       const uint32_t wanted[ORDER_COUNT], struct random *random);

/* How many blocks of each order fit into the frames of a range, as the largest blocks. */
struct block_room {
    uint32_t roots[ORDER_COUNT];
};

struct block_room memory_state_room(const struct memory_state *state, struct frame_range range);

/* Would memory_state_free() find place for so many blocks? Constant time. */
bool block_room_holds(const struct block_room *room, const uint32_t wanted[ORDER_COUNT]);

#endif

/* The parts of an explanation. Each replays in processes of its own, so that a strategy which
 * crashes under a change is a result. */
#ifndef LAB_EXPLAIN_PARTS_H
#define LAB_EXPLAIN_PARTS_H

#include "lab/explain.h"

/* Replay to the end, and keep the failure asked for. false: *status and reason say why. */
bool explain_take_snapshot(const struct explain_request *request, struct explain_snapshot *snapshot,
                           enum run_status *status, char reason[RUN_REASON_BYTES]);

/* Replay with another strategy or map, or with owners freed before the event: does the request of
   event `event` pass? */
struct explain_change {
    const struct strategy *strategy;
    const struct memmap *map;
    const struct explain_freeing *freeing; /* NULL: none are freed */
};
void explain_try(const struct trace *trace, uint64_t event, const struct explain_change changes[],
                 struct explain_trial trials[], uint32_t count,
                 void (*finished)(uint32_t done, uint32_t count));

/* Who has to go. */
void explain_find_freeing(const struct explain_request *request, uint64_t event,
                          struct explain_freeing *freeing);

/* How much RAM it takes. */
void explain_find_ram(const struct explain_request *request, uint64_t event,
                      struct explain_ram *ram);

/* ---- what these share, inside a process of theirs ---- */

/* Play the events before `event`, then leave that one in *at. false: the trace ends before. */
bool explain_replay_to(struct replay *replay, const struct trace *trace, uint64_t event,
                       struct event *at);

/* Free a live one: an entry of explain_freeing.owner. */
void explain_free(struct replay *replay, uint32_t owner);

#endif

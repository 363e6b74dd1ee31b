/*
 * The failures of a replay in groups, so that millions of them fit a table. A group has one cause
 * and one class of request, it is late or not, and memory was nearly full at its failures or not.
 * The first sites that ask have a group each; all further sites share one, and so do all processes.
 */
#ifndef LAB_FAILURE_GROUPS_H
#define LAB_FAILURE_GROUPS_H

#include "replay/replay.h"

/* ---- who asks, and who is in the way ---- */

/* A process if `process` is not 0, else the site of an allocation, which may be SITE_NONE. */
struct failure_party {
    uint32_t kind; /* of a blocker: the enum frame_kind of its frame; of an asker: 0 */
    uint32_t site;
    uint64_t process; /* its PID */
};

#define FAILURE_TALLY_MAX 16u

/* How often each party occurred. The first FAILURE_TALLY_MAX parties are told apart. */
struct failure_tally {
    uint32_t parties;
    uint32_t reserved; /* 0 */
    uint64_t others;   /* occurrences of all further parties */
    struct {
        struct failure_party party;
        uint64_t count;
    } list[FAILURE_TALLY_MAX]; /* after failure_groups_finish(): the most frequent first */
};

/* ---- groups ---- */

#define FAILURE_GROUP_SITES 4u   /* that have a group each, for a cause, a request and late */
#define FAILURE_GROUPS_MAX  128u /* no run has had half as many */
#define FAILURE_FRAMES_MAX  64u
#define FAILURE_NO_SAMPLE   UINT32_MAX

/* Memory is nearly full if fewer than 1 / FAILURE_FULL_PART of the frames are free. */
#define FAILURE_FULL_PART 64u

struct failure_group {
    struct replay_failure first; /* with its blocker */
    uint64_t first_number;       /* of that failure in the run, from 1, as `explain` counts */
    uint64_t count;
    uint64_t last_event;
    uint64_t most_free_bytes;   /* at one of the failures */
    uint32_t bytes_least;       /* that were asked for */
    uint32_t bytes_most;        /* the same */
    uint32_t heap_span_bytes;   /* at the first failure */
    uint32_t single_asker;      /* 1: all failures are those of the first asker */
    uint32_t full;              /* 1: memory was nearly full at each failure; 0: at none */
    struct failure_party asker; /* of the first failure */
    struct failure_tally askers;
    /* The culprits (replay/culprit.h) of as many failures as were examined: the first one, and then
       fewer and fewer. A failure without a culprit counts as examined. */
    uint64_t examined;
    struct failure_tally blockers;
    uint32_t sample; /* for the caller: the number of a sample; FAILURE_NO_SAMPLE until it is set */
};

/* Plain data without pointers: it crosses a pipe. */
struct failure_groups {
    uint64_t failures;  /* of the run */
    uint64_t ungrouped; /* failures for which there was no group left */
    uint32_t count;
    /* The frames that blocked brk (MM_BRK_BLOCKED), at most FAILURE_FRAMES_MAX of them. */
    uint32_t blocking_frames;
    uint32_t blocking_frame[FAILURE_FRAMES_MAX];
    uint32_t blocked_elsewhere;                     /* 1: there were further frames */
    uint32_t reserved;                              /* 0 */
    struct failure_group group[FAILURE_GROUPS_MAX]; /* in the order of their first failures */
};

/* ---- collecting ---- */

struct failure_collector {
    struct failure_groups *groups;
    const struct replay *replay;
    uint32_t culprits_left; /* that may still be looked for in this run */
    /* Called when a group appears, while memory is as its first request found it; may be NULL. */
    void (*on_group)(void *context, struct failure_group *group);
    void *context;
};

/* How often culprit_of() is called in a run at most, besides once for each group. It takes up to
   1.5 ms with 3.5 GiB. */
#define FAILURE_CULPRITS_MAX 128u

/* Begin. `groups` is cleared; it and the replay must outlive the collector. */
void failure_collector_begin(struct failure_collector *collector, struct failure_groups *groups,
                             const struct replay *replay);

/* Take a failure: call this from on_failure of the replay. O(groups + askers), except that at most
   FAILURE_CULPRITS_MAX failures and the first of each group take the time of culprit_of(). Returns
   the group of the failure; NULL: there was none left. */
struct failure_group *failure_collector_take(struct failure_collector *collector,
                                             const struct replay_failure *failure);

/* Sort the tallies. O(groups) */
void failure_groups_finish(struct failure_groups *groups);

/* Returns the owner of a culprit. */
struct failure_party failure_party_of(const struct replay_culprit *culprit);

#endif

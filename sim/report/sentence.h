/* Sentences about a run and its failures, which several reports and drawings have. */
#ifndef REPORT_SENTENCE_H
#define REPORT_SENTENCE_H

#include "replay/replay.h"
#include "trace/trace_file.h"

#define SENTENCE_BYTES 512u

struct sentence {
    char text[SENTENCE_BYTES]; /* foreign text in it is fit to be printed (trace/printable.h) */
};

/* As printf. A longer text is cut. */
__attribute__((format(printf, 1, 2))) struct sentence sentence_of(const char *format, ...);

/* "gcc_512 under brk, RAM 88.0 MiB" */
struct sentence sentence_of_run(const struct trace *trace, const struct strategy *strategy,
                                uint64_t ram_bytes);

/* "kmalloc of 512 B by ext4_inode fails: a used frame is in brk's way". `site` is the one that
   asked. */
struct sentence sentence_of_failure(const struct replay_failure *failure, uint32_t site,
                                    struct trace *trace);

/* "frame 0x01234, user, by modprobe since event 1,234, 56 events old". The failure must have a
   blocker, here and below. */
struct sentence sentence_of_blocker(const struct replay_failure *failure, struct trace *trace);

/* The same, short: "in the way: modprobe, 56 events old" */
struct sentence sentence_of_blocker_short(const struct replay_failure *failure,
                                          struct trace *trace);

#endif

/* A fresh machine of one memory map, a strategy in charge of it, and perhaps a replay that is about
 * to begin: where an experiment happens. */
#ifndef LAB_STAGE_H
#define LAB_STAGE_H

#include "machine/machine.h"
#include "replay/replay.h"
#include "trace/trace_file.h"

#define STAGE_REASON_BYTES 640u

struct stage {
    const struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map;
    const struct machine_options *options; /* NULL: the defaults */
};

/*
 * Set the stage in this process, but for its trace, call body(context, mm), and clear it again.
 * false: body was not called, or did not come to its end; reason, one line, says why: no machine, a
 * panic of the memory manager, or, with *no_room, that the map has none for the strategy's
 * metadata.
 */
bool stage_set(const struct stage *stage, void (*body)(void *context, struct mm *mm), void *context,
               char reason[STAGE_REASON_BYTES], bool *no_room);

/*
 * Set the stage in this process, call body(context, replay), and clear it again. false: body was
 * not called, or did not come to its end; reason, one line, says why: no machine, no room for
 * metadata, a panic of the memory manager.
 */
bool stage_run(const struct stage *stage, void (*body)(void *context, struct replay *replay),
               void *context, char reason[STAGE_REASON_BYTES]);

/* The same; false with *no_room: the map has none for the strategy's metadata. */
bool stage_play(const struct stage *stage, void (*body)(void *context, struct replay *replay),
                void *context, char reason[STAGE_REASON_BYTES], bool *no_room);

#endif

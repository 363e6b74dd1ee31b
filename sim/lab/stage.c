#include "lab/stage.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- a machine and a strategy ---- */

struct scene {
    const struct stage *stage;
    void (*body)(void *context, struct mm *mm);
    void *context;
    bool set;
};

static void play(void *context)
{
    struct scene *scene = context;
    struct mm mm;

    scene->set = mm_init(&mm, scene->stage->strategy, scene->stage->map);
    if (!scene->set)
        return;
    scene->body(scene->context, &mm);
    mm_exit(&mm);
}

bool stage_set(const struct stage *stage, void (*body)(void *context, struct mm *mm), void *context,
               char reason[STAGE_REASON_BYTES], bool *no_room)
{
    struct machine_options options =
        stage->options != NULL ? *stage->options : (struct machine_options){0};

    options.watch = MACHINE_WATCH_NOTHING; /* results do not depend on who debugs the program */
    struct machine *machine = machine_create(&options);
    struct scene scene = {stage, body, context, false};

    *no_room = false;
    if (machine == NULL) {
        snprintf(reason, STAGE_REASON_BYTES, "%s", machine_error());
        return false;
    }
    const char *panic = machine_catch_panic(play, &scene);
    if (panic != NULL)
        snprintf(reason, STAGE_REASON_BYTES, "%s", panic);
    else if (!scene.set)
        snprintf(reason, STAGE_REASON_BYTES,
                 "the memory map has no room for the metadata of %s below %u MiB",
                 stage->strategy->name, strategy_low_end(stage->strategy).value >> 8);
    *no_room = panic == NULL && !scene.set;
    machine_destroy(machine);
    return panic == NULL && scene.set;
}

/* ---- and a replay ---- */

struct replaying {
    const struct trace_header *header;
    struct replay_slot *slots;
    void (*body)(void *context, struct replay *replay);
    void *context;
};

static void begin_replay(void *context, struct mm *mm)
{
    struct replaying *replaying = context;
    struct replay replay;

    replay_init(&replay, mm, replaying->slots, replaying->header);
    replaying->body(replaying->context, &replay);
}

bool stage_play(const struct stage *stage, void (*body)(void *context, struct replay *replay),
                void *context, char reason[STAGE_REASON_BYTES], bool *no_room)
{
    const struct trace_header *header = &stage->trace->header;
    struct replaying replaying = {header, calloc(1, replay_slots_bytes(header) + 1u), body,
                                  context};

    *no_room = false;
    if (replaying.slots == NULL) {
        snprintf(reason, STAGE_REASON_BYTES,
                 "no memory on the host for the %u slots and %u processes of the trace",
                 header->slots, header->processes);
        return false;
    }
    bool played = stage_set(stage, begin_replay, &replaying, reason, no_room);
    free(replaying.slots);
    return played;
}

bool stage_run(const struct stage *stage, void (*body)(void *context, struct replay *replay),
               void *context, char reason[STAGE_REASON_BYTES])
{
    bool no_room;

    return stage_play(stage, body, context, reason, &no_room);
}

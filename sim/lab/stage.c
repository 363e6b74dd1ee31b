#include "lab/stage.h"

#include <stdio.h>
#include <stdlib.h>

struct scene {
    const struct stage *stage;
    struct replay_slot *slots;
    void (*body)(void *context, struct replay *replay);
    void *context;
    bool set;
};

static void play(void *context)
{
    struct scene *scene = context;
    struct replay replay;
    struct mm mm;

    scene->set = mm_init(&mm, scene->stage->strategy, scene->stage->map);
    if (!scene->set)
        return;
    replay_init(&replay, &mm, scene->slots, &scene->stage->trace->header);
    scene->body(scene->context, &replay);
    mm_exit(&mm);
}

static bool play_on_machine(struct scene *scene, char reason[STAGE_REASON_BYTES], bool *no_room)
{
    struct machine *machine = machine_create(scene->stage->options);

    if (machine == NULL) {
        snprintf(reason, STAGE_REASON_BYTES, "%s", machine_error());
        return false;
    }
    const char *panic = machine_catch_panic(play, scene);
    if (panic != NULL)
        snprintf(reason, STAGE_REASON_BYTES, "%s", panic);
    else if (!scene->set)
        snprintf(reason, STAGE_REASON_BYTES,
                 "the memory map has no room for the metadata of %s below %u MiB",
                 scene->stage->strategy->name, strategy_low_end(scene->stage->strategy).value >> 8);
    *no_room = panic == NULL && !scene->set;
    machine_destroy(machine);
    return panic == NULL && scene->set;
}

bool stage_play(const struct stage *stage, void (*body)(void *context, struct replay *replay),
                void *context, char reason[STAGE_REASON_BYTES], bool *no_room)
{
    const struct trace_header *header = &stage->trace->header;
    struct scene scene = {stage, calloc(1, replay_slots_bytes(header) + 1u), body, context, false};

    *no_room = false;
    if (scene.slots == NULL) {
        snprintf(reason, STAGE_REASON_BYTES,
                 "no memory on the host for the %u slots and %u processes of the trace",
                 header->slots, header->processes);
        return false;
    }
    bool played = play_on_machine(&scene, reason, no_room);
    free(scene.slots);
    return played;
}

bool stage_run(const struct stage *stage, void (*body)(void *context, struct replay *replay),
               void *context, char reason[STAGE_REASON_BYTES])
{
    bool no_room;

    return stage_play(stage, body, context, reason, &no_room);
}

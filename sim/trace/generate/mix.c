#include "mix.h"

#include <stdlib.h>

uint64_t birth_bytes(const struct birth *birth)
{
    return birth->kind == EVENT_PAGES ? (uint64_t)PAGE_SIZE << birth->order : birth->bytes;
}

void mix_start(struct mix *mix, struct trace_writer *writer)
{
    *mix = (struct mix){0};
    kernel_mix_start(mix, writer);
    mix->live_bytes = mix->level_bytes;
}

bool mix_start_like(struct mix *mix, const char *path, struct trace_writer *writer,
                    struct sim_error *error)
{
    *mix = (struct mix){0};
    if (!recorded_load(mix, path, RECORDED_BIRTHS_MAX, writer, error))
        return false;
    mix->live_bytes = mix->level_bytes;
    return true;
}

void mix_free(struct mix *mix)
{
    free(mix->recorded.births);
    *mix = (struct mix){0};
}

/* lifetime * live / level, and not so much that it could be mistaken. */
static uint32_t scale(const struct mix *mix, uint32_t lifetime)
{
    uint64_t scaled = lifetime * mix->live_bytes / mix->level_bytes;

    return scaled < LIFE_UNKNOWN ? (uint32_t)scaled : LIFE_UNKNOWN - 1;
}

void mix_draw(struct mix *mix, struct random *random, struct birth *birth)
{
    if (mix->recorded.count > 0)
        recorded_draw(&mix->recorded, random, birth);
    else
        kernel_mix_draw(&mix->kernel, random, birth);
    if (mix->live_bytes != mix->level_bytes && birth->lifetime != LIFE_UNKNOWN)
        birth->lifetime = scale(mix, birth->lifetime);
}

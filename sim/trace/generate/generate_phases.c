/*
 * Programs start and end, and each leaves some allocations behind. Two kinds of phase alternate:
 *
 *     program   makes allocations of all kinds, and ends
 *     torture   makes many small blocks, frees every other one, and then asks for larger ones,
 *               which fit none of the gaps
 *
 * One allocation in KEEP outlives its phase by PHASES_KEPT phases, and pins the memory around it.
 */
#include "generate.h"
#include "generator.h"

#define KEEP         32u
#define PHASES_KEPT  8u
#define SMALL_BYTES  256u /* the largest small block of torture */
#define LARGE_FACTOR 4u   /* a larger block has more than LARGE_FACTOR * SMALL_BYTES */

/* Allocates until `bytes` more are live. */
static void build(struct generator *generator, struct batch *batch, uint64_t bytes,
                  void (*shape)(struct random *random, struct allocation *allocation))
{
    uint64_t enough = generator_live_bytes(generator) + bytes;
    struct allocation allocation;

    while (generator_live_bytes(generator) < enough && !generator_is_full(generator)) {
        workload_draw(&generator->workload, &generator->random, &allocation);
        if (shape != NULL)
            shape(&generator->random, &allocation);
        batch_add(batch, generator_allocate(generator, &allocation));
        if (random_one_in(&generator->random, 8))
            generator_traffic(generator);
    }
}

static void be_small(struct random *random, struct allocation *allocation)
{
    *allocation = (struct allocation){.kind = EVENT_KMALLOC,
                                      .bytes = random_between(random, 16, SMALL_BYTES),
                                      .site = allocation->site};
}

static void be_larger(struct random *random, struct allocation *allocation)
{
    be_small(random, allocation);
    allocation->bytes += LARGE_FACTOR * SMALL_BYTES;
}

/* Frees the first, third, ... allocation of a batch; the others are left in it. */
static void free_every_other(struct generator *generator, struct batch *batch)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < batch->count; i++) {
        if (i % 2 == 0)
            generator_free(generator, batch->slots[i]);
        else
            batch->slots[left++] = batch->slots[i];
    }
    batch->count = left;
}

static void program(struct generator *generator, struct batch *batch)
{
    generator_mark(generator, "program");
    build(generator, batch, generator->live_bytes * 3 / 4, NULL);
}

static void torture(struct generator *generator, struct batch *batch)
{
    generator_mark(generator, "torture");
    build(generator, batch, generator->live_bytes / 2, be_small);
    free_every_other(generator, batch);
    build(generator, batch, generator->live_bytes / 2, be_larger);
}

void generate_phases(struct generator *generator)
{
    struct batch batch = {0};
    struct batch kept[PHASES_KEPT] = {{0}};

    for (uint32_t phase = 0; !generator_is_full(generator); phase++) {
        struct batch *oldest = &kept[phase % PHASES_KEPT];

        if (phase % 2 == 0)
            program(generator, &batch);
        else
            torture(generator, &batch);
        batch_free_all(generator, oldest);
        batch_free_most(generator, &batch, KEEP, oldest);
    }
    for (uint32_t i = 0; i < PHASES_KEPT; i++)
        batch_release(&kept[i]);
    batch_release(&batch);
}

/*
 * Uses up the 64 MiB of the strategy window while memory is free. The window is filled with pairs
 * of blocks, the larger block of each pair is freed, and the blocks that follow fit none of the
 * gaps.
 *
 *     |pp|hhhhhhhhhh|pp|hhhhhhhhhh|pp|hhhhhhhhhh|pp|hhhhhhhh|     filled
 *     |pp|..........|pp|..........|pp|..........|pp|........|     gaps of at most 112 KiB
 *     |llllllllllllll|                                            wanted: 128 KiB and more
 */
#include "generate.h"
#include "generator.h"

#define KIB 1024u

/* One pair in so many is made by vmalloc, which in other strategies has its 64 MiB to itself. */
#define VMALLOC_SHARE 16u

struct sizes {
    uint32_t least;
    uint32_t most;
};

static const struct sizes pins = {4 * KIB, 12 * KIB};
static const struct sizes holes = {64 * KIB, 112 * KIB};
static const struct sizes large = {128 * KIB, 256 * KIB};

struct filler {
    struct generator *generator;
    uint32_t site;
    struct batch pins;
    struct batch holes;
    struct batch large;
};

static void ask(struct filler *filler, struct batch *batch, enum event_kind kind,
                const struct sizes *sizes)
{
    struct random *random = &filler->generator->random;
    const struct allocation allocation = {.kind = (uint8_t)kind,
                                          .bytes =
                                              random_between(random, sizes->least, sizes->most),
                                          .site = filler->site};

    batch_add(batch, generator_allocate(filler->generator, &allocation));
    generator_traffic(filler->generator);
}

static bool is_below(const struct filler *filler, uint64_t bytes)
{
    return generator_live_bytes(filler->generator) < bytes && !generator_is_full(filler->generator);
}

static void round_of(struct filler *filler)
{
    struct generator *generator = filler->generator;

    generator_mark(generator, "fill");
    while (is_below(filler, generator->live_bytes)) {
        enum event_kind kind =
            random_one_in(&generator->random, VMALLOC_SHARE) ? EVENT_VMALLOC : EVENT_KMALLOC;

        ask(filler, &filler->pins, kind, &pins);
        ask(filler, &filler->holes, kind, &holes);
    }
    batch_free_all(generator, &filler->holes);
    generator_mark(generator, "larger");
    while (is_below(filler, generator->live_bytes / 4 * 3))
        ask(filler, &filler->large, EVENT_KMALLOC, &large);
    batch_free_all(generator, &filler->large);
    batch_free_all(generator, &filler->pins);
}

void generate_window_filler(struct generator *generator)
{
    struct filler filler = {.generator = generator,
                            .site = generator_site(generator, "window_user")};

    while (!generator_is_full(generator))
        round_of(&filler);
    batch_release(&filler.pins);
    batch_release(&filler.holes);
    batch_release(&filler.large);
}

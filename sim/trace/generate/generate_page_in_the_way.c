/*
 * Pages in the way of a growing heap. In each round, low memory fills up with pages. A sorted list
 * gives them out from its end, so that the last ones have the lowest addresses. Those stay, all
 * others are freed, and then the heap grows.
 *
 *     heap ->                                  <- pages
 *     |hhh|............|pppppppppppppppppppppppppppppp|    filled
 *     |hhh|............|PP............................|    most go, the last ones stay
 *     |hhhhhhhhhhhhhhhh|PP............................|    the heap grows, and is blocked
 *
 * The pages that stay belong to a process, so that a strategy that can move pages may move them.
 */
#include "generate.h"
#include "generator.h"

#define PINS        16u /* pages of each round that stay */
#define ROUNDS_KEPT 8u  /* rounds for which they stay */

/* Events of ordinary traffic in a round, while memory is free. */
#define TRAFFIC 4096u

#define HEAP_LEAST 0x4000u /* bytes of a block */
#define HEAP_MOST  0x10000u

static void fill(struct generator *generator, struct batch *pages)
{
    const struct allocation page = {.kind = EVENT_PAGES,
                                    .page_class = PAGES_USER,
                                    .site = generator_site(generator, "page_cache")};

    while (generator_live_bytes(generator) < generator->live_bytes &&
           !generator_is_full(generator)) {
        batch_add(pages, generator_allocate(generator, &page));
    }
}

/* Frees all pages except the last ones, which move to pins. */
static void drain(struct generator *generator, struct batch *pages, struct batch *pins)
{
    uint32_t pinned = pages->count < PINS ? pages->count : PINS;

    for (uint32_t i = 0; i < pinned; i++)
        batch_add(pins, pages->slots[--pages->count]);
    batch_free_all(generator, pages);
}

static void grow(struct generator *generator, struct batch *blocks)
{
    uint32_t site = generator_site(generator, "heap_user");

    while (generator_live_bytes(generator) < generator->live_bytes / 4 * 3 &&
           !generator_is_full(generator)) {
        const struct allocation block = {
            .kind = EVENT_KMALLOC,
            .bytes = random_between(&generator->random, HEAP_LEAST, HEAP_MOST),
            .site = site};

        batch_add(blocks, generator_allocate(generator, &block));
    }
}

void generate_page_in_the_way(struct generator *generator)
{
    struct batch pages = {0};
    struct batch blocks = {0};
    struct batch pins[ROUNDS_KEPT] = {{0}};

    for (uint32_t round = 0; !generator_is_full(generator); round++) {
        generator_mark(generator, "fill");
        fill(generator, &pages);
        batch_free_all(generator, &pins[round % ROUNDS_KEPT]);
        drain(generator, &pages, &pins[round % ROUNDS_KEPT]);
        for (uint32_t i = 0; i < TRAFFIC; i++)
            generator_traffic(generator);
        generator_mark(generator, "grow");
        grow(generator, &blocks);
        batch_free_all(generator, &blocks);
    }
    for (uint32_t i = 0; i < ROUNDS_KEPT; i++)
        batch_release(&pins[i]);
    batch_release(&pages);
    batch_release(&blocks);
}

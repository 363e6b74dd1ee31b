/*
 * Compares slabs with a naive map of owned bytes: long seeded random runs of kmalloc() in both
 * classes, krealloc() and named caches, on a machine that is often full. Every live block owns its
 * ksize() bytes and keeps a pattern.
 */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/slab.h>

#define RAM_BYTES   (10u * MIB)
#define LIVE_MAX    8000u
#define OPERATIONS  120000u
#define CHECK_EVERY 997u
#define CACHES      5u

struct live {
    vaddr_t block;
    struct slab_cache *cache; /* NULL: the block is kmalloc()'s */
    uint32_t bytes;
    uint32_t seed;
    bool dma;
};

static struct {
    struct mm mm;
    struct slabs *slabs;
    struct slab_cache *caches[CACHES];
    struct model_owned owned;
    struct live live[LIVE_MAX];
    uint32_t count;
    uint32_t live_max; /* it changes, so that the heap grows and shrinks */
    uint32_t seed;
    uint32_t blocks_made;
    uint32_t refused;
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

/* Most sizes are small; others reach up to 64 KiB, spread evenly over the orders of magnitude; a
 * few are larger. */
static uint32_t random_bytes(void)
{
    uint32_t kind = random_below(1000);

    if (kind < 3)
        return 1u + random_below(1u << 20);
    if (kind < 500)
        return 1u + random_below(300);
    return 1u + random_below(1u << (1u + random_below(kind < 900 ? 13 : 16)));
}

static void own(struct live *live)
{
    uint32_t bytes = ksize(&run.mm, live->block);

    live->seed = ++run.blocks_made;
    assert_true(bytes >= live->bytes);
    assert_true(bytes < 2 * live->bytes || bytes <= 8 || live->cache != NULL);
    assert_true(model_owned_take(&run.owned, live->block.value, bytes));
    assert_true(!live->dma || live->block.value + bytes <= DIRECT_MAP_BASE + 16 * MIB);
    model_fill(live->block, live->bytes, live->seed);
}

static void disown(const struct live *live)
{
    assert_true(model_holds(live->block, live->bytes, live->seed));
    model_owned_give(&run.owned, live->block.value, ksize(&run.mm, live->block));
}

/* ---- steps ---- */

static void step_alloc(void)
{
    struct live *live = &run.live[run.count];
    uint32_t kind = random_below(10);

    if (run.count >= run.live_max)
        return;
    *live = (struct live){.dma = kind == 0};
    if (kind < 3 && kind > 0) {
        live->cache = run.caches[random_below(CACHES)];
        live->bytes = live->cache->object_bytes;
        live->block = slab_alloc(&run.mm, run.slabs, live->cache);
    } else {
        live->bytes = random_bytes();
        live->block = kmalloc(&run.mm, live->bytes, live->dma ? PAGES_DMA : PAGES_LOW);
    }
    run.refused += vaddr_is_none(live->block);
    if (vaddr_is_none(live->block))
        return;
    own(live);
    run.count++;
}

static void step_free(void)
{
    if (run.count == 0)
        return;
    struct live *live = &run.live[random_below(run.count)];

    disown(live);
    if (live->cache != NULL && random_below(2) == 0)
        slab_free(&run.mm, run.slabs, live->cache, live->block);
    else
        kfree(&run.mm, live->block);
    *live = run.live[--run.count];
}

static void step_realloc(void)
{
    if (run.count == 0)
        return;
    struct live *live = &run.live[random_below(run.count)];
    uint32_t bytes = random_bytes();
    uint32_t kept = bytes < live->bytes ? bytes : live->bytes;

    if (live->cache != NULL)
        return;
    disown(live);
    vaddr_t moved = krealloc(&run.mm, live->block, bytes);
    run.refused += vaddr_is_none(moved);
    if (!vaddr_is_none(moved)) {
        assert_true(model_holds(moved, kept, live->seed));
        live->block = moved;
        live->bytes = bytes;
        if (ksize(&run.mm, moved) >= 2 * bytes) /* the block stays in its place */
            live->bytes = ksize(&run.mm, moved);
    }
    own(live);
}

static void step_rare(void)
{
    switch (random_below(100)) {
    case 0:
        slabs_gather(&run.mm, run.slabs);
        break;
    case 1:
        slabs_gather(&run.mm, run.slabs);
        slabs_release(&run.mm, run.slabs);
        break;
    case 2:
        slab_cache_shrink(&run.mm, run.slabs, run.caches[random_below(CACHES)]);
        break;
    case 3:
        run.live_max = 1u + random_below(LIVE_MAX - 1u);
        break;
    default:
        break;
    }
}

/* If more blocks live than live_max, more are freed than allocated. */
static void step(void)
{
    uint32_t kind = random_below(100);

    if (run.count > run.live_max || kind < 30)
        step_free();
    else if (kind < 90)
        step_alloc();
    else if (kind < 99)
        step_realloc();
    else
        step_rare();
}

static void run_seed(uint32_t seed)
{
    static const uint32_t sizes[CACHES] = {24, 120, 640, 1088, 3072};
    uint32_t operations = effort_operations(OPERATIONS);

    run.seed = seed;
    run.count = 0;
    run.live_max = LIVE_MAX - 1u;
    model_start(&run.mm, mm_strategy_find("zoned"), RAM_BYTES);
    run.slabs = zoned_slabs(&run.mm);
    for (uint32_t i = 0; i < CACHES; i++)
        run.caches[i] = slab_cache_create(run.slabs, "random", sizes[i], 8);
    model_owned_create(&run.owned, DIRECT_MAP_BASE, RAM_BYTES);
    for (uint32_t i = 1; i <= operations; i++) {
        step();
        if (i % CHECK_EVERY == 0)
            assert_sound(&run.mm);
    }
    while (run.count > 0)
        step_free();
    for (uint32_t i = 0; i < CACHES; i++)
        slab_cache_destroy(&run.mm, run.slabs, run.caches[i]);
    assert_frames_conserved(&run.mm);
    model_owned_destroy(&run.owned);
    model_stop(&run.mm);
}

MACHINE_TEST(blocks_never_overlap_and_keep_their_content)
{
    for (uint32_t seed = 1; seed <= 3; seed++) {
        run.refused = 0;
        run_seed(seed);
        assert_true(run.refused > 100 || RUNNING_ON_VALGRIND);
    }
}

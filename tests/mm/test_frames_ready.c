/*
 * A strategy that promises frames must keep its promise: with any number of free frames in each
 * zone, pages_alloc() serves all requests if frames_ready() says so, and else refuses one of them.
 */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#define ROUNDS   2000u
#define WANT_MAX 12u /* requests of each class */

static struct mm mm;
static struct taken_pages taken;
static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&seed, bound);
}

/* Lets the heap keep frames at its end or for its objects. `window` keeps only touched ones. */
static void lend_heap_tail(void)
{
    vaddr_t blocks[14];
    uint32_t count = 1 + random_below(14);

    for (uint32_t i = 0; i < count; i++) {
        blocks[i] = kmalloc(&mm, PAGE_SIZE - 8u, random_below(4) == 0 ? PAGES_DMA : PAGES_LOW);
        if (!vaddr_is_none(blocks[i]) && random_below(2) != 0)
            machine_touch(blocks[i], true);
    }
    for (uint32_t i = 0; i < count; i++)
        kfree(&mm, blocks[i]);
}

/* Takes all frames except a few of each zone. The frames at the heap's end are not among the few.
 */
static void leave_few_free(void)
{
    lend_heap_tail();
    taken.count = 0;
    take_free_frames(&taken, &mm);
    free_zone_pages(&taken, &mm, ZONE_DMA, random_below(3));
    free_zone_pages(&taken, &mm, ZONE_LOW, random_below(WANT_MAX));
    free_zone_pages(&taken, &mm, ZONE_HIGH, random_below(WANT_MAX));
}

/* Returns whether all requests were served, in any order or LOW first, which leaves the least to
 * others. Gives everything back. */
static bool requests_served(uint32_t low, uint32_t user, bool low_first)
{
    pfn_t pages[2 * WANT_MAX];
    uint32_t count = 0;
    bool served = true;

    while (low + user > 0 && served) {
        bool of_low = user == 0 || (low != 0 && (low_first || random_below(2) != 0));
        pages[count] = pages_alloc(&mm, 0, of_low ? PAGES_LOW : PAGES_USER);
        served = !pfn_is_none(pages[count]);
        count += served;
        low -= of_low;
        user -= !of_low;
    }
    while (count > 0)
        pages_free(&mm, pages[--count], 0);
    return served;
}

static uint32_t free_frames(void)
{
    static struct taken_pages all;

    take_all_frames(&all, &mm);
    uint32_t frames = all.count;
    free_all_pages(&all, &mm);
    return frames;
}

/* Asks for the promise, and also for the cause of a refusal, and compares them with the requests.
 */
static void ask_and_request(void)
{
    uint32_t low = random_below(WANT_MAX);
    uint32_t user = random_below(WANT_MAX);
    struct model_state before = model_state(&mm);

    mm.failure.cause = MM_OK;
    bool ready = mm_frames_ready(&mm, low, user);
    enum mm_cause cause = mm.failure.cause;
    if (!ready)
        assert_same_state(&mm, &before);
    if (requests_served(low, user, !ready) != ready)
        fail_msg("%s: %u frames of low memory and %u of user memory: %s", mm.strategy->name, low,
                 user, ready ? "promised and refused" : "refused and served");
    if (ready) {
        assert_int_equal(cause, MM_OK);
        return;
    }
    assert_int_equal(cause, free_frames() >= low + user ? MM_ZONE : MM_NO_FRAMES);
}

MM_TEST(promised_frames_are_given)
{
    const struct memmap map = model_map_zones(24);
    uint32_t rounds = effort_operations(ROUNDS);

    seed = 5;
    assert_true(mm_init(&mm, strategy, &map));
    if (strategy->frames_ready == NULL) {
        assert_true(mm_frames_ready(&mm, UINT32_MAX / 2, UINT32_MAX / 2)); /* promises nothing */
        rounds = 0;
    }
    for (uint32_t i = 0; i < rounds; i++) {
        leave_few_free();
        ask_and_request();
        free_all_pages(&taken, &mm);
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

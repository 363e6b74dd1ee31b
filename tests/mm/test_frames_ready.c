/*
 * A strategy that promises frames keeps its promise: with any number of frames free in each zone,
 * what frames_ready() says of a call's requests is what pages_alloc() then does.
 */
#include "support/model_effort.h"
#include "support/model_process.h"

#include <mm/pgtable.h>

#include "mm/strategy.h"

#define ROUNDS   2000u
#define WANT_MAX 12u /* of each class */

static struct mm mm;
static struct model_hoard hoard;
static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    return test_random(&seed) % bound;
}

/* Frames that the kernel's heap keeps at its end: of `window` those that were touched. */
static void lend_heap_tail(void)
{
    vaddr_t block = kmalloc(&mm, (1 + random_below(14)) * PAGE_SIZE, PAGES_LOW);

    if (vaddr_is_none(block))
        return;
    for (uint32_t page = 0; page < ksize(&mm, block) / PAGE_SIZE; page++)
        if (random_below(2) != 0)
            machine_touch(vaddr_add(block, page * PAGE_SIZE), true);
    kfree(&mm, block);
}

/* All frames taken but a few of each zone; those of the heap's end are kept out of it. */
static void leave_few_free(void)
{
    lend_heap_tail();
    for (hoard.count = 0; mm_free_bytes(&mm) != 0; hoard.count++)
        hoard.frame[hoard.count] = pages_alloc(&mm, 0, PAGES_USER);
    hoard_give(&hoard, &mm, ZONE_DMA, random_below(3));
    hoard_give(&hoard, &mm, ZONE_LOW, random_below(WANT_MAX));
    hoard_give(&hoard, &mm, ZONE_HIGH, random_below(WANT_MAX));
}

/* The requests, in any order; true: all were served. They are given back. */
static bool requests_served(uint32_t low, uint32_t user)
{
    pfn_t taken[2 * WANT_MAX];
    uint32_t count = 0;
    bool served = true;

    while (low + user > 0 && served) {
        bool of_low = user == 0 || (low != 0 && random_below(2) != 0);
        taken[count] = pages_alloc(&mm, 0, of_low ? PAGES_LOW : PAGES_USER);
        served = !pfn_is_none(taken[count]);
        count += served;
        low -= of_low;
        user -= !of_low;
    }
    while (count > 0)
        pages_free(&mm, taken[--count], 0);
    return served;
}

/* Whether all are told from the cause, too. */
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
    if (requests_served(low, user) != ready)
        fail_msg("%s: %u of low, %u of user memory: %s", mm.strategy->name, low, user,
                 ready ? "promised and refused" : "refused and served");
    if (ready) {
        assert_int_equal(cause, MM_OK);
        return;
    }
    bool enough_in_all = requests_served(0, low + user);
    assert_int_equal(cause, enough_in_all ? MM_ZONE : MM_NO_FRAMES);
}

MM_TEST(what_is_promised_is_kept)
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
        hoard_give_all(&hoard, &mm);
    }
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_promised_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

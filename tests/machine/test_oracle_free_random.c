/* Random frees: one is reported if, and only if, the TLB or the window has an entry for the frame.
 */
#include "replay/random.h"
#include "support/checking.h"
#include "support/model_effort.h"
#include "support/test.h"

#define PAGES      32u
#define OPERATIONS 20000u

/* Searches every entry of the TLB and of the window, without the set of mapped frames. */
static bool is_remembered(uint32_t frame)
{
    const struct window_entries *entries = &machine_current->window.entries;

    for (const struct window_entry *entry = window_entries_oldest(entries); entry;
         entry = window_entries_next(entries, entry))
        if (entry->va.value < DIRECT_MAP_BASE && entry->pa.value >> PAGE_SHIFT == frame)
            return true;
    for (uint32_t page = 0; page < PAGES; page++) {
        struct tlb probe = machine_tlb; /* a copy, so that its counts are thrown away */
        vaddr_t va = vaddr(BASE + page * PAGE_SIZE);
        struct tlb_found found = tlb_find(&probe, va, MMU_READ);
        if (found.entry && found.pa.value >> PAGE_SHIFT == frame)
            return true;
    }
    return false;
}

static void random_step(uint32_t *seed)
{
    uint32_t draw = random32(seed);
    uint32_t page = (draw >> 8) % PAGES;
    uint32_t va = BASE + page * PAGE_SIZE;

    if (draw % 8u == 0)
        change_page(page, frame_of((draw >> 16) % PAGES) | SMALL | (draw >> 28 ? 0 : PTE_GLOBAL));
    else if (draw % 8u == 1)
        machine_invlpg(vaddr(va));
    else if (draw % 64u == 2)
        machine_load_cr3(machine_read_cr3());
    else if (draw % 2u)
        (void)machine_touch(vaddr(va), draw >> 31);
    else
        window_read(va);
}

static uint32_t uses;

static void count_use(void *context, const struct stale_use *use)
{
    (void)context;
    (void)use;
    uses++;
}

/* The handler ignores stale uses, which are not tested here. */
MACHINE_TEST(random_frees_are_reported_if_the_frame_is_remembered)
{
    uint32_t seed = 0xf4ee;
    uint32_t found = 0;

    checking_machine(count_use);
    map_pages(PAGES, SMALL);
    for (uint32_t n = effort_operations(OPERATIONS); n > 0; n--) {
        random_step(&seed);
        uint32_t frame = frame_of(random32(&seed) % PAGES) >> PAGE_SHIFT;
        bool expected = is_remembered(frame);
        uses = 0;
        machine_frames_freed(pfn(frame), 1);
        assert_int_equal(uses, expected);
        found += expected;
    }
    assert_true(found > effort_operations(OPERATIONS) / 10u);
    assert_true(found < effort_operations(OPERATIONS) * 9u / 10u);
}

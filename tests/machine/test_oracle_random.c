/*
 * Long random runs of the oracle. If every needed invalidation is done, nothing is reported. If one
 * is left out, the next use of the page is reported, and no other.
 */
#include "replay/random.h"
#include "support/checking.h"
#include "support/model_effort.h"
#include "support/test.h"

#include <string.h>

#define OPERATIONS 30000u
#define PAGES      48u

static uint32_t entry[PAGES]; /* of the pages from BASE on */

static uint32_t uses; /* the number of reports */
static struct stale_use last_use;

static void note_use(void *context, const struct stale_use *use)
{
    (void)context;
    uses++;
    last_use = *use;
}

static uint32_t random_entry(uint32_t *seed)
{
    static const uint32_t flags[] = {0,
                                     0,
                                     PTE_PRESENT,
                                     SMALL | PTE_GLOBAL,
                                     SMALL | PTE_USER,
                                     SMALL,
                                     SMALL,
                                     PTE_PRESENT | PTE_GLOBAL};
    uint32_t kind = flags[random32(seed) % (sizeof flags / sizeof flags[0])];

    return kind == 0 ? 0 : frame_of(random32(seed) % PAGES) | kind;
}

static void change_random(uint32_t *seed)
{
    uint32_t i = random32(seed) % PAGES;

    entry[i] = random_entry(seed);
    change_page(i, entry[i]);
    machine_invlpg(vaddr(BASE + i * PAGE_SIZE + random32(seed) % PAGE_SIZE));
}

static bool allowed(uint32_t of, uint32_t access)
{
    uint32_t needed =
        PTE_PRESENT | (access & MMU_WRITE ? PTE_WRITABLE : 0) | (access & MMU_USER ? PTE_USER : 0);

    return (of & needed) == needed;
}

/* An access that faults does not go through the window: nobody resolves the fault, so it would
 * panic. */
static void use_random(uint32_t *seed)
{
    uint32_t i = random32(seed) % PAGES;
    uint32_t va = BASE + i * PAGE_SIZE + 4u * (random32(seed) % 1024);
    uint32_t access = random32(seed) & (MMU_WRITE | MMU_USER);
    bool ok = allowed(entry[i], access);
    uint32_t value;

    if (random32(seed) % 2) {
        if (!(access & MMU_USER) && ok)
            access &MMU_WRITE ? window_write(va, i) : (void)window_read(va);
        return;
    }
    bool done = access & MMU_WRITE ? machine_store32(vaddr(va), access & MMU_USER, i)
                                   : machine_load32(vaddr(va), access & MMU_USER, &value);
    assert_int_equal(done, ok);
}

static void start(void)
{
    checking_machine(note_use);
    uses = 0;
    map_pages(0, 0);
    memset(entry, 0, sizeof entry);
}

static void invalidate_randomly(uint32_t *seed)
{
    switch (random32(seed) % 4) {
    case 0:
        machine_flush_tlb();
        break;
    case 1:
        machine_invlpg(vaddr(random32(seed)));
        break;
    default:
        machine_load_cr3(machine_read_cr3());
    }
}

MACHINE_TEST(with_all_invalidations_nothing_is_reported)
{
    uint32_t seed = 0x0c1e;

    start();
    for (uint32_t n = effort_operations(OPERATIONS); n > 0; n--) {
        uint32_t kind = random32(&seed) % 64;
        if (kind == 0)
            invalidate_randomly(&seed);
        else if (kind < 12)
            change_random(&seed);
        else
            use_random(&seed);
        if (uses != 0)
            fail_msg("a use at 0x%08x was reported, %u operations before the end",
                     last_use.va.value, n);
    }
    assert_true(machine_tlb.hits > effort_operations(OPERATIONS) / 100u);
    assert_true(machine_current->window.fills > effort_operations(OPERATIONS) / 100u);
}

/* Uses a page, unmaps it without an invalidation, and uses it again. */
static void leave_one_out(uint32_t *seed, bool through_window)
{
    uint32_t i = random32(seed) % PAGES;
    uint32_t va = BASE + i * PAGE_SIZE;
    uint32_t value;

    change_page(i, frame_of(i) | SMALL | (random32(seed) % 2 ? PTE_GLOBAL : 0));
    machine_invlpg(vaddr(va));
    through_window ? (void)window_read(va) : (void)machine_load32(vaddr(va), false, &value);
    change_page(i, random32(seed) % 2 ? 0 : frame_of(i + 1) | SMALL);
    uint32_t before = uses;
    through_window ? (void)window_read(va) : (void)machine_load32(vaddr(va), false, &value);
    assert_int_equal(uses, before + 1);
    assert_int_equal(last_use.va.value, va);
    assert_int_equal(last_use.through_window, through_window);
    assert_int_equal(last_use.kind, STALE_PAGE);
    entry[i] = 0;
    change_page(i, 0);
    machine_invlpg(vaddr(va));
}

MACHINE_TEST(an_invalidation_left_out_is_reported_at_the_next_use)
{
    uint32_t seed = 0x0bad;
    uint32_t expected = 0;

    start();
    for (uint32_t n = effort_operations(OPERATIONS / 10u); n > 0; n--) {
        for (uint32_t i = 0; i < 8; i++)
            use_random(&seed);
        change_random(&seed);
        if (n % 4 == 0) {
            leave_one_out(&seed, n % 8 == 0);
            expected++;
        }
        assert_int_equal(uses, expected);
    }
}

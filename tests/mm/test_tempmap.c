/* Tests the 16 temporary mappings, which exist in every address space. */
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/tempmap.h>

#include "mm/owners.h"

static struct mm mm;
static vaddr_t page[TEMPMAP_PAGES];

static void start(uint32_t high)
{
    const struct memmap map = model_map_zones(high);

    assert_true(mm_init(&mm, mm_strategy_find("brk"), &map));
}

/* Makes the frame the kernel's before it is mapped. */
static vaddr_t claim(pfn_t frame)
{
    if (owner_is(&mm, frame, OWNER_FREE))
        owner_set(&mm, frame, 0, OWNER_KERNEL);
    return tempmap_claim(&mm, frame);
}

static void give_frames_back(void)
{
    for (uint32_t frame = RESERVED_END_PFN; frame < mm.owners_end.value; frame++)
        if (owner_is(&mm, pfn(frame), OWNER_KERNEL))
            owner_set(&mm, pfn(frame), 0, OWNER_FREE);
}

static void stop(void)
{
    give_frames_back();
    assert_int_equal(tempmap_claimed(&mm), 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

static uint32_t *entries(void)
{
    return machine_pointer(mm.tempmap_table);
}

MACHINE_TEST(refuses_a_seventeenth_claim)
{
    pfn_t frames[TEMPMAP_PAGES + 1];

    start(0);
    for (uint32_t i = 0; i <= TEMPMAP_PAGES; i++)
        frames[i] = pages_alloc(&mm, 0, PAGES_LOW);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++) {
        assert_int_equal(tempmap_claimed(&mm), i);
        page[i] = tempmap_claim(&mm, frames[i]);
        assert_int_equal(page[i].value, TEMPMAP_BASE + i * PAGE_SIZE);
        window_write(page[i].value, 0x100 + i);
    }
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(tempmap_claim(&mm, frames[TEMPMAP_PAGES])));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_same_state(&mm, &before);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        assert_int_equal(window_read(direct_map_frame(frames[i]).value), 0x100 + i);
    tempmap_release(&mm, page[9]);
    assert_int_equal(tempmap_claim(&mm, frames[3]).value, page[9].value); /* takes the free page */
    /* Two pages show one frame. */
    assert_int_equal(window_read(page[9].value), 0x103);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        tempmap_release(&mm, page[i]);
    for (uint32_t i = 0; i <= TEMPMAP_PAGES; i++)
        pages_free(&mm, frames[i], 0);
    stop();
}

/* The direct map does not reach these frames: the first of HIGH, and the last below 4 GiB. */
MACHINE_TEST(reaches_every_frame)
{
    static const uint32_t frames[] = {LOW_END_PFN, 0x80000, FRAMES_MAX - 1, 0x2ffff, 0};

    start(0x100);
    for (uint32_t i = 0; i < 5; i++) {
        page[i] = claim(pfn(frames[i]));
        window_write(page[i].value + PAGE_SIZE - 4, i + 1);
    }
    for (uint32_t i = 0; i < 5; i++) {
        const uint32_t *memory = machine_current->mmu.memory;
        assert_int_equal(memory[((size_t)frames[i] + 1) * (PAGE_SIZE / 4) - 1], i + 1);
        tempmap_release(&mm, page[i]);
    }
    stop();
}

/* A page that is claimed for another frame shows that frame, through pointers and through the CPU
 * model. */
MACHINE_TEST(shows_no_frame_but_its_own)
{
    start(0);
    for (uint32_t i = 0; i < 40; i++) {
        uint32_t value = 0;
        page[0] = claim(pfn(0x1000 + i % 5));
        assert_int_equal(page[0].value, TEMPMAP_BASE);
        assert_int_equal(window_read(page[0].value), i < 5 ? 0 : i - 5);
        window_write(page[0].value, i);
        assert_true(machine_load32(page[0], false, &value));
        assert_int_equal(value, i);
        tempmap_release(&mm, page[0]);
        assert_false(machine_touch(page[0], false));
    }
    stop();
}

/* A page claimed under one process is seen under every other, but not by ring 3. */
MM_TEST(every_address_space_has_them)
{
    const struct memmap map = model_map_zones(0);

    assert_true(mm_init(&mm, strategy, &map));
    struct process *one = model_process(&mm, NULL);
    struct process *other = model_process(&mm, NULL);
    process_switch(&mm, one);
    vaddr_t mapping = tempmap_claim(&mm, other->control);
    uint32_t word = window_read(mapping.value);
    process_switch(&mm, other);
    assert_int_equal(window_read(mapping.value), word);
    assert_false(user_read(mapping.value, &word));
    assert_bad_access(&mm, mapping.value, FAULT_USER | FAULT_PRESENT, MM_ACCESS_KERNEL);
    tempmap_release(&mm, mapping);
    process_switch(&mm, one);
    assert_false(machine_touch(mapping, false));
    process_exit(&mm, one);
    process_exit(&mm, other);
    stop();
}

static void run_release(void *context)
{
    tempmap_release(&mm, *(const vaddr_t *)context);
}

MACHINE_TEST(panics_on_addresses_that_are_not_claimed)
{
    static const uint32_t foreign[] = {0,
                                       TEMPMAP_BASE - PAGE_SIZE,
                                       TEMPMAP_BASE + 1, /* into a claimed page */
                                       TEMPMAP_BASE + PAGE_SIZE,
                                       MACHINE_PAGE,
                                       0xfffff000};

    start(0);
    page[0] = tempmap_claim(&mm, paddr_to_pfn(mm.directory));
    for (uint32_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        assert_panics(run_release, &(vaddr_t){foreign[i]},
                      "tempmap_release: not a claimed temporary mapping");
    tempmap_release(&mm, page[0]);
    assert_panics(run_release, &page[0],
                  "tempmap_release: not a claimed temporary mapping: 0xfe000000");
    stop();
}

MACHINE_TEST(checker_sees_mappings_that_are_no_kernel_page)
{
    static const uint32_t wrong[] = {PTE_USER, PTE_GLOBAL, PTE_WRITABLE, PTE_PRESENT, PTE_DIRTY};
    static const char rule[] = "tempmap: an entry is neither absent nor a kernel page";

    start(0);
    page[0] = claim(pfn(0x1000));
    assert_null(tempmap_check(&mm));
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        entries()[0] ^= wrong[i];
        assert_string_equal(tempmap_check(&mm), rule);
        assert_string_equal(mm_check(&mm), rule);
        entries()[0] ^= wrong[i];
    }
    entries()[TEMPMAP_PAGES - 1] = 0x1000; /* a frame's number in an entry that is not present */
    assert_string_equal(tempmap_check(&mm), rule);
    entries()[TEMPMAP_PAGES - 1] = 0;
    entries()[TEMPMAP_PAGES] = PTE_PRESENT; /* the machine's own entry */
    assert_null(tempmap_check(&mm));
    entries()[TEMPMAP_PAGES] = 0;
    tempmap_release(&mm, page[0]);
    stop();
}

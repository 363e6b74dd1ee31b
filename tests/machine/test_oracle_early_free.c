/* Tests the report of frames that are freed while the CPU still remembers them: which memory of the
 * CPU counts, in which words it is reported, and what is let pass. */
#include "support/checking.h"
#include "support/test.h"

#include <string.h>

#define FRAME_0     (FRAMES >> PAGE_SHIFT)
#define TABLE_FRAME (TABLE >> PAGE_SHIFT)
#define LARGE_BASE  0x50000000u
#define LARGE_FRAME 0x08000u
#define USER_RW     (SMALL | PTE_USER)

/* ---- pages of 4 KiB ---- */

/* What happens to the entry between the access and the free. */
enum change { LEFT, CLEARED, CLEARED_BY_STORE };

static const struct {
    uint32_t flags;
    uint32_t access;
    bool through_window;
    enum change change;
    const char *line;
} pages[] = {
    {USER_RW, MMU_USER | MMU_WRITE, false, CLEARED,
     "the TLB has an entry for 0x40000000 (user) that maps it; the table entry was changed at %L; "
     "missing: machine_invlpg(0x40000000) before the free"},
    {USER_RW, MMU_USER | MMU_READ, false, LEFT,
     "the TLB has an entry for 0x40000000 (user) that maps it; the table entry still names it; "
     "missing: a change of the entry, and machine_invlpg(0x40000000) before the free"},
    {SMALL, MMU_WRITE, false, CLEARED_BY_STORE,
     "the TLB has an entry for 0x40000000 (kernel) that maps it; the table entry was changed by a "
     "plain store, place unknown; missing: machine_invlpg(0x40000000) before the free"},
    {SMALL | PTE_GLOBAL, MMU_READ, false, CLEARED,
     "the TLB has an entry for 0x40000000 (kernel) that maps it; the table entry was changed at "
     "%L; missing: machine_invlpg(0x40000000) before the free; a load of CR3 keeps it, for it is "
     "global"},
    {SMALL, MMU_WRITE, true, CLEARED,
     "the TLB has an entry for 0x40000000 (kernel, through the window) that maps it; the table "
     "entry was changed at %L; missing: machine_invlpg(0x40000000) before the free"},
    {SMALL, MMU_READ, true, LEFT,
     "the TLB has an entry for 0x40000000 (kernel, through the window) that maps it; the table "
     "entry still names it; missing: a change of the entry, and machine_invlpg(0x40000000) before "
     "the free"},
};

static void change_as(enum change change)
{
    if (change == CLEARED)
        change_page(0, 0);
    if (change == CLEARED_BY_STORE)
        memory(TABLE)[0] = 0;
}

MACHINE_TEST(a_page_that_the_tlb_has_is_reported)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        checking_machine(NULL);
        map_pages(1, pages[i].flags);
        assert_free_passes(FRAME_0, 1); /* no access has used it yet */
        assert_passes(BASE + 0x10, pages[i].access, pages[i].through_window);
        change_as(pages[i].change);
        assert_free_reported(FRAME_0, 1, pages[i].line);
    }
}

/* Which invalidation suffices. A load of CR3 keeps global entries. */
MACHINE_TEST(an_invalidated_page_may_be_freed)
{
    for (uint32_t i = 0; i < 2 * (CONTROL + 1); i++) {
        enum invalidation invalidation = i / 2;
        for (uint32_t global = 0; global <= PTE_GLOBAL; global += PTE_GLOBAL) {
            checking_machine(NULL);
            map_pages(2, SMALL | global);
            assert_passes(BASE, MMU_WRITE, i % 2);
            change_page(0, 0);
            invalidate(invalidation);
            bool stays = invalidation == INVLPG_ELSEWHERE || (invalidation == CR3 && global);
            assert_int_equal(panic_of_free(FRAME_0, 1) != NULL, stays);
        }
    }
}

/* The frame is freed, allocated and mapped again. Every free is checked. */
CHECKING_TEST(every_free_of_a_frame_is_checked)
{
    for (uint32_t i = 0; i < 4; i++) {
        map_pages(1, SMALL);
        assert_passes(BASE, MMU_READ, i % 2);
        assert_non_null(panic_of_free(FRAME_0, 1));
        change_page(0, 0);
        machine_invlpg(vaddr(BASE));
        assert_free_passes(FRAME_0, 1);
        assert_free_passes(FRAME_0, 1);
    }
}

/* A frame is mapped at two addresses. Each of the two TLB entries must be invalidated. */
CHECKING_TEST(every_address_of_a_frame_counts)
{
    map_pages(2, SMALL);
    memory(TABLE)[1] = FRAMES | SMALL;
    assert_passes(BASE, MMU_READ, true);
    assert_passes(BASE + PAGE_SIZE, MMU_READ, false);
    change_page(0, 0);
    machine_invlpg(vaddr(BASE));
    assert_free_reported(
        FRAME_0, 1,
        "the TLB has an entry for 0x40001000 (kernel) that maps it; the table entry still names "
        "it; missing: a change of the entry, and machine_invlpg(0x40001000) before the free");
}

/* ---- blocks ---- */

/*
 * frame    3ffe 3fff [4000] 4001 4002      the page is the first of the block, in its middle, the
 *                                          last, or outside
 */
CHECKING_TEST(every_frame_of_a_block_is_checked)
{
    map_pages(1, SMALL);
    assert_passes(BASE, MMU_READ, false);
    for (uint32_t frames = 1; frames <= 1u << ORDER_MAX; frames *= 2) {
        assert_free_passes(FRAME_0 - frames, frames);
        assert_free_passes(FRAME_0 + 1, frames);
        assert_non_null(panic_of_free(FRAME_0, frames));
        assert_non_null(panic_of_free(FRAME_0 - frames + 1, frames));
        assert_non_null(panic_of_free(FRAME_0 - frames / 2, frames));
    }
}

CHECKING_TEST(the_last_frame_below_4_gib_is_checked)
{
    map_pages(1, SMALL);
    memory(TABLE)[0] = 0xfffff000u | SMALL;
    assert_passes(BASE, MMU_READ, false);
    assert_free_passes(FRAMES_MAX - 2, 1);
    assert_non_null(panic_of_free(FRAMES_MAX - 1, 1));
    assert_non_null(panic_of_free(FRAMES_MAX - 1024, 1024));
}

/* ---- large pages ---- */

CHECKING_TEST(a_large_page_maps_all_of_its_frames)
{
    for (uint32_t i = 0; i < 2; i++) {
        *memory(directory_at(LARGE_BASE)) = LARGE_FRAME << PAGE_SHIFT | SMALL | PTE_LARGE;
        machine_flush_tlb();
        assert_passes(LARGE_BASE + 0x5010, MMU_READ, i);
        assert_free_passes(LARGE_FRAME - 1, 1);
        assert_free_passes(LARGE_FRAME + 0x400, 0x400);
        assert_non_null(panic_of_free(LARGE_FRAME, 1));
        assert_non_null(panic_of_free(LARGE_FRAME + 0x3ff, 1));
        change(directory_at(LARGE_BASE), 0);
        assert_free_reported(
            LARGE_FRAME + 0x123, 2,
            i == 0 ? "the TLB has an entry for 0x50123000 (kernel, 4 MiB) that maps it; the "
                     "directory entry was changed at %L; missing: machine_invlpg(0x50000000), or "
                     "of any address in its 4 MiB before the free"
                   : "the TLB has an entry for 0x50123000 (kernel, 4 MiB, through the window) that "
                     "maps it; the directory entry was changed at %L; missing: "
                     "machine_invlpg(0x50000000), or of any address in its 4 MiB before the free");
        machine_invlpg(vaddr(LARGE_BASE + 0x3ff000));
        assert_free_passes(LARGE_FRAME, 0x400);
    }
}

/* ---- page tables and directories ---- */

#define TABLE_NAMED                                                                                \
    "the CPU may have directory entry 256 that names it as a table; the directory entry still "    \
    "names it; missing: a change of the entry, and machine_invlpg() of any address, or "           \
    "machine_load_cr3() before the free"

CHECKING_TEST(a_page_table_that_the_cpu_may_have_is_reported)
{
    map_pages(2, SMALL);
    assert_passes(BASE, MMU_READ, false);
    assert_free_reported(TABLE_FRAME, 1, TABLE_NAMED);
    change(directory_at(BASE), 0);
    assert_free_reported(TABLE_FRAME, 1,
                         "the CPU may have directory entry 256 that names it as a table; the "
                         "directory entry was changed at %L; missing: machine_invlpg() of any "
                         "address, or machine_load_cr3() before the free");
    machine_invlpg(vaddr(0));
    assert_free_passes(TABLE_FRAME, 1);
}

/* An invalidation before the change does not suffice: the CPU may walk there again at once. */
CHECKING_TEST(a_page_table_that_the_directory_names_is_reported)
{
    map_pages(2, SMALL);
    assert_passes(BASE, MMU_READ, true);
    machine_flush_tlb();
    assert_free_reported(TABLE_FRAME, 1, TABLE_NAMED);
}

/* Through the recursive entry a table is a page, too, and needs an invalidation of its own. */
CHECKING_TEST(a_page_table_in_the_recursive_slot_is_checked_as_a_page)
{
    uint32_t va = PAGE_TABLES + (BASE >> PAGE_SHIFT) * 4u;

    map_pages(2, SMALL);
    *memory(directory_at(PAGE_TABLES)) = MACHINE_BOOT_DIRECTORY | SMALL;
    assert_passes(va, MMU_READ, false);
    change(directory_at(BASE), 0);
    machine_invlpg(vaddr(BASE));
    assert_free_reported(
        TABLE_FRAME, 1,
        "the TLB has an entry for 0xffd00000 (kernel) that maps it; the table entry was changed at "
        "%L; missing: machine_invlpg(0xffd00000) before the free");
    machine_invlpg(vaddr(va));
    assert_free_passes(TABLE_FRAME, 1);
}

CHECKING_TEST(the_directory_in_use_is_reported)
{
    uint32_t second = 0x5000;

    memcpy(memory(second), memory(MACHINE_BOOT_DIRECTORY), PAGE_SIZE);
    assert_free_passes(second >> PAGE_SHIFT, 1);
    machine_load_cr3(paddr(second));
    assert_free_passes(MACHINE_BOOT_DIRECTORY >> PAGE_SHIFT, 1);
    assert_free_reported(second >> PAGE_SHIFT, 1,
                         "CR3 names it as the directory; missing: machine_load_cr3() of another "
                         "directory before the free");
    machine_load_cr3(paddr(MACHINE_BOOT_DIRECTORY));
    assert_free_passes(second >> PAGE_SHIFT, 1);
}

/* A load of CR3 drops the entry unless it is global. A global one stays, although the new directory
 * lacks the page. */
CHECKING_TEST(pages_of_another_address_space_are_flushed)
{
    uint32_t second = 0x5000;

    memcpy(memory(second), memory(MACHINE_BOOT_DIRECTORY), PAGE_SIZE);
    map_pages(2, SMALL);
    memory(TABLE)[1] |= PTE_GLOBAL;
    assert_passes(BASE, MMU_READ, true);
    assert_passes(BASE + PAGE_SIZE, MMU_READ, true);
    machine_load_cr3(paddr(second));
    assert_free_passes(FRAME_0, 1);
    assert_free_passes(TABLE_FRAME, 1);
    assert_free_reported(
        FRAME_0 + 2, 1,
        "the TLB has an entry for 0x40001000 (kernel, through the window) that maps it; the "
        "directory entry is another since CR3 was loaded, or by a plain store; missing: "
        "machine_invlpg(0x40001000) before the free; a load of CR3 keeps it, for it is global");
}

/* ---- permanent maps ---- */

static void use_both_ways(uint32_t va)
{
    assert_passes(va, MMU_WRITE, false);
    assert_passes(va, MMU_WRITE, true);
}

CHECKING_TEST(the_direct_map_does_not_count)
{
    use_both_ways(DIRECT_MAP_BASE + FRAMES);
    assert_free_passes(FRAME_0, 1u << ORDER_MAX);
}

/* c4000000 shows c000000, although the direct map would show 4000000 */
CHECKING_TEST(another_frame_in_the_direct_map_counts)
{
    uint32_t va = DIRECT_MAP_BASE + FRAMES;

    *memory(directory_at(va)) = 0x0c000000u | SMALL | PTE_LARGE;
    assert_passes(va, MMU_READ, false);
    assert_free_passes(FRAME_0, 1);
    assert_non_null(panic_of_free(0x0c000, 1));
}

CHECKING_TEST(the_segments_do_not_count)
{
    machine_set_segments(machine_read_cr3(), true);
    use_both_ways(KSEG0_BASE + FRAMES);
    use_both_ways(KSEG1_BASE + FRAMES);
    assert_free_passes(FRAME_0, 1u << ORDER_MAX);
    machine_set_segments(machine_read_cr3(), false);
}

/* Another kind of kernel maps all of memory one to one, and some of it again at the end. */
CHECKING_TEST(a_kernel_has_permanent_maps_of_its_own)
{
    static const struct permanent_map maps[] = {
        {{0}, {UINT32_MAX}, {0}},
        {{0xffc00000u}, {UINT32_MAX}, {FRAMES}},
    };

    oracle_set_permanent_maps(machine_current, maps, 2);
    for (uint32_t va = FRAMES; va != 0; va = va == FRAMES ? 0xffc00000u : 0)
        *memory(directory_at(va)) = FRAMES | SMALL | PTE_LARGE;
    use_both_ways(FRAMES + 0x3000);
    use_both_ways(0xfffff000u);
    assert_free_passes(FRAME_0, 0x400);
    use_both_ways(DIRECT_MAP_BASE + FRAMES); /* not a permanent map */
    assert_non_null(panic_of_free(FRAME_0 + 3, 1));
}

/* With paging off, the pages in the window are no translations. */
CHECKING_TEST(without_paging_no_free_is_early)
{
    machine_load_cr0(machine_current, CR0_WP);
    assert_passes(FRAMES, MMU_WRITE, true);
    assert_free_passes(FRAME_0, 1);
}

/* ---- a handler that returns ---- */

static struct stale_use last_use;
static uint32_t uses;

static void note_use(void *context, const struct stale_use *use)
{
    (void)context;
    last_use = *use;
    uses++;
}

MACHINE_TEST(a_handler_gets_the_entry_that_leads_to_the_frame)
{
    uses = 0;
    checking_machine(note_use);
    map_pages(2, USER_RW);
    assert_passes(BASE, MMU_USER | MMU_READ, false);
    assert_passes(BASE, MMU_WRITE, true);
    change_page(0, 0);
    machine_frames_freed(pfn(FRAME_0 - 3), 8);
    assert_int_equal(uses, 1); /* although two entries map it */
    assert_true(last_use.early_free);
    assert_false(last_use.still_mapped);
    assert_int_equal(last_use.kind, STALE_PAGE);
    assert_int_equal(last_use.frame.value, FRAME_0);
    assert_int_equal(last_use.va.value, BASE);
    assert_int_equal(last_use.access, MMU_USER);
    assert_int_equal(last_use.change->line, checking_change_line);
    machine_load_cr3(machine_read_cr3());
    machine_frames_freed(pfn(FRAME_0 - 3), 8);
    assert_int_equal(uses, 1);
}

MACHINE_TEST(without_checking_mode_nothing_is_reported)
{
    map_pages(1, SMALL);
    assert_passes(BASE, MMU_READ, false);
    assert_false(machine_checks_frees());
    machine_frames_freed(pfn(FRAME_0), 1);
}

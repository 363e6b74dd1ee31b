/* Tests the checkers of processes, each rule broken alone, and that mm_check() calls all of them.
 */
#include "mm/owners.h"
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <string.h>

#define MAP   0x10000000u
#define READ  0x10004000u
#define OTHER 0x20000000u /* under another page table; not touched */

static struct mm mm;
static struct process *process;

static void start(void)
{
    model_start(&mm, mm_strategy_find("brk"), 64 * MIB);
    process = model_process(&mm, NULL);
    process_switch(&mm, process);
    assert_true(process_map(&mm, process, vaddr(MAP), 2 * PAGE_SIZE, true));
    assert_true(process_map(&mm, process, vaddr(READ), PAGE_SIZE, false));
    assert_true(process_map(&mm, process, vaddr(OTHER), PAGE_SIZE, true));
    assert_true(user_write(MAP, 1) && user_read(READ, &(uint32_t){0}));
    model_process(&mm, NULL); /* one process before, and one behind */
    assert_sound(&mm);
}

static void stop(void)
{
    while (!vaddr_is_none(mm.processes))
        process_exit(&mm, machine_pointer(mm.processes));
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

static uint32_t *directory_entry(uint32_t va)
{
    return &pgtable_entries(process->directory)[directory_index(vaddr(va))];
}

static uint32_t *entry(uint32_t va)
{
    return &pgtable_entries(paddr_to_pfn(paddr(*directory_entry(va))))[table_index(vaddr(va))];
}

/* Both checkers must name the rule: the process's and mm_check(). */
static void assert_broken(const char *rule)
{
    const char *broken = process_check(&mm, process);

    if (broken == NULL)
        fail_msg("the checker does not see: %s", rule);
    assert_string_equal(broken, rule);
    assert_string_equal(process_check_all(&mm), rule);
    assert_string_equal(mm_check(&mm), rule);
}

static void swap(uint32_t *word, uint32_t *other)
{
    uint32_t value = *word;

    *word = *other;
    *other = value;
}

MACHINE_TEST(sees_a_page_outside_of_every_region)
{
    static const char rule[] = "process: a page is mapped outside of every region";

    start();
    swap(entry(MAP), entry(MAP + 2 * PAGE_SIZE)); /* right behind its region */
    assert_broken(rule);
    swap(entry(MAP), entry(MAP + 2 * PAGE_SIZE));
    /* Below the next region, and the last page of its table. */
    swap(entry(MAP), entry(MAP + 0x3ff000));
    assert_broken(rule);
    swap(entry(MAP), entry(MAP + 0x3ff000));
    assert_sound(&mm);
    stop();
}

/* The page lies above the last region. */
MACHINE_TEST(sees_a_page_above_all_regions)
{
    start();
    assert_true(user_write(MODEL_USER_END - 4, 1));
    assert_true(process_unmap(&mm, process, vaddr(MODEL_USER_END - 2 * PAGE_SIZE), PAGE_SIZE));
    struct region *region = region_find(&process->regions, MODEL_USER_END - 1);
    region->start -= PAGE_SIZE; /* now the last page's region is where no page was touched */
    region->end -= PAGE_SIZE;
    assert_broken("process: a page is mapped outside of every region");
    region->start += PAGE_SIZE;
    region->end += PAGE_SIZE;
    assert_sound(&mm);
    stop();
}

MACHINE_TEST(sees_wrong_rights)
{
    static const struct {
        uint32_t va;
        uint32_t bit;
    } wrong[] = {{MAP, PTE_WRITABLE}, {READ, PTE_WRITABLE}, {MAP, PTE_USER}, {READ, PTE_USER}};

    start();
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        *entry(wrong[i].va) ^= wrong[i].bit;
        assert_broken("process: a page's rights are not those of its region");
        *entry(wrong[i].va) ^= wrong[i].bit;
    }
    *entry(MAP) ^= PTE_ACCESSED | PTE_DIRTY; /* the CPU may set these */
    assert_sound(&mm);
    stop();
}

/* A page table is empty, and no region lies there. */
MACHINE_TEST(sees_a_page_table_without_a_region)
{
    start();
    pfn_t table = mm_pages_take(&mm, 0, PAGES_LOW, OWNER_PAGE_TABLE);
    machine_zero_frame(table);
    process->tables++;
    *directory_entry(0x30000000) = pfn_to_paddr(table).value | PTE_PRESENT | PTE_USER;
    assert_broken("process: a page table serves no region");
    owner_set(&mm, table, 0, OWNER_KERNEL);
    assert_broken("process: a page table has a frame of another owner");
    *directory_entry(0x30000000) = 0;
    process->tables--;
    pages_free(&mm, table, 0);
    stop();
}

/* The owners of frames change, and the processes do not know. */
MACHINE_TEST(sees_frames_of_other_owners)
{
    start();
    assert_true(user_write(MAP, 1));
    pfn_t page = user_frame(process, MAP);
    owner_set(&mm, page, 0, OWNER_KERNEL);
    assert_broken("process: a page has a frame that belongs to no process");
    owner_set(&mm, page, 0, OWNER_USER);
    owner_set(&mm, process->directory, 0, OWNER_KERNEL);
    assert_broken("process: its control page or directory has another owner");
    owner_set(&mm, process->directory, 0, OWNER_PAGE_TABLE);
    pfn_t frame = mm_pages_take(&mm, 0, PAGES_LOW, OWNER_USER);
    assert_string_equal(mm_check(&mm),
                        "process: a frame belongs to a process, but no process has it");
    owner_set(&mm, frame, 0, OWNER_PAGE_TABLE);
    assert_string_equal(mm_check(&mm), "process: a frame is a page table, but no process has it");
    mm_pages_give(&mm, frame, 0);
    assert_sound(&mm);
    stop();
}

MACHINE_TEST(sees_false_counts)
{
    start();
    process->frames++;
    assert_broken("process: frames disagrees with its page tables");
    process->frames -= 2;
    assert_broken("process: frames disagrees with its page tables");
    process->frames++;
    process->tables++;
    assert_broken("process: tables disagrees with its directory");
    process->tables -= 2;
    assert_broken("process: tables disagrees with its directory");
    process->tables++;
    assert_sound(&mm);
    stop();
}

/* Any entry may differ except the recursive one, which each directory has for itself. */
MACHINE_TEST(sees_a_directory_that_is_not_the_kernels)
{
    static const uint32_t places[] = {0xc0000000, 0xefc00000, 0xf0000000, 0xf3c00000,
                                      0xf4000000, 0xf5000000, 0xfe000000, 0xff800000};

    start();
    for (uint32_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        uint32_t was = *directory_entry(places[i]);
        *directory_entry(places[i]) ^= PTE_USER;
        assert_broken("process: its directory differs from the kernel's in the kernel's part");
        *directory_entry(places[i]) = was ^ PTE_ACCESSED;
        assert_null(process_check(&mm, process));
        *directory_entry(places[i]) = was;
    }
    stop();
}

MACHINE_TEST(sees_a_directory_that_does_not_map_itself)
{
    start();
    uint32_t was = *directory_entry(PAGE_TABLES);
    *directory_entry(PAGE_TABLES) = mm.directory.value | PTE_PRESENT | PTE_WRITABLE;
    assert_broken("process: its directory does not map itself");
    *directory_entry(PAGE_TABLES) = was;
    stop();
}

MACHINE_TEST(sees_a_heap_upside_down)
{
    start();
    process->heap_end.value--;
    assert_broken("process: the heap ends before it starts");
    process->heap_end.value++;
    stop();
}

MACHINE_TEST(sees_a_ring_that_does_not_close)
{
    start();
    struct process *next = machine_pointer(process->next);
    vaddr_t was = next->previous;
    next->previous = process->next;
    assert_broken("process: the next in the ring does not point back");
    next->previous = was;
    assert_sound(&mm);
    stop();
}

/* A process whose regions are broken is broken. */
MACHINE_TEST(asks_the_regions_checker)
{
    start();
    process->regions.count++;
    assert_broken("region: count disagrees with the tree");
    process->regions.count--;
    stop();
}

/* Every process is checked, whichever one the ring begins with. */
MACHINE_TEST(looks_at_each_process)
{
    start();
    for (uint32_t i = 0; i < 3; i++)
        model_process(&mm, NULL);
    vaddr_t first = mm.processes;
    for (vaddr_t at = first;;) {
        struct process *broken = machine_pointer(at);
        broken->frames++;
        assert_string_equal(mm_check(&mm), "process: frames disagrees with its page tables");
        broken->frames--;
        at = broken->next;
        if (at.value == first.value)
            break;
    }
    assert_sound(&mm);
    stop();
}

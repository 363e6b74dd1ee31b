/*
 * Runs every strategy in checking mode: memory is used through the CPU model and the window, freed,
 * and used again at the same address, so that each invalidation that src/mm leaves out is a stale
 * use.
 */
#include "replay/random.h"
#include "support/checking.h"
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/tempmap.h>

#define OPERATIONS 3000u
#define LIVE_MAX   200u

enum kind { NOTHING, KMALLOC, VMALLOC };

struct block {
    enum kind kind;
    vaddr_t where;
    uint32_t bytes;
    uint32_t seed;
};

static struct mm mm;
static struct block blocks[LIVE_MAX];

static void block_use(struct block *block, uint32_t seed)
{
    for (uint32_t offset = 0; offset < block->bytes; offset += PAGE_SIZE)
        assert_true(machine_touch(vaddr_add(block->where, offset), true));
    block->seed = seed;
    model_fill(block->where, block->bytes, seed);
}

static void block_give(struct block *block)
{
    if (block->kind == NOTHING)
        return;
    assert_true(machine_touch(block->where, false));
    assert_true(model_holds(block->where, block->bytes, block->seed));
    if (block->kind == KMALLOC)
        kfree(&mm, block->where);
    else
        vfree(&mm, block->where);
    block->kind = NOTHING;
}

static void block_take(struct block *block, uint32_t *seed)
{
    uint32_t pages = random32(seed) % 16 == 0 ? 16 : 2;

    block->kind = random32(seed) % 2 ? KMALLOC : VMALLOC;
    block->bytes = 1u + random32(seed) % (pages * PAGE_SIZE);
    block->where =
        block->kind == KMALLOC ? kmalloc(&mm, block->bytes, PAGES_LOW) : vmalloc(&mm, block->bytes);
    assert_false(vaddr_is_none(block->where));
    block_use(block, *seed);
}

static void work(uint32_t operations, uint32_t *seed)
{
    while (operations-- > 0) {
        struct block *block = &blocks[random32(seed) % LIVE_MAX];
        if (block->kind == NOTHING)
            block_take(block, seed);
        else
            block_give(block);
    }
}

static void give_all(void)
{
    for (uint32_t i = 0; i < LIVE_MAX; i++)
        block_give(&blocks[i]);
}

MM_TEST(heaps_leave_nothing_stale)
{
    uint32_t seed = 0x4eab;

    checking_machine(NULL);
    model_start(&mm, strategy, 64 * MIB);
    work(effort_operations(OPERATIONS), &seed);
    give_all();
    model_stop(&mm);
}

/* A mapping is claimed, written, released, and claimed for another frame, with either kind of
 * access first. */
MM_TEST(temporary_mappings_leave_nothing_stale)
{
    uint32_t value;

    checking_machine(NULL);
    model_start(&mm, strategy, 64 * MIB);
    pfn_t first = pages_alloc(&mm, 0, PAGES_USER);
    pfn_t second = pages_alloc(&mm, 0, PAGES_USER);
    for (uint32_t i = 0; i < 16; i++) {
        vaddr_t page = tempmap_claim(&mm, i % 2 ? first : second);
        if (i % 4 < 2)
            window_write(page.value, i);
        else
            assert_true(machine_store32(page, false, i));
        assert_true(machine_load32(page, false, &value));
        assert_int_equal(value, i);
        assert_int_equal(window_read(page.value), i);
        tempmap_release(&mm, page);
        assert_int_equal(*memory(pfn_to_paddr(i % 2 ? first : second).value), i);
    }
    pages_free(&mm, second, 0);
    pages_free(&mm, first, 0);
    model_stop(&mm);
}

/* The first memory manager leaves everything mapped. The next must find only its own memory there.
 */
MM_TEST(a_memory_manager_leaves_nothing_stale_to_the_next)
{
    uint32_t seed = 0x3a4a;
    uint32_t ram_mib = 64;

    checking_machine(NULL);
    for (uint32_t i = 0; i < 4; i++) {
        model_start(&mm, strategy, (uint64_t)ram_mib * MIB);
        work(400, &seed);
        for (uint32_t j = 0; j < LIVE_MAX; j++)
            blocks[j].kind = NOTHING;
        model_stop(&mm);
        assert_int_equal(machine_read_cr3().value, MACHINE_BOOT_DIRECTORY);
        ram_mib = i % 2 ? 64 : 48;
    }
}

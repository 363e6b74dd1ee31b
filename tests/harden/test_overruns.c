/*
 * HARDEN_FULL under every strategy: an overrun of 1 to 16 bytes is noticed no later than at the
 * free, a write to freed memory no later than when that memory is allocated again.
 */
#include "replay/random.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/harden.h>
#include <mm/strategy.h>

#include <stdio.h>
#include <string.h>

static struct mm mm;
static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&seed, bound);
}

static unsigned char *byte_at(uint32_t address)
{
    return machine_pointer(vaddr(address));
}

static void start(const struct strategy *strategy)
{
    seed = 99;
    model_start(&mm, strategy, 20 * MIB);
}

/* ---- overruns ---- */

static void run_free(void *context)
{
    kfree(&mm, vaddr(*(uint32_t *)context));
}

static void run_vfree(void *context)
{
    vfree(&mm, vaddr(*(uint32_t *)context));
}

static void run_realloc(void *context)
{
    (void)krealloc(&mm, vaddr(*(uint32_t *)context), 5000);
}

static const uint32_t sizes[] = {1,   2,    3,    4,    5,    7,    8,    15,   16,   24,
                                 31,  40,   63,   64,   100,  128,  200,  256,  300,  472,
                                 500, 1000, 1500, 2048, 4000, 4072, 4096, 8000, 8192, 30000};
#define SIZES (sizeof sizes / sizeof sizes[0])

/* Overruns the block and expects a panic. Then restores the bytes behind it, so that it can be
 * freed. */
static void overrun(uint32_t block, uint32_t bytes, uint32_t overrun_bytes,
                    void (*run)(void *context), const char *expected)
{
    unsigned char kept[16];

    for (uint32_t i = 0; i < overrun_bytes; i++) {
        kept[i] = *byte_at(block + bytes + i);
        *byte_at(block + bytes + i) = (unsigned char)(i % 2u != 0 ? 0x41 : 0);
    }
    assert_panics(run, &block, expected);
    for (uint32_t i = 0; i < overrun_bytes; i++)
        *byte_at(block + bytes + i) = kept[i];
}

MM_TEST(an_overrun_is_noticed_at_the_free)
{
    start(strategy);
    for (uint32_t i = 0; i < SIZES; i++) {
        vaddr_t block = kmalloc(&mm, sizes[i], PAGES_LOW);
        assert_false(vaddr_is_none(block));
        assert_int_equal(ksize(&mm, block), sizes[i]);
        for (uint32_t bytes = 1; bytes <= 16; bytes++)
            overrun(block.value, sizes[i], bytes, run_free,
                    "kfree: the red zone behind the block was written to");
        overrun(block.value, sizes[i], 1, run_realloc,
                "krealloc: the red zone behind the block was written to");
        kfree(&mm, block);
    }
    model_stop(&mm);
}

MM_TEST(an_overrun_of_an_area_is_noticed_at_the_vfree)
{
    start(strategy);
    for (uint32_t i = 0; i < SIZES; i++) {
        vaddr_t block = vmalloc(&mm, sizes[i]);
        assert_false(vaddr_is_none(block));
        for (uint32_t bytes = 1; bytes <= 16; bytes++)
            overrun(block.value, sizes[i], bytes, run_vfree,
                    "vfree: the red zone behind the block was written to");
        vfree(&mm, block);
    }
    model_stop(&mm);
}

/* ---- writes after free ---- */

#define LIVE 400u

/* Allocates until the freed memory is used again: blocks of the same size, pages, then all that is
 * left. */
static void run_reuse(void *context)
{
    uint32_t bytes = *(uint32_t *)context;

    for (uint32_t i = 0; i < 6 * LIVE; i++)
        if (vaddr_is_none(kmalloc(&mm, bytes, PAGES_LOW)))
            break;
    while (!pfn_is_none(pages_alloc(&mm, 0, PAGES_LOW)))
        ;
    for (uint32_t order = 20; order-- > 0;)
        while (!vaddr_is_none(kmalloc(&mm, 1u << order, PAGES_LOW)))
            ;
}

/* Frees every second of many blocks of a size, and writes to one byte of a freed block. */
static void write_after_free(const struct strategy *strategy, uint32_t bytes)
{
    static uint32_t blocks[LIVE];

    machine_destroy(machine_current);
    assert_non_null(machine_create(NULL));
    model_start(&mm, strategy, 20 * MIB);
    for (uint32_t i = 0; i < LIVE; i++)
        blocks[i] = kmalloc(&mm, bytes, PAGES_LOW).value;
    for (uint32_t i = 0; i < LIVE; i++)
        assert_true(machine_touch(vaddr(blocks[i] + bytes - 1u), true));
    for (uint32_t i = 0; i < LIVE; i += 2)
        kfree(&mm, vaddr(blocks[i]));
    uint32_t at = blocks[random_below(LIVE / 2u) * 2u] + random_below(bytes);
    *byte_at(at) ^= (unsigned char)(1u + random_below(255));
    /* If the byte belongs to a link, the panic has another message. */
    if (machine_catch_panic(run_reuse, &bytes) == NULL)
        fail_msg("%s: a write to 0x%08x, in a freed block of %u bytes, was not noticed",
                 strategy->name, at, bytes);
}

MM_TEST(a_write_after_free_is_noticed_at_the_reuse)
{
    seed = 7;
    for (uint32_t i = 0; i < SIZES; i++)
        if (sizes[i] <= 8192)
            write_after_free(strategy, sizes[i]);
    /* The last memory manager panicked in the middle of a call. */
    machine_destroy(machine_current);
    assert_non_null(machine_create(NULL));
    model_start(&mm, strategy, 20 * MIB);
    model_stop(&mm);
}

static void run_take_all(void *context)
{
    (void)context;
    while (!pfn_is_none(pages_alloc(&mm, 0, PAGES_USER)))
        ;
    while (!pfn_is_none(pages_alloc(&mm, 0, PAGES_DMA)))
        ;
}

MM_TEST(a_write_to_a_freed_page_is_noticed_when_it_is_taken)
{
    start(strategy);
    pfn_t first = pages_alloc(&mm, 0, PAGES_LOW);
    pfn_t second = pages_alloc(&mm, 0, PAGES_LOW);
    pages_free(&mm, first, 0);
    *byte_at(direct_map_frame(first).value + 1000) ^= 0x10;
    const char *line = machine_catch_panic(run_take_all, NULL);
    if (line == NULL)
        fail_msg("%s: the write was not noticed", strategy->name);
    else if (strstr(line, "memory was written to after it was freed") == NULL)
        fail_msg("%s: %s", strategy->name, line);
    (void)second;
    mm_exit(&mm);
}

/* Tests copies to and from the memory of processes, current or not, in frames of any zone. */
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/tempmap.h>

#include <string.h>

#define MAP   0x10000000u /* writable */
#define PAGES 8u

static struct mm mm;
static struct process *process;
static unsigned char in[PAGES * PAGE_SIZE];
static unsigned char out[PAGES * PAGE_SIZE + 1];

/* Starts with RAM above 768 MiB or without. */
static void start(const struct strategy *strategy, uint32_t high)
{
    const struct memmap map = model_map_zones(high);

    assert_true(mm_init(&mm, strategy, &map));
    model_dirty_free_frames(&mm);
    process = model_process(&mm, NULL);
    assert_true(process_map(&mm, process, vaddr(MAP), sizeof in, true));
    for (uint32_t i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)(i * 7 + i / PAGE_SIZE);
    memset(out, 0xcc, sizeof out);
}

static void stop(void)
{
    assert_int_equal(tempmap_claimed(&mm), 0);
    model_process_stop(&mm, process);
}

static bool copy_in(uint32_t to, uint32_t from, uint32_t bytes)
{
    return process_copy_in(&mm, process, vaddr(to), in + from, bytes);
}

static bool copy_out(uint32_t from, uint32_t bytes)
{
    return process_copy_out(&mm, process, out, vaddr(from), bytes);
}

/* Copies between any offsets in pages. The bytes around stay zero. */
static void copy_there_and_back(void)
{
    static const struct {
        uint32_t offset;
        uint32_t bytes;
    } spans[] = {{0, 1},    {0, 4096},    {4095, 1},      {4095, 2},           {1, 4095},
                 {1, 4096}, {100, 12288}, {0, sizeof in}, {4097, 3 * 4096 - 2}};

    for (uint32_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        uint32_t at = MAP + spans[i].offset;
        assert_true(copy_in(at, spans[i].offset, spans[i].bytes));
        assert_true(copy_out(at, spans[i].bytes));
        assert_memory_equal(out, in + spans[i].offset, spans[i].bytes);
        assert_int_equal(out[spans[i].bytes], 0xcc); /* no byte more was copied */
        memset(out, 0xcc, spans[i].bytes);
        if (spans[i].offset != 0) {
            assert_true(copy_out(MAP, spans[i].offset));
            for (uint32_t k = 0; k < spans[i].offset; k++)
                assert_int_equal(out[k], 0);
            memset(out, 0xcc, spans[i].offset);
        }
        assert_true(process_unmap(&mm, process, vaddr(MAP), sizeof in) &&
                    process_map(&mm, process, vaddr(MAP), sizeof in, true));
    }
}

MM_TEST(copies_across_pages)
{
    start(strategy, 0);
    copy_there_and_back();
    process_switch(&mm, process);
    assert_true(copy_in(MAP, 0, 8));
    assert_int_equal(user_word(MAP + 4) & 0xff, in[4]); /* the process sees it, too */
    stop();
}

/* The kernel's direct map does not reach these frames. The process is current or not. */
MM_TEST(copies_high_frames)
{
    start(strategy, 0x100);
    for (uint32_t round = 0; round < 2; round++) {
        assert_true(copy_in(MAP, 0, sizeof in));
        for (uint32_t i = 0; i < PAGES; i++)
            assert_int_equal(zone_of(user_frame(process, MAP + i * PAGE_SIZE)), ZONE_HIGH);
        assert_true(copy_out(MAP, sizeof in));
        assert_memory_equal(in, out, sizeof in);
        in[5]++;
        process_switch(&mm, process);
    }
    assert_int_equal(user_word(MAP + 4) >> 8 & 0xff, in[5] - 1);
    stop();
}

/* A page that was never touched reads as zeros, and has a frame afterwards. */
MM_TEST(a_copy_touches_its_pages)
{
    start(strategy, 0);
    assert_true(copy_out(USER_STACK + 1, USER_STACK_BYTES - 1));
    for (uint32_t i = 0; i < USER_STACK_BYTES - 1; i++)
        assert_int_equal(out[i], 0);
    assert_int_equal(process->frames, 3);
    stop();
}

/* The kernel may write where the process can only read. That is how .text gets its content. */
MM_TEST(copies_into_read_only_regions)
{
    start(strategy, 0);
    assert_true(process_map(&mm, process, vaddr(0x20000000), PAGE_SIZE, false));
    assert_true(copy_in(0x20000000, 0, 100) && copy_in(0x20000000, 8, 4));
    process_switch(&mm, process);
    assert_int_equal(user_word(0x20000000) & 0xff, in[8]);
    assert_false(user_write(0x20000000, 1));
    stop();
}

/* The kernel's buffer may have to be touched, too, if it is in a heap of `window`. */
MM_TEST(copies_between_heaps)
{
    start(strategy, 0);
    vaddr_t block = vmalloc(&mm, 3 * PAGE_SIZE);
    assert_true(copy_in(MAP, 0, 3 * PAGE_SIZE));
    assert_true(process_copy_out(&mm, process, machine_pointer(block), vaddr(MAP), 3 * PAGE_SIZE));
    assert_true(process_copy_in(&mm, process, vaddr(MAP + 4 * PAGE_SIZE), machine_pointer(block),
                                3 * PAGE_SIZE));
    assert_true(copy_out(MAP + 4 * PAGE_SIZE, 3 * PAGE_SIZE));
    assert_memory_equal(in, out, 3 * PAGE_SIZE);
    vfree(&mm, block);
    stop();
}

MM_TEST(copying_no_bytes_changes_nothing)
{
    start(strategy, 0);
    struct model_state before = model_state(&mm);
    assert_true(copy_in(MAP, 0, 0) && copy_out(0x30000000, 0));
    assert_same_state(&mm, &before);
    stop();
}

/* A range that leaves user space at either end copies nothing. */
MM_TEST(refuses_ranges_outside_of_user_space)
{
    start(strategy, 0);
    const struct {
        uint32_t start;
        uint32_t bytes;
        enum mm_access_fault why;
    } refused[] = {{0, 1, MM_ACCESS_NULL},
                   {0xfff, 8, MM_ACCESS_NULL},
                   {MODEL_USER_END, 1, MM_ACCESS_KERNEL},
                   {MODEL_USER_END - 4, 5, MM_ACCESS_KERNEL},
                   {MAP, UINT32_MAX - (MAP - 1), MM_ACCESS_KERNEL},
                   {0xc0100000, 4, MM_ACCESS_KERNEL},
                   {UINT32_MAX, 1, MM_ACCESS_KERNEL}};

    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_false(copy_in(refused[i].start, 0, refused[i].bytes));
        assert_bad_access(&mm, refused[i].start, FAULT_WRITE, refused[i].why);
        assert_false(copy_out(refused[i].start, refused[i].bytes));
        assert_bad_access(&mm, refused[i].start, 0, refused[i].why);
        assert_same_state(&mm, &before);
    }
    assert_int_equal(out[0], 0xcc);
    stop();
}

/* A copy stops at the end of a region. What was copied before stays. */
MM_TEST(stops_at_the_end_of_a_region)
{
    start(strategy, 0);
    assert_false(copy_in(MAP + 7 * PAGE_SIZE, 0, PAGE_SIZE + 1));
    assert_bad_access(&mm, MAP + 8 * PAGE_SIZE, 0, MM_ACCESS_NO_REGION);
    assert_names_region(&mm, USER_STACK, MODEL_USER_END, REGION_STACK);
    assert_true(copy_out(MAP + 7 * PAGE_SIZE, PAGE_SIZE));
    assert_memory_equal(out, in, PAGE_SIZE);
    assert_false(copy_out(MAP - 1, 2));
    assert_bad_access(&mm, MAP - 1, 0, MM_ACCESS_NO_REGION);
    stop();
}

/* All temporary mappings are in use. */
MM_TEST(needs_one_temporary_mapping)
{
    vaddr_t taken[TEMPMAP_PAGES];

    start(strategy, 0);
    assert_true(copy_in(MAP, 0, 4));
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        taken[i] = tempmap_claim(&mm, pfn(0));
    struct model_state before = model_state(&mm);
    assert_false(copy_in(MAP, 0, 4));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_false(copy_out(MAP, 4));
    assert_same_state(&mm, &before);
    assert_null(process_create(&mm, &(struct process_image){in, 1, NULL, 0, 0}));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_same_state(&mm, &before);
    tempmap_release(&mm, taken[7]);
    assert_true(copy_in(MAP, 0, sizeof in) && copy_out(MAP, sizeof in));
    assert_memory_equal(in, out, sizeof in);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        if (i != 7)
            tempmap_release(&mm, taken[i]);
    stop();
}

/*
 * Runs calls of processes with 0, 1, 2 ... frames free in each zone until they succeed. A call that
 * fails changes nothing and gives the cause; one that succeeds takes as many frames as it should.
 */
#include "support/model_effort.h"
#include "support/model_process.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <string.h>

#define HIGH_FRAMES  8u
#define MAP          0x10000000u
#define CONTROL_ROOM ((PAGE_SIZE - (uint32_t)sizeof(struct process)) / sizeof(struct region))

static struct mm mm;
static struct process *process;
static struct taken_pages taken;

static char contents[3 * PAGE_SIZE] = "contents";
static const struct process_image image = {contents, sizeof contents, contents, 1, PAGE_SIZE};
static const struct process_image small = {NULL, 0, contents, 1, 0};

/* ---- calls that need frames ---- */

static bool call_create(void)
{
    struct process *created = process_create(&mm, NULL);

    if (created != NULL)
        process_exit(&mm, created);
    return created != NULL;
}

static bool call_create_image(void)
{
    struct process *created = process_create(&mm, &image);

    if (created != NULL)
        process_exit(&mm, created);
    return created != NULL;
}

static bool call_create_small(void)
{
    struct process *created = process_create(&mm, &small);

    if (created != NULL)
        process_exit(&mm, created);
    return created != NULL;
}

/* Touches a page whose table exists. */
static bool call_touch(void)
{
    return machine_user_touch(vaddr(MAP + PAGE_SIZE), true);
}

static bool call_touch_table(void)
{
    return machine_user_touch(vaddr(USER_STACK), true);
}

static bool call_copy(void)
{
    return process_copy_in(&mm, process, vaddr(USER_STACK), contents, 8);
}

/* All nodes of the pool are in use. */
static bool call_map(void)
{
    return process_map(&mm, process, vaddr(0x70000000), 1, true);
}

static bool call_unmap_middle(void)
{
    return process_unmap(&mm, process, vaddr(MAP + 8 * PAGE_SIZE), PAGE_SIZE);
}

static bool call_setbrk(void)
{
    return process_setbrk(&mm, process, vaddr(USER_TEXT + 5 * PAGE_SIZE));
}

static bool call_setbrk_down(void)
{
    return process_setbrk(&mm, process, vaddr(USER_TEXT + PAGE_SIZE + 1));
}

struct call {
    const char *name;
    bool (*call)(void);
    bool fills_pool;
    uint32_t low; /* frames needed of PAGES_LOW, and of PAGES_USER */
    uint32_t user;
};

static const struct call calls[] = {
    {"create", call_create, false, 2, 0},
    {"create with an image", call_create_image, false, 3, 4},
    {"create with a page", call_create_small, false, 3, 1},
    {"touch", call_touch, false, 0, 1},
    {"touch in a new table", call_touch_table, false, 1, 1},
    {"copy", call_copy, false, 1, 1},
    {"map", call_map, true, 1, 0},
    {"unmap in the middle", call_unmap_middle, true, 1, 0},
    {"setbrk", call_setbrk, true, 1, 0},
};

/* ---- the start of each call ---- */

/* Fills all nodes of the control page with regions. */
static void fill_pool(void)
{
    for (uint32_t i = 0; process->regions.unused_count != 0; i++)
        assert_true(process_map(&mm, process, vaddr(0x40000000 + i * 0x2000), 1, true));
    assert_int_equal(process->regions.count, CONTROL_ROOM);
}

static void start(const struct strategy *strategy, const struct call *call)
{
    const struct memmap map = model_map_zones(HIGH_FRAMES);

    assert_true(mm_init(&mm, strategy, &map));
    process = model_process(&mm, NULL);
    assert_true(process_map(&mm, process, vaddr(MAP), 16 * PAGE_SIZE, true));
    if (call->fills_pool)
        fill_pool();
    process_switch(&mm, process);
    assert_true(user_write(MAP, 1));
}

static void stop(void)
{
    free_all_pages(&taken, &mm);
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Forgets the peaks that taking all frames has left. */
static void lower_peaks(void)
{
    mm.counters.frames_used_peak = mm.counters.frames_used;
    mm.counters.heap_span_peak_bytes = mm.counters.heap_span_bytes;
}

static bool enough(const struct call *call, uint32_t low, uint32_t high)
{
    return low >= call->low && low + high >= call->low + call->user;
}

/* Fails the test unless the call failed for the right cause. A strategy without frames_ready()
 * fails at the first missing page, with the cause for that page. */
static void assert_refused(const struct call *call, uint32_t free_frames,
                           const struct model_state *before)
{
    enum mm_cause cause = free_frames < call->low + call->user ? MM_NO_FRAMES : MM_ZONE;

    assert_same_state(&mm, before);
    assert_true(pfn_is_none(mm.failure.blocker));
    if (mm.strategy->frames_ready != NULL)
        assert_int_equal(mm.failure.cause, cause);
    else
        assert_true(mm.failure.cause == MM_NO_FRAMES || mm.failure.cause == MM_ZONE ||
                    mm.failure.cause == MM_NO_RUN);
}

/* Runs the call with so many free frames in LOW and in HIGH. */
static void run_call(const struct strategy *strategy, const struct call *call, uint32_t low,
                     uint32_t high)
{
    start(strategy, call);
    take_all_frames(&taken, &mm);
    free_zone_pages(&taken, &mm, ZONE_LOW, low);
    free_zone_pages(&taken, &mm, ZONE_HIGH, high);
    lower_peaks();
    struct model_state before = model_state(&mm);
    mm.failure.cause = MM_OK;
    bool served = call->call();
    if (served != enough(call, low, high))
        fail_msg("%s: %s %s with %u frames of LOW, %u of HIGH", strategy->name, call->name,
                 served ? "is served" : "fails", low, high);
    if (!served)
        assert_refused(call, low + high, &before);
    assert_sound(&mm);
    stop();
}

MM_TEST(each_frame_is_refused_once)
{
    uint32_t step = RUNNING_ON_VALGRIND ? 3 : 1;

    for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (uint32_t low = 0; low <= calls[i].low + calls[i].user; low += step)
            for (uint32_t high = 0; high <= calls[i].user; high += step)
                run_call(strategy, &calls[i], low, high);
}

/* ---- calls that need no frame ---- */

/* With no free frame, a call that needs no node and no page succeeds. */
MM_TEST(calls_that_need_no_frame_succeed)
{
    start(strategy, &(struct call){.fills_pool = true});
    take_all_frames(&taken, &mm);
    struct model_state before = model_state(&mm);
    assert_false(process_map(&mm, process, vaddr(0x70000000), 1, true));
    assert_false(call_setbrk());
    assert_same_state(&mm, &before);
    assert_true(process_unmap(&mm, process, vaddr(MAP), PAGE_SIZE)); /* cuts off the start, */
    assert_true(process_unmap(&mm, process, vaddr(MAP + 15 * PAGE_SIZE), PAGE_SIZE)); /* the end, */
    assert_false(call_unmap_middle());
    assert_true(process_unmap(&mm, process, vaddr(0x40000000), PAGE_SIZE)); /* leaves a free node */
    assert_true(call_unmap_middle());
    assert_sound(&mm);
    stop();
}

/*
 *   | heap |
 *      ^ setbrk to here would have to cut a map in two that took the heap's place. No node is free
 *        for the second half, so setbrk fails and the heap's end does not move.
 */
MM_TEST(a_setbrk_that_would_split_fails_whole)
{
    start(strategy, &(struct call){0});
    assert_true(process_setbrk(&mm, process, vaddr(USER_TEXT + 6 * PAGE_SIZE)));
    assert_true(process_unmap(&mm, process, vaddr(USER_TEXT), 8 * PAGE_SIZE));
    assert_true(process_map(&mm, process, vaddr(USER_TEXT), 8 * PAGE_SIZE, true));
    fill_pool();
    take_all_frames(&taken, &mm);
    struct model_state before = model_state(&mm);
    assert_false(call_setbrk_down());
    assert_same_state(&mm, &before);
    assert_int_equal(process->heap_end.value, USER_TEXT + 6 * PAGE_SIZE);
    free_all_pages(&taken, &mm);
    assert_true(call_setbrk_down());
    assert_int_equal(process->heap_end.value, USER_TEXT + PAGE_SIZE + 1);
    stop();
}

/*
 * Frames that the kernel's heap keeps at its end or for its objects go to processes when others
 * run short: as many as needed, and none to a call that they would not help.
 */
MM_TEST(the_kernel_heaps_end_helps_out)
{
    static struct process_image fits = {.text = contents, .text_bytes = 1};
    static char many[20 * PAGE_SIZE];

    if (strategy->frames_ready == NULL)
        return; /* it keeps no pages at the end of a heap */
    start(strategy, &(struct call){0});
    for (taken.count = 0; taken.count < HIGH_FRAMES; taken.count++)
        taken.frame[taken.count] = pages_alloc(&mm, 0, PAGES_USER);
    vaddr_t blocks[16];
    for (uint32_t i = 0; i < 16; i++) {
        blocks[i] = kmalloc(&mm, PAGE_SIZE / 2 - 8, PAGES_LOW);
        assert_true(machine_touch(blocks[i], true));
    }
    /* Less than 64 KiB: the heap keeps it at its end, or half of it in slabs. */
    for (uint32_t i = 0; i < 16; i++)
        kfree(&mm, blocks[i]);
    take_free_frames(&taken, &mm);
    lower_peaks();
    struct model_state before = model_state(&mm);
    const struct process_image too_large = {many, sizeof many, NULL, 0, 0};
    assert_null(process_create(&mm, &too_large));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_same_state(&mm, &before); /* the heap has kept its end */
    process_exit(&mm, model_process(&mm, &fits));
    stop();
}

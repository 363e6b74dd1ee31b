/* HARDEN_FULL: a smashed link, count or summary makes the call that would rely on it panic. */
#include "mm/heap_skip.h"
#include "support/model_heap.h"
#include "support/model_process.h"
#include "support/subject.h"
#include "support/test.h"

#include <mm/frames_sorted.h>
#include <mm/frames_stack.h>
#include <mm/strategy.h>
#include <mm/tempmap.h>

#include <string.h>

#include "mm/movable.h"
#include "mm/slab_layout.h"
#include "mm/zoned.h"

#define HOME MODEL_HEAP_START

/* ---- calls ---- */

static void run_page(void *context)
{
    (void)context;
    (void)pages_alloc(&subject, 0, PAGES_LOW);
}

static void run_kmalloc(void *context)
{
    (void)kmalloc(&subject, *(const uint32_t *)context, PAGES_LOW);
}

static void run_exit(void *context)
{
    process_exit(&subject, context);
}

/* ---- frames ---- */

MACHINE_TEST(a_wrong_summary_panics)
{
    subject_start("brk", 32 * MIB);
    const struct frames_sorted *sorted = subject.state;
    uint32_t *words = machine_pointer(sorted->free);
    for (uint32_t word = 0; word < (32 * MIB >> PAGE_SHIFT) / 32; word++)
        words[word] = 0;
    assert_panics(run_page, NULL, "a summary leads to where nothing is free");
}

MACHINE_TEST(a_wrong_summary_of_the_buddy_panics)
{
    subject_start("zoned", 32 * MIB);
    const struct zoned_state *zoned = subject.state;
    memset(machine_pointer(zoned->frames.words), 0, (32 * MIB >> PAGE_SHIFT) / 8);
    assert_panics(run_page, NULL, "a summary leads to where nothing is free");
}

MACHINE_TEST(a_wrong_link_of_the_stack_panics)
{
    subject_start("window", 32 * MIB);
    struct frames_stack *stack = subject.state;
    uint32_t top = stack->top[ZONE_LOW];
    stack->top[ZONE_LOW] = stack->end + 5;
    assert_panics(run_page, NULL, "a list leads to what is no free frame");
    stack->top[ZONE_LOW] = top;
    stack->first++;
    assert_panics(run_page, NULL, "the bounds of the links are smashed");
}

/* While all temporary mappings are in use, frames of HIGH cannot be reached and are not checked. */
MACHINE_TEST(frames_that_cannot_be_reached_are_not_checked)
{
    vaddr_t pages[TEMPMAP_PAGES];

    subject_start("zoned", 1024ull * MIB);
    pfn_t high = pages_alloc(&subject, 0, PAGES_USER);
    assert_true(high.value >= LOW_END_PFN);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        pages[i] = tempmap_claim(&subject, paddr_to_pfn(subject.directory));
    pages_free(&subject, high, 0);
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        tempmap_release(&subject, pages[i]);
    subject_stop();
}

/* ---- heaps ---- */

MACHINE_TEST(a_class_without_a_list_panics)
{
    subject_start("brk", 32 * MIB);
    (void)kmalloc(&subject, 100, PAGES_LOW);
    model_heap_of(&subject, 0)->classes_any = 1u << (HEAP_CLASSES - 1u);
    assert_panics(run_kmalloc, &(uint32_t){3000}, "classes_any leads to a class without a list");
}

static struct heap heap;
static struct heap_skip skip;

static void run_back(void *context)
{
    (void)context;
    struct heap_span span;
    heap_skip_back(&heap, &skip, &span);
}

static void two_spans(void)
{
    heap_init(&heap, vaddr(HOME));
    heap_skip_init(&skip, &heap);
    heap_extend(&heap, PAGE_SIZE);
    (void)heap_alloc(&heap, 1000, HEAP_ALIGN);
    heap_skip_over(&heap, &skip, vaddr(HOME + 10 * PAGE_SIZE), PAGE_SIZE);
}

MACHINE_TEST(a_wrong_link_of_a_span_panics)
{
    two_spans();
    window_write(HOME + 10 * PAGE_SIZE + 4, UINT32_MAX); /* the start of the span before */
    assert_panics(run_back, NULL, "a span's head does not name a span before it");
}

/* ---- slabs, processes, movable pages, the memory manager itself ---- */

MACHINE_TEST(a_wrong_count_of_a_slab_panics)
{
    subject_start("zoned", 32 * MIB);
    struct slabs *slabs = zoned_slabs(&subject);
    vaddr_t object = kmalloc(&subject, 16, PAGES_LOW);
    uint32_t slab = slab_of(slabs, object.value);
    struct slab_cache *cache = &slabs->cache[*cache_of(slabs, frame_of(slabs, slab))];
    uint32_t *map = slab_word(slab_map(slabs, cache, slab));
    for (uint32_t word = 0; word < slab_map_words(cache, slab_info(slabs, slab)->order); word++)
        map[word] = cache->starts[word];
    cache->count = 0;
    cache->tally = slab_cache_tally(cache);
    assert_panics(run_kmalloc, &(uint32_t){16}, "a slab has fewer free objects than it counts");
}

MACHINE_TEST(a_broken_ring_of_processes_panics)
{
    subject_start("brk", 32 * MIB);
    struct process *process = model_process(&subject, NULL);
    struct process *other = model_process(&subject, NULL);
    other->next = process->next; /* the process is its own neighbour */
    assert_panics(run_exit, process, "a link of the ring of processes is broken");
}

static void run_set(void *context)
{
    movable_set(context, pfn(0x1000), holder_of_cookie(1));
}

MACHINE_TEST(a_wrong_holder_panics)
{
    struct movable movable;

    subject_start("brk", 32 * MIB);
    pfn_t page = pages_alloc(&subject, 3, PAGES_LOW);
    movable_init(&movable, direct_map_frame(page), pfn(0x1000), pfn(0x1800));
    movable.first++;
    assert_panics(run_set, &movable, "the bounds of the holders are smashed");
}

MACHINE_TEST(mm_check_sees_a_changed_memory_manager)
{
    subject_start("brk", 32 * MIB);
    subject.frames_total++;
    assert_string_equal(mm_check(&subject),
                        "mm: a field that is set at the start has changed by itself");
}

/* ---- a strategy that promises pages that it does not have ---- */

static uint32_t ksize_beyond_the_heap(struct mm *mm, vaddr_t block)
{
    return mm_strategy_find("window")->ksize(mm, block) + 64 * PAGE_SIZE;
}

MACHINE_TEST(a_block_whose_end_gets_no_frame_is_refused)
{
    struct strategy promising = *mm_strategy_find("window");
    const struct memmap map = model_map(32 * MIB);

    promising.ksize = ksize_beyond_the_heap;
    promising.area_bytes = ksize_beyond_the_heap;
    assert_true(mm_init(&subject, &promising, &map));
    assert_true(vaddr_is_none(kmalloc(&subject, 100, PAGES_LOW)));
    assert_true(vaddr_is_none(vmalloc(&subject, 100)));
    mm_exit(&subject);
}

#include "support/subject.h"

struct mm subject;
struct taken_pages taken;

void subject_start_on(const char *strategy, const struct memmap *map)
{
    taken.count = 0;
    assert_true(mm_init(&subject, mm_strategy_find(strategy), map));
    assert_sound(&subject);
}

void subject_start(const char *strategy, uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    subject_start_on(strategy, &map);
}

void subject_stop(void)
{
    free_all_pages(&taken, &subject);
    assert_frames_conserved(&subject);
    assert_int_equal(subject.counters.heap_left_bytes, 0);
    model_stop(&subject);
}

void assert_no_block(vaddr_t answer, enum mm_cause cause)
{
    assert_true(vaddr_is_none(answer));
    assert_int_equal(subject.failure.cause, cause);
}

void assert_blocked(vaddr_t answer, uint32_t blocker)
{
    assert_no_block(answer, MM_BRK_BLOCKED);
    assert_int_equal(subject.failure.blocker.value, blocker);
}

void take_all(enum page_class page_class)
{
    take_class_pages(&taken, &subject, page_class);
}

void give_back(uint32_t first, uint32_t end)
{
    assert_int_equal(free_pages_between(&taken, &subject, first, end), end - first);
}

/* Compares the sorter of lines with a sort of all lines at once. */
#include "replay/random.h"
#include "support/test.h"
#include "trace/files.h"

#include "trace/import/line_sorter.h"
#include "trace/memory.h"

#define LINES 20000u

struct stamp {
    uint64_t time_ns;
    uint32_t number;
};

static int by_time(const void *a, const void *b)
{
    const struct stamp *x = a;
    const struct stamp *y = b;

    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void assert_first_is(struct line_sorter *sorter, const struct stamp *expected)
{
    const struct sorted_line *first = line_sorter_take(sorter);
    char text[16];

    assert_non_null(first);
    assert_true(first->number == expected->number && first->line.time_ns == expected->time_ns);
    snprintf(text, sizeof(text), "%u", expected->number);
    assert_memory_equal(first->text, text, strlen(text));
}

/* No line is late by as many lines as the sorter holds, so all lines must come out sorted. */
static void sort_seed(uint32_t seed)
{
    static struct stamp stamps[LINES];
    struct line_sorter *sorter = memory_zeroed(1, sizeof(*sorter));
    struct stamp *sorted = memory_zeroed(LINES, sizeof(*sorted));
    uint32_t taken = 0;

    line_sorter_init(sorter);
    for (uint32_t i = 0; i < LINES; i++)
        stamps[i] = (struct stamp){
            10 * LINE_SORTER_LINES + i - random32(&seed) % (LINE_SORTER_LINES / 2), i};
    memcpy(sorted, stamps, sizeof(stamps));
    qsort(sorted, LINES, sizeof(*sorted), by_time);
    for (uint32_t i = 0; i < LINES; i++) {
        char text[16];
        struct sorted_line *next;

        snprintf(text, sizeof(text), "%u", i);
        next = line_sorter_next(sorter, text, strlen(text));
        next->line = (struct kmem_line){.timed = true, .time_ns = stamps[i].time_ns};
        next->number = i;
        line_sorter_add(sorter);
        if (line_sorter_is_full(sorter))
            assert_first_is(sorter, &sorted[taken++]);
    }
    while (taken < LINES)
        assert_first_is(sorter, &sorted[taken++]);
    assert_null(line_sorter_take(sorter));
    assert_true(sorter->late == 0 && sorter->moved > 0);
    line_sorter_free(sorter);
    free(sorter);
    free(sorted);
}

TEST(lines_come_out_sorted)
{
    for (uint32_t seed = 1; seed <= 5; seed++)
        sort_seed(seed);
}

/* Tests the checker of the sorted frame allocator: each rule is broken alone, by one bit or one
 * number. */
#include "mm/sorted_three_zones.h"
#include "support/on_machine.h"
#include "support/test.h"

static uint32_t *words(vaddr_t array)
{
    return machine_pointer(array);
}

static void flip(uint32_t *map, uint32_t bit)
{
    map[bit / 32u] ^= 1u << bit % 32u;
}

static void break_words_any(struct frames_sorted *sorted)
{
    flip(words(sorted->words_any), 2 * 32 + 5);
}

static void break_groups_any(struct frames_sorted *sorted)
{
    flip(sorted->groups_any, 2);
}

static void break_maps_any(struct frames_sorted *sorted)
{
    sorted->maps_any ^= 1u << 31;
}

static void break_best_order_range(struct frames_sorted *sorted)
{
    ((uint8_t *)machine_pointer(sorted->best_order))[2] = ORDER_COUNT;
}

/* Lowers the number consistently, so that only the bits of the group contradict it. */
static void break_best_order(struct frames_sorted *sorted)
{
    ((uint8_t *)machine_pointer(sorted->best_order))[2] = ORDER_MAX - 1;
    flip(sorted->groups_with[ORDER_MAX - 1], 2);
    sorted->maps_with[ORDER_MAX - 1] ^= 1u;
}

/* Raises the number consistently: the group has frames, but no block of two. */
static void break_best_order_above(struct frames_sorted *sorted)
{
    frames_sorted_add(sorted, pfn(0x1c00), pfn(0x1c01));
    ((uint8_t *)machine_pointer(sorted->best_order))[7] = 1;
    flip(sorted->groups_with[0], 7);
}

static void break_maps_with(struct frames_sorted *sorted)
{
    sorted->maps_with[3] ^= 1u << 31;
}

static void break_groups_with(struct frames_sorted *sorted)
{
    flip(sorted->groups_with[3], 2);
}

static void break_beyond_any(struct frames_sorted *sorted)
{
    flip(sorted->groups_any, sorted->groups);
}

static void break_beyond_with(struct frames_sorted *sorted)
{
    flip(sorted->groups_with[9], GROUPS_MAX - 1);
}

static void break_reserved(struct frames_sorted *sorted)
{
    frames_sorted_free(sorted, pfn(RESERVED_END_PFN - 1));
}

/* Opens the highest word: its frame 303ff is allocated. */
static void open_word(struct frames_sorted *sorted)
{
    assert_int_equal(frames_sorted_alloc_highest(sorted, ZONE_HIGH).value, 0x303ff);
    assert_null(frames_sorted_check(sorted));
    assert_int_equal(sorted->open_start, 0x303e0);
}

/* The run [1bc0, 1bdf) is in the word [1bc0, 1be0), but HIGH has free frames. */
static void break_open_word(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_start -= 0x30400 - 0x1c00;
    sorted->open_end -= 0x30400 - 0x1c00;
    sorted->open_first -= 0x30400 - 0x1c00;
    sorted->open_next -= 0x30400 - 0x1c00;
}

static void break_open_start(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_start++;
}

static void break_open_start_range(struct frames_sorted *sorted)
{
    sorted->open_start += 32;
}

static void break_open_nothing(struct frames_sorted *sorted)
{
    sorted->open_bits = 1;
}

static void break_open_end(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_end = sorted->open_start;
}

static void break_open_end_range(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_end += 32;
}

static void break_open_end_word(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_end--;
}

/* The next word begins where the open one ends, and is used. */
static void break_open_empty(struct frames_sorted *sorted)
{
    frames_sorted_take(sorted, pfn(0x303e0), pfn(0x30400));
    sorted->open_start = sorted->open_first = sorted->open_next = 0x303e0;
    sorted->open_end = 0x30400;
}

static void break_open_first(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_first = sorted->open_start - 1;
}

static void break_open_next(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_next = sorted->open_first - 1;
}

static void break_open_next_range(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_next = sorted->open_end + 1;
}

static void break_open_bits(struct frames_sorted *sorted)
{
    open_word(sorted);
    sorted->open_bits = 1u << 31;
}

static void break_free_to(struct frames_sorted *sorted)
{
    sorted->free_to[ZONE_HIGH]++;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(struct frames_sorted *sorted);
        const char *rule;
    } rules[] = {
        {break_words_any, "frames_sorted: words_any disagrees with the free bits"},
        {break_groups_any, "frames_sorted: groups_any disagrees with words_any"},
        {break_maps_any, "frames_sorted: maps_any disagrees with groups_any"},
        {break_best_order_range, "frames_sorted: best_order is beyond the largest order"},
        {break_best_order,
         "frames_sorted: best_order is not the order of the largest block of the group"},
        {break_best_order_above,
         "frames_sorted: best_order is not the order of the largest block of the group"},
        {break_maps_with, "frames_sorted: maps_with disagrees with groups_with"},
        {break_groups_with, "frames_sorted: groups_with disagrees with best_order"},
        {break_beyond_any, "frames_sorted: a group beyond the end has free frames"},
        {break_beyond_with, "frames_sorted: a group beyond the end has blocks"},
        {break_reserved, "frames_sorted: a reserved frame is free"},
        {break_open_word, "frames_sorted: a free frame lies above the open word"},
        {break_open_start, "frames_sorted: open_start is not the start of a word"},
        {break_open_start_range, "frames_sorted: open_start is not the start of a word"},
        {break_open_nothing, "frames_sorted: no word is open, but it has free frames"},
        {break_open_end, "frames_sorted: open_end is not in the group of the open word"},
        {break_open_end_range, "frames_sorted: open_end is not in the group of the open word"},
        {break_open_end_word, "frames_sorted: open_end is not in the group of the open word"},
        {break_open_empty, "frames_sorted: the open word had no free frame"},
        {break_open_first, "frames_sorted: the run is not in the open word"},
        {break_open_next, "frames_sorted: the run is not in the open word"},
        {break_open_next_range, "frames_sorted: the run is not in the open word"},
        {break_open_bits, "frames_sorted: open_bits has bits that are not below the run"},
        {break_free_to, "frames_sorted: free_to disagrees with the free bits"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct frames_sorted sorted;
        sorted_three_zones(&sorted);
        assert_null(frames_sorted_check(&sorted));
        rules[i].break_it(&sorted);
        const char *broken = frames_sorted_check(&sorted);
        assert_non_null(broken);
        assert_string_equal(broken, rules[i].rule);
    }
}

/* Checks the bound for blocks inside one word and for blocks of several words. */
MACHINE_TEST(checker_measures_blocks_of_every_order)
{
    for (uint32_t order = 1; order <= ORDER_MAX; order++) {
        struct frames_sorted sorted;
        frames_sorted_init(&sorted, ARRAYS, pfn(0x1000));
        frames_sorted_add(&sorted, pfn(0x800), pfn(0x800 + (1u << order)));
        assert_null(frames_sorted_check(&sorted));
        uint8_t *best = &((uint8_t *)machine_pointer(sorted.best_order))[2];
        for (; *best >= order; --*best) {
            flip(sorted.groups_with[*best - 1], 2);
            sorted.maps_with[*best - 1] ^= 1u;
        }
        assert_string_equal(
            frames_sorted_check(&sorted),
            "frames_sorted: best_order is not the order of the largest block of the group");
    }
}

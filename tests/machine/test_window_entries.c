/* Tests the table of the window's entries: the entries of a frame, compared with a search of all
 * entries. */
#include "machine/window_entries.h"
#include "replay/random.h"
#include "support/test.h"

#define BOUND 24u
#define STEPS 20000u

/* Entries show frames from here on: small pages show 8 frames, large pages show these and the next
 * 4 MiB. */
#define FIRST_FRAME 0x400u

static uint32_t random_below(uint32_t end)
{
    static uint32_t state = 1;

    return random32_below(&state, end);
}

/* Removes the entry at a random address, or adds one if there is none. */
static void change(struct window_entries *entries)
{
    bool large = random_below(8) == 0;
    uint32_t va = large ? random_below(4) * LARGE_PAGE_SIZE : random_below(4096) * PAGE_SIZE;
    uint32_t frame = FIRST_FRAME + (large ? random_below(2) * 1024 : random_below(8));
    struct window_entry added = {.va = vaddr(va),
                                 .pa = paddr(frame << PAGE_SHIFT),
                                 .page_bytes = large ? LARGE_PAGE_SIZE : PAGE_SIZE};
    struct window_entry *entry = window_entries_overlap(entries, added.va, added.page_bytes);

    if (entry == NULL && entries->count == BOUND)
        entry = window_entries_oldest(entries);
    if (entry != NULL)
        window_entries_remove(entries, entry);
    else
        window_entries_add(entries, &added);
}

static uint32_t count_by_scan(const struct window_entries *entries, uint32_t frame)
{
    uint32_t count = 0;

    for (const struct window_entry *entry = window_entries_oldest(entries); entry;
         entry = window_entries_next(entries, entry))
        count += frame - (entry->pa.value >> PAGE_SHIFT) < entry->page_bytes >> PAGE_SHIFT;
    return count;
}

static uint32_t count_by_frame(const struct window_entries *entries, uint32_t frame)
{
    const struct window_entry *entry = NULL;
    uint32_t count = 0;

    while ((entry = window_entries_showing(entries, pfn(frame), entry)) != NULL) {
        assert_in_range(frame, entry->pa.value >> PAGE_SHIFT,
                        (entry->pa.value + (entry->page_bytes - 1)) >> PAGE_SHIFT);
        count++;
    }
    return count;
}

TEST(the_entries_of_a_frame_are_those_that_show_it)
{
    static const uint32_t frames[] = {0x3ff, 0x400, 0x401, 0x407, 0x408, 0x7ff, 0x800, 0xfffff};
    struct window_entries entries;

    assert_true(window_entries_create(&entries, BOUND));
    for (uint32_t step = 0; step < STEPS; step++) {
        change(&entries);
        for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
            assert_int_equal(count_by_frame(&entries, frames[i]),
                             count_by_scan(&entries, frames[i]));
    }
    window_entries_destroy(&entries);
}

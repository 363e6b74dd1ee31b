#include "support/holder.h"

#include "support/checking.h"

#include <string.h>

struct holder held;

static void on_move(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    assert_ptr_equal(context, &held);
    assert_int_equal(held.first[cookie].value, from.value);
    held.first[cookie] = to;
    held.moves++;
}

void holder_start_on(const struct memmap *map)
{
    memset(&held, 0, sizeof held);
    subject_start_on("migrate", map);
    subject.moved = on_move;
    subject.moved_context = &held;
}

void holder_start(uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    holder_start_on(&map);
}

void holder_stop(void)
{
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        drop(cookie);
    subject_stop();
}

static uint32_t *frame_word(pfn_t frame)
{
    return memory(pfn_to_paddr(frame).value);
}

bool hold(uint32_t order, bool movable)
{
    pfn_t first = pages_alloc(&subject, order, PAGES_USER);

    if (pfn_is_none(first))
        return false;
    if (movable)
        pages_set_movable(&subject, first, order, held.count);
    for (uint32_t i = 0; i < 1u << order; i++)
        *frame_word(pfn_add(first, i)) = held.count << 10 | i;
    held.first[held.count] = first;
    held.order[held.count++] = order;
    return true;
}

void drop(uint32_t cookie)
{
    if (pfn_is_none(held.first[cookie]))
        return;
    for (uint32_t i = 0; i < 1u << held.order[cookie]; i++)
        assert_int_equal(*frame_word(pfn_add(held.first[cookie], i)), cookie << 10 | i);
    pages_free(&subject, held.first[cookie], held.order[cookie]);
    held.first[cookie] = PFN_NONE;
}

void hold_only(uint32_t first, uint32_t end)
{
    while (hold(0, true))
        continue;
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        if (held.first[cookie].value < first || held.first[cookie].value >= end)
            drop(cookie);
}

uint32_t holder_of(uint32_t frame)
{
    for (uint32_t cookie = 0; cookie < held.count; cookie++)
        if (held.first[cookie].value == frame)
            return cookie;
    fail_msg("frame 0x%x has no holder", frame);
    return 0;
}

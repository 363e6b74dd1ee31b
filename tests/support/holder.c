#include "support/holder.h"

#include "support/checking.h"

#include <string.h>

struct holder holder;

static void on_move(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    assert_ptr_equal(context, &holder);
    assert_int_equal(holder.first[cookie].value, from.value);
    holder.first[cookie] = to;
    holder.moves++;
}

void holder_start_on(const struct memmap *map)
{
    memset(&holder, 0, sizeof holder);
    subject_start_on("migrate", map);
    subject.moved = on_move;
    subject.moved_context = &holder;
}

void holder_start(uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    holder_start_on(&map);
}

void holder_stop(void)
{
    for (uint32_t cookie = 0; cookie < holder.count; cookie++)
        holder_free(cookie);
    subject_stop();
}

static uint32_t *frame_word(pfn_t frame)
{
    return memory(pfn_to_paddr(frame).value);
}

bool holder_take(uint32_t order, bool movable)
{
    pfn_t first = pages_alloc(&subject, order, PAGES_USER);

    if (pfn_is_none(first))
        return false;
    if (movable)
        pages_set_movable(&subject, first, order, holder.count);
    for (uint32_t i = 0; i < 1u << order; i++)
        *frame_word(pfn_add(first, i)) = holder.count << 10 | i;
    holder.first[holder.count] = first;
    holder.order[holder.count++] = order;
    return true;
}

void holder_free(uint32_t cookie)
{
    if (pfn_is_none(holder.first[cookie]))
        return;
    for (uint32_t i = 0; i < 1u << holder.order[cookie]; i++)
        assert_int_equal(*frame_word(pfn_add(holder.first[cookie], i)), cookie << 10 | i);
    pages_free(&subject, holder.first[cookie], holder.order[cookie]);
    holder.first[cookie] = PFN_NONE;
}

void holder_take_only(uint32_t first, uint32_t end)
{
    while (holder_take(0, true))
        continue;
    for (uint32_t cookie = 0; cookie < holder.count; cookie++)
        if (holder.first[cookie].value < first || holder.first[cookie].value >= end)
            holder_free(cookie);
}

uint32_t holder_cookie_of(uint32_t frame)
{
    for (uint32_t cookie = 0; cookie < holder.count; cookie++)
        if (holder.first[cookie].value == frame)
            return cookie;
    fail_msg("frame 0x%x has no holder", frame);
    return 0;
}

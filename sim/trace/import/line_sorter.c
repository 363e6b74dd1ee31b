#include "line_sorter.h"
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((LINE_SORTER_LINES & (LINE_SORTER_LINES - 1)) == 0 &&
                   LINE_SORTER_LINES <= UINT16_MAX,
               "the ring's size is a power of two, and an index fits 16 bits");

void line_sorter_init(struct line_sorter *sorter)
{
    for (uint32_t i = 0; i < LINE_SORTER_LINES; i++)
        sorter->order[i] = (uint16_t)i;
}

void line_sorter_free(struct line_sorter *sorter)
{
    for (uint32_t i = 0; i < LINE_SORTER_LINES; i++)
        free(sorter->lines[i].text);
}

static uint16_t *order_at(struct line_sorter *sorter, uint32_t place)
{
    return &sorter->order[(sorter->first + place) % LINE_SORTER_LINES];
}

static struct sorted_line *line_at(struct line_sorter *sorter, uint32_t place)
{
    return &sorter->lines[*order_at(sorter, place)];
}

static void reserve(struct sorted_line *line, size_t bytes)
{
    if (line->capacity > bytes) /* an empty line has a text, too */
        return;
    line->capacity = 2 * bytes + 1;
    line->text = memory_resize(line->text, line->capacity, 1);
}

struct sorted_line *line_sorter_next(struct line_sorter *sorter, const char *text, size_t bytes)
{
    struct sorted_line *next = line_at(sorter, sorter->count);

    reserve(next, bytes);
    memcpy(next->text, text, bytes);
    return next;
}

void line_sorter_extend(struct sorted_line *line, size_t length, const char *text, size_t bytes)
{
    reserve(line, length + 1 + bytes);
    line->text[length] = ' ';
    memcpy(line->text + length + 1, text, bytes);
}

static uint64_t latest_ns(struct line_sorter *sorter)
{
    return sorter->count > 0 ? line_at(sorter, sorter->count - 1)->line.time_ns : sorter->given_ns;
}

/*
 *     first            place        count
 *     | 1.1  1.2  1.4  |  1.5  1.7  | 1.45     1.45 moves to place, 1.5 and 1.7 one to the right
 */
static void move_back(struct line_sorter *sorter)
{
    uint16_t index = *order_at(sorter, sorter->count);
    uint64_t time_ns = sorter->lines[index].line.time_ns;
    uint32_t place = sorter->count;

    for (; place > 0 && line_at(sorter, place - 1)->line.time_ns > time_ns; place--)
        *order_at(sorter, place) = *order_at(sorter, place - 1);
    *order_at(sorter, place) = index;
}

void line_sorter_add(struct line_sorter *sorter)
{
    struct kmem_line *line = &line_at(sorter, sorter->count)->line;
    uint64_t latest = latest_ns(sorter);

    if (line->timed && line->time_ns < sorter->given_ns) {
        sorter->late++;
        line->timed = false;
    }
    if (!line->timed)
        line->time_ns = latest;
    if (line->time_ns < latest) {
        sorter->moved++;
        move_back(sorter);
    }
    sorter->count++;
}

const struct sorted_line *line_sorter_take(struct line_sorter *sorter)
{
    const struct sorted_line *first = line_at(sorter, 0);

    if (sorter->count == 0)
        return NULL;
    sorter->given_ns = first->line.time_ns;
    sorter->first = (sorter->first + 1) % LINE_SORTER_LINES;
    sorter->count--;
    return first;
}

#include "line_window.h"
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((LINE_WINDOW & (LINE_WINDOW - 1)) == 0 && LINE_WINDOW <= UINT16_MAX, "a ring");

void line_window_init(struct line_window *window)
{
    for (uint32_t i = 0; i < LINE_WINDOW; i++)
        window->order[i] = (uint16_t)i;
}

void line_window_free(struct line_window *window)
{
    for (uint32_t i = 0; i < LINE_WINDOW; i++)
        free(window->lines[i].text);
}

static uint16_t *order_at(struct line_window *window, uint32_t place)
{
    return &window->order[(window->first + place) % LINE_WINDOW];
}

static struct window_line *line_at(struct line_window *window, uint32_t place)
{
    return &window->lines[*order_at(window, place)];
}

struct window_line *line_window_next(struct line_window *window, const char *text, size_t bytes)
{
    struct window_line *next = line_at(window, window->count);

    if (next->capacity <= bytes) { /* an empty line has a text, too */
        next->capacity = 2 * bytes + 1;
        next->text = memory_resize(next->text, next->capacity, 1);
    }
    memcpy(next->text, text, bytes);
    return next;
}

static uint64_t latest_ns(struct line_window *window)
{
    return window->count > 0 ? line_at(window, window->count - 1)->line.time_ns : window->given_ns;
}

/*
 *     first            place        count
 *     | 1.1  1.2  1.4  |  1.5  1.7  | 1.45     1.45 moves to place, 1.5 and 1.7 one to the right
 */
static void move_back(struct line_window *window)
{
    uint16_t index = *order_at(window, window->count);
    uint64_t time_ns = window->lines[index].line.time_ns;
    uint32_t place = window->count;

    for (; place > 0 && line_at(window, place - 1)->line.time_ns > time_ns; place--)
        *order_at(window, place) = *order_at(window, place - 1);
    *order_at(window, place) = index;
}

void line_window_add(struct line_window *window)
{
    struct kmem_line *line = &line_at(window, window->count)->line;
    uint64_t latest = latest_ns(window);

    if (line->timed && line->time_ns < window->given_ns) {
        window->late++;
        line->timed = false;
    }
    if (!line->timed)
        line->time_ns = latest;
    if (line->time_ns < latest) {
        window->moved++;
        move_back(window);
    }
    window->count++;
}

const struct window_line *line_window_take(struct line_window *window)
{
    const struct window_line *first = line_at(window, 0);

    if (window->count == 0)
        return NULL;
    window->given_ns = first->line.time_ns;
    window->first = (window->first + 1) % LINE_WINDOW;
    window->count--;
    return first;
}

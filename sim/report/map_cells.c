#include "report/map_cells.h"

#include <string.h>

#include "lab/frame_states.h"

struct map_cells map_cells_fit(const uint8_t kinds[], uint32_t end, uint32_t columns,
                               uint32_t rows_most)
{
    struct map_cells cells = {.kinds = kinds, .end = end, .columns = columns, .per_cell = 1};

    while ((end - 1u) / map_row_frames(&cells) >= rows_most)
        cells.per_cell *= 2u;
    cells.rows = (end - 1u) / map_row_frames(&cells) + 1u;
    return cells;
}

/* The kind with the most frames of those that are not `except`; FRAME_FREE if there is none. */
static uint32_t most_frequent(const uint32_t count[FRAME_STATE_COUNT], uint32_t except)
{
    uint32_t most = FRAME_FREE;

    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        if (kind != except && (most == except || count[kind] > count[most]))
            most = kind;
    return most;
}

static uint8_t eighths_of(uint32_t part, uint32_t whole)
{
    uint32_t eighths = (part * MAP_EIGHTHS + whole / 2u) / whole;

    if (part == whole)
        return MAP_EIGHTHS;
    if (eighths == 0)
        return 1;
    return (uint8_t)(eighths < MAP_EIGHTHS ? eighths : MAP_EIGHTHS - 1u);
}

/* The kinds of most cells are all the same. */
static bool all_same(const uint8_t kinds[], uint32_t frames)
{
    return memcmp(kinds, kinds + 1, frames - 1u) == 0;
}

static struct map_cell cell_of(const uint8_t kinds[], uint32_t frames)
{
    uint32_t count[FRAME_STATE_COUNT] = {0};

    if (all_same(kinds, frames))
        return (struct map_cell){kinds[0], kinds[0], MAP_EIGHTHS, true};
    for (uint32_t i = 0; i < frames; i++)
        count[kinds[i]]++;
    uint32_t free_frames = count[FRAME_FREE];
    count[FRAME_FREE] = 0;
    uint32_t kind = most_frequent(count, FRAME_FREE);
    count[FRAME_FREE] = free_frames;
    uint32_t other = most_frequent(count, kind);
    return (struct map_cell){(uint8_t)kind, (uint8_t)other, eighths_of(count[kind], frames), true};
}

struct map_cell map_cell(const struct map_cells *cells, uint32_t row, uint32_t column)
{
    uint32_t start = row * map_row_frames(cells) + column * cells->per_cell;
    uint32_t left = start < cells->end ? cells->end - start : 0;

    if (left == 0)
        return (struct map_cell){.exists = false};
    return cell_of(&cells->kinds[start], left < cells->per_cell ? left : cells->per_cell);
}

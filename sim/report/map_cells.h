/*
 * A map of frames as rows of cells. Low addresses are at the bottom, as in every drawing of memory
 * here, and a row begins at a round address. A cell stands for one frame or for a power of two of
 * them.
 *
 *     rows - 1   | 3 * columns * per_cell ...          |
 *     ...
 *     row 0      | frame 0, 1, 2 ...                   |
 */
#ifndef REPORT_MAP_CELLS_H
#define REPORT_MAP_CELLS_H

#include <stdbool.h>
#include <stdint.h>

struct map_cells {
    const uint8_t *kinds; /* of each frame: enum frame_kind or FRAME_HEAP_FREE */
    uint32_t end;         /* frames; at least 1 */
    uint32_t columns;     /* a power of two */
    uint32_t rows;
    uint32_t per_cell; /* frames */
};

/* The cells for `end` frames in at most rows_most >= 1 rows; `columns` is a power of two. */
struct map_cells map_cells_fit(const uint8_t kinds[], uint32_t end, uint32_t columns,
                               uint32_t rows_most);

#define MAP_EIGHTHS 8u

/* What a cell shows: the most frequent kind that is not free, and the most frequent of the others.
   If the cell has one kind, both are that kind. */
struct map_cell {
    uint8_t kind;
    uint8_t other;
    uint8_t eighths; /* of the cell that have `kind`: MAP_EIGHTHS if all of it has, else at least 1
                        and less than MAP_EIGHTHS */
    bool exists;     /* false: the cell lies beyond the last frame */
};

/* O(per_cell) */
struct map_cell map_cell(const struct map_cells *cells, uint32_t row, uint32_t column);

/* The frames of a row. */
static inline uint32_t map_row_frames(const struct map_cells *cells)
{
    return cells->columns * cells->per_cell;
}

/* The row in which a frame lies, and its column there. */
static inline uint32_t map_row_of(const struct map_cells *cells, uint32_t frame)
{
    return frame / map_row_frames(cells);
}

static inline uint32_t map_column_of(const struct map_cells *cells, uint32_t frame)
{
    return frame % map_row_frames(cells) / cells->per_cell;
}

#endif

/*
 * The address space as 32 rows of 32 cells, each the 4 MiB of a directory entry. A cell fills from
 * the bottom with what is mapped in it, in colours for the rights.
 *
 *     00000000  +0    +16M  +32M ... +112M
 *     08000000  [ ][ ][ ]
 */
#include "report/inspect_report.h"

#include <inttypes.h>
#include <stdarg.h>

#include "report/numbers.h"
#include "report/svg_title.h"
#include "report/trace_name.h"

#define GRID_COLUMNS 32u
#define GRID_ROWS    32u
#define CELL_PITCH   22u
#define CELL_SIDE    20u
#define GRID_LEFT    92u
#define GRID_TOP     84u
#define GRID_SIDE    (GRID_COLUMNS * CELL_PITCH)
#define LEGEND_TOP   (GRID_TOP + GRID_ROWS * CELL_PITCH + 18u)
#define LEGEND_PITCH 176u
#define WIDTH        (GRID_LEFT + GRID_SIDE + 28u)
#define HEIGHT       (LEGEND_TOP + 62u)
#define BAR_MIN      3u /* the height of the smallest mapped part, so that it can be seen */
#define LINE_BYTES   512u

_Static_assert(GRID_COLUMNS *GRID_ROWS == PAGE_TABLE_ENTRIES,
               "there is a cell for each directory entry");

/* Indexed by (flags & MMU_RIGHTS) / 2. */
#define RIGHTS_COUNT 4u
_Static_assert(RIGHTS_COUNT *BAR_MIN < CELL_SIDE, "the bars of the least shares fit a cell");
_Static_assert(MMU_RIGHTS / 2u == RIGHTS_COUNT - 1u, "half of the rights is their index");

static const struct {
    const char *colour;
    const char *name;
} rights_looks[RIGHTS_COUNT] = {
    {"#9fc5e8", "supervisor, read-only"},
    {"#2f6db3", "supervisor, writable"},
    {"#f6c78d", "user, read-only"},
    {"#d9731a", "user, writable"},
};

struct cell {
    uint32_t bytes[RIGHTS_COUNT];
    uint32_t flags; /* the flags of all ranges in the cell */
    bool large;
    bool outside;
};

struct map {
    struct cell cells[PAGE_TABLE_ENTRIES];
    uint64_t bytes;
};

__attribute__((format(printf, 2, 3))) static void put(const struct text_out *out,
                                                      const char *format, ...)
{
    char line[LINE_BYTES];
    va_list list;

    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    text_put(out, line);
}

/* ---- what is in the cells ---- */

static void add_range(void *context, const struct mmu_range *range)
{
    struct map *map = context;
    uint64_t end = range->va.value + range->bytes;

    map->bytes += range->bytes;
    for (uint64_t va = range->va.value; va < end;) {
        struct cell *cell = &map->cells[va >> LARGE_PAGE_SHIFT];
        uint64_t cell_end = (va | (LARGE_PAGE_SIZE - 1u)) + 1u;
        uint64_t next = cell_end < end ? cell_end : end;
        cell->bytes[(range->flags & MMU_RIGHTS) / 2u] += (uint32_t)(next - va);
        cell->flags |= range->flags;
        cell->large = range->page_bytes == LARGE_PAGE_SIZE;
        va = next;
    }
}

static void map_collect(struct map *map, const struct inspection *inspection)
{
    const struct mmu_outside *outside = &inspection->outside;

    *map = (struct map){.bytes = 0};
    mmu_scan(&inspection->tables, MMU_MERGE_PAGES, add_range, map);
    for (uint32_t i = 0; i < outside->count; i++)
        map->cells[outside->tables[i].index].outside = true;
}

/* ---- one cell ---- */

static void put_tooltip(const struct text_out *out, uint32_t index, const struct cell *cell)
{
    uint64_t va = (uint64_t)index << LARGE_PAGE_SHIFT;
    const char *before = ": ";

    put(out, "<title>%08" PRIx64 "-%08" PRIx64, va, va + LARGE_PAGE_SIZE);
    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++) {
        if (cell->bytes[rights] == 0)
            continue;
        put(out, "%s%s %s", before, number_size(cell->bytes[rights]).text,
            rights_looks[rights].name);
        before = "; ";
    }
    if (before[0] == ':')
        text_put(out, ": nothing mapped");
    text_put(out, cell->large ? "; a 4 MiB page" : "");
    text_put(out, cell->flags & MMU_SELF_MAP ? "; page tables, through a self-map" : "");
    text_put(out, cell->flags & MMU_RESERVED ? "; reserved bits are set: an access faults" : "");
    text_put(out, cell->outside ? "; its page table is outside the dump" : "");
    text_put(out, "</title>");
}

static void put_bar(const struct text_out *out, uint32_t x, uint32_t y, uint32_t height,
                    uint32_t rights)
{
    put(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>", x, y, CELL_SIDE,
        height, rights_looks[rights].colour);
}

/* The bars of a cell stand on each other. Each has BAR_MIN, and they share the rest of the cell by
 * their parts of 4 MiB. */
static void put_bars(const struct text_out *out, uint32_t x, uint32_t y, const struct cell *cell)
{
    uint32_t left = CELL_SIDE;
    uint32_t bottom = y + CELL_SIDE;

    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++)
        left -= cell->bytes[rights] != 0 ? BAR_MIN : 0u;
    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++) {
        if (cell->bytes[rights] == 0)
            continue;
        uint64_t share = (uint64_t)cell->bytes[rights] * left >> LARGE_PAGE_SHIFT;
        uint32_t height = BAR_MIN + (uint32_t)share;
        bottom -= height;
        put_bar(out, x, bottom, height, rights);
    }
}

static void put_large_mark(const struct text_out *out, uint32_t x, uint32_t y)
{
    put(out, "<circle cx=\"%u\" cy=\"%u\" r=\"2.5\" fill=\"#fff\"/>", x + CELL_SIDE / 2u,
        y + CELL_SIDE / 2u);
}

static void put_frame(const struct text_out *out, uint32_t x, uint32_t y)
{
    put(out,
        "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"none\" stroke=\"#111\" "
        "stroke-width=\"2\"/>",
        x + 1u, y + 1u, CELL_SIDE - 2u, CELL_SIDE - 2u);
}

static void put_cross(const struct text_out *out, uint32_t x, uint32_t y)
{
    put(out, "<path d=\"M%u %ul14 14m0 -14l-14 14\" stroke=\"#c00\" stroke-width=\"2\"/>", x + 3u,
        y + 3u);
}

static void put_cell(const struct text_out *out, uint32_t index, const struct cell *cell)
{
    uint32_t x = GRID_LEFT + index % GRID_COLUMNS * CELL_PITCH;
    uint32_t y = GRID_TOP + index / GRID_COLUMNS * CELL_PITCH;

    text_put(out, "<g>");
    put_tooltip(out, index, cell);
    put(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#eceff2\"/>", x, y,
        CELL_SIDE, CELL_SIDE);
    put_bars(out, x, y, cell);
    if (cell->large)
        put_large_mark(out, x, y);
    if (cell->flags & MMU_SELF_MAP)
        put_frame(out, x, y);
    if (cell->outside || (cell->flags & MMU_RESERVED))
        put_cross(out, x, y);
    text_put(out, "</g>\n");
}

/* ---- around them ---- */

static void put_text(const struct text_out *out, uint32_t x, uint32_t y, const char *text)
{
    put(out, "<text x=\"%u\" y=\"%u\">%s</text>\n", x, y, text);
}

static void put_axes(const struct text_out *out)
{
    char label[16];

    text_put(out, "<g font-family=\"monospace\" fill=\"#444\">\n");
    for (uint32_t row = 0; row < GRID_ROWS; row++) {
        snprintf(label, sizeof label, "%08" PRIx32, row * GRID_COLUMNS << LARGE_PAGE_SHIFT);
        put_text(out, GRID_LEFT - 72u, GRID_TOP + row * CELL_PITCH + 14u, label);
    }
    for (uint32_t column = 0; column < GRID_COLUMNS; column += 4u) {
        snprintf(label, sizeof label, "+%07" PRIx32, column << LARGE_PAGE_SHIFT);
        put_text(out, GRID_LEFT + column * CELL_PITCH, GRID_TOP - 8u, label);
    }
    text_put(out, "</g>\n");
}

static void put_legend(const struct text_out *out)
{
    static const struct {
        void (*mark)(const struct text_out *out, uint32_t x, uint32_t y);
        const char *text;
        uint32_t rights; /* the colour under the mark */
        bool filled;
    } marks[] = {
        {put_large_mark, "one 4 MiB page", 1, true},
        {put_frame, "page tables (self-map)", 0, false},
        {put_cross, "table missing, or reserved bits", 0, false},
    };
    uint32_t y = LEGEND_TOP;

    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++) {
        uint32_t x = GRID_LEFT + rights * LEGEND_PITCH;
        put_bar(out, x, y, CELL_SIDE, rights);
        put_text(out, x + CELL_PITCH + 6u, y + 14u, rights_looks[rights].name);
    }
    y += CELL_PITCH + 8u;
    for (uint32_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        uint32_t x = GRID_LEFT + i * LEGEND_PITCH;
        if (marks[i].filled)
            put_bar(out, x, y, CELL_SIDE, marks[i].rights);
        marks[i].mark(out, x, y);
        put_text(out, x + CELL_PITCH + 6u, y + 14u, marks[i].text);
    }
}

void inspect_put_svg(const struct inspection *inspection, const struct text_out *out)
{
    struct map map;

    map_collect(&map, inspection);
    put(out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg " SVG_ROLE
        " xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%u\" height=\"%u\" "
        "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"12\" fill=\"none\">\n",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    text_put(out, "<title>Address space in ");
    svg_put_text(out, file_name(inspection->name));
    text_put(out, "</title>\n");
    text_put(out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<g fill=\"#111\">\n");
    put(out,
        "<text x=\"%u\" y=\"28\" font-size=\"17\">Address space of the directory at %08" PRIx32
        "</text>\n",
        GRID_LEFT, inspection->tables.cr3 & PTE_FRAME_MASK);
    put(out,
        "<text x=\"%u\" y=\"48\">%s mapped. A cell is 4 MiB, filled as far as it is mapped; a row "
        "is 128 MiB.</text>\n",
        GRID_LEFT, number_size(map.bytes).text);
    put_axes(out);
    put_legend(out);
    text_put(out, "</g>\n");
    for (uint32_t index = 0; index < PAGE_TABLE_ENTRIES; index++)
        put_cell(out, index, &map.cells[index]);
    text_put(out, "</svg>\n");
}

/*
 * The address space as rows of 32 cells. In modes of 32 bits a cell is 4 MiB; in the others it is
 * what an entry of the root table is for. A cell fills from the bottom with what is mapped in it,
 * in colours for the rights.
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

#define GRID_COLUMNS  32u
#define CELLS_MAX     1024u
#define CELL_PITCH    22u
#define CELL_SIDE     20u
#define GRID_LEFT     92u  /* behind row labels of 8 digits */
#define GRID_LEFT_64  152u /* and of 16 digits */
#define GRID_TOP      84u
#define GRID_SIDE     (GRID_COLUMNS * CELL_PITCH)
#define LEGEND_PITCH  176u
#define LEGEND_HEIGHT 62u
#define RIGHT_MARGIN  28u
#define BAR_MIN       3u /* the height of the smallest mapped part, so that it can be seen */
#define LINE_BYTES    512u

_Static_assert(CELLS_MAX == PAGE_TABLE_ENTRIES && GRID_COLUMNS == 1u << 5,
               "a cell for each directory entry of the i386; a row is 32 cells");

/* Indexed by (flags & PAGING_GIVEN) / 2. */
#define RIGHTS_COUNT 4u
_Static_assert(RIGHTS_COUNT *BAR_MIN < CELL_SIDE, "the bars of the least shares fit a cell");
_Static_assert(PAGING_GIVEN / 2u == RIGHTS_COUNT - 1u, "half of the rights is their index");

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
    uint64_t bytes[RIGHTS_COUNT];
    uint32_t flags; /* the flags of all ranges in the cell */
    bool large;     /* there are pages above the smallest */
    bool outside;
};

struct map {
    const struct paging_mode *mode;
    uint32_t cell_shift; /* a cell is 1 << cell_shift bytes */
    uint32_t cell_count;
    uint32_t left; /* where the cells begin, and the legend */
    uint32_t legend_top;
    struct cell cells[CELLS_MAX];
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

static void add_range(void *context, const struct page_range *range)
{
    struct map *map = context;
    uint64_t end = range->va + range->bytes;

    map->bytes += range->bytes;
    for (uint64_t va = range->va; va < end;) {
        struct cell *cell = &map->cells[va >> map->cell_shift];
        uint64_t cell_end = ((va >> map->cell_shift) + 1u) << map->cell_shift;
        uint64_t next = cell_end < end ? cell_end : end;
        cell->bytes[(range->flags & PAGING_GIVEN) / 2u] += next - va;
        cell->flags |= range->flags;
        cell->large = cell->large || range->page_bytes > PAGE_SIZE;
        va = next;
    }
}

static void map_collect(struct map *map, struct inspection *inspection)
{
    const struct paging_mode *mode = inspection->tables.mode;
    struct page_scan_result *result = &inspection->result;
    bool is_wide = mode->va_bits > 32;

    *map = (struct map){.mode = mode, .left = is_wide ? GRID_LEFT_64 : GRID_LEFT};
    map->cell_shift = is_wide ? mode->level[0].shift : LARGE_PAGE_SHIFT;
    map->cell_count = 1u << (mode->va_bits - map->cell_shift);
    map->legend_top = GRID_TOP + map->cell_count / GRID_COLUMNS * CELL_PITCH + 18u;
    page_scan(&inspection->tables, PAGE_MERGE_PAGES, add_range, map, result);
    for (uint32_t i = 0; i < result->outside_count && i < SCAN_OUTSIDE_MAX; i++)
        map->cells[result->outside[i].va >> map->cell_shift].outside = true;
}

/* An address at the border of cells, as text. */
struct border_text {
    char text[20];
};

static struct border_text cell_border(const struct map *map, uint32_t index)
{
    struct border_text border;
    uint64_t va = (uint64_t)index << map->cell_shift;

    if (map->mode->va_bits <= 32)
        snprintf(border.text, sizeof border.text, "%08" PRIx64, va);
    else if (index == map->cell_count)
        snprintf(border.text, sizeof border.text, "10000000000000000");
    else
        snprintf(border.text, sizeof border.text, "%016" PRIx64, paging_canonical(map->mode, va));
    return border;
}

/* ---- one cell ---- */

static void put_tooltip(const struct text_out *out, const struct map *map, uint32_t index)
{
    const struct cell *cell = &map->cells[index];
    const char *before = ": ";

    put(out, "<title>%s-%s", cell_border(map, index).text, cell_border(map, index + 1u).text);
    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++) {
        if (cell->bytes[rights] == 0)
            continue;
        put(out, "%s%s %s", before, number_size(cell->bytes[rights]).text,
            rights_looks[rights].name);
        before = "; ";
    }
    if (before[0] == ':')
        text_put(out, ": nothing mapped");
    if (cell->large)
        text_put(out, map->mode->entry_bytes == 4 ? "; a 4 MiB page" : "; large pages");
    text_put(out, cell->flags & PAGING_SELF_MAP ? "; page tables, through a self-map" : "");
    text_put(out, cell->flags & PAGING_RESERVED ? "; reserved bits are set: an access faults" : "");
    text_put(out, !cell->outside                ? ""
                  : map->mode->entry_bytes == 4 ? "; its page table is outside the dump"
                                                : "; a table is outside the dump");
    text_put(out, "</title>");
}

static void put_bar(const struct text_out *out, uint32_t x, uint32_t y, uint32_t height,
                    uint32_t rights)
{
    put(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>", x, y, CELL_SIDE,
        height, rights_looks[rights].colour);
}

/* The bars of a cell stand on each other. Each has BAR_MIN, and they share the rest of the cell by
 * their parts of the cell. */
static void put_bars(const struct text_out *out, uint32_t x, uint32_t y, const struct cell *cell,
                     uint32_t cell_shift)
{
    uint32_t left = CELL_SIDE;
    uint32_t bottom = y + CELL_SIDE;

    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++)
        left -= cell->bytes[rights] != 0 ? BAR_MIN : 0u;
    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++) {
        if (cell->bytes[rights] == 0)
            continue;
        uint64_t share = (cell->bytes[rights] >> PAGE_SHIFT) * left >> (cell_shift - PAGE_SHIFT);
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

static void put_cell(const struct text_out *out, const struct map *map, uint32_t index)
{
    const struct cell *cell = &map->cells[index];
    uint32_t x = map->left + index % GRID_COLUMNS * CELL_PITCH;
    uint32_t y = GRID_TOP + index / GRID_COLUMNS * CELL_PITCH;

    text_put(out, "<g>");
    put_tooltip(out, map, index);
    put(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#eceff2\"/>", x, y,
        CELL_SIDE, CELL_SIDE);
    put_bars(out, x, y, cell, map->cell_shift);
    if (cell->large)
        put_large_mark(out, x, y);
    if (cell->flags & PAGING_SELF_MAP)
        put_frame(out, x, y);
    if (cell->outside || (cell->flags & PAGING_RESERVED))
        put_cross(out, x, y);
    text_put(out, "</g>\n");
}

/* ---- around them ---- */

static void put_text(const struct text_out *out, uint32_t x, uint32_t y, const char *text)
{
    put(out, "<text x=\"%u\" y=\"%u\">%s</text>\n", x, y, text);
}

static void put_axes(const struct text_out *out, const struct map *map)
{
    char label[24];

    text_put(out, "<g font-family=\"monospace\" fill=\"#444\">\n");
    for (uint32_t index = 0; index < map->cell_count; index += GRID_COLUMNS)
        put_text(out, 20u, GRID_TOP + index / GRID_COLUMNS * CELL_PITCH + 14u,
                 cell_border(map, index).text);
    for (uint32_t column = 0; column < GRID_COLUMNS; column += 4u) {
        snprintf(label, sizeof label, "+%07" PRIx64, (uint64_t)column << map->cell_shift);
        put_text(out, map->left + column * CELL_PITCH, GRID_TOP - 8u, label);
    }
    text_put(out, "</g>\n");
}

static void put_legend(const struct text_out *out, const struct map *map)
{
    const struct {
        void (*mark)(const struct text_out *out, uint32_t x, uint32_t y);
        const char *text;
        uint32_t rights; /* the colour under the mark */
        bool filled;
    } marks[] = {
        {put_large_mark, map->mode->entry_bytes == 4 ? "one 4 MiB page" : "large pages", 1, true},
        {put_frame, "page tables (self-map)", 0, false},
        {put_cross, "table missing, or reserved bits", 0, false},
    };
    uint32_t y = map->legend_top;

    for (uint32_t rights = 0; rights < RIGHTS_COUNT; rights++) {
        uint32_t x = map->left + rights * LEGEND_PITCH;
        put_bar(out, x, y, CELL_SIDE, rights);
        put_text(out, x + CELL_PITCH + 6u, y + 14u, rights_looks[rights].name);
    }
    y += CELL_PITCH + 8u;
    for (uint32_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        uint32_t x = map->left + i * LEGEND_PITCH;
        if (marks[i].filled)
            put_bar(out, x, y, CELL_SIDE, marks[i].rights);
        marks[i].mark(out, x, y);
        put_text(out, x + CELL_PITCH + 6u, y + 14u, marks[i].text);
    }
}

static void put_head(const struct text_out *out, const struct map *map,
                     const struct inspection *inspection)
{
    uint32_t width = map->left + GRID_SIDE + RIGHT_MARGIN;
    uint32_t height = map->legend_top + LEGEND_HEIGHT;

    put(out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg " SVG_ROLE
        " xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%u\" height=\"%u\" "
        "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"12\" fill=\"none\">\n",
        width, height, width, height);
    text_put(out, "<title>Address space in ");
    svg_put_text(out, file_name(inspection->name));
    text_put(out, "</title>\n");
    text_put(out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<g fill=\"#111\">\n");
}

/* A size that is a power of two, in the largest unit. */
static const char *power_text(char text[static 16], uint32_t shift)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};

    snprintf(text, 16, "%u %s", 1u << shift % 10u, units[shift / 10u]);
    return text;
}

static void put_words(const struct text_out *out, const struct map *map,
                      const struct inspection *inspection)
{
    char cell[16];
    char row[16];

    put(out,
        "<text x=\"%u\" y=\"28\" font-size=\"17\">Address space of the %s at %0*" PRIx64
        "</text>\n",
        map->left, map->mode->level[0].name, map->mode->pa_digits, inspection->tables.root);
    put(out,
        "<text x=\"%u\" y=\"48\">%s mapped. A cell is %s, filled as far as it is mapped; a row "
        "is %s.</text>\n",
        map->left, number_size(map->bytes).text, power_text(cell, map->cell_shift),
        power_text(row, map->cell_shift + 5u));
}

void inspect_put_svg(struct inspection *inspection, const struct text_out *out)
{
    struct map map;

    map_collect(&map, inspection);
    put_head(out, &map, inspection);
    put_words(out, &map, inspection);
    put_axes(out, &map);
    put_legend(out, &map);
    text_put(out, "</g>\n");
    for (uint32_t index = 0; index < map.cell_count; index++)
        put_cell(out, &map, index);
    text_put(out, "</svg>\n");
}

/*
 * The map as a drawing:
 *
 *     gcc_512 under brk, RAM 88.0 MiB
 *     at event 1,234: kmalloc of 32.7 KiB fails: a used frame is in brk's way
 *     [] free 62.7 MiB   [] heap 11.7 MiB  ...
 *
 *     64 MiB |                        |
 *            |          []  in the way: page_cache
 *         0  |________________________| brk
 */
#include "report/map_drawing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/explain_report.h"
#include "report/frame_colours.h"
#include "report/map_cells.h"
#include "report/numbers.h"
#include "trace/memory.h"
#include "trace/printable.h"

#define WIDTH           960u
#define MAP_LEFT        76.0
#define COLUMNS         256u
#define ROWS_MOST       256u
#define CELL_WIDTH      3u /* so many steps has the bar of a mixed cell */
#define MAP_WIDTH       (COLUMNS * CELL_WIDTH)
#define MAP_RIGHT       (MAP_LEFT + MAP_WIDTH)
#define MAP_HEIGHT      480u /* about; rows are whole pixels high, at least 3 of them, at most 12 */
#define KEYS_IN_ROW     5u
#define KEY_WIDTH       174.0
#define KEY_HEIGHT      20.0
#define HEAD_HEIGHT     74.0 /* of the lines above the legend */
#define FAILURE_HEIGHT  22.0 /* of the line about a failure below them */
#define FOOT_HEIGHT     44u
#define SPANS_DRAWN     200u /* of a heap: the highest */
#define LINE_CHARACTERS 118u

/* The colours of the steps of all cells, from the lowest row on. */
struct raster {
    struct map_cells cells;
    uint8_t *kinds; /* MAP_WIDTH for each row; NO_KIND: no frame */
    uint32_t row_height;
};
#define NO_KIND 0xffu

struct picture {
    const struct map_report *report;
    const struct memory_map *map;
    struct raster raster;
    double legend_top;
    double map_top;
    double map_bottom;
};

/* ---- the raster ---- */

static void put_cell(uint8_t steps[CELL_WIDTH], struct map_cell cell)
{
    uint32_t of_kind = (cell.eighths * CELL_WIDTH + MAP_EIGHTHS / 2u) / MAP_EIGHTHS;

    if (!cell.exists) {
        memset(steps, NO_KIND, CELL_WIDTH);
        return;
    }
    if (of_kind == 0)
        of_kind = 1;
    if (of_kind == CELL_WIDTH && cell.eighths != MAP_EIGHTHS)
        of_kind = CELL_WIDTH - 1u;
    memset(steps, cell.kind, of_kind);
    memset(steps + of_kind, cell.other, CELL_WIDTH - of_kind);
}

static struct raster raster_make(const struct memory_map *map)
{
    struct raster raster = {.cells = map_cells_fit(map->kinds, map->end, COLUMNS, ROWS_MOST)};
    uint32_t rows = raster.cells.rows;

    raster.kinds = memory_zeroed((size_t)rows, MAP_WIDTH);
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < COLUMNS; column++)
            put_cell(&raster.kinds[row * MAP_WIDTH + column * CELL_WIDTH],
                     map_cell(&raster.cells, row, column));
    raster.row_height = MAP_HEIGHT / rows;
    if (raster.row_height < 3u)
        raster.row_height = 3u;
    if (raster.row_height > 12u)
        raster.row_height = 12u;
    return raster;
}

/* The end of the run of one kind that begins at x. */
static uint32_t run_end(const uint8_t row[], uint32_t x)
{
    uint32_t end = x + 1u;

    while (end < MAP_WIDTH && row[end] == row[x])
        end++;
    return end;
}

/* Whether a row has exactly this run. */
static bool has_run(const uint8_t row[], uint32_t start, uint32_t end, uint8_t kind)
{
    return row[start] == kind && (start == 0 || row[start - 1u] != kind) &&
           run_end(row, start) == end;
}

/* ---- where a frame is ---- */

static double row_top(const struct picture *picture, uint32_t row)
{
    return picture->map_bottom - (row + 1u) * picture->raster.row_height;
}

static double row_bottom(const struct picture *picture, uint32_t row)
{
    return row_top(picture, row) + picture->raster.row_height;
}

/* The left side of a frame. */
static double frame_left(const struct picture *picture, uint32_t frame)
{
    uint32_t row_frames = map_row_frames(&picture->raster.cells);

    return MAP_LEFT + (double)(frame % row_frames) * MAP_WIDTH / row_frames;
}

/* ---- the cells ---- */

/* Draw the run with its equals in the rows above it, unless it is one of those. */
static void put_run(struct drawing *drawing, const struct picture *picture, uint32_t row,
                    uint32_t start, uint32_t end)
{
    const uint8_t *steps = &picture->raster.kinds[row * MAP_WIDTH];
    uint32_t rows = 1;

    if (row != 0 && has_run(steps - MAP_WIDTH, start, end, steps[start]))
        return;
    while (row + rows < picture->raster.cells.rows &&
           has_run(steps + rows * MAP_WIDTH, start, end, steps[start]))
        rows++;
    drawing->box(drawing, (struct drawing_box){MAP_LEFT + start, row_top(picture, row + rows - 1u),
                                               end - start, rows * picture->raster.row_height});
}

static struct sentence kind_text(const struct picture *picture, uint32_t kind)
{
    return sentence_of("%s %s", frame_looks[kind].label,
                       number_size((uint64_t)picture->map->kind_frames[kind] << PAGE_SHIFT).text);
}

static void put_kind(struct drawing *drawing, const struct picture *picture, uint32_t kind)
{
    const struct raster *raster = &picture->raster;

    drawing->begin_boxes(drawing, INK_KIND + kind);
    for (uint32_t row = 0; row < raster->cells.rows; row++) {
        const uint8_t *steps = &raster->kinds[row * MAP_WIDTH];
        for (uint32_t x = 0, end; x < MAP_WIDTH; x = end) {
            end = run_end(steps, x);
            if (steps[x] == kind)
                put_run(drawing, picture, row, x, end);
        }
    }
    drawing->end_boxes(drawing, kind_text(picture, kind).text);
}

static void put_cells(struct drawing *drawing, const struct picture *picture)
{
    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        if (picture->map->kind_frames[kind] != 0)
            put_kind(drawing, picture, kind);
}

/* ---- the axis and the zones ---- */

static void put_line(struct drawing *drawing, double x1, double y1, double x2, double y2,
                     bool dashed)
{
    const struct drawing_point points[] = {{x1, y1}, {x2, y2}};

    drawing->line(drawing, &(struct drawing_line){points, 2, INK_FAINT, 1.0, false, dashed});
}

static void put_label(struct drawing *drawing, double x, double y, enum drawing_anchor anchor,
                      const char *text)
{
    drawing->text(
        drawing, &(struct drawing_text){
                     .x = x, .y = y, .size = 12, .ink = INK_FAINT, .anchor = anchor, .text = text});
}

#define LABELS_MOST 12u

/* Addresses at round distances, which begin rows. */
static void put_axis(struct drawing *drawing, const struct picture *picture)
{
    uint32_t rows = picture->raster.cells.rows;
    uint32_t step = 1;

    while (rows / step > LABELS_MOST)
        step *= 2u;
    for (uint32_t row = 0; row < rows; row += step) {
        uint64_t address = (uint64_t)row * map_row_frames(&picture->raster.cells) << PAGE_SHIFT;
        double y = row_bottom(picture, row);
        char text[32];
        snprintf(text, sizeof text, "%g MiB", (double)address / 0x100000);
        put_label(drawing, MAP_LEFT - 10.0, y + 4.0, ANCHOR_END, row == 0 ? "0" : text);
        put_line(drawing, MAP_LEFT - 6.0, y, MAP_LEFT, y, false);
    }
}

#define LABEL_HEIGHT 13.0

/* A label whose place is taken stands above the one that has it. */
static void put_zones(struct drawing *drawing, const struct picture *picture)
{
    double label = picture->map_bottom + LABEL_HEIGHT;

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        struct frame_range range = picture->map->zones[zone];
        if (range.start.value == range.end.value)
            continue;
        double y = row_bottom(picture, map_row_of(&picture->raster.cells, range.start.value));
        put_line(drawing, MAP_LEFT, y, MAP_RIGHT + 40.0, y, true);
        label = label - LABEL_HEIGHT < y - 4.0 ? label - LABEL_HEIGHT : y - 4.0;
        put_label(drawing, MAP_RIGHT + 8.0, label, ANCHOR_START,
                  explain_zone_name((enum zone)zone));
    }
}

/* ---- the heap ---- */

/*
 * The outline of a span, which may begin and end inside a row:
 *
 *     5-----------4
 *     |           3---2     the row of its last frame, below which the others are
 *     6---7           |
 *         0-----------1     the row of its first frame
 */
static uint32_t span_outline(const struct picture *picture, struct frame_range span,
                             struct drawing_point points[8])
{
    uint32_t first = map_row_of(&picture->raster.cells, span.start.value);
    uint32_t last = map_row_of(&picture->raster.cells, span.end.value - 1u);
    double left = frame_left(picture, span.start.value);
    double right = frame_left(picture, span.end.value - 1u) +
                   (double)MAP_WIDTH / map_row_frames(&picture->raster.cells);
    double low = row_bottom(picture, first);
    double high = row_top(picture, last);

    if (first == last) {
        const struct drawing_point row[] = {{left, low}, {right, low}, {right, high}, {left, high}};
        memcpy(points, row, sizeof row);
        return 4;
    }
    const struct drawing_point rows[] = {{left, low},
                                         {MAP_RIGHT, low},
                                         {MAP_RIGHT, row_bottom(picture, last)},
                                         {right, row_bottom(picture, last)},
                                         {right, high},
                                         {MAP_LEFT, high},
                                         {MAP_LEFT, row_top(picture, first)},
                                         {left, row_top(picture, first)}};
    memcpy(points, rows, sizeof rows);
    return 8;
}

/* Draw a closed line that can be seen on every colour. */
static void put_outline(struct drawing *drawing, const struct drawing_point points[],
                        uint32_t count, enum drawing_ink ink, double width)
{
    drawing->line(drawing,
                  &(struct drawing_line){points, count, INK_PAGE, width + 2.5, true, false});
    drawing->line(drawing, &(struct drawing_line){points, count, ink, width, true, false});
}

/* A line around all frames, because free ones look much like the page. */
static void put_border(struct drawing *drawing, const struct picture *picture)
{
    struct drawing_point points[8];
    const struct frame_range all = {pfn(0), pfn(picture->map->end)};
    uint32_t count = span_outline(picture, all, points);

    drawing->line(drawing, &(struct drawing_line){points, count, INK_FAINT, 1.0, true, false});
}

static void put_spans(struct drawing *drawing, const struct picture *picture)
{
    const struct memory_map *map = picture->map;
    struct drawing_point points[8];

    for (uint32_t i = 0; i < map->span_count && i < SPANS_DRAWN; i++) {
        uint32_t count = span_outline(picture, map->spans[i], points);
        put_outline(drawing, points, count, INK_TEXT, 1.5);
    }
    if (map->span_count == 0 || !map->ends_in_brk)
        return;
    double y = row_top(picture, map_row_of(&picture->raster.cells, map->spans[0].end.value - 1u));
    drawing->text(drawing, &(struct drawing_text){.x = MAP_RIGHT + 48.0,
                                                  .y = y + 4.0,
                                                  .size = 12,
                                                  .ink = INK_TEXT,
                                                  .bold = true,
                                                  .text = "brk"});
}

/* ---- what is in the way ---- */

#define RING 6.0 /* half of its side */

static void put_blocker(struct drawing *drawing, const struct picture *picture)
{
    const struct replay_failure *failure = &picture->map->failure;
    uint32_t frame = failure->blocker.frame.value;

    if (!picture->map->failed || frame >= picture->map->end)
        return;
    double x = frame_left(picture, frame) + 1.5;
    double y = row_top(picture, map_row_of(&picture->raster.cells, frame)) +
               picture->raster.row_height / 2.0;
    bool on_left = x < MAP_LEFT + MAP_WIDTH / 2.0;
    bool on_top = y < picture->map_top + 30.0;
    const struct drawing_point ring[] = {
        {x - RING, y - RING}, {x + RING, y - RING}, {x + RING, y + RING}, {x - RING, y + RING}};
    put_outline(drawing, ring, 4, INK_FAILURE, 2.0);
    drawing->text(drawing,
                  &(struct drawing_text){
                      .x = on_left ? x - RING : x + RING,
                      .y = on_top ? y + 24.0 : y - 12.0,
                      .size = 13,
                      .ink = INK_FAILURE,
                      .anchor = on_left ? ANCHOR_START : ANCHOR_END,
                      .bold = true,
                      .halo = true,
                      .text = sentence_of_blocker_short(failure, picture->report->trace).text});
}

/* ---- around the map ---- */

static void put_head_line(struct drawing *drawing, double y, uint32_t size, enum drawing_ink ink,
                          const char *text)
{
    drawing->text(
        drawing,
        &(struct drawing_text){
            .x = MAP_LEFT, .y = y, .size = size, .ink = ink, .bold = size > 13u, .text = text});
}

static void put_head(struct drawing *drawing, const struct picture *picture)
{
    const struct map_report *report = picture->report;
    struct sentence where;

    put_head_line(drawing, 32.0, 19, INK_TEXT,
                  sentence_of_run(report->trace, report->strategy, report->ram_bytes).text);
    snprintf(where.text, sizeof where.text, "%.300s. %s free", map_moment_sentence(report).text,
             number_size(picture->map->free_bytes).text);
    put_head_line(drawing, 54.0, 13, INK_FAINT, where.text);
    if (picture->map->failed)
        put_head_line(
            drawing, 76.0, 13, INK_FAILURE,
            printable_within(
                sentence_of_failure(&report->map->failure, report->map->site, report->trace).text,
                LINE_CHARACTERS)
                .text);
}

static uint32_t keys(const struct memory_map *map)
{
    uint32_t count = 0;

    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        count += map->kind_frames[kind] != 0;
    return count;
}

static void put_legend(struct drawing *drawing, const struct picture *picture)
{
    uint32_t place = 0;

    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++) {
        if (picture->map->kind_frames[kind] == 0)
            continue;
        double x = MAP_LEFT + place % KEYS_IN_ROW * KEY_WIDTH;
        double y = picture->legend_top + place / KEYS_IN_ROW * KEY_HEIGHT;
        struct sentence label = kind_text(picture, kind);
        drawing->begin_boxes(drawing, INK_KIND + kind);
        drawing->box(drawing, (struct drawing_box){x, y, 13.0, 13.0});
        drawing->end_boxes(drawing, label.text);
        put_label(drawing, x + 19.0, y + 11.0, ANCHOR_START, label.text);
        place++;
    }
}

static void put_foot(struct drawing *drawing, const struct picture *picture)
{
    const struct map_cells *cells = &picture->raster.cells;
    char text[200];

    snprintf(text, sizeof text, "Low addresses are at the bottom. Each row is %s, each cell %s%s.",
             number_size((uint64_t)map_row_frames(cells) << PAGE_SHIFT).text,
             number_size((uint64_t)cells->per_cell << PAGE_SHIFT).text,
             picture->map->span_count != 0 ? ". The thick line surrounds the heap" : "");
    put_label(drawing, MAP_LEFT, picture->map_bottom + 26.0, ANCHOR_START, text);
}

static void draw(struct drawing *drawing, const void *context)
{
    const struct picture *picture = context;

    put_head(drawing, picture);
    put_legend(drawing, picture);
    put_cells(drawing, picture);
    put_border(drawing, picture);
    put_axis(drawing, picture);
    put_zones(drawing, picture);
    put_spans(drawing, picture);
    put_blocker(drawing, picture);
    put_foot(drawing, picture);
}

/* ---- the drawing ---- */

/* The same for a reader who cannot see it. */
static struct sentence description_of(const struct picture *picture)
{
    const struct memory_map *map = picture->map;
    struct sentence text;
    size_t used = (size_t)snprintf(text.text, sizeof text.text, "Memory %.120s.",
                                   map_moment_sentence(picture->report).text);

    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        if (map->kind_frames[kind] != 0 && used < sizeof text.text)
            used += (size_t)snprintf(text.text + used, sizeof text.text - used, " %s.",
                                     kind_text(picture, kind).text);
    return text;
}

bool map_draw(const struct map_report *report, enum map_form form, const struct text_out *out,
              struct sim_error *error)
{
    struct picture picture = {
        .report = report, .map = report->map, .raster = raster_make(report->map)};
    uint32_t key_rows = (keys(report->map) + KEYS_IN_ROW - 1u) / KEYS_IN_ROW;
    struct sentence title = sentence_of_run(report->trace, report->strategy, report->ram_bytes);
    bool done = true;

    picture.legend_top = HEAD_HEIGHT + (report->map->failed ? FAILURE_HEIGHT : 0.0);
    picture.map_top = picture.legend_top + key_rows * KEY_HEIGHT + 16.0;
    picture.map_bottom = picture.map_top + picture.raster.cells.rows * picture.raster.row_height;
    struct sentence description = description_of(&picture);
    const struct drawing_content content = {
        .size = {WIDTH, (uint32_t)picture.map_bottom + FOOT_HEIGHT},
        .title = title.text,
        .description = description.text,
        .draw = draw,
        .context = &picture,
    };
    if (form == MAP_SVG)
        drawing_put_svg(&content, out);
    else
        done = drawing_put_png(&content, out, error);
    free(picture.raster.kinds);
    return done;
}

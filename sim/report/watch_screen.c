#include "report/watch_screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mm/strategy.h>

#include "report/explain_report.h"
#include "report/frame_colours.h"
#include "report/map_glyph.h"
#include "report/numbers.h"
#include "report/sentence.h"

#define LABEL_WIDTH    7u  /* of the address in MiB, and a blank */
#define MAP_RIGHT      5u  /* "brk" behind a row, and blanks around it */
#define PANEL_LEAST    28u /* columns; with fewer there is no panel */
#define PANEL_WIDE     40u
#define PANEL_MOST     52u
#define MAP_LEAST      16u /* cells in a row */
#define MAP_STEP       8u  /* the cells in a row are a multiple of this */
#define MAP_MOST       256u
#define LINES_ABOVE    4u /* the map */
#define LINES_BELOW    3u
#define ROWS_FOR_LINES 12u /* a lower screen has no lines but the first and the last */
#define FRAMES_IN_MIB  256.0

/* Where everything is. */
struct layout {
    uint32_t map_top; /* rows */
    uint32_t map_bottom;
    uint32_t columns; /* cells in a row of the map */
    uint32_t panel;   /* the panel's first column; the width of the screen: there is none */
};

static struct screen_pen pen_of(uint8_t ink)
{
    return (struct screen_pen){ink, SCREEN_DEFAULT, false, false};
}

static struct layout layout_of(const struct screen *screen)
{
    bool lines = screen->rows >= ROWS_FOR_LINES;
    struct layout layout = {.map_top = lines ? LINES_ABOVE : 1u, .panel = screen->columns};
    uint32_t below = lines ? LINES_BELOW : 1u;
    uint32_t beside = LABEL_WIDTH + MAP_RIGHT;

    layout.map_bottom = screen->rows > below ? screen->rows - below : 0;
    if (screen->columns >= beside + MAP_LEAST + PANEL_LEAST)
        beside += PANEL_LEAST;
    layout.columns = screen->columns > beside ? screen->columns - beside : 0;
    layout.columns -= layout.columns % MAP_STEP;
    if (layout.columns > MAP_MOST)
        layout.columns = MAP_MOST;
    if (beside > LABEL_WIDTH + MAP_RIGHT)
        layout.panel = LABEL_WIDTH + layout.columns + MAP_RIGHT;
    return layout;
}

/* ---- the lines above the map ---- */

static void put_title(struct screen *screen, const struct watch_picture *picture)
{
    struct watch_state_text state = watch_state_text(picture->view);
    uint32_t room = (uint32_t)strlen(state.text) + 2u;

    room = screen->columns > room ? screen->columns - room : screen->columns;
    screen_put(screen, 0, 0, room, SCREEN_BOLD,
               sentence_of_run(picture->trace, picture->strategy, picture->ram_bytes).text);
    screen_put_right(screen, 0, screen->columns, SCREEN_BOLD, state.text);
}

#define PROGRESS_WIDTH 20u

static void put_progress(struct screen *screen, const struct watch_picture *picture)
{
    const struct watch_view *view = picture->view;
    uint64_t events = view->events;
    uint64_t before = view->event - 1u < events ? view->event - 1u : events;

    screen_put(screen, 1, 0, 1, SCREEN_PLAIN, "[");
    screen_put_bar(screen, 1, 1, PROGRESS_WIDTH, SCREEN_DEFAULT, before, events);
    screen_put(screen, 1, PROGRESS_WIDTH + 1u, UINT32_MAX, SCREEN_PLAIN,
               events == 0 ? "] the trace has no events"
               : view->event > events
                   ? sentence_of("] after the last of %s events", number_grouped(events).text).text
                   : sentence_of("] %s event %s of %s, %s", view->at_failure ? "at" : "before",
                                 number_grouped(view->event).text, number_grouped(events).text,
                                 number_share(before, events).text)
                         .text);
}

static void put_failure(struct screen *screen, const struct watch_picture *picture)
{
    const struct worker_failure *failed = &picture->shown->failure;

    screen_put(screen, 2, 0, UINT32_MAX, pen_of(SCREEN_FAILURE),
               sentence_of_failure(&failed->failure, failed->site, picture->trace).text);
    if (!pfn_is_none(failed->failure.blocker.frame))
        screen_put(screen, 3, 0, UINT32_MAX, pen_of(SCREEN_FAILURE),
                   sentence_of_blocker_short(&failed->failure, picture->trace).text);
}

static void put_message(struct screen *screen, const struct watch_picture *picture)
{
    const struct watch_view *view = picture->view;

    if (view->lost)
        screen_put(screen, 2, 0, UINT32_MAX, pen_of(SCREEN_FAILURE), picture->shown->reason);
    else if (view->at_failure)
        put_failure(screen, picture);
    else if (view->message != NULL)
        screen_put(screen, 2, 0, UINT32_MAX, SCREEN_BOLD, view->message);
}

/* ---- the map ---- */

static struct screen_pen pen_of_glyph(struct map_glyph glyph)
{
    return (struct screen_pen){
        .ink = glyph.ink != GLYPH_NO_KIND ? glyph.ink : SCREEN_DEFAULT,
        .paper = glyph.paper != FRAME_FREE ? glyph.paper : SCREEN_DEFAULT,
    };
}

static void put_glyph(struct screen *screen, uint32_t row, uint32_t column, struct map_cell cell)
{
    struct map_glyph glyph = map_glyph(cell, screen->blocks ? GLYPH_BLOCKS : GLYPH_LETTERS);
    struct screen_pen pen = pen_of_glyph(glyph);

    if (cell.exists && cell.kind == FRAME_FREE)
        pen.ink = SCREEN_FAINT;
    screen_put(screen, row, column, 1, pen, glyph.text);
}

static void put_blocker(struct screen *screen, const struct watch_picture *picture,
                        const struct map_cells *cells, uint32_t bottom)
{
    const struct replay_failure *failure = &picture->shown->failure.failure;
    uint32_t frame = failure->blocker.frame.value;
    const struct screen_pen pen = {SCREEN_FAILURE, SCREEN_DEFAULT, true, true};

    if (picture->view->at_failure && frame < cells->end)
        screen_put(screen, bottom - map_row_of(cells, frame),
                   LABEL_WIDTH + map_column_of(cells, frame), 1, pen, "*");
}

static void put_map_row(struct screen *screen, const struct watch_picture *picture,
                        const struct map_cells *cells, uint32_t row, uint32_t line)
{
    double mib = row * map_row_frames(cells) / FRAMES_IN_MIB;
    uint32_t brk = picture->shown->brk;

    screen_put(screen, line, 0, LABEL_WIDTH, pen_of(SCREEN_FAINT), sentence_of("%6.6g", mib).text);
    for (uint32_t column = 0; column < cells->columns; column++)
        put_glyph(screen, line, LABEL_WIDTH + column, map_cell(cells, row, column));
    if (brk != 0 && brk < cells->end && map_row_of(cells, brk) == row)
        screen_put(screen, line, LABEL_WIDTH + cells->columns + 1u, 3, SCREEN_BOLD, "brk");
}

static void put_map(struct screen *screen, const struct watch_picture *picture,
                    const struct layout *layout)
{
    const struct worker_view *shown = picture->shown;

    if (layout->columns == 0 || layout->map_bottom <= layout->map_top || shown->end == 0)
        return;
    struct map_cells cells = map_cells_fit(shown->kinds, shown->end, layout->columns,
                                           layout->map_bottom - layout->map_top);
    for (uint32_t row = 0; row < cells.rows; row++)
        put_map_row(screen, picture, &cells, row, layout->map_bottom - 1u - row);
    put_blocker(screen, picture, &cells, layout->map_bottom - 1u);
}

/* ---- the panel ---- */

struct panel {
    struct screen *screen;
    const struct worker_view *shown;
    uint32_t row;
    uint32_t bottom;
    uint32_t left;
    uint32_t width;
};

#define NAME_SHORT  12u /* columns of a name in a narrow panel, and in a wide one */
#define NAME_LONG   17u
#define VALUE_WIDTH 10u

static bool panel_has_room(const struct panel *panel)
{
    return panel->row < panel->bottom;
}

static void panel_heading(struct panel *panel, const char *name, const char *value)
{
    if (!panel_has_room(panel))
        return;
    screen_put(panel->screen, panel->row, panel->left, panel->width, SCREEN_BOLD, name);
    screen_put_right(panel->screen, panel->row, panel->left + panel->width, SCREEN_BOLD, value);
    panel->row++;
}

static void panel_bar(struct panel *panel, const char *name, uint8_t ink, uint64_t part,
                      uint64_t whole, const char *value)
{
    uint32_t room = panel->width >= PANEL_WIDE ? NAME_LONG : NAME_SHORT;

    if (!panel_has_room(panel))
        return;
    screen_put(panel->screen, panel->row, panel->left + 1u, room - 1u, SCREEN_PLAIN, name);
    screen_put_bar(panel->screen, panel->row, panel->left + room + 1u,
                   panel->width - room - 1u - VALUE_WIDTH, ink, part, whole);
    screen_put_right(panel->screen, panel->row, panel->left + panel->width, SCREEN_PLAIN, value);
    panel->row++;
}

static uint64_t bytes_of(uint32_t frames)
{
    return (uint64_t)frames << PAGE_SHIFT;
}

static void put_free(struct panel *panel)
{
    const struct worker_view *shown = panel->shown;

    panel_heading(panel, "free", number_size(shown->free_bytes).text);
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t frames = shown->zone_end[zone] - shown->zone_start[zone];
        if (frames != 0)
            panel_bar(panel, explain_zone_name((enum zone)zone), SCREEN_DEFAULT,
                      shown->zone_free[zone], frames,
                      number_size_short(bytes_of(shown->zone_free[zone])).text);
    }
}

static void put_heap(struct panel *panel)
{
    const struct worker_view *shown = panel->shown;
    uint64_t whole = bytes_of(shown->frames_total);
    uint64_t span = shown->heap_span_bytes < whole ? shown->heap_span_bytes : whole;
    uint64_t payload = shown->heap_payload_bytes < whole ? shown->heap_payload_bytes : whole;

    panel_heading(panel, "heap",
                  shown->heap_spans > 1 ? sentence_of("%" PRIu32 " spans", shown->heap_spans).text
                                        : "");
    panel_bar(panel, "span", FRAME_HEAP, span, whole,
              number_size_short(shown->heap_span_bytes).text);
    panel_bar(panel, "blocks", FRAME_HEAP, payload, whole,
              number_size_short(shown->heap_payload_bytes).text);
}

static uint64_t sum(const uint64_t counts[REQUEST_COUNT])
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < REQUEST_COUNT; i++)
        all += counts[i];
    return all;
}

static void put_failures(struct panel *panel)
{
    const struct replay_result *result = &panel->shown->result;
    uint64_t failures = sum(result->failures);
    struct sentence name = sentence_of("failures  %s", number_grouped(failures).text);

    panel_heading(panel, name.text, number_share(failures, sum(result->requests)).text);
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        if (result->failures_by_cause[cause] != 0)
            panel_bar(panel, cause_name((enum mm_cause)cause), SCREEN_FAILURE,
                      result->failures_by_cause[cause], failures,
                      number_grouped(result->failures_by_cause[cause]).text);
}

/* Write a word at a column, as far as the panel goes. Returns the column of the next word. */
static uint32_t panel_word(const struct panel *panel, uint32_t column, struct screen_pen pen,
                           const char *word)
{
    uint32_t end = panel->left + panel->width;

    return column < end
               ? screen_put(panel->screen, panel->row, column, end - column, pen, word) + 1u
               : end;
}

static void put_recent(struct panel *panel)
{
    const struct worker_view *shown = panel->shown;
    uint64_t known = shown->failures < WORKER_FAILURES ? shown->failures : WORKER_FAILURES;

    if (known != 0)
        panel_heading(panel, "last failures", "");
    for (uint64_t i = 1; i <= known && panel_has_room(panel); i++, panel->row++) {
        const struct replay_failure *failure =
            &shown->recent[(shown->failures - i) % WORKER_FAILURES].failure;
        uint32_t column =
            panel_word(panel, panel->left + 1u, SCREEN_PLAIN, number_grouped(failure->event).text);
        column = panel_word(panel, column, pen_of(SCREEN_FAILURE), cause_name(failure->cause));
        column = panel_word(panel, column, SCREEN_PLAIN, request_name(failure->request));
        (void)panel_word(panel, column, SCREEN_PLAIN, number_size_short(failure->bytes).text);
    }
}

static void put_panel(struct screen *screen, const struct watch_picture *picture,
                      const struct layout *layout)
{
    struct panel panel = {
        .screen = screen,
        .shown = picture->shown,
        .row = layout->map_top,
        .bottom = layout->map_bottom,
        .left = layout->panel,
        .width = screen->columns - layout->panel,
    };

    if (panel.width < PANEL_LEAST)
        return;
    if (panel.width > PANEL_MOST)
        panel.width = PANEL_MOST;
    put_free(&panel);
    put_heap(&panel);
    put_failures(&panel);
    put_recent(&panel);
}

/* ---- the lines below ---- */

static void put_legend(struct screen *screen, const struct watch_picture *picture, uint32_t row)
{
    uint32_t column = 0;
    uint32_t last = row + 1u;

    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++) {
        uint32_t width = (uint32_t)strlen(frame_looks[kind].label) + 4u;
        if (picture->shown->kind_frames[kind] == 0)
            continue;
        if (column + width > screen->columns + 2u && row < last) {
            row++;
            column = 0;
        }
        put_glyph(screen, row, column,
                  (struct map_cell){(uint8_t)kind, (uint8_t)kind, MAP_EIGHTHS, true});
        screen_put(screen, row, column + 2u, width, SCREEN_PLAIN, frame_looks[kind].label);
        column += width;
    }
}

static void put_keys(struct screen *screen, const struct watch_view *view)
{
    const char *keys = "space run/pause  . , step  n p failure  + - speed  g go to  ? help  q quit";
    uint32_t row = screen->rows - 1u;

    if (view->prompting)
        screen_put(
            screen, row, 0, UINT32_MAX, SCREEN_BOLD,
            sentence_of("go to event: %s_   Enter goes, Escape does not", view->prompt).text);
    else
        screen_put(screen, row, 0, UINT32_MAX, pen_of(SCREEN_FAINT), keys);
}

/* ---- help ---- */

static void put_help(struct screen *screen)
{
    screen_put(screen, 0, 0, UINT32_MAX, SCREEN_BOLD, "Keys");
    for (uint32_t i = 0; i < WATCH_HELP_LINES; i++) {
        screen_put(screen, i + 2u, 2, 24, SCREEN_BOLD, watch_help[i].keys);
        screen_put(screen, i + 2u, 26, UINT32_MAX, SCREEN_PLAIN, watch_help[i].meaning);
    }
    screen_put(screen, WATCH_HELP_LINES + 3u, 0, UINT32_MAX, SCREEN_PLAIN,
               "Low addresses are at the bottom of the map; its rows are labelled in MiB.");
    screen_put(screen, WATCH_HELP_LINES + 4u, 0, UINT32_MAX, SCREEN_PLAIN,
               screen->blocks
                   ? "A cell of several frames is a bar as high as the part that has its "
                     "colour."
                   : "A small letter stands for what most of the used frames of a cell "
                     "are.");
    screen_put(screen, WATCH_HELP_LINES + 5u, 0, UINT32_MAX, SCREEN_PLAIN,
               "* is the frame in the way of the request that fails. Any key ends this help.");
}

void watch_draw(struct screen *screen, const struct watch_picture *picture)
{
    struct layout layout = layout_of(screen);

    if (screen->rows == 0 || screen->columns == 0)
        return;
    if (picture->view->help) {
        put_help(screen);
        return;
    }
    put_map(screen, picture, &layout);
    put_panel(screen, picture, &layout);
    if (screen->rows >= ROWS_FOR_LINES) {
        put_progress(screen, picture);
        put_message(screen, picture);
        put_legend(screen, picture, layout.map_bottom);
    }
    put_keys(screen, picture->view);
    put_title(screen, picture);
}

#include <inttypes.h>

#include <mm/strategy.h>

#include "replay/culprit.h"
#include "report/explain_report.h"
#include "report/frame_colours.h"
#include "report/map_glyph.h"
#include "report/map_report.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/terminal.h"
#include "trace/printable.h"

#define ROWS_MOST    32u
#define COLUMNS_MOST 256u
#define LABEL_WIDTH  7u /* of the address in MiB, and a blank */
#define NOTES_WIDTH  9u /* "brk HIGH" behind a row, after a blank */
#define NOTHING      "-"

#define FRAMES_IN_MIB 256.0

/* ---- the picture ---- */

struct picture {
    const struct memory_map *map;
    struct map_cells cells;
    enum glyph_form form;
    FILE *out;
};

/* A power of two, so that each row begins at a round address. */
static uint32_t columns_that_fit(uint32_t width)
{
    uint32_t columns = COLUMNS_MOST;

    while (columns > 1u && columns + LABEL_WIDTH + NOTES_WIDTH > width)
        columns /= 2u;
    return columns;
}

static bool is_blocker(const struct picture *picture, uint32_t row, uint32_t column)
{
    const struct replay_failure *failure = &picture->map->failure;

    return picture->map->failed && failure->blocker.frame.value < picture->map->end &&
           map_row_of(&picture->cells, failure->blocker.frame.value) == row &&
           map_column_of(&picture->cells, failure->blocker.frame.value) == column;
}

/* Marks of colour are written only where they change. */
static void put_cell(const struct picture *picture, struct map_glyph glyph,
                     struct map_glyph *before)
{
    if (glyph.paper != before->paper || glyph.ink != before->ink) {
        fputs(PAGE_PLAIN, picture->out);
        if (glyph.paper != FRAME_FREE)
            fprintf(picture->out, PAGE_MARK "%c", PAGE_GROUND_OF(glyph.paper));
        if (glyph.ink != GLYPH_NO_KIND)
            fprintf(picture->out, PAGE_MARK "%c", PAGE_INK_OF(glyph.ink));
        *before = glyph;
    }
    fputs(glyph.text, picture->out);
}

static void put_cells(const struct picture *picture, uint32_t row)
{
    struct map_glyph before = {"", GLYPH_NO_KIND, FRAME_FREE};

    for (uint32_t column = 0; column < picture->cells.columns; column++) {
        if (is_blocker(picture, row, column)) {
            fputs(PAGE_PLAIN PAGE_FAILURE "*" PAGE_PLAIN, picture->out);
            before = (struct map_glyph){"", GLYPH_NO_KIND, FRAME_FREE};
            continue;
        }
        put_cell(picture, map_glyph(map_cell(&picture->cells, row, column), picture->form),
                 &before);
    }
    fputs(PAGE_PLAIN, picture->out);
}

static bool begins_in(const struct picture *picture, uint32_t row, uint32_t frame)
{
    return frame != 0 && frame < picture->map->end && map_row_of(&picture->cells, frame) == row;
}

/* What begins or ends in a row: brk, and zones. */
static void put_notes(const struct picture *picture, uint32_t row)
{
    const struct memory_map *map = picture->map;

    if (map->span_count != 0 && map->ends_in_brk &&
        begins_in(picture, row, map->spans[0].end.value))
        fputs(" brk", picture->out);
    for (uint32_t zone = ZONE_COUNT; zone-- > 0;)
        if (map->zones[zone].start.value < map->zones[zone].end.value &&
            begins_in(picture, row, map->zones[zone].start.value))
            fprintf(picture->out, " %s", explain_zone_name((enum zone)zone));
}

static void put_rows(const struct picture *picture)
{
    fputs("   MiB\n", picture->out);
    for (uint32_t row = picture->cells.rows; row-- > 0;) {
        fprintf(picture->out, "%6.6g ", row * map_row_frames(&picture->cells) / FRAMES_IN_MIB);
        put_cells(picture, row);
        put_notes(picture, row);
        fputc('\n', picture->out);
    }
}

static void put_scale(const struct picture *picture)
{
    uint32_t frames = picture->cells.per_cell;

    fprintf(picture->out, "\na cell is %s frame%s, %s; a row is %s",
            frames == 1 ? "a" : number_grouped(frames).text, frames == 1 ? "" : "s",
            number_size((uint64_t)frames << PAGE_SHIFT).text,
            number_size((uint64_t)map_row_frames(&picture->cells) << PAGE_SHIFT).text);
    if (frames != 1)
        fputs(picture->form == GLYPH_LETTERS
                  ? ". A small letter stands for what most of the used frames are"
                  : ". A bar is as high as the part of the cell that has its colour",
              picture->out);
    fputs(".\n", picture->out);
}

/* ---- the numbers ---- */

static void put_key(const struct picture *picture, uint32_t kind)
{
    struct map_glyph glyph = map_glyph(
        (struct map_cell){(uint8_t)kind, (uint8_t)kind, MAP_EIGHTHS, true}, picture->form);
    struct map_glyph before = {"", GLYPH_NO_KIND, FRAME_FREE};

    fputs("  ", picture->out);
    put_cell(picture, glyph, &before);
    fprintf(picture->out, PAGE_PLAIN " %-17s %9s  %s frames\n", frame_looks[kind].label,
            number_size((uint64_t)picture->map->kind_frames[kind] << PAGE_SHIFT).text,
            number_grouped(picture->map->kind_frames[kind]).text);
}

static void put_legend(const struct picture *picture)
{
    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        if (picture->map->kind_frames[kind] != 0)
            put_key(picture, kind);
}

static void put_zones(const struct memory_map *map, FILE *out)
{
    const char *before = "zones    ";

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t frames = map->zones[zone].end.value - map->zones[zone].start.value;
        if (frames == 0)
            continue;
        fprintf(out, "%s%s: %s of %s free", before, explain_zone_name((enum zone)zone),
                number_size((uint64_t)map->zone_free[zone] << PAGE_SHIFT).text,
                number_size((uint64_t)frames << PAGE_SHIFT).text);
        before = ", ";
    }
    fputc('\n', out);
}

static void put_heap(const struct memory_map *map, FILE *out)
{
    fprintf(out, "heap     %s of blocks in %s", number_size(map->heap_payload_bytes).text,
            number_size(map->heap_span_bytes).text);
    if (map->span_count == 1)
        fprintf(out, ", in frames 0x%05" PRIx32 " to 0x%05" PRIx32, map->spans[0].start.value,
                map->spans[0].end.value - 1u);
    if (map->span_count > 1)
        fprintf(out, ", in %s spans up to frame 0x%05" PRIx32, number_grouped(map->span_count).text,
                map->spans[0].end.value - 1u);
    fputc('\n', out);
}

struct sentence map_moment_sentence(const struct map_report *report)
{
    uint64_t events = report->trace->header.events;
    uint64_t event = report->map->event;

    if (events == 0)
        return sentence_of("the trace has no events");
    if (event > events)
        return sentence_of("after the last of %s event%s", number_grouped(events).text,
                           events == 1 ? "" : "s");
    return sentence_of("%s event %s of %s, %s of the trace", report->map->failed ? "at" : "before",
                       number_grouped(event).text, number_grouped(events).text,
                       number_share(event, events).text);
}

static void put_head(const struct map_report *report, FILE *out)
{
    const struct memory_map *map = report->map;

    fprintf(out, "%s under %s, RAM %s (%s)\n", printable(report->trace->name).text,
            report->strategy->name, number_size(report->ram_bytes).text,
            printable(report->ram_source).text);
    fprintf(out, "%s\n", map_moment_sentence(report).text);
    if (map->failed)
        fprintf(out, "failed   " PAGE_FAILURE "%s" PAGE_PLAIN ": %s\n",
                cause_name(map->failure.cause),
                sentence_of_failure(&map->failure, map->site, report->trace).text);
    if (map->failed && !pfn_is_none(map->failure.blocker.frame))
        fprintf(out, "%s  " PAGE_FAILURE "*" PAGE_PLAIN " %s\n",
                culprit_is_largest(map->failure.cause) ? "largest" : "blocked",
                sentence_of_blocker(&map->failure, report->trace).text);
    fprintf(out, "free     %s\n", number_size(map->free_bytes).text);
    put_zones(map, out);
    put_heap(map, out);
    fputc('\n', out);
}

void map_print(const struct map_report *report, FILE *file)
{
    const struct memory_map *map = report->map;
    bool blocks =
        fileno(file) >= 0 && terminal_colours(fileno(file)) == 256 && terminal_takes_utf8();
    const struct picture picture = {
        .map = map,
        .cells = map_cells_fit(map->kinds, map->end, columns_that_fit(terminal_width()), ROWS_MOST),
        .form = blocks ? GLYPH_BLOCKS : GLYPH_LETTERS,
        .out = page_open(file),
    };

    put_head(report, picture.out);
    put_rows(&picture);
    put_scale(&picture);
    put_legend(&picture);
    fclose(picture.out);
}

/* ---- exact lines ---- */

static void put_owner(const struct map_range *range, struct trace *trace, FILE *out)
{
    const char *site =
        range->owner.site != SITE_NONE ? trace_site_name(trace, range->owner.site) : NULL;

    fprintf(out, "%s\t%s", event_name(range->owner.call),
            site != NULL ? printable(site).text : NOTHING);
    if (range->owner.process != 0)
        fprintf(out, "\t%" PRIu64, range->owner.process);
    else
        fputs("\t" NOTHING, out);
    fprintf(out, "\t%" PRIu64 "\t%" PRIu32, range->owner.since_event, range->others);
}

void map_print_frames(const struct map_report *report, FILE *out)
{
    fputs("first\tlast\tkind\tcall\tsite\tprocess\tsince_event\tothers\n", out);
    for (uint32_t i = 0; i < report->map->range_count; i++) {
        const struct map_range *range = &report->map->ranges[i];
        fprintf(out, "0x%05" PRIx32 "\t0x%05" PRIx32 "\t%s\t", range->start, range->end - 1u,
                frame_state_name(range->kind));
        if (range->owned)
            put_owner(range, report->trace, out);
        else
            fputs(NOTHING "\t" NOTHING "\t" NOTHING "\t" NOTHING "\t0", out);
        fputc('\n', out);
    }
}

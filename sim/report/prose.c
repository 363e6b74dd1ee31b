#include "report/prose.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "report/terminal.h"
#include "trace/memory.h"

#define PIECE_BYTES 8192u /* of one call; a name of the trace has at most 4 KiB */

/* ---- making ---- */

static bool is_empty(const struct prose *prose)
{
    return prose->span_count == 0 ||
           prose->spans[prose->span_count - 1u].paragraph + 1u != prose->paragraphs;
}

void prose_paragraph(struct prose *prose)
{
    if (prose->paragraphs == 0 || !is_empty(prose))
        prose->paragraphs++;
}

static bool marks_equal(const struct prose_mark *a, const struct prose_mark *b)
{
    return a->strong == b->strong && a->code == b->code && a->remedy == b->remedy &&
           a->strategy == b->strategy && a->event == b->event && a->has_frame == b->has_frame &&
           a->frame == b->frame;
}

static void put_text(struct prose *prose, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        prose->text = memory_reach(prose->text, &prose->text_room, prose->text_bytes, 1);
        prose->text[prose->text_bytes++] = text[i];
    }
}

/* Text with the mark of the span before it continues that span. */
static void put_span(struct prose *prose, const struct prose_mark *mark, const char *text)
{
    struct prose_span *last = is_empty(prose) ? NULL : &prose->spans[prose->span_count - 1u];

    if (last == NULL && text[0] == ' ')
        text++;
    size_t bytes = strlen(text);
    if (bytes == 0)
        return;
    if (last == NULL || !marks_equal(&last->mark, mark)) {
        prose->spans = memory_reach(prose->spans, &prose->span_room, prose->span_count,
                                    sizeof prose->spans[0]);
        last = &prose->spans[prose->span_count++];
        *last = (struct prose_span){*mark, prose->text_bytes, 0, prose->paragraphs - 1u};
    }
    put_text(prose, text, bytes);
    last->bytes += bytes;
}

void prose_put(struct prose *prose, const char *format, ...)
{
    const struct prose_mark plain = {0};
    char piece[PIECE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    put_span(prose, &plain, piece);
}

void prose_put_marked(struct prose *prose, struct prose_mark mark, const char *format, ...)
{
    char piece[PIECE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    put_span(prose, &mark, piece);
}

void prose_free(struct prose *prose)
{
    free(prose->text);
    free(prose->spans);
    *prose = (struct prose){0};
}

/* ---- printing ---- */

/* Whether the blank at text[i] stands between a number and its unit. */
static bool is_glue(const char *text, size_t i, size_t end)
{
    static const char *const units[] = {"% ", "KiB", "MiB", "GiB", "TiB", "%", "B ", "ns", "us"};

    if (i == 0 || text[i - 1u] < '0' || text[i - 1u] > '9')
        return false;
    for (size_t unit = 0; unit < sizeof units / sizeof units[0]; unit++)
        if (end - i > strlen(units[unit]) &&
            memcmp(text + i + 1u, units[unit], strlen(units[unit])) == 0)
            return true;
    return false;
}

/* The end of the word that begins at `start`. */
static size_t word_end(const char *text, size_t start, size_t end)
{
    size_t i = start;

    while (i < end && (text[i] != ' ' || is_glue(text, i, end)))
        i++;
    return i;
}

static uint32_t columns_of(const char *text, size_t start, size_t end)
{
    uint32_t columns = 0;

    for (size_t i = start; i < end; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* Replace blanks by newlines, so that no line of the paragraph is longer than the terminal's,
   unless a word is. The first line begins at `column`, the others at `hang`. */
static void break_lines(char *text, size_t start, size_t end, uint32_t column, uint32_t hang)
{
    for (size_t word = start; word < end;) {
        size_t next = word_end(text, word, end);
        uint32_t columns = columns_of(text, word, next);
        if (word == start) {
            column += columns;
        } else if (column + 1u + columns > terminal_width()) {
            text[word - 1u] = '\n';
            column = hang + columns;
        } else {
            column += 1u + columns;
        }
        word = next + 1u;
    }
}

/* Print text whose new lines are indented. */
static void print_text(const char *text, size_t bytes, uint32_t hang, FILE *page)
{
    for (size_t i = 0; i < bytes; i++) {
        fputc(text[i], page);
        if (text[i] == '\n')
            fprintf(page, "%*s", (int)hang, "");
    }
}

/* Print the spans [first, last) of a paragraph, broken into lines. */
static void print_paragraph(const struct prose *prose, size_t first, size_t last, uint32_t column,
                            uint32_t hang, FILE *page)
{
    size_t start = prose->spans[first].start;
    size_t end = prose->spans[last - 1u].start + prose->spans[last - 1u].bytes;
    char *text = memory_zeroed(end + 1u, 1);

    memcpy(text + start, prose->text + start, end - start);
    break_lines(text, start, end, column, hang);
    for (size_t i = first; i < last; i++) {
        const struct prose_span *span = &prose->spans[i];
        fputs(span->mark.remedy ? PAGE_BEST : "", page);
        print_text(text + span->start, span->bytes, hang, page);
        fputs(span->mark.remedy ? PAGE_PLAIN : "", page);
    }
    fputc('\n', page);
    free(text);
}

/* The number of the first span after the paragraph of this one. */
static size_t next_paragraph(const struct prose *prose, size_t span)
{
    uint32_t paragraph = prose->spans[span].paragraph;

    while (span < prose->span_count && prose->spans[span].paragraph == paragraph)
        span++;
    return span;
}

#define NARROW 60u /* columns; a narrower terminal has no room for a column of labels */

void prose_print_labelled(const struct prose *prose, const char *label, uint32_t columns,
                          FILE *page)
{
    uint32_t hang = terminal_width() < NARROW ? 2u : columns;

    fprintf(page, "%-*s", (int)columns, label);
    if (prose->span_count != 0)
        print_paragraph(prose, 0, next_paragraph(prose, 0), columns, hang, page);
    else
        fputc('\n', page);
}

void prose_print(const struct prose *prose, FILE *page)
{
    for (size_t first = 0, next = 0; first < prose->span_count; first = next) {
        next = next_paragraph(prose, first);
        if (first != 0)
            fputc('\n', page);
        print_paragraph(prose, first, next, 0, 0, page);
    }
}

/* ---- JSON ---- */

static void put_span_json(const struct prose *prose, const struct prose_span *span,
                          struct json *json)
{
    const struct prose_mark *mark = &span->mark;

    json_begin_object(json, NULL);
    json_put_text(json, "text", prose->text + span->start, span->bytes);
    if (mark->strong)
        json_put_bool(json, "strong", true);
    if (mark->code)
        json_put_bool(json, "code", true);
    if (mark->remedy)
        json_put_bool(json, "remedy", true);
    if (mark->strategy != NULL)
        json_put_string(json, "strategy", mark->strategy);
    if (mark->event != 0)
        json_put_u64(json, "event", mark->event);
    if (mark->has_frame)
        json_put_u64(json, "frame", mark->frame);
    json_end_object(json);
}

void prose_put_json(const struct prose *prose, struct json *json, const char *key)
{
    size_t i = 0;

    json_begin_list(json, key);
    for (uint32_t paragraph = 0; i < prose->span_count; paragraph++) {
        json_begin_list(json, NULL);
        for (; i < prose->span_count && prose->spans[i].paragraph == paragraph; i++)
            put_span_json(prose, &prose->spans[i], json);
        json_end_list(json);
    }
    json_end_list(json);
}

#include "report/prose.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "trace/memory.h"

#define PIECE_BYTES 8192u /* of one call; a name of the trace has at most 4 KiB */

/* ---- making ---- */

void prose_paragraph(struct prose *prose)
{
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
    size_t bytes = strlen(text);
    struct prose_span *last = prose->span_count != 0 ? &prose->spans[prose->span_count - 1u] : NULL;

    if (bytes == 0)
        return;
    if (last == NULL || last->paragraph + 1u != prose->paragraphs ||
        !marks_equal(&last->mark, mark)) {
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

void prose_print(const struct prose *prose, FILE *page)
{
    uint32_t paragraph = 0;

    for (size_t i = 0; i < prose->span_count; i++) {
        const struct prose_span *span = &prose->spans[i];
        if (span->paragraph != paragraph)
            fputs("\n\n", page);
        paragraph = span->paragraph;
        fprintf(page, "%s%.*s%s", span->mark.remedy ? PAGE_BEST : "", (int)span->bytes,
                prose->text + span->start, span->mark.remedy ? PAGE_PLAIN : "");
    }
    if (prose->span_count != 0)
        fputc('\n', page);
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
    for (uint32_t paragraph = 0; paragraph < prose->paragraphs; paragraph++) {
        json_begin_list(json, NULL);
        for (; i < prose->span_count && prose->spans[i].paragraph == paragraph; i++)
            put_span_json(prose, &prose->spans[i], json);
        json_end_list(json);
    }
    json_end_list(json);
}

#include "report/page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/terminal.h"
#include "trace/memory.h"

#define HANG_MAX 30u /* columns; a gap further to the right does not begin a second column */

struct page {
    FILE *out;
    uint32_t width;
    bool colour;
    char *line; /* the present line, as far as it was written: `bytes` bytes */
    size_t bytes;
    size_t room;
};

/* ---- columns ---- */

static bool is_mark(const char *text, const char *end)
{
    return text[0] == PAGE_MARK[0] && text + 1 < end;
}

/* Whether the byte at text begins a character, which takes a column. */
static bool has_column(const char *text)
{
    return ((unsigned char)*text & 0xc0) != 0x80;
}

static uint32_t columns_of(const char *text, const char *end)
{
    uint32_t columns = 0;

    while (text < end)
        if (is_mark(text, end))
            text += 2;
        else
            columns += has_column(text++);
    return columns;
}

uint32_t page_columns(const char *text)
{
    return columns_of(text, text + strlen(text));
}

/* ---- lines ---- */

static const char *escape_of(char mark)
{
    switch (mark) {
    case '1':
        return "\033[1;31m"; /* bold, red */
    case '2':
        return "\033[33m"; /* yellow */
    case '3':
        return "\033[32m"; /* green */
    default:
        return "\033[0m";
    }
}

static void put_text(const struct page *page, const char *text, const char *end)
{
    for (; text < end; text++) {
        unsigned char character = (unsigned char)*text;
        if (is_mark(text, end)) {
            text++;
            if (page->colour)
                fputs(escape_of(*text), page->out);
        } else {
            fputc(character < 0x20 || character == 0x7f ? '?' : character, page->out);
        }
    }
}

static void put_blanks(const struct page *page, uint32_t count)
{
    fprintf(page->out, "%*s", (int)count, "");
}

static const char *skip_blanks(const char *text, const char *end)
{
    while (text < end && *text == ' ')
        text++;
    return text;
}

static const char *skip_word(const char *text, const char *end)
{
    while (text < end && *text != ' ')
        text++;
    return text;
}

/* The column at which a long line continues. */
static uint32_t hang_of(const struct page *page, const char *line, const char *end)
{
    const char *first = skip_blanks(line, end);
    uint32_t most = page->width / 2u < HANG_MAX ? page->width / 2u : HANG_MAX;
    uint32_t hang = columns_of(line, first) + 2u;

    for (const char *gap = skip_word(first, end); gap < end;) {
        const char *next = skip_blanks(gap, end);
        if (next - gap >= 2) {
            uint32_t column = columns_of(line, next);
            return column <= most ? column : hang;
        }
        gap = skip_word(next, end);
    }
    return hang <= most ? hang : most;
}

static void put_broken(const struct page *page, const char *line, const char *end)
{
    uint32_t hang = hang_of(page, line, end);
    uint32_t column = 0;

    while (line < end) {
        const char *word = skip_blanks(line, end);
        const char *next = skip_word(word, end);
        uint32_t columns = columns_of(word, next);
        uint32_t blanks = (uint32_t)(word - line);
        if (column > hang && column + blanks + columns > page->width) {
            fputc('\n', page->out);
            column = blanks = hang;
        } else {
            column += blanks;
        }
        put_blanks(page, blanks);
        put_text(page, word, next);
        column += columns;
        line = next;
    }
}

static void put_line(const struct page *page)
{
    const char *end = page->line + page->bytes;

    if (columns_of(page->line, end) <= page->width)
        put_text(page, page->line, end);
    else
        put_broken(page, page->line, end);
}

/* ---- the stream ---- */

static ssize_t page_write(void *cookie, const char *text, size_t bytes)
{
    struct page *page = cookie;

    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n') {
            put_line(page);
            fputc('\n', page->out);
            page->bytes = 0;
            continue;
        }
        page->line = memory_reach(page->line, &page->room, page->bytes, 1);
        page->line[page->bytes++] = text[i];
    }
    return ferror(page->out) ? 0 : (ssize_t)bytes;
}

static int page_close(void *cookie)
{
    struct page *page = cookie;

    if (page->bytes != 0)
        put_line(page);
    free(page->line);
    free(page);
    return 0;
}

FILE *page_open(FILE *out)
{
    static const cookie_io_functions_t functions = {.write = page_write, .close = page_close};
    struct page *page = memory_zeroed(1, sizeof *page);
    FILE *stream = fopencookie(page, "w", functions);

    if (stream == NULL)
        memory_exhausted("a page of output");
    page->out = out;
    page->width = terminal_width();
    page->colour = fileno(out) >= 0 && terminal_takes_colour(fileno(out));
    return stream;
}

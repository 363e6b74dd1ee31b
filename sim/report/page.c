#include "report/page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/frame_colours.h"
#include "report/terminal.h"
#include "trace/memory.h"

#define HANG_MAX 30u /* columns; a gap further to the right does not begin a second column */

struct page {
    FILE *out;
    uint32_t width;
    uint32_t colours; /* of the terminal: 0, 8 or 256 */
    char *line;       /* the present line, as far as it was written: `bytes` bytes */
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

static void put_kind_escape(const struct page *page, char mark)
{
    bool ground = mark >= PAGE_GROUND_OF(0);
    int kind = mark - (ground ? PAGE_GROUND_OF(0) : PAGE_INK_OF(0));
    const struct frame_look *look = &frame_looks[kind];

    if (page->colours == 8 && look->ansi == ANSI_NONE)
        return;
    if (page->colours == 8)
        fprintf(page->out, "\033[%u%um", ground ? 4u : 3u, look->ansi);
    else
        fprintf(page->out, "\033[%u;5;%um", ground ? 48u : 38u, look->xterm);
    if (ground)
        fputs(frame_look_is_dark(look, page->colours) ? "\033[97m" : "\033[30m", page->out);
}

static void put_escape(const struct page *page, char mark)
{
    if (page->colours == 0)
        return;
    if (mark >= PAGE_INK_OF(0))
        put_kind_escape(page, mark);
    else
        fputs(escape_of(mark), page->out);
}

static void put_text(const struct page *page, const char *text, const char *end)
{
    for (; text < end; text++) {
        unsigned char character = (unsigned char)*text;
        if (is_mark(text, end)) {
            text++;
            put_escape(page, *text);
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
    page->colours = fileno(out) >= 0 ? terminal_colours(fileno(out)) : 0;
    return stream;
}

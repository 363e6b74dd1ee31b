#include "report/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/text_out.h"
#include "trace/memory.h"

struct screen screen_make(uint32_t rows, uint32_t columns, bool blocks)
{
    struct screen screen = {.rows = rows, .columns = columns, .blocks = blocks};

    screen.cells = memory_zeroed((size_t)rows * columns + 1u, sizeof screen.cells[0]);
    for (size_t i = 0; i < (size_t)rows * columns; i++)
        screen.cells[i] = (struct screen_cell){" ", SCREEN_DEFAULT, SCREEN_DEFAULT, false, false};
    return screen;
}

void screen_free(struct screen *screen)
{
    free(screen->cells);
    screen->cells = NULL;
}

/* ---- characters ---- */

static uint32_t code_point(const char *text, size_t bytes)
{
    const unsigned char *byte = (const unsigned char *)text;
    uint32_t code = bytes == 1 ? byte[0] : byte[0] & (0x7fu >> bytes);

    for (size_t i = 1; i < bytes; i++)
        code = code << 6 | (byte[i] & 0x3fu);
    return code;
}

/* A character that surely takes one column: Latin, Greek and Cyrillic letters, and the signs that
   drawings here use. */
static bool takes_a_column(uint32_t code)
{
    return (code >= 0x20 && code < 0x7f) || (code >= 0xa1 && code < 0x300 && code != 0xad) ||
           (code >= 0x370 && code < 0x483) || (code >= 0x2010 && code < 0x2028) ||
           (code >= 0x2190 && code < 0x2194) || (code >= 0x2500 && code < 0x25a0);
}

static void put_character(struct screen *screen, uint32_t row, uint32_t column,
                          struct screen_pen pen, const char *text, size_t bytes)
{
    struct screen_cell *cell = &screen->cells[row * screen->columns + column];
    bool shown = bytes != 0 && takes_a_column(code_point(text, bytes));

    *cell = (struct screen_cell){"?", pen.ink, pen.paper, pen.bold, pen.reverse};
    if (shown)
        snprintf(cell->text, sizeof cell->text, "%.*s", (int)bytes, text);
}

uint32_t screen_put(struct screen *screen, uint32_t row, uint32_t column, uint32_t room,
                    struct screen_pen pen, const char *text)
{
    size_t left = strlen(text);

    for (; left != 0 && room != 0; room--, column++) {
        size_t bytes = text_utf8_sequence(text, left);
        if (row < screen->rows && column < screen->columns)
            put_character(screen, row, column, pen, text, bytes);
        text += bytes != 0 ? bytes : 1u;
        left -= bytes != 0 ? bytes : 1u;
    }
    return column;
}

static uint32_t columns_of(const char *text)
{
    uint32_t columns = 0;

    for (size_t left = strlen(text); left != 0; columns++) {
        size_t bytes = text_utf8_sequence(text, left);
        text += bytes != 0 ? bytes : 1u;
        left -= bytes != 0 ? bytes : 1u;
    }
    return columns;
}

void screen_put_right(struct screen *screen, uint32_t row, uint32_t end, struct screen_pen pen,
                      const char *text)
{
    uint32_t columns = columns_of(text);

    if (columns <= end)
        screen_put(screen, row, end - columns, columns, pen, text);
}

/* ---- bars ---- */

#define EIGHTHS 8u

void screen_put_bar(struct screen *screen, uint32_t row, uint32_t column, uint32_t room,
                    uint8_t ink, uint64_t part, uint64_t whole)
{
    uint64_t eighths = whole != 0 ? part * room * EIGHTHS / whole : 0;
    struct screen_pen pen = {ink, SCREEN_DEFAULT, false, false};
    struct screen_pen faint = {SCREEN_FAINT, SCREEN_DEFAULT, false, false};

    if (eighths == 0 && part != 0)
        eighths = 1;
    for (uint32_t i = 0; i < room; i++) {
        uint64_t here = eighths > i * EIGHTHS ? eighths - i * EIGHTHS : 0;
        char block[SCREEN_CHARACTER_BYTES];
        if (here == 0 || (!screen->blocks && here < EIGHTHS && i != 0)) {
            screen_put(screen, row, column + i, 1, faint, screen->blocks ? " " : ".");
            continue;
        }
        /* U+2588 FULL BLOCK, U+2589 LEFT SEVEN EIGHTHS BLOCK, ... U+258F LEFT ONE EIGHTH BLOCK */
        snprintf(block, sizeof block, "\xe2\x96%c",
                 0x88 + (int)(here < EIGHTHS ? EIGHTHS - here : 0));
        screen_put(screen, row, column + i, 1, pen, screen->blocks ? block : "#");
    }
}

/*
 * A screen of characters, drawn into memory and shown by a terminal (report/curses_screen.h). Text
 * outside the screen is cut off, so a screen may have any size. No control character gets onto it.
 */
#ifndef REPORT_SCREEN_H
#define REPORT_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

/* Colours: a kind of frames (report/frame_colours.h), or one of these. */
enum screen_colour {
    SCREEN_DEFAULT = 0x40, /* the terminal's own */
    SCREEN_FAINT,
    SCREEN_FAILURE,
    SCREEN_GOOD
};

#define SCREEN_CHARACTER_BYTES 5u

struct screen_cell {
    char text[SCREEN_CHARACTER_BYTES]; /* one character of UTF-8, terminated */
    uint8_t ink;
    uint8_t paper;
    bool bold;
    bool reverse;
};

struct screen {
    uint32_t rows;
    uint32_t columns;
    struct screen_cell *cells; /* row by row */
    bool blocks;               /* block characters can be shown (report/map_glyph.h) */
};

/* Returns an empty screen of this size, which may be 0. screen_free() releases it. */
struct screen screen_make(uint32_t rows, uint32_t columns, bool blocks);
void screen_free(struct screen *screen);

/* How the following text looks. */
struct screen_pen {
    uint8_t ink;
    uint8_t paper;
    bool bold;
    bool reverse;
};

#define SCREEN_PLAIN ((struct screen_pen){SCREEN_DEFAULT, SCREEN_DEFAULT, false, false})
#define SCREEN_BOLD  ((struct screen_pen){SCREEN_DEFAULT, SCREEN_DEFAULT, true, false})

/* Write a text at a row and column, in at most `room` columns. Returns the column behind it.
   Control characters and bytes that are not UTF-8 become question marks, and so do characters that
   are wider than a column, or that join the one before. */
uint32_t screen_put(struct screen *screen, uint32_t row, uint32_t column, uint32_t room,
                    struct screen_pen pen, const char *text);

/* The same with its last column at `end` - 1. */
void screen_put_right(struct screen *screen, uint32_t row, uint32_t end, struct screen_pen pen,
                      const char *text);

/* A bar of `part` of `whole` <= whole, in `room` columns. */
void screen_put_bar(struct screen *screen, uint32_t row, uint32_t column, uint32_t room,
                    uint8_t ink, uint64_t part, uint64_t whole);

#endif

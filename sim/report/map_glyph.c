#include "report/map_glyph.h"

#include <ctype.h>
#include <stdio.h>

#include "report/frame_colours.h"

static struct map_glyph letter_of(struct map_cell cell)
{
    char letter = frame_looks[cell.kind].letter;

    if (cell.eighths != MAP_EIGHTHS)
        letter = (char)tolower(letter);
    return (struct map_glyph){{letter}, GLYPH_NO_KIND, cell.kind};
}

struct map_glyph map_glyph(struct map_cell cell, enum glyph_form form)
{
    struct map_glyph glyph = {" ", GLYPH_NO_KIND, FRAME_FREE};

    if (!cell.exists)
        return glyph;
    if (form == GLYPH_LETTERS || cell.kind == FRAME_DEVICE || cell.kind == FRAME_FREE)
        return letter_of(cell);
    glyph.paper = cell.other;
    if (cell.eighths != MAP_EIGHTHS) {
        /* U+2581 LOWER ONE EIGHTH BLOCK, and so on up to seven eighths */
        snprintf(glyph.text, sizeof glyph.text, "\xe2\x96%c", 0x80 + cell.eighths);
        glyph.ink = cell.kind;
    }
    return glyph;
}

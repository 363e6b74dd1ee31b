/* A cell of a map as one character of a terminal. */
#ifndef REPORT_MAP_GLYPH_H
#define REPORT_MAP_GLYPH_H

#include "report/map_cells.h"

/* What can be shown. Without block characters, a cell is a letter: a capital if all of its frames
   have that kind, else a small one. */
enum glyph_form { GLYPH_LETTERS, GLYPH_BLOCKS };

#define GLYPH_BYTES 4u

struct map_glyph {
    char text[GLYPH_BYTES]; /* one character of UTF-8, terminated */
    uint8_t ink;            /* the kind whose colour the character has; GLYPH_NO_KIND: black or
                               white, whichever can be read on `paper` */
    uint8_t paper;          /* the kind whose colour is behind it; FRAME_FREE: none */
};
#define GLYPH_NO_KIND 0xffu

/* A cell of two kinds is a bar, as high as the part of the cell's frames that have the first kind.
 */
struct map_glyph map_glyph(struct map_cell cell, enum glyph_form form);

#endif

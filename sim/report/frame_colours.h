/* How each kind of frame is shown in every drawing: its name, its letter and its colours. */
#ifndef REPORT_FRAME_COLOURS_H
#define REPORT_FRAME_COLOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/frame_states.h"

struct frame_look {
    char letter;       /* in text, where there may be no colour */
    const char *label; /* for people: "user pages"; frame_state_name() has the name for scripts */
    uint32_t light;    /* 0xrrggbb, on a light page */
    uint32_t dark;     /* on a dark page */
    uint8_t xterm;     /* the nearest of a terminal's 256 colours, whatever its background */
    uint8_t ansi;      /* of its eight; ANSI_NONE: the background's own */
    bool dark_ground;  /* white text can be read on the colour; else black text */
};

#define ANSI_NONE 9u

/* Indexed by the kind (lab/frame_states.h): an enum frame_kind or FRAME_HEAP_FREE. */
extern const struct frame_look frame_looks[FRAME_STATE_COUNT];

/* Whether white text can be read on the colour that a terminal of 8 or 256 colours has for a kind;
   else black text can. Of the eight, red, blue and magenta are dark. */
static inline bool frame_look_is_dark(const struct frame_look *look, uint32_t colours)
{
    return colours == 256 ? look->dark_ground
                          : look->ansi == 1 || look->ansi == 4 || look->ansi == 5;
}

#endif

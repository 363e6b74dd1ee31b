/* How each mark of a frame is shown in every drawing: its name, its letter and its colours. */
#ifndef REPORT_FRAME_COLOURS_H
#define REPORT_FRAME_COLOURS_H

#include "lab/explain.h"

struct frame_look {
    char letter;       /* in text, where there may be no colour */
    const char *label; /* for people: "user pages"; explain_mark_name() has the name for scripts */
    uint32_t light;    /* 0xrrggbb, on a light page */
    uint32_t dark;     /* on a dark page */
};

/* Indexed by the mark (lab/explain.h): an enum frame_kind or MARK_HEAP_FREE. */
extern const struct frame_look frame_looks[MARK_COUNT];

#endif

/* The import of a report of Linux about its memory. Private to import_oom.c and to oom_*.c. */
#ifndef TRACE_IMPORT_OOM_H
#define TRACE_IMPORT_OOM_H

#include "oom_zones.h"
#include "quoted_printable.h"
#include "trace/memory.h"

#define MIB_FRAMES 256u

enum holder {
    HOLDER_ANON,
    HOLDER_FILE,
    HOLDER_LRU,
    HOLDER_MOVABLE_END,
    HOLDER_SLAB = HOLDER_MOVABLE_END,
    HOLDER_TABLES,
    HOLDER_STACKS,
    HOLDER_OTHER,
    HOLDER_COUNT
};

struct oom_import {
    struct oom_reader reader;
    struct oom_zones zones;
    struct import_log log;
    bool is_quoted; /* a line was encoded as quoted-printable */
    struct quoted_line quoted;
    const struct state_machine *machine;
    struct import_counts *counts;
    struct memory_state state;
    uint32_t wanted[ZONE_COUNT][ORDER_COUNT];
    uint64_t reported[ZONE_COUNT][ORDER_COUNT];
};

/* ---- who holds the rest (oom_holders.c) ---- */

/* Gives the state the names of its holders, which oom_hold_zone() refers to by their number. */
void oom_name_holders(struct memory_state *state);

/* Gives the used frames of a zone their holders, mobility by mobility. */
void oom_hold_zone(struct oom_import *import, enum zone zone);

/* ---- what is said (oom_notes.c) ---- */

/* Adds to the notes of the import, as printf does. */
__attribute__((format(printf, 2, 3))) void oom_note(struct oom_import *import, const char *format,
                                                    ...);

/* Say which report was taken, how near the trace comes in a zone, and what of the request. */
void oom_note_report(struct oom_import *import);
void oom_note_zone(struct oom_import *import, enum zone zone, const struct state_left *left);
void oom_note_request(struct oom_import *import, const struct state_left *left);

#endif

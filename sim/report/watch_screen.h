/*
 * The picture of `mmsim watch`:
 *
 *     boot_2048 under brk, RAM 70.0 MiB                                  13,284 events/s
 *     [#########.........] event 535,473 of 797,076, 67.2 % of the trace
 *     kmalloc of 512 B by modprobe fails: a used frame is in brk's way
 *     in the way: modprobe, 4,042 events old
 *        64 UUUUUUUUUU     free      1.2 MiB
 *           HHHHHHHHHH*    DMA     ####......
 *         0 RRRRRRRRRR     ...
 *     . free  H heap  ...
 *     space run  . step  n next failure  ...
 */
#ifndef REPORT_WATCH_SCREEN_H
#define REPORT_WATCH_SCREEN_H

#include "report/screen.h"
#include "report/watch_view.h"
#include "trace/trace_file.h"

struct watch_picture {
    const struct watch_view *view;
    const struct worker_view *shown;
    struct trace *trace;
    const struct strategy *strategy;
    uint64_t ram_bytes;
};

/* Draw it onto a screen of any size; what has no room is left out. */
void watch_draw(struct screen *screen, const struct watch_picture *picture);

#endif

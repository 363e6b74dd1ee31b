/*
 * What each frame of the machine is used for, for reports: nothing is kept up to date for it. A
 * strategy knows its own frames; the rest is read off the memory map, the window's page tables and
 * the processes.
 */
#ifndef MM_FRAME_KIND_H
#define MM_FRAME_KIND_H

#include <mm/mm.h>

/* What a frame is used for; beyond the end of RAM: FRAME_DEVICE.
   O(map runs + window pages + frames of processes) */
enum frame_kind mm_frame_kind(struct mm *mm, pfn_t frame);

/* Likewise of the frames [0, end): kinds, the caller's, holds an enum frame_kind for each.
   O(end + window pages + frames of processes) */
void mm_frame_kinds(struct mm *mm, uint8_t kinds[], pfn_t end);

/* "free", "device", "kernel", ...: as reports name it. */
const char *frame_kind_name(enum frame_kind kind);

#endif

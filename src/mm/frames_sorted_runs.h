/* Ranges of frames: a part of a word, whole words, groups. */
#ifndef FRAMES_SORTED_RUNS_H
#define FRAMES_SORTED_RUNS_H

#include "frames_sorted_layout.h"

/* Clears the bits of free frames. No word of the range is open. The order of a group is computed
   once, after its last piece. */
void sorted_clear_run(struct frames_sorted *sorted, uint32_t start, uint32_t end);

/* Does what frames_sorted_take() does, for any range. */
pfn_t sorted_take_run(struct frames_sorted *sorted, pfn_t start, pfn_t end);

#endif

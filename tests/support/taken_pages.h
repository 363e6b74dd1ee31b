/* Pages that a test has taken from a memory manager, so that it can free a certain number of them,
 * or certain ones. */
#ifndef SUPPORT_TAKEN_PAGES_H
#define SUPPORT_TAKEN_PAGES_H

#include <mm/mm.h>

struct taken_pages {
    pfn_t frame[0x40000];
    uint32_t count;
};

/* Forgets the pages in `taken`, and takes all free frames. */
void take_all_frames(struct taken_pages *taken, struct mm *mm);

/* Takes the frames that are free now, on a map of model_map_zones(). Frames that the heap keeps
 * stay with the heap. */
void take_free_frames(struct taken_pages *taken, struct mm *mm);

/* Takes pages of a class until there are none, in the order in which they are given. */
void take_class_pages(struct taken_pages *taken, struct mm *mm, enum page_class page_class);

/* Frees at most `frames` frames of a zone, the last one taken first. */
void free_zone_pages(struct taken_pages *taken, struct mm *mm, enum zone zone, uint32_t frames);

/* Frees the taken frames in [first, end). Returns their number. */
uint32_t free_pages_between(struct taken_pages *taken, struct mm *mm, uint32_t first, uint32_t end);

void free_all_pages(struct taken_pages *taken, struct mm *mm);

#endif

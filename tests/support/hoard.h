/* Pages that a test has taken from a memory manager, so that it can free a certain number of them,
 * or certain ones. */
#ifndef SUPPORT_HOARD_H
#define SUPPORT_HOARD_H

#include <mm/mm.h>

struct model_hoard {
    pfn_t frame[0x40000];
    uint32_t count;
};

/* Forgets what the hoard holds, and takes all free frames. */
void hoard_all(struct model_hoard *hoard, struct mm *mm);

/* Takes the frames that are free now, on a map of model_map_zones(). Frames that the heap keeps
 * stay with the heap. */
void hoard_free(struct model_hoard *hoard, struct mm *mm);

/* Takes pages of a class until there are none, in the order in which they are given. */
void hoard_class(struct model_hoard *hoard, struct mm *mm, enum page_class page_class);

/* Frees at most `frames` frames of a zone, the last one taken first. */
void hoard_give(struct model_hoard *hoard, struct mm *mm, enum zone zone, uint32_t frames);

/* Frees the hoard's frames in [first, end). Returns their number. */
uint32_t hoard_give_run(struct model_hoard *hoard, struct mm *mm, uint32_t first, uint32_t end);

void hoard_give_all(struct model_hoard *hoard, struct mm *mm);

#endif

/* Pages that a test has taken of a memory manager, so that it gives back as many, or those, that it
   wants to have free. */
#ifndef SUPPORT_HOARD_H
#define SUPPORT_HOARD_H

#include <mm/mm.h>

struct model_hoard {
    pfn_t frame[0x40000];
    uint32_t count;
};

/* All the frames that are free, in place of what it had. */
void hoard_all(struct model_hoard *hoard, struct mm *mm);

/* Those that are free now, on a map of model_map_zones(): the heap keeps what it has. */
void hoard_free(struct model_hoard *hoard, struct mm *mm);

/* As many of a class as there are, in the order in which they come. */
void hoard_class(struct model_hoard *hoard, struct mm *mm, enum page_class page_class);

/* At most `frames` of a zone, those taken last first. */
void hoard_give(struct model_hoard *hoard, struct mm *mm, enum zone zone, uint32_t frames);

/* Those in [first, end). Returns how many. */
uint32_t hoard_give_run(struct model_hoard *hoard, struct mm *mm, uint32_t first, uint32_t end);

void hoard_give_all(struct model_hoard *hoard, struct mm *mm);

#endif

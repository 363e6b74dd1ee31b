/* The index of blocks: which groups have a free block of an order, exactly. */
#ifndef FRAMES_SORTED_ORDERS_H
#define FRAMES_SORTED_ORDERS_H

#include "frames_sorted_layout.h"

/* Returns whether the bits of a word have the aligned free block of 2^order frames around a frame;
   for an order above 5, whether the word is all free, as each word of such a block is. The order is
   at most ORDER_MAX + 1. */
static inline bool word_has_block(uint32_t bits, uint32_t frame, uint32_t order)
{
    static const struct {
        uint32_t start; /* bits of the frame number that say which block of the word */
        uint32_t block; /* the bits of the first block */
    } orders[ORDER_MAX + 2u] = {
        {31, 0x1},      {30, 0x3},      {28, 0xf},      {24, 0xff},
        {16, 0xffff},   {0, WORD_FULL}, {0, WORD_FULL}, {0, WORD_FULL},
        {0, WORD_FULL}, {0, WORD_FULL}, {0, WORD_FULL}, {0, WORD_FULL},
    };

    return (~(bits >> (frame & orders[order].start)) & orders[order].block) == 0;
}

/* A word has gained free frames: raises the order of its group. O(GROUP_WORDS). */
void orders_after_set(struct frames_sorted *sorted, uint32_t word);

/* Words of a group have become all free. O(GROUP_WORDS). */
void orders_after_set_words(struct frames_sorted *sorted, uint32_t group);

/* A word had the bits `before` and has lost some: lowers the order of its group, if that was the
   group's last block of the order. All other words are as they were. O(GROUP_WORDS). */
void orders_after_clear(struct frames_sorted *sorted, uint32_t word, uint32_t before);

/* Computes the order of a group that has lost frames. O(GROUP_WORDS). */
void orders_lower(struct frames_sorted *sorted, uint32_t group);

/* All frames of the 32 groups of a map have become free. O(GROUP_WORDS). */
void orders_set_map(struct frames_sorted *sorted, uint32_t map);

/* Returns the first frame of the highest free block of 2^order frames, order 1 to ORDER_MAX, of a
   group that has such a block. O(GROUP_WORDS). */
uint32_t orders_highest_block(const struct frames_sorted *sorted, uint32_t group, uint32_t order);

#endif

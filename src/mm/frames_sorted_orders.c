#include "frames_sorted_orders.h"

static void group_raise(struct frames_sorted *sorted, uint32_t group, uint32_t order)
{
    uint8_t *best = &best_orders(sorted)[group];

    for (; *best < order; ++*best) {
        bitmap_set(sorted->groups_with[*best], group);
        sorted->maps_with[*best] |= 1u << (group >> WORD_SHIFT);
    }
}

static void group_lower(struct frames_sorted *sorted, uint32_t group, uint32_t order)
{
    uint8_t *best = &best_orders(sorted)[group];

    for (; *best > order; --*best) {
        uint32_t *groups = &sorted->groups_with[*best - 1u][group >> WORD_SHIFT];
        *groups &= ~(1u << group % WORD_BITS);
        if (*groups == 0)
            sorted->maps_with[*best - 1u] &= ~(1u << (group >> WORD_SHIFT));
    }
}

/* Returns whether the words [from, to) are all free. Which word is not is unpredictable, so all are
   read. */
static bool words_are_free(const uint32_t *bits, uint32_t from, uint32_t to)
{
    uint32_t all = WORD_FULL;

    for (uint32_t word = from; word < to; word++)
        all &= bits[word];
    return all == WORD_FULL;
}

/* Returns the first word of the block of an order, at least 5, around a word. */
static uint32_t block_start(uint32_t word, uint32_t order)
{
    return word & ~((1u << (order - WORD_SHIFT)) - 1u);
}

static uint32_t block_end(uint32_t word, uint32_t order)
{
    return block_start(word, order) + (1u << (order - WORD_SHIFT));
}

/* Returns the order of the largest free block in a word that is neither used nor free as a whole.
 */
static uint32_t word_best_order(uint32_t bits)
{
    uint32_t order = 0;

    while (word_starts(bits, order + 1u) != 0)
        order++;
    return order;
}

void orders_after_set(struct frames_sorted *sorted, uint32_t word)
{
    const uint32_t *bits = free_words(sorted);
    uint32_t best = best_orders(sorted)[word / GROUP_WORDS];
    uint32_t order;

    if (bits[word] != WORD_FULL) {
        order = word_best_order(bits[word]);
    } else {
        order = best < WORD_SHIFT ? WORD_SHIFT : best;
        while (order < ORDER_MAX &&
               words_are_free(bits, block_start(word, order + 1u), block_end(word, order + 1u)))
            order++;
    }
    if (order > best)
        group_raise(sorted, word / GROUP_WORDS, order);
}

/* Returns the words of a group that are all free. */
static uint32_t full_words(const uint32_t *bits)
{
    uint32_t full = 0;

    for (uint32_t word = 0; word < GROUP_WORDS; word++)
        full |= (uint32_t)(bits[word] == WORD_FULL) << word;
    return full;
}

void orders_after_set_words(struct frames_sorted *sorted, uint32_t group)
{
    uint32_t full = full_words(&free_words(sorted)[group * GROUP_WORDS]);
    uint32_t order = ORDER_MAX;

    while (word_starts(full, order - WORD_SHIFT) == 0)
        order--;
    group_raise(sorted, group, order);
}

/* Returns the order of the largest block of a group, which is at most `limit`. */
static uint32_t group_best_order(const struct frames_sorted *sorted, uint32_t group, uint32_t limit)
{
    const uint32_t *bits = &free_words(sorted)[group * GROUP_WORDS];
    uint32_t best = 0;

    if (limit >= WORD_SHIFT) {
        uint32_t full = full_words(bits);
        for (; full != 0; limit--)
            if (word_starts(full, limit - WORD_SHIFT) != 0)
                return limit;
        limit = WORD_SHIFT - 1u;
    }
    for (uint32_t any = words_any(sorted)[group]; any != 0 && best < limit;) {
        uint32_t word = highest_bit(any);
        any &= ~(1u << word);
        while (best < limit && word_starts(bits[word], best + 1u) != 0)
            best++;
    }
    return best;
}

void orders_lower(struct frames_sorted *sorted, uint32_t group)
{
    uint32_t best = best_orders(sorted)[group];

    if (best != 0)
        group_lower(sorted, group, group_best_order(sorted, group, best));
}

void orders_after_clear(struct frames_sorted *sorted, uint32_t word, uint32_t before)
{
    const uint32_t *bits = free_words(sorted);
    uint32_t best = best_orders(sorted)[word / GROUP_WORDS];

    if (best > WORD_SHIFT) {
        if (before != WORD_FULL || !words_are_free(bits, word + 1u, block_end(word, best)) ||
            !words_are_free(bits, block_start(word, best), word))
            return;
    } else if (word_starts(before, best) == 0 || word_starts(bits[word], best) != 0) {
        return;
    }
    orders_lower(sorted, word / GROUP_WORDS);
}

void orders_set_map(struct frames_sorted *sorted, uint32_t map)
{
    uint8_t *best = &best_orders(sorted)[map * WORD_BITS];

    for (uint32_t group = 0; group < WORD_BITS; group++)
        best[group] = ORDER_MAX;
    for (uint32_t order = 0; order < ORDER_MAX; order++) {
        sorted->groups_with[order][map] = WORD_FULL;
        sorted->maps_with[order] |= 1u << map;
    }
}

uint32_t orders_highest_block(const struct frames_sorted *sorted, uint32_t group, uint32_t order)
{
    const uint32_t *bits = &free_words(sorted)[group * GROUP_WORDS];
    uint32_t first = group * GROUP_FRAMES;

    if (order >= WORD_SHIFT) {
        uint32_t words = word_starts(full_words(bits), order - WORD_SHIFT);
        MM_ASSERT(words != 0);
        return first + highest_bit(words) * WORD_BITS;
    }
    for (uint32_t any = words_any(sorted)[group];;) {
        MM_ASSERT(any != 0);
        uint32_t word = highest_bit(any);
        uint32_t blocks = word_starts(bits[word], order);
        if (blocks != 0)
            return first + word * WORD_BITS + highest_bit(blocks);
        any &= ~(1u << word);
    }
}

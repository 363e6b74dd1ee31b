/* Sizes and ways of the TLB model, as machines are given them and as people write them. */
#ifndef MACHINE_TLB_SHAPE_H
#define MACHINE_TLB_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#define TLB_ENTRIES_DEFAULT       64u
#define TLB_WAYS_DEFAULT          4u
#define TLB_LARGE_ENTRIES_DEFAULT 8u
#define TLB_LARGE_WAYS_DEFAULT    4u

#define TLB_ENTRIES_MAX 65536u
#define TLB_WAYS_MAX    64u

/* 0: the default. Powers of two, ways <= entries; ways == entries: fully associative. */
struct tlb_shape {
    uint32_t entries; /* of 4 KiB pages */
    uint32_t ways;
    uint32_t large_entries; /* of 4 MiB pages */
    uint32_t large_ways;
};

/* The shape with its defaults filled in. */
struct tlb_shape tlb_shape_complete(const struct tlb_shape *shape);

/* What is wrong with a shape, its defaults filled in: one line; or NULL. */
__attribute__((warn_unused_result)) const char *tlb_shape_check(const struct tlb_shape *shape);

/*
 * "64x4" or "64x4,8x4": entries and ways of 4 KiB pages, and of 4 MiB pages, whose default stands
 * without them. false: *reason says what is wrong with the text or with the shape, and *shape is
 * not set.
 */
bool tlb_shape_parse(const char *text, struct tlb_shape *shape, const char **reason);

#endif

/* Compares the TLB model with a naive one: a list that records when each entry was last used. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/on_machine.h"

#include <string.h>

#define OPERATIONS  200000u
#define ENTRIES_MAX 64u

struct model_entry {
    bool valid;
    uint32_t page; /* number of the page, in pages of its size */
    uint32_t pa;
    uint32_t allows;
    bool global;
    uint32_t used; /* the operation that used it last */
};

/* The entries of one page size. */
struct model_array {
    uint32_t page_shift;
    uint32_t sets;
    uint32_t ways;
    struct model_entry entry[ENTRIES_MAX];
};

static struct model_array small, large;
static struct tlb tlb;
static uint32_t now;

static struct model_entry *model_entry_of(struct model_array *array, uint32_t va)
{
    for (uint32_t i = 0; i < ENTRIES_MAX; i++)
        if (array->entry[i].valid && array->entry[i].page == va >> array->page_shift)
            return &array->entry[i];
    return NULL;
}

static struct model_entry *model_find(struct model_array *array, uint32_t va, uint32_t access)
{
    struct model_entry *entry = model_entry_of(array, va);

    if (!entry || !(entry->allows >> access / 2 & 1u))
        return NULL;
    entry->used = now;
    return entry;
}

/* Returns the page's entry, else a free place if the set is not full, else the oldest entry. */
static struct model_entry *model_place(struct model_array *array, uint32_t va)
{
    struct model_entry *entry = model_entry_of(array, va);
    struct model_entry *oldest = NULL;
    struct model_entry *free_place = NULL;
    uint32_t in_set = 0;

    for (uint32_t i = 0; i < ENTRIES_MAX && !entry; i++) {
        struct model_entry *other = &array->entry[i];
        if (!other->valid) {
            free_place = other;
        } else if (other->page % array->sets == (va >> array->page_shift) % array->sets) {
            in_set++;
            if (!oldest || other->used < oldest->used)
                oldest = other;
        }
    }
    if (entry)
        return entry;
    return in_set < array->ways ? free_place : oldest;
}

static void fill(uint32_t va, uint32_t *seed)
{
    struct model_array *array = (va >> 24) % 3 == 0 ? &large : &small;
    uint32_t offset_mask = (1u << array->page_shift) - 1u;
    struct mmu_walk walk = {
        .pa = paddr((random32(seed) & ~offset_mask) | (va & offset_mask)),
        .page_bytes = offset_mask + 1u,
        .global = random32(seed) % 2,
        .allows = 1u | random32(seed) % 16,
    };

    tlb_fill(&tlb, vaddr(va), &walk);
    *model_place(array, va) = (struct model_entry){.valid = true,
                                                   .page = va >> array->page_shift,
                                                   .pa = walk.pa.value & ~offset_mask,
                                                   .allows = walk.allows,
                                                   .global = walk.global,
                                                   .used = now};
}

static void access_page(uint32_t va, uint32_t kind, uint32_t *seed)
{
    struct model_array *array = &small;
    struct model_entry *expected = model_find(array, va, kind);
    struct tlb_found found;

    if (tlb_hit(&tlb, vaddr(va), kind, &found.entry))
        found.pa = tlb_entry_translate(found.entry, vaddr(va));
    else
        found = tlb_find(&tlb, vaddr(va), kind);
    if (!expected) {
        array = &large;
        expected = model_find(array, va, kind);
    }
    assert_int_equal(found.entry != NULL, expected != NULL);
    if (expected)
        assert_int_equal(found.pa.value, expected->pa | (va & ((1u << array->page_shift) - 1u)));
    else
        fill(va, seed);
}

static void model_drop(struct model_array *array, uint32_t va)
{
    struct model_entry *entry = model_entry_of(array, va);

    if (entry)
        entry->valid = false;
}

static void model_flush(struct model_array *array, bool keep_global)
{
    for (uint32_t i = 0; i < ENTRIES_MAX; i++)
        array->entry[i].valid &= keep_global && array->entry[i].global;
}

/* Returns an address in one of 24 large pages, some of which are mapped as a whole. No address is
 * mapped in both sizes, because then either entry might serve. */
static uint32_t random_va(uint32_t *seed)
{
    uint32_t page = random32(seed) % 192;

    return page << PAGE_SHIFT | (page % 24) << 24 | (random32(seed) & PAGE_OFFSET_MASK);
}

static void step(uint32_t *seed)
{
    uint32_t va = random_va(seed);
    uint32_t what = random32(seed) % 400;

    now++;
    if (what == 0) {
        bool keep_global = random32(seed) % 4 != 0;
        tlb_flush(&tlb, keep_global);
        model_flush(&small, keep_global);
        model_flush(&large, keep_global);
    } else if (what < 20) {
        tlb_drop(&tlb, vaddr(va));
        model_drop(&small, va);
        model_drop(&large, va);
    } else {
        access_page(va, random32(seed) & (MMU_USER | MMU_WRITE), seed);
    }
}

static const struct tlb_shape shapes[] = {
    {64, 4, 8, 4}, {16, 2, 4, 1}, {8, 8, 2, 2}, {32, 1, 8, 8}, {1, 1, 1, 1}, {64, 64, 16, 2},
};

static void the_tlb_agrees_with_a_naive_model(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        uint32_t seed = 0x71b + (uint32_t)i;
        const struct tlb_shape *shape = &shapes[i];

        small = (struct model_array){
            .page_shift = PAGE_SHIFT, .sets = shape->entries / shape->ways, .ways = shape->ways};
        large = (struct model_array){.page_shift = LARGE_PAGE_SHIFT,
                                     .sets = shape->large_entries / shape->large_ways,
                                     .ways = shape->large_ways};
        assert_true(tlb_create(&tlb, shape, i % 2 != 0));
        for (uint32_t n = effort_operations(OPERATIONS); n > 0; n--)
            step(&seed);
        assert_true(tlb.hits > 100 && tlb.misses > 100);
        tlb_destroy(&tlb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_tlb_agrees_with_a_naive_model)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests the checker of the heap's slabs: each rule is broken alone. */
#include "mm/heap_objects.h"
#include "support/on_machine.h"
#include "support/test.h"

static struct heap_slab *slab_of(uint32_t i)
{
    return heap_slab_at(HEAP_START + (i + 1) * PAGE_SIZE);
}

/* There are four slabs: two are full, the third has a free object, the last has one on the list
   and others that were never there. */
static void heap_to_break(void)
{
    start(8);
    take_objects(0, 2 * OBJECTS);
    for (uint32_t i = 0; i < OBJECTS + 1; i++)
        alloc_small();
    heap_free(&heap, vaddr(HEAP_START + 3 * PAGE_SIZE + FIRST + (OBJECTS - 1) * OBJECT_BYTES));
    assert_null(heap_check(&heap));
}

static void break_block_size(void)
{
    uint32_t block = HEAP_START + 4 * PAGE_SIZE - HEAP_HEADER_BYTES;

    header_write(block, 4112, 0);
    heap.top += 16;
}

static void break_block_place(void)
{
    slab_of(0)->map[0] |= 1;
}

static void break_mark(void)
{
    slab_of(1)->mark ^= 0x40000000u;
}

static void break_object_bytes(void)
{
    slab_of(0)->object_bytes = 32;
}

static void break_listed_end(void)
{
    slab_of(0)->listed_end += 8;
}

static void break_listed_end_beyond(void)
{
    slab_of(2)->listed_end += (uint16_t)OBJECT_BYTES;
}

static void break_object_extra(void)
{
    slab_of(0)->used[0] |= 1;
}

static void break_object_within(void)
{
    slab_of(0)->used[heap_slab_word(FIRST + 8)] |= 1u << heap_slab_bit(FIRST + 8);
}

static void break_object_behind(void)
{
    slab_of(0)->used[HEAP_SLAB_WORDS - 1] |= 1u << 31;
}

/* An object that was never on the list is used. */
static void break_object_too_early(void)
{
    uint32_t at = slab_of(3)->listed_end;

    slab_of(3)->used[heap_slab_word(at)] |= 1u << heap_slab_bit(at);
}

static void break_map_of_follower(void)
{
    slab_of(1)->map[0] = 2;
}

static void break_leader(void)
{
    slab_of(0)->mark ^= 0x40000000u;
}

static void break_leader_place(void)
{
    heap.leader[0] = 7;
}

static void break_leader_of_nothing(void)
{
    heap.leader[1] = 1;
}

static void break_leader_beyond(void)
{
    heap.leader[0] = HEAP_GROUP_PAGES + 2u;
}

static void break_freed_in(void)
{
    heap.slab_freed_in = HEAP_START + 6 * PAGE_SIZE;
}

static void break_freed_in_alignment(void)
{
    heap.slab_freed_in |= 8;
}

static void break_leader_bit(void)
{
    slab_of(0)->map[0] &= ~2u;
}

static void break_objects(void)
{
    slab_of(0)->objects--;
}

static void break_objects_used(void)
{
    slab_of(0)->objects_used--;
}

static void break_pages(void)
{
    slab_of(0)->map[0] |= 1u << 6;
}

static void break_small_used(void)
{
    heap.small_used[3]++;
}

static void break_list_out(void)
{
    heap.object[3] = HEAP_START + 6 * PAGE_SIZE;
}

static void break_list_beyond(void)
{
    heap.object[3] = heap.end;
}

static void break_list_before(void)
{
    heap.object[3] = HEAP_START - 8;
}

static void break_list_alignment(void)
{
    heap.object[3] += 4;
}

/* The objects are on the list of kind 2. */
static void break_list_kind(void)
{
    heap.object[2] = heap.object[3];
}

static void break_list_within(void)
{
    heap.object[3] += 8;
}

static void break_list_used(void)
{
    heap.object[3] = object[0].value;
}

static void break_list_too_early(void)
{
    heap.object[3] = HEAP_START + 4 * PAGE_SIZE + slab_of(3)->listed_end;
}

static void break_unlisted(void)
{
    heap.object[3] = 0;
}

static void break_used_by_none(void)
{
    struct heap_slab *slab = slab_of(0);

    for (uint32_t word = 0; word < HEAP_SLAB_WORDS; word++)
        slab->used[word] = 0;
    slab->objects_used = 0;
}

static void break_link_back(void)
{
    heap_object_at(heap.object[3])->prev = heap.object[3];
}

static void break_link(void)
{
    heap_object_at(heap.object[3])->next = HEAP_START + 6 * PAGE_SIZE;
}

/* The two objects of the list change places. */
static void break_newest(void)
{
    uint32_t first = heap.object[3];
    uint32_t last = heap_object_at(first)->next;

    heap.object[3] = last;
    *heap_object_at(last) = (struct heap_object){first, 0};
    *heap_object_at(first) = (struct heap_object){0, last};
}

static void break_listed_end_of_two(void)
{
    slab_of(2)->listed_end -= (uint16_t)OBJECT_BYTES;
}

MACHINE_TEST(checker_names_each_rule)
{
    static const struct {
        void (*break_it)(void);
        const char *rule;
    } rules[] = {
        {break_block_size, "heap: a slab's block does not have the size of a slab"},
        {break_block_place, "heap: a slab's block does not have the size of a slab"},
        {break_mark, "heap: a slab's mark is wrong"},
        {break_object_bytes, "heap: a slab's object size is wrong"},
        {break_listed_end, "heap: a slab's listed_end is not the end of an object"},
        {break_listed_end_beyond, "heap: a slab's listed_end is not the end of an object"},
        {break_object_extra, "heap: a slab has no object at this address"},
        {break_object_within, "heap: a slab has no object at this address"},
        {break_object_behind, "heap: a slab has no object at this address"},
        {break_object_too_early, "heap: a slab has no object at this address"},
        {break_map_of_follower, "heap: a slab that leads no group has a map"},
        {break_leader, "heap: the leader of a group is not a slab"},
        {break_leader_place, "heap: the leader of a group is not a slab"},
        {break_leader_of_nothing, "heap: the leader of a group is not a slab"},
        {break_leader_beyond, "heap: the leader of a group is not a slab"},
        {break_freed_in, "heap: slab_freed_in is not a slab"},
        {break_freed_in_alignment, "heap: slab_freed_in is not a slab"},
        {break_leader_bit, "heap: the leader of a group is not a slab"},
        {break_objects, "heap: a slab's number of objects is not that which fits"},
        {break_objects_used, "heap: a slab's count of used objects is wrong"},
        {break_pages, "heap: a page that is not a slab is marked as one"},
        {break_small_used, "heap: used blocks of a small size are miscounted"},
        {break_list_out, "heap: a list of objects leads to a page that is not a slab"},
        {break_list_beyond, "heap: a list of objects leads to a page that is not a slab"},
        {break_list_before, "heap: a list of objects leads to a page that is not a slab"},
        {break_list_alignment, "heap: a list of objects leads to a page that is not a slab"},
        {break_list_kind, "heap: an object is on the list of another kind"},
        {break_list_within, "heap: a list leads to an address where no object starts"},
        {break_list_too_early, "heap: a list leads to an address where no object starts"},
        {break_list_used, "heap: a used object is on a list"},
        {break_unlisted, "heap: a free object is on no list"},
        {break_used_by_none, "heap: a slab has no used object"},
        {break_link_back, "heap: an object's link back is wrong"},
        {break_newest, "heap: the newest object of a slab is not the last of its list"},
        {break_listed_end_of_two,
         "heap: two slabs of a kind have objects that were never on the list"},
        {break_link, "heap: a list of objects leads to a page that is not a slab"},
    };

    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        heap_to_break();
        rules[i].break_it();
        const char *broken = heap_check(&heap);
        assert_non_null(broken);
        assert_string_equal(broken, rules[i].rule);
    }
}

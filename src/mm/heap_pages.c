#include "heap_pages.h"

#include <mm/layout.h>
#include <mm/machine.h>

#include "bits.h"
#include "fill.h"
#include "seal.h"

_Static_assert(CHUNK_PAGES_MAX == WORD_BITS, "one word says which pages of a chunk are used");

/* The links of the list of chunks that have free pages. They stand behind the pages of a chunk. A
   link is the bit of a chunk's first page plus one; 0 is none. */
struct links {
    uint32_t next;
    uint32_t previous;
};

/* ---- the bitmaps ---- */

static uint32_t *words_of(vaddr_t bitmap)
{
    return machine_pointer(bitmap);
}

static uint32_t words_for(uint32_t frames)
{
    return (frames + WORD_BITS - 1u) / WORD_BITS;
}

/* Each bitmap has one word more than its bits need, because bits_at() reads two words. */
uint32_t heap_pages_bytes(uint32_t frames)
{
    return 2u * (words_for(frames) + 1u) * (uint32_t)sizeof(uint32_t);
}

static bool bit_test(vaddr_t bitmap, uint32_t bit)
{
    return (words_of(bitmap)[bit / WORD_BITS] >> bit % WORD_BITS & 1u) != 0;
}

static void bit_flip(vaddr_t bitmap, uint32_t bit)
{
    words_of(bitmap)[bit / WORD_BITS] ^= 1u << bit % WORD_BITS;
}

/* Returns the bits [bit, bit + 32) of a bitmap. */
static uint32_t bits_at(vaddr_t bitmap, uint32_t bit)
{
    const uint32_t *word = &words_of(bitmap)[bit / WORD_BITS];
    uint32_t shift = bit % WORD_BITS;

    return shift == 0 ? word[0] : word[0] >> shift | word[1] << (WORD_BITS - shift);
}

/* ---- chunks, named by the bit of their first page ---- */

static vaddr_t page_of(const struct heap_pages *pages, uint32_t bit)
{
    return direct_map_frame(pfn(pages->first + bit));
}

static uint32_t chunk_pages(const struct heap_pages *pages, const struct heap *heap, uint32_t chunk)
{
    return heap_usable_bytes(heap, page_of(pages, chunk)) >> PAGE_SHIFT;
}

/* Returns a word in which bit i says whether page i of the chunk is free. */
static uint32_t chunk_free(const struct heap_pages *pages, uint32_t chunk, uint32_t count)
{
    return ~bits_at(pages->used, chunk) & low_bits(count);
}

static struct links *links_of(const struct heap_pages *pages, uint32_t chunk, uint32_t count)
{
    return machine_pointer(vaddr_add(page_of(pages, chunk), count << PAGE_SHIFT));
}

/* Returns the chunk that can contain a page, or UINT32_MAX: the nearest start, at most 31 pages
   before it. */
static uint32_t chunk_of(const struct heap_pages *pages, uint32_t bit)
{
    uint32_t low = bit < WORD_BITS ? 0 : bit - (WORD_BITS - 1u);
    uint32_t starts = bits_at(pages->starts, low) & low_bits(bit - low + 1u);

    return starts == 0 ? UINT32_MAX : low + highest_bit(starts);
}

/* HARDEN_FULL: does the link `at` lead to a chunk? */
static bool is_chunk(const struct heap_pages *pages, const struct heap *heap, uint32_t at)
{
    return at - 1u < pages->frames && bit_test(pages->starts, at - 1u) &&
           heap_pointer_fault(heap, page_of(pages, at - 1u)) == NULL;
}

static const struct links *links_at(const struct heap_pages *pages, const struct heap *heap,
                                    uint32_t at)
{
    return links_of(pages, at - 1u, chunk_pages(pages, heap, at - 1u));
}

static bool links_agree(const struct heap_pages *pages, const struct heap *heap, uint32_t at)
{
    if (!is_chunk(pages, heap, at))
        return false;
    uint32_t next = links_at(pages, heap, at)->next;
    uint32_t previous = links_at(pages, heap, at)->previous;
    if (next != 0 && (!is_chunk(pages, heap, next) || links_at(pages, heap, next)->previous != at))
        return false;
    if (previous == 0)
        return pages->open == at;
    return is_chunk(pages, heap, previous) && links_at(pages, heap, previous)->next == at;
}

static void links_guard(const struct heap_pages *pages, const struct heap *heap, uint32_t chunk,
                        const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && !links_agree(pages, heap, chunk + 1u))
        machine_panic(function, "a link of a chunk is broken", pages->first + chunk);
}

static void list_add(struct heap_pages *pages, const struct heap *heap, uint32_t chunk)
{
    *links_of(pages, chunk, chunk_pages(pages, heap, chunk)) = (struct links){.next = pages->open};
    if (pages->open != 0) {
        uint32_t next = pages->open - 1u;
        links_of(pages, next, chunk_pages(pages, heap, next))->previous = chunk + 1u;
    }
    pages->open = chunk + 1u;
}

static void list_remove(struct heap_pages *pages, const struct heap *heap, uint32_t chunk)
{
    const struct links links = *links_of(pages, chunk, chunk_pages(pages, heap, chunk));

    links_guard(pages, heap, chunk, "heap_pages_list_remove");
    if (links.next != 0)
        links_of(pages, links.next - 1u, chunk_pages(pages, heap, links.next - 1u))->previous =
            links.previous;
    if (links.previous != 0)
        links_of(pages, links.previous - 1u, chunk_pages(pages, heap, links.previous - 1u))->next =
            links.next;
    else
        pages->open = links.next;
}

/* Makes a chunk of free pages. Their number is the largest power of two, up to CHUNK_PAGES_MAX, for
   which the heap has room. Returns false if the heap has no room for a single page. */
static bool chunk_make(struct heap_pages *pages, struct heap *heap)
{
    for (uint32_t count = CHUNK_PAGES_MAX; count != 0; count /= 2u) {
        uint32_t bytes = (count << PAGE_SHIFT) + (uint32_t)sizeof(struct links);
        vaddr_t block = heap_alloc(heap, bytes, PAGE_SIZE);
        if (vaddr_is_none(block))
            continue;
        uint32_t chunk = paddr_to_pfn(direct_map_inverse(block)).value - pages->first;
        if (MM_HARDENING >= HARDEN_FULL)
            fill_freed(block.value, block.value + (count << PAGE_SHIFT));
        bit_flip(pages->starts, chunk);
        pages->free_pages += count;
        list_add(pages, heap, chunk);
        return true;
    }
    return false;
}

static void chunk_drop(struct heap_pages *pages, struct heap *heap, uint32_t chunk, uint32_t count)
{
    if (MM_HARDENING >= HARDEN_FULL)
        fill_verify(page_of(pages, chunk).value,
                    page_of(pages, chunk).value + (count << PAGE_SHIFT), "pages_free");
    list_remove(pages, heap, chunk);
    bit_flip(pages->starts, chunk);
    pages->free_pages -= count;
    heap_free(heap, page_of(pages, chunk));
}

/* ---- single pages ---- */

static pfn_t page_alloc(struct heap_pages *pages, struct heap *heap)
{
    if (pages->open == 0 && !chunk_make(pages, heap))
        return PFN_NONE;
    uint32_t chunk = pages->open - 1u;
    links_guard(pages, heap, chunk, "heap_pages_alloc");
    uint32_t free = chunk_free(pages, chunk, chunk_pages(pages, heap, chunk));
    uint32_t bit = chunk + (uint32_t)__builtin_ctz(free);
    if (MM_HARDENING >= HARDEN_FULL)
        fill_verify(page_of(pages, bit).value, page_of(pages, bit).value + PAGE_SIZE,
                    "pages_alloc");
    bit_flip(pages->used, bit);
    pages->free_pages--;
    if ((free & (free - 1u)) == 0)
        list_remove(pages, heap, chunk);
    return pfn(pages->first + bit);
}

static void page_free(struct heap_pages *pages, struct heap *heap, uint32_t bit)
{
    uint32_t chunk = chunk_of(pages, bit);
    uint32_t count = chunk != UINT32_MAX ? chunk_pages(pages, heap, chunk) : 0;

    MM_ASSERT(bit - chunk < count && bit_test(pages->used, bit));
    if (chunk_free(pages, chunk, count) == 0)
        list_add(pages, heap, chunk);
    if (MM_HARDENING >= HARDEN_FULL)
        fill_freed(page_of(pages, bit).value, page_of(pages, bit).value + PAGE_SIZE);
    bit_flip(pages->used, bit);
    pages->free_pages++;
    if (chunk_free(pages, chunk, count) == low_bits(count))
        chunk_drop(pages, heap, chunk, count);
}

/* ---- blocks of pages ---- */

pfn_t heap_pages_alloc(struct heap_pages *pages, struct heap *heap, uint32_t order)
{
    if (order == 0)
        return page_alloc(pages, heap);
    vaddr_t block = heap_alloc(heap, PAGE_SIZE << order, PAGE_SIZE << order);
    return vaddr_is_none(block) ? PFN_NONE : paddr_to_pfn(direct_map_inverse(block));
}

void heap_pages_free(struct heap_pages *pages, struct heap *heap, pfn_t first, uint32_t order)
{
    if (order == 0)
        page_free(pages, heap, first.value - pages->first);
    else
        heap_free(heap, direct_map_frame(first));
}

/* ---- reports ---- */

bool heap_pages_chunk(const struct heap_pages *pages, pfn_t frame)
{
    return bit_test(pages->starts, frame.value - pages->first);
}

void heap_pages_for_each_free(const struct heap_pages *pages, const struct heap *heap,
                              void (*visit)(void *context, pfn_t start, pfn_t end), void *context)
{
    for (uint32_t at = pages->open; at != 0;) {
        links_guard(pages, heap, at - 1u, __func__);
        uint32_t count = chunk_pages(pages, heap, at - 1u);
        uint32_t free = chunk_free(pages, at - 1u, count);
        for (uint32_t i = 0; i < count; i++)
            if ((free >> i & 1u) != 0)
                visit(context, pfn(pages->first + at - 1u + i), pfn(pages->first + at + i));
        at = links_of(pages, at - 1u, count)->next;
    }
}

/* ---- the checker ---- */

static const char *check_list(const struct heap_pages *pages, const struct heap *heap,
                              uint32_t *free_pages)
{
    uint32_t previous = 0;

    for (uint32_t at = pages->open; at != 0;
         at = links_of(pages, at - 1u, chunk_pages(pages, heap, at - 1u))->next) {
        uint32_t chunk = at - 1u;
        if (chunk >= pages->frames || !bit_test(pages->starts, chunk))
            return "heap_pages: the list leads to a page that is not a chunk";
        uint32_t count = chunk_pages(pages, heap, chunk);
        uint32_t free = chunk_free(pages, chunk, count);
        if (free == 0 || free == low_bits(count))
            return "heap_pages: a chunk on the list has no free page, or no used page";
        if (links_of(pages, chunk, count)->previous != previous)
            return "heap_pages: a link back is wrong";
        *free_pages += count_bits(free);
        previous = at;
    }
    return NULL;
}

/* Checks that every chunk is a live block, and counts the free pages of all chunks. */
static const char *check_chunks(const struct heap_pages *pages, const struct heap *heap,
                                uint32_t *free_pages)
{
    for (uint32_t chunk = 0; chunk < pages->frames; chunk++) {
        if (!bit_test(pages->starts, chunk))
            continue;
        if (heap_pointer_fault(heap, page_of(pages, chunk)) != NULL)
            return "heap_pages: a chunk is not a block of the heap";
        uint32_t free = chunk_free(pages, chunk, chunk_pages(pages, heap, chunk));
        *free_pages += count_bits(free);
    }
    return NULL;
}

static uint32_t count_set(const struct heap_pages *pages, vaddr_t bitmap)
{
    uint32_t used = 0;

    for (uint32_t word = 0; word <= words_for(pages->frames); word++)
        used += count_bits(words_of(bitmap)[word]);
    return used;
}

static uint32_t used_in_chunks(const struct heap_pages *pages, const struct heap *heap,
                               uint32_t *chunks)
{
    uint32_t used = 0;

    *chunks = 0;
    for (uint32_t chunk = 0; chunk < pages->frames; chunk++) {
        if (!bit_test(pages->starts, chunk))
            continue;
        uint32_t count = chunk_pages(pages, heap, chunk);
        used += count - count_bits(chunk_free(pages, chunk, count));
        ++*chunks;
    }
    return used;
}

const char *heap_pages_check(const struct heap_pages *pages, const struct heap *heap)
{
    uint32_t in_chunks = 0;
    uint32_t on_list = 0;
    uint32_t chunks;
    const char *broken = check_chunks(pages, heap, &in_chunks);

    if (broken == NULL)
        broken = check_list(pages, heap, &on_list);
    if (broken != NULL)
        return broken;
    if (pages->frames != (heap->end - heap->start) >> PAGE_SHIFT)
        return "heap_pages: the frames are not those of the heap";
    if (count_set(pages, pages->used) != used_in_chunks(pages, heap, &chunks) ||
        count_set(pages, pages->starts) != chunks)
        return "heap_pages: a bit outside of every chunk is set";
    if (in_chunks != on_list)
        return "heap_pages: a chunk with a free page is not on the list";
    return in_chunks == pages->free_pages ? NULL
                                          : "heap_pages: free_pages disagrees with the chunks";
}

void heap_pages_init(struct heap_pages *pages, vaddr_t bitmaps, const struct heap *heap)
{
    uint32_t frames = (heap->end - heap->start) >> PAGE_SHIFT;
    uint32_t words = words_for(frames) + 1u;

    *pages = (struct heap_pages){
        .used = bitmaps,
        .starts = vaddr_add(bitmaps, words * (uint32_t)sizeof(uint32_t)),
        .first = paddr_to_pfn(direct_map_inverse(vaddr(heap->start))).value,
        .frames = frames,
    };
    for (uint32_t i = 0; i < 2u * words; i++)
        words_of(bitmaps)[i] = 0;
}

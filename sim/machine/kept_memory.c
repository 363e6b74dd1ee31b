#include "machine/kept_memory.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES (UINT64_C(1) << LARGE_PAGE_SHIFT)
#define BLOCK_PAGES (1u << (LARGE_PAGE_SHIFT - PAGE_SHIFT))
#define BLOCK_WORDS (BLOCK_PAGES / 64u)
#define BLOCKS      (uint32_t)(ARENA_BYTES >> LARGE_PAGE_SHIFT)

/* Clearing a page that the window does not map costs the host a page fault, and so does its next
   use: with more of them, new memory costs less. */
#define STRANGE_PAGES_MAX 256u

static struct {
    bool there;
    pid_t owner; /* its children share the memory, and must not use it */
    struct arena arena;
    struct window window;
} kept;

/* Returns whether anything in 4 MiB of the arena has been written since it was zero. */
static bool block_is_written(const struct arena *arena, uint32_t block)
{
    const uint64_t *word = &arena->written[block * BLOCK_WORDS];
    uint64_t any = 0;

    for (uint32_t i = 0; i < BLOCK_WORDS; i++)
        any |= word[i];
    return any != 0;
}

/* Clear the pages of a block that the host has. Returns their number. */
static uint32_t block_clear(unsigned char *at)
{
    unsigned char has[BLOCK_PAGES];
    uint32_t cleared = 0;

    if (mincore(at, BLOCK_BYTES, has) != 0)
        return 0;
    for (uint32_t page = 0; page < BLOCK_PAGES; page++)
        if ((has[page] & 1u) != 0) {
            memset(at + ((size_t)page << PAGE_SHIFT), 0, PAGE_SIZE);
            cleared++;
        }
    return cleared;
}

static unsigned char *block_in_window(const struct window *window, uint32_t block)
{
    paddr_t pa = paddr(block << LARGE_PAGE_SHIFT);
    vaddr_t va = vaddr(DIRECT_MAP_BASE + pa.value);

    if (pa.value >= DIRECT_MAP_SIZE || !window_entries_find(&window->entries, va))
        return NULL;
    return window_address(window, va);
}

/* Clear all memory. Returns the number of pages that were cleared, or UINT32_MAX if too many are
   not mapped in the window. */
static uint32_t clear_all(const struct arena *arena, const struct window *window)
{
    uint32_t strange = 0;
    uint32_t cleared = 0;

    for (uint32_t block = 0; block < BLOCKS; block++) {
        unsigned char *at = block_in_window(window, block);
        if (at == NULL && !block_is_written(arena, block))
            continue;
        paddr_t pa = paddr(block << LARGE_PAGE_SHIFT);
        uint32_t pages = block_clear(at ? at : arena_pointer(arena, pa));
        strange += at == NULL ? pages : 0;
        cleared += pages;
        if (strange > STRANGE_PAGES_MAX)
            return UINT32_MAX;
    }
    return cleared;
}

/* Pages that the host has swapped out are not seen, and so not cleared; but the file counts them.
 */
static bool is_all_of(const struct arena *arena, uint32_t pages)
{
    struct stat status;

    return fstat(arena->fd, &status) == 0 && (uint64_t)status.st_blocks * 512u == (uint64_t)pages
                                                                                      << PAGE_SHIFT;
}

bool kept_memory_put(struct arena *arena, struct window *window)
{
    if (kept.there)
        kept_memory_free();
    if (window->fills > window->entries.count + STRANGE_PAGES_MAX)
        return false;
    uint32_t cleared = clear_all(arena, window);
    if (cleared == UINT32_MAX || !is_all_of(arena, cleared))
        return false;
    memset(arena->written, 0, FRAMES_MAX / 8u);
    window->fills = 0;
    window->evictions = 0;
    kept.arena = *arena;
    kept.window = *window;
    kept.owner = getpid();
    kept.there = true;
    return true;
}

/* The entries may be written to without a trap. */
static void note_entries(struct arena *arena, const struct window *window)
{
    const struct window_entry *entry = window_entries_oldest(&window->entries);

    for (; entry; entry = window_entries_next(&window->entries, entry))
        arena_note_writes(arena, entry->pa, entry->page_bytes);
}

bool kept_memory_take(struct arena *arena, struct window *window)
{
    if (!kept.there || kept.owner != getpid())
        return false;
    kept.there = false;
    *arena = kept.arena;
    *window = kept.window;
    note_entries(arena, window);
    return true;
}

void kept_memory_free(void)
{
    if (!kept.there)
        return;
    kept.there = false;
    window_destroy(&kept.window);
    arena_destroy(&kept.arena);
}

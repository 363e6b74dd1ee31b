#include "machine/watch_state.h"

#include "machine/panic.h"
#include "machine/sparse.h"

#include <string.h>

enum watch_page { PAGE_OPEN, PAGE_CLOSED, PAGE_MIXED };

#define PAGES          (1u << (32u - PAGE_SHIFT))
#define PAGE_GRANULES  (PAGE_SIZE / WATCH_GRANULE)
#define GROUP_PAGES    (LARGE_PAGE_SIZE / PAGE_SIZE)
#define GROUP_GRANULES (LARGE_PAGE_SIZE / WATCH_GRANULE)
#define GRANULE_OPEN   0u
#define GRANULE_CLOSED 255u

bool watch_state_create(struct watch_state *state, enum watch_tool tool, unsigned char *base)
{
    *state = (struct watch_state){
        .tool = tool,
        .base = base,
        .page = sparse_map(PAGES),
    };
    return state->page != NULL;
}

void watch_state_destroy(struct watch_state *state)
{
    sparse_unmap(state->page, PAGES);
    for (uint32_t group = 0; group < WATCH_GROUPS; group++)
        sparse_unmap(state->granule[group], GROUP_GRANULES);
}

/* ---- rows of equal pages ---- */

/* Returns the end of the row of pages that have the same state as `first`, at most `end`. */
static uint32_t row_end(const struct watch_state *state, uint32_t first, uint32_t end)
{
    uint32_t page = first + 1u;

    while (page < end && state->page[page] == state->page[first])
        page++;
    return page;
}

static void *page_address(const struct watch_state *state, uint32_t page)
{
    return state->base + ((size_t)page << PAGE_SHIFT);
}

/* Returns the granules of a mixed page. */
static uint8_t *page_granules(const struct watch_state *state, uint32_t page)
{
    return state->granule[page / GROUP_PAGES] + page % GROUP_PAGES * PAGE_GRANULES;
}

static uint8_t *granule_at(const struct watch_state *state, uint32_t address)
{
    return page_granules(state, address >> PAGE_SHIFT) +
           (address & PAGE_OFFSET_MASK) / WATCH_GRANULE;
}

/* Visit each row of open bytes in a mixed page. */
static void for_each_open(struct watch_state *state, uint32_t page,
                          void (*visit)(struct watch_state *state, uint32_t start, uint32_t bytes))
{
    const uint8_t *granule = page_granules(state, page);

    for (uint32_t i = 0; i < PAGE_GRANULES; i++) {
        if (granule[i] == GRANULE_CLOSED)
            continue;
        uint32_t start = (page << PAGE_SHIFT) + i * WATCH_GRANULE;
        uint32_t bytes = 0;
        for (; i < PAGE_GRANULES && granule[i] == GRANULE_OPEN; i++)
            bytes += WATCH_GRANULE;
        if (i < PAGE_GRANULES && granule[i] != GRANULE_CLOSED)
            bytes += granule[i];
        visit(state, start, bytes);
    }
}

/* ---- opening and closing pages ---- */

static void pages_set(struct watch_state *state, uint32_t start, uint32_t bytes,
                      enum watch_page value)
{
    memset(state->page + (start >> PAGE_SHIFT), (int)value, bytes >> PAGE_SHIFT);
}

void watch_state_close(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    pages_set(state, start, bytes, PAGE_CLOSED);
    watch_tool_close(state->tool, state->base + start, bytes);
}

void watch_state_open(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    pages_set(state, start, bytes, PAGE_OPEN);
    watch_tool_open(state->tool, state->base + start, bytes);
}

void watch_state_open_closed(struct watch_state *state, uint32_t page_start)
{
    if (state->page[page_start >> PAGE_SHIFT] == PAGE_CLOSED)
        watch_state_open(state, page_start, PAGE_SIZE);
}

void watch_state_reset(struct watch_state *state)
{
    for (uint32_t page = 0, end; page < PAGES; page = end) {
        end = row_end(state, page, PAGES);
        if (state->page[page] != PAGE_OPEN)
            watch_state_open(state, page << PAGE_SHIFT, (end - page) << PAGE_SHIFT);
    }
}

/* ---- blocks ---- */

/* Returns false when the host has no memory for the granules. */
static bool page_make_mixed(struct watch_state *state, uint32_t page)
{
    uint8_t **group = &state->granule[page / GROUP_PAGES];

    if (state->page[page] == PAGE_MIXED)
        return true;
    if (*group == NULL)
        *group = sparse_map(GROUP_GRANULES);
    if (*group == NULL)
        return false;
    if (state->page[page] == PAGE_OPEN)
        watch_tool_close(state->tool, page_address(state, page), PAGE_SIZE);
    memset(page_granules(state, page), GRANULE_CLOSED, PAGE_GRANULES);
    state->page[page] = PAGE_MIXED;
    return true;
}

/* Open or close granules. Their pages must be mixed. */
static void granules_set(struct watch_state *state, uint32_t start, uint32_t bytes, bool open)
{
    for (uint32_t done = 0; done < bytes; done += WATCH_GRANULE) {
        uint32_t at = start + done;
        uint32_t rest = bytes - done;
        uint8_t open_bytes = rest < WATCH_GRANULE ? (uint8_t)rest : GRANULE_OPEN;
        *granule_at(state, at) = open ? open_bytes : GRANULE_CLOSED;
    }
}

static void block_open(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    uint32_t last = (start + (bytes - 1u)) >> PAGE_SHIFT;

    for (uint32_t page = start >> PAGE_SHIFT; page <= last; page++)
        if (!page_make_mixed(state, page))
            panic_raise("the host has no memory for the state of a block at 0x%08x", start);
    granules_set(state, start, bytes, true);
}

void watch_state_block_begin(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    block_open(state, start, bytes);
    watch_tool_block_begin(state->tool, state->base + start, bytes);
}

void watch_state_block_end(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    granules_set(state, start, bytes, false);
    watch_tool_block_end(state->tool, state->base + start, bytes);
}

void watch_state_block_resize(struct watch_state *state, uint32_t start, uint32_t old_bytes,
                              uint32_t bytes)
{
    granules_set(state, start, old_bytes, false);
    block_open(state, start, bytes);
    watch_tool_block_resize(state->tool, state->base + start, old_bytes, bytes);
}

bool watch_state_is_open(const struct watch_state *state, uint32_t address)
{
    enum watch_page page = state->page[address >> PAGE_SHIFT];

    if (page != PAGE_MIXED)
        return page == PAGE_OPEN;
    uint8_t granule = *granule_at(state, address);
    return granule == GRANULE_OPEN ||
           (granule != GRANULE_CLOSED && address % WATCH_GRANULE < granule);
}

/* Only mixed pages are marked: the values of open pages are known already. */
void watch_state_stored(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    uint64_t end = (uint64_t)start + bytes;

    for (uint64_t byte = start; byte < end; byte++)
        if (state->page[byte >> PAGE_SHIFT] == PAGE_MIXED &&
            watch_state_is_open(state, (uint32_t)byte))
            watch_tool_open(state->tool, state->base + byte, 1);
}

/* ---- around changes of the host's mappings ---- */

static void bits_save(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    watch_tool_read_bits(state->tool, state->base + start, state->bits + state->bits_done, bytes);
    state->bits_done += bytes;
}

static void bits_restore(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    watch_tool_write_bits(state->tool, state->base + start, state->bits + state->bits_done, bytes);
    state->bits_done += bytes;
}

static void open_bytes(struct watch_state *state, uint32_t start, uint32_t bytes)
{
    watch_tool_open(state->tool, state->base + start, bytes);
}

bool watch_state_has_mixed(const struct watch_state *state, uint32_t start, uint64_t end)
{
    return memchr(state->page + (start >> PAGE_SHIFT), PAGE_MIXED,
                  (size_t)((end - start) >> PAGE_SHIFT)) != NULL;
}

static uint32_t pages_mixed(const struct watch_state *state, uint32_t start, uint32_t end)
{
    uint32_t count = 0;

    for (uint32_t page = start; page < end; page++)
        count += state->page[page] == PAGE_MIXED;
    return count;
}

void watch_state_save(struct watch_state *state, uint32_t start, uint64_t end)
{
    uint32_t first = start >> PAGE_SHIFT;
    uint32_t end_page = (uint32_t)(end >> PAGE_SHIFT);

    state->bits = NULL;
    if (state->tool != WATCH_TOOL_VALGRIND || !watch_state_has_mixed(state, start, end))
        return;
    state->bits_bytes = (uint64_t)pages_mixed(state, first, end_page) << PAGE_SHIFT;
    state->bits = sparse_map(state->bits_bytes);
    if (state->bits == NULL)
        panic_raise("the host has no memory for the state of blocks from 0x%08x on", start);
    state->bits_done = 0;
    for (uint32_t page = first; page < end_page; page++)
        if (state->page[page] == PAGE_MIXED)
            for_each_open(state, page, bits_save);
    state->bits_done = 0;
}

static void closed_bytes_close(struct watch_state *state, uint32_t page)
{
    const uint8_t *granule = page_granules(state, page);

    for (uint32_t i = 0; i < PAGE_GRANULES; i++) {
        uint32_t open = granule[i] == GRANULE_CLOSED ? 0 : granule[i];
        if (granule[i] != GRANULE_OPEN)
            watch_tool_close(state->tool,
                             (unsigned char *)page_address(state, page) + i * WATCH_GRANULE + open,
                             WATCH_GRANULE - open);
    }
}

/* Only closed bytes are closed again. To open the others again, although the debugger has them
   open, would make it forget the origin of unknown values. */
static void mixed_page_restore(struct watch_state *state, uint32_t page)
{
    if (state->tool == WATCH_TOOL_VALGRIND) {
        closed_bytes_close(state, page);
        for_each_open(state, page, bits_restore);
        return;
    }
    watch_tool_close(state->tool, page_address(state, page), PAGE_SIZE);
    for_each_open(state, page, open_bytes);
}

void watch_state_restore(struct watch_state *state, uint32_t start, uint64_t end)
{
    uint32_t end_page = (uint32_t)(end >> PAGE_SHIFT);

    for (uint32_t page = start >> PAGE_SHIFT, next; page < end_page; page = next) {
        next = row_end(state, page, end_page);
        if (state->page[page] == PAGE_CLOSED)
            watch_tool_close(state->tool, page_address(state, page),
                             (size_t)(next - page) << PAGE_SHIFT);
        for (uint32_t i = page; i < next && state->page[page] == PAGE_MIXED; i++)
            mixed_page_restore(state, i);
    }
    sparse_unmap(state->bits, state->bits_bytes);
}

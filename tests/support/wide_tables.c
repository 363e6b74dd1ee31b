#include "support/wide_tables.h"

#include <string.h>

uint64_t wide_memory[WIDE_FRAMES][WIDE_ENTRIES];

void wide_clear(void)
{
    memset(wide_memory, 0, sizeof wide_memory);
}

static size_t read_wide(void *context, uint64_t pa, void *bytes, size_t count)
{
    uint64_t rest = pa < WIDE_BYTES ? WIDE_BYTES - pa : 0;
    size_t got = rest < count ? (size_t)rest : count;

    (void)context;
    memcpy(bytes, (const char *)wide_memory + (got != 0 ? pa : 0), got);
    return got;
}

struct page_tables wide_tables(const char *mode)
{
    return (struct page_tables){
        .memory = {read_wide, NULL}, .mode = paging_mode_find(mode), .root = WIDE_FRAME(WIDE_ROOT)};
}

uint64_t wide_table(const struct paging_mode *mode, uint32_t frame)
{
    return mode->architecture == PAGING_X86 ? WIDE_FRAME(frame) | 7u : (uint64_t)frame << 10 | 1u;
}

uint64_t wide_page(const struct paging_mode *mode, uint64_t address)
{
    return mode->architecture == PAGING_X86 ? address | 3u : address >> 2 | 7u;
}

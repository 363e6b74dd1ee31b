#include "machine/page_scan.h"

#include <string.h>

/* What a table maps, if that is one range over all its addresses, or nothing. */
struct piece {
    bool mixed;              /* it is neither */
    struct page_range range; /* 0 bytes: nothing. Its rights are those from the table on */
};

/* The pieces of the tables that were read last; a table may replace another. */
#define MEMORY_SLOTS 512u

struct remembered {
    uint64_t table;
    uint32_t level;
    uint32_t self_map; /* the flag PAGING_SELF_MAP of what is behind the table */
    bool valid;
    struct piece piece;
};

struct scan {
    const struct page_tables *tables;
    enum page_merge merge;
    page_visit *visit;
    void *context;
    struct page_scan_result *result;
    struct page_range range; /* the range that may still grow; 0 bytes: none */
    uint32_t work;
    struct remembered memory[MEMORY_SLOTS];
};

/* What the entries above a table add to the pages behind it. */
struct above {
    uint32_t flags; /* rights, PAGING_RESERVED, PAGING_SELF_MAP */
    uint32_t self_index;
    uint64_t self_va;
};

/* ---- ranges ---- */

static bool scan_works(struct scan *scan, uint64_t va)
{
    if (scan->result->stopped)
        return false;
    if (scan->work++ < SCAN_WORK_MAX)
        return true;
    scan->result->stopped = true;
    scan->result->stopped_va = va;
    return false;
}

static bool is_linear(const struct page_range *range, const struct page_range *next)
{
    return ((range->flags | next->flags) & PAGING_REPEATED) == 0 &&
           range->pa + range->bytes == next->pa;
}

static bool is_one_frame(const struct page_range *range)
{
    return range->bytes == range->page_bytes || (range->flags & PAGING_REPEATED);
}

static bool is_repeated(const struct paging_mode *mode, const struct page_range *range,
                        const struct page_range *next)
{
    return mode->va_bits > 32 && range->pa == next->pa && is_one_frame(range) && is_one_frame(next);
}

static bool pages_go_on(const struct paging_mode *mode, const struct page_range *range,
                        const struct page_range *next)
{
    if (range->page_bytes != next->page_bytes ||
        ((range->flags ^ next->flags) & ~PAGING_REPEATED) != 0 ||
        paging_canonical(mode, range->va) - range->va !=
            paging_canonical(mode, next->va) - next->va)
        return false;
    if (range->flags & PAGING_SELF_MAP)
        return range->self_va == next->self_va;
    return is_linear(range, next) || is_repeated(mode, range, next);
}

static bool info_mem_goes_on(const struct paging_mode *mode, const struct page_range *range,
                             const struct page_range *next)
{
    uint64_t table_bytes = next->page_bytes << 9; /* all levels of RISC-V have 9 bits */
    uint32_t differing = range->flags ^ next->flags;

    if (mode->architecture == PAGING_X86)
        return (differing & (PAGING_WRITABLE | PAGING_USER)) == 0;
    return (differing & (PAGING_RIGHTS | PAGING_GLOBAL)) == 0 &&
           (range->accessed_pages != 0) == (next->accessed_pages != 0) &&
           (range->dirty_pages != 0) == (next->dirty_pages != 0) &&
           range->page_bytes == next->page_bytes && next->va % table_bytes != 0 &&
           range->pa + range->bytes == next->pa;
}

static bool goes_on(const struct scan *scan, const struct page_range *range,
                    const struct page_range *next)
{
    const struct paging_mode *mode = scan->tables->mode;

    if (range->bytes == 0 || next->bytes == 0 || range->va + range->bytes != next->va)
        return false;
    return scan->merge == PAGE_MERGE_PAGES ? pages_go_on(mode, range, next)
                                           : info_mem_goes_on(mode, range, next);
}

static void range_extend(struct page_range *range, const struct page_range *next)
{
    if (!(range->flags & PAGING_SELF_MAP) && range->pa == next->pa)
        range->flags |= PAGING_REPEATED;
    range->bytes += next->bytes;
    range->accessed_pages += next->accessed_pages;
    range->dirty_pages += next->dirty_pages;
}

static void scan_flush(struct scan *scan)
{
    if (scan->range.bytes != 0) {
        scan->visit(scan->context, &scan->range);
        (void)scan_works(scan, scan->range.va + scan->range.bytes);
    }
    scan->range.bytes = 0;
}

/* Adds a range, whose rights are those from its table on. */
static void scan_range(struct scan *scan, const struct page_range *range, const struct above *above)
{
    struct page_range next = *range;

    next.flags = paging_inherit(above->flags, range->flags);
    if (goes_on(scan, &scan->range, &next)) {
        range_extend(&scan->range, &next);
        return;
    }
    scan_flush(scan);
    scan->range = next;
}

/* ---- pieces ---- */

/* Adds what follows in the same table: is it still one range, or nothing? `first`: nothing was
   added before. */
static void piece_add(const struct scan *scan, struct piece *piece, const struct piece *next,
                      bool first)
{
    if (first)
        *piece = *next;
    else if (piece->mixed || next->mixed)
        piece->mixed = true;
    else if (goes_on(scan, &piece->range, &next->range))
        range_extend(&piece->range, &next->range);
    else
        piece->mixed = piece->range.bytes != 0 || next->range.bytes != 0;
}

static struct remembered *scan_slot(struct scan *scan, uint32_t level, uint64_t table)
{
    uint64_t number = table / PAGING_TABLE_BYTES * PAGING_LEVELS_MAX + level;

    return &scan->memory[number % MEMORY_SLOTS];
}

static bool piece_recall(struct scan *scan, uint32_t level, uint64_t table, uint64_t va,
                         const struct above *above, struct piece *piece)
{
    const struct remembered *slot = scan_slot(scan, level, table);

    if (!slot->valid || slot->table != table || slot->level != level ||
        slot->self_map != (above->flags & PAGING_SELF_MAP))
        return false;
    *piece = slot->piece;
    piece->range.va = va;
    piece->range.self_va = above->self_va;
    piece->range.self_index = above->self_index;
    return true;
}

static void piece_remember(struct scan *scan, uint32_t level, uint64_t table,
                           const struct above *above, const struct piece *piece)
{
    if (!piece->mixed)
        *scan_slot(scan, level, table) =
            (struct remembered){table, level, above->flags & PAGING_SELF_MAP, true, *piece};
}

/* ---- tables ---- */

static void scan_outside(struct scan *scan, uint32_t level, uint64_t va, uint64_t table)
{
    struct page_scan_result *result = scan->result;

    if (result->outside_count < SCAN_OUTSIDE_MAX)
        result->outside[result->outside_count] =
            (struct page_outside){va, level, paging_index(scan->tables->mode, level, va), table};
    result->outside_count++;
}

static void scan_page(struct scan *scan, uint32_t level, uint64_t va,
                      const struct paging_entry *entry, const struct above *above,
                      struct piece *piece)
{
    uint64_t bytes = UINT64_C(1) << scan->tables->mode->level[level].shift;
    uint32_t flags = entry->flags & ~(PAGING_ACCESSED | PAGING_DIRTY);

    *piece = (struct piece){.range = {.va = va,
                                      .bytes = bytes,
                                      .pa = entry->target,
                                      .page_bytes = bytes,
                                      .flags = flags | (above->flags & PAGING_SELF_MAP),
                                      .self_index = above->self_index,
                                      .self_va = above->self_va,
                                      .accessed_pages = (entry->flags & PAGING_ACCESSED) != 0,
                                      .dirty_pages = (entry->flags & PAGING_DIRTY) != 0}};
    scan_range(scan, &piece->range, above);
}

static struct above above_of(const struct scan *scan, uint32_t level, uint64_t holder, uint64_t va,
                             const struct paging_entry *entry, const struct above *above)
{
    struct above below = *above;

    below.flags = paging_inherit(above->flags, entry->flags) | (above->flags & PAGING_SELF_MAP);
    if (!(above->flags & PAGING_SELF_MAP) &&
        (entry->target == holder || entry->target == scan->tables->root)) {
        below.flags |= PAGING_SELF_MAP;
        below.self_index = paging_index(scan->tables->mode, level, va);
        below.self_va = va;
    }
    return below;
}

static void scan_table(struct scan *scan, uint32_t level, uint64_t table, uint64_t va,
                       const struct above *above, struct piece *piece);

/* Scans the table that an entry of `holder` names. */
static void scan_next(struct scan *scan, uint32_t level, uint64_t holder, uint64_t va,
                      const struct paging_entry *entry, const struct above *above,
                      struct piece *piece)
{
    const struct above below = above_of(scan, level, holder, va, entry, above);

    if (piece_recall(scan, level + 1u, entry->target, va, &below, piece)) {
        if (piece->range.bytes != 0)
            scan_range(scan, &piece->range, &below);
    } else {
        scan_table(scan, level + 1u, entry->target, va, &below, piece);
    }
    piece->range.flags = paging_inherit(entry->flags, piece->range.flags);
}

static void scan_entry(struct scan *scan, uint32_t level, uint64_t holder, uint64_t va,
                       uint64_t raw, const struct above *above, struct piece *piece)
{
    const struct page_tables *tables = scan->tables;
    const struct paging_entry entry = paging_decode(tables->mode, level, tables->cr4, va, raw);

    *piece = (struct piece){.mixed = false};
    if (entry.kind == PAGING_PAGE)
        scan_page(scan, level, va, &entry, above, piece);
    else if (entry.kind == PAGING_TABLE)
        scan_next(scan, level, holder, va, &entry, above, piece);
}

static uint64_t entry_at(const unsigned char *bytes, uint32_t entry_bytes, uint32_t index)
{
    uint32_t narrow;
    uint64_t wide;

    if (entry_bytes == sizeof narrow) {
        memcpy(&narrow, bytes + (size_t)index * sizeof narrow, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, bytes + (size_t)index * sizeof wide, sizeof wide);
    return wide;
}

/* Reads a table. Returns how many of its entries the memory has. */
static uint32_t table_read(struct scan *scan, uint32_t level, uint64_t table, uint64_t va,
                           void *bytes)
{
    const struct page_tables *tables = scan->tables;
    uint32_t count = paging_entry_count(tables->mode, level);
    size_t wanted = (size_t)count * tables->mode->entry_bytes;
    size_t got = tables->memory.read(tables->memory.context, table, bytes, wanted);

    if (got == wanted)
        return count;
    if (level == 0)
        scan->result->root_outside = true;
    else
        scan_outside(scan, level - 1u, va, table);
    return (uint32_t)(got / tables->mode->entry_bytes);
}

static void scan_table(struct scan *scan, uint32_t level, uint64_t table, uint64_t va,
                       const struct above *above, struct piece *piece)
{
    const struct paging_mode *mode = scan->tables->mode;
    unsigned char bytes[PAGING_TABLE_BYTES];
    uint32_t count = table_read(scan, level, table, va, bytes);
    struct piece next;

    *piece = (struct piece){.mixed = count < paging_entry_count(mode, level)};
    if (!scan_works(scan, va))
        return;
    for (uint32_t index = 0; index < count && !scan->result->stopped; index++) {
        uint64_t entry_va = va + ((uint64_t)index << mode->level[level].shift);
        scan_entry(scan, level, table, entry_va, entry_at(bytes, mode->entry_bytes, index), above,
                   &next);
        piece_add(scan, piece, &next, index == 0 && !piece->mixed);
    }
    piece_remember(scan, level, table, above, piece);
}

void page_scan(const struct page_tables *tables, enum page_merge merge, page_visit *visit,
               void *context, struct page_scan_result *result)
{
    struct scan scan = {
        .tables = tables, .merge = merge, .visit = visit, .context = context, .result = result};
    const struct above all = {.flags = PAGING_GIVEN};
    struct piece piece;

    result->root_outside = result->stopped = false;
    result->outside_count = 0;
    scan_table(&scan, 0, tables->root, 0, &all, &piece);
    scan_flush(&scan);
}

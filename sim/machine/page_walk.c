#include "machine/page_walk.h"

#include <string.h>

struct kind_of_access {
    bool user, write, fetch;
};

static const struct kind_of_access accesses[WALK_ACCESS_COUNT] = {
    [WALK_SUPERVISOR_READ] = {false, false, false}, [WALK_SUPERVISOR_WRITE] = {false, true, false},
    [WALK_USER_READ] = {true, false, false},        [WALK_USER_WRITE] = {true, true, false},
    [WALK_SUPERVISOR_FETCH] = {false, false, true}, [WALK_USER_FETCH] = {true, false, true},
};

/* ---- what an access does ---- */

#define NEVER 0x80000000u /* among the states: no state permits it */

/* Return the states that an access to a page with these rights needs; 0: none, it is allowed. */
static uint32_t x86_needs(const struct kind_of_access *access, uint32_t rights, uint32_t cr4)
{
    bool user_page = rights & PAGING_USER;
    uint32_t needs = 0;

    if (access->user && !user_page)
        needs |= NEVER;
    if (access->write && !(rights & PAGING_WRITABLE))
        needs |= access->user ? NEVER : WALK_WITHOUT_WP;
    if (access->fetch && (rights & PAGING_NO_EXECUTE))
        needs |= NEVER;
    if (!access->user && user_page && access->fetch && (cr4 & CR4_SMEP))
        needs |= NEVER;
    if (!access->user && user_page && !access->fetch && (cr4 & CR4_SMAP))
        needs |= WALK_WITH_AC;
    return needs;
}

static uint32_t riscv_needs(const struct kind_of_access *access, uint32_t rights)
{
    bool user_page = rights & PAGING_USER;
    uint32_t needs = 0;

    if (access->user && !user_page)
        needs |= NEVER;
    if (!access->user && user_page)
        needs |= access->fetch ? NEVER : WALK_WITH_SUM;
    if (access->fetch)
        needs |= rights & PAGING_NO_EXECUTE ? NEVER : 0u;
    else if (access->write)
        needs |= rights & PAGING_WRITABLE ? 0u : NEVER;
    else if (rights & PAGING_NO_READ)
        needs |= rights & PAGING_NO_EXECUTE ? NEVER : WALK_WITH_MXR;
    return needs;
}

static uint32_t x86_error_code(const struct kind_of_access *access, enum walk_end end)
{
    uint32_t code = (access->write ? FAULT_WRITE : 0u) | (access->user ? FAULT_USER : 0u) |
                    (access->fetch ? FAULT_FETCH : 0u);

    if (end == WALK_ABSENT)
        return code;
    return code | FAULT_PRESENT | (end == WALK_RESERVED ? FAULT_RESERVED : 0u);
}

static uint32_t riscv_cause(const struct kind_of_access *access)
{
    if (access->fetch)
        return CAUSE_FETCH_FAULT;
    return access->write ? CAUSE_STORE_FAULT : CAUSE_LOAD_FAULT;
}

static void walk_access(const struct page_tables *tables, struct page_walk *walk, uint32_t i)
{
    const struct kind_of_access *kind = &accesses[i];
    struct walk_access *access = &walk->access[i];
    bool riscv = tables->mode->architecture == PAGING_RISCV;
    uint32_t needs = NEVER;

    if (walk->end == WALK_PAGE)
        needs =
            riscv ? riscv_needs(kind, walk->rights) : x86_needs(kind, walk->rights, tables->cr4);
    access->faults = needs != 0;
    if (access->faults) {
        access->error_code = riscv ? riscv_cause(kind) : x86_error_code(kind, walk->end);
        access->allowed_with = needs & NEVER ? 0 : needs;
    } else if (riscv) {
        uint32_t flags = walk->steps[walk->step_count - 1u].entry.flags;
        access->sets = ~flags & (PAGING_ACCESSED | (kind->write ? PAGING_DIRTY : 0u));
    }
}

static void walk_accesses(const struct page_tables *tables, struct page_walk *walk)
{
    bool riscv = tables->mode->architecture == PAGING_RISCV;

    if (walk->end == WALK_OUTSIDE || (walk->end == WALK_NOT_CANONICAL && !riscv))
        return;
    walk->access_count = tables->mode->has_execute ? WALK_ACCESS_COUNT : WALK_SUPERVISOR_FETCH;
    for (uint32_t i = 0; i < walk->access_count; i++)
        walk_access(tables, walk, i);
}

/* ---- the steps ---- */

/* Read the entry of the next level in the table at an address. Returns false where it cannot be
   read. */
static bool walk_step(const struct page_tables *tables, struct page_walk *walk, uint64_t table)
{
    const struct physical_memory *memory = &tables->memory;
    uint32_t level = walk->step_count++;
    struct walk_step *step = &walk->steps[level];
    uint64_t raw = 0; /* little-endian, as the entries are: 4 bytes of them are the low half */

    step->index = paging_index(tables->mode, level, walk->va);
    step->at = table + (uint64_t)step->index * tables->mode->entry_bytes;
    if (memory->read(memory->context, step->at, &raw, tables->mode->entry_bytes) <
        tables->mode->entry_bytes)
        return false;
    step->raw = raw;
    step->entry = paging_decode(tables->mode, level, tables->cr4, walk->va, raw);
    return true;
}

static void walk_destination(const struct page_tables *tables, struct page_walk *walk)
{
    uint32_t last = walk->step_count - 1u;

    walk->page_bytes = UINT64_C(1) << tables->mode->level[last].shift;
    uint64_t offset = walk->va & (walk->page_bytes - 1u);
    walk->pa = walk->steps[last].entry.target + offset;
    uint64_t rest = walk->page_bytes - offset;
    walk->byte_count =
        (uint32_t)tables->memory.read(tables->memory.context, walk->pa, walk->bytes,
                                      rest < WALK_BYTES_MAX ? (size_t)rest : WALK_BYTES_MAX);
}

static void walk_tables(const struct page_tables *tables, struct page_walk *walk)
{
    uint32_t flags = PAGING_GIVEN;
    uint64_t table = tables->root;

    walk->end = WALK_OUTSIDE;
    while (walk_step(tables, walk, table)) {
        const struct paging_entry *entry = &walk->steps[walk->step_count - 1u].entry;
        flags = paging_inherit(flags, entry->flags);
        walk->rights = flags & PAGING_RIGHTS;
        if (entry->kind != PAGING_TABLE) {
            walk->end = flags & PAGING_RESERVED        ? WALK_RESERVED
                        : entry->kind == PAGING_ABSENT ? WALK_ABSENT
                                                       : WALK_PAGE;
            return;
        }
        table = entry->target;
    }
}

void page_walk(const struct page_tables *tables, uint64_t va, struct page_walk *walk)
{
    const struct paging_mode *mode = tables->mode;

    *walk = (struct page_walk){.va = va, .end = WALK_NOT_CANONICAL};
    if (va == paging_canonical(mode, paging_plain(mode, va)))
        walk_tables(tables, walk);
    if (walk->end == WALK_PAGE)
        walk_destination(tables, walk);
    walk_accesses(tables, walk);
}

#include "machine/dump_walk.h"

#include <string.h>

/* Follow va. false: an entry is outside of the dump. */
static bool walk_read(const struct mmu_tables *tables, struct dump_walk *walk)
{
    struct walk_step *step = &walk->steps[0];

    step->index = walk->va.value >> LARGE_PAGE_SHIFT;
    step->at = mmu_directory_entry_at(tables->cr3, walk->va);
    walk->step_count = 1;
    if (!mmu_entry_read(tables, step->at, &step->entry))
        return false;
    if (!mmu_names_table(step->entry, tables->cr4))
        return true;
    step[1].index = walk->va.value >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u);
    step[1].at = mmu_table_entry_at(step->entry, walk->va);
    walk->step_count = 2;
    return mmu_entry_read(tables, step[1].at, &step[1].entry);
}

static bool faults(const struct mmu *mmu, vaddr_t va, uint32_t access, uint32_t *error_code)
{
    struct mmu_walk walk;

    if (mmu_walk(mmu, va, access, &walk))
        return false;
    *error_code = walk.error_code;
    return true;
}

static void walk_accesses(const struct mmu *mmu, struct dump_walk *walk)
{
    struct mmu lax = *mmu;

    lax.cr0 &= ~CR0_WP;
    for (uint32_t i = 0; i < WALK_ACCESS_COUNT; i++) {
        struct walk_access *access = &walk->access[i];
        access->faults_without_wp = faults(&lax, walk->va, 2u * i, &access->error_code);
        access->faults = faults(mmu, walk->va, 2u * i, &access->error_code);
    }
}

static void walk_destination(const struct dump *dump, struct dump_walk *walk)
{
    uint64_t page_rest = PAGE_SIZE - (walk->pa.value & PAGE_OFFSET_MASK);
    uint64_t dump_rest = walk->pa.value < dump->bytes ? dump->bytes - walk->pa.value : 0;
    uint64_t count = page_rest < dump_rest ? page_rest : dump_rest;

    walk->byte_count = count < WALK_BYTES_MAX ? (uint32_t)count : WALK_BYTES_MAX;
    memcpy(walk->bytes, (const unsigned char *)dump->memory + walk->pa.value, walk->byte_count);
}

void dump_walk(const struct dump *dump, uint32_t cr3, uint32_t cr4, vaddr_t va,
               struct dump_walk *walk)
{
    const struct mmu_tables tables = dump_tables(dump, cr3, cr4);
    const struct mmu mmu = {
        .memory = dump->scratch, .cr0 = CR0_PG | CR0_WP, .cr3 = cr3, .cr4 = cr4};
    struct mmu_walk page;

    *walk = (struct dump_walk){.va = va, .end = WALK_OUTSIDE};
    if (!walk_read(&tables, walk))
        return;
    walk_accesses(&mmu, walk);
    if (!mmu_walk(&mmu, va, MMU_SUPERVISOR | MMU_READ, &page)) {
        walk->end = page.error_code & FAULT_RESERVED ? WALK_RESERVED : WALK_ABSENT;
        return;
    }
    walk->end = WALK_PAGE;
    walk->pa = page.pa;
    walk->page_bytes = page.page_bytes;
    walk->rights = MMU_RIGHTS & walk->steps[0].entry;
    if (walk->step_count == 2)
        walk->rights &= walk->steps[1].entry;
    walk_destination(dump, walk);
}

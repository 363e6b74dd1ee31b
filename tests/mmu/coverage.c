#include "coverage.h"

#include "machine/mmu.h"

#define RIGHTS (PTE_PRESENT | PTE_WRITABLE | PTE_USER)
_Static_assert(RIGHTS == 7u, "three bits, the lowest");

void coverage_note(struct coverage *coverage, const struct owed *owed,
                   const struct probe_step *step)
{
    struct owed_way way = owed_way_to(owed, step->where);
    uint32_t write = (step->access & PROBE_ACCESS_KIND) == PROBE_WRITE8;
    uint32_t user = (step->access & PROBE_USER) != 0;

    coverage->accesses[(way.directory_entry & RIGHTS) | (way.table_entry & RIGHTS) << 3 |
                       (uint32_t)((way.directory_entry & PTE_LARGE) != 0) << 6 |
                       (uint32_t)((owed->cr0 & CR0_WP) != 0) << 7 |
                       (uint32_t)((owed->cr4 & CR4_PSE) != 0) << 8 | write << 9 | user << 10]++;
}

uint32_t coverage_count(const struct coverage *coverage)
{
    uint32_t met = 0;

    for (uint32_t i = 0; i < COVERAGE_COMBINATIONS; i++)
        met += coverage->accesses[i] != 0;
    return met;
}

#include "coverage.h"

#include "machine/mmu.h"

#define RIGHTS (PTE_PRESENT | PTE_WRITABLE | PTE_USER)
_Static_assert(RIGHTS == 7u, "the rights are the three lowest bits");

void coverage_note(struct coverage *coverage, const struct tlb_model *tlb,
                   const struct probe_step *step)
{
    struct table_walk walk = tlb_model_walk(tlb, step->where);
    uint32_t write = (step->access & PROBE_ACCESS_KIND) == PROBE_WRITE8;
    uint32_t user = (step->access & PROBE_USER) != 0;

    coverage->accesses[(walk.directory_entry & RIGHTS) | (walk.table_entry & RIGHTS) << 3 |
                       (uint32_t)((walk.directory_entry & PTE_LARGE) != 0) << 6 |
                       (uint32_t)((tlb->cr0 & CR0_WP) != 0) << 7 |
                       (uint32_t)((tlb->cr4 & CR4_PSE) != 0) << 8 | write << 9 | user << 10]++;
}

uint32_t coverage_count(const struct coverage *coverage)
{
    uint32_t met = 0;

    for (uint32_t i = 0; i < COVERAGE_COMBINATIONS; i++)
        met += coverage->accesses[i] != 0;
    return met;
}

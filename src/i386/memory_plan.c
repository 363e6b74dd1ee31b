#include "memory_plan.h"

#define RESERVED_END ((uint64_t)RESERVED_END_PFN << PAGE_SHIFT)

void memory_plan_init(struct memory_plan *plan, const struct bootinfo *boot)
{
    plan->count = boot->range_count;
    plan->slots = paddr(0);
    for (uint32_t i = 0; i < boot->range_count; i++)
        plan->range[i] = boot->range[i];
}

static void reserve(struct memory_plan *plan, uint64_t first, uint64_t end)
{
    if (end > first)
        plan->range[plan->count++] = (struct memmap_range){first, end - 1u, false};
}

/* Tells if the bytes lie within one usable range, overlap no reserved one, and are in the direct
   map above the image. */
static bool room_at(const struct memory_plan *plan, uint64_t first, uint64_t bytes)
{
    uint64_t last = first + bytes - 1u;
    bool usable = false;

    if (first < RESERVED_END || last >= DIRECT_MAP_SIZE)
        return false;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct memmap_range *range = &plan->range[i];
        if (!range->usable && range->first <= last && range->last >= first)
            return false;
        usable = usable || (range->usable && range->first <= first && range->last >= last);
    }
    return usable;
}

/* Returns the address of the first page at or above an edge that lies above the image. */
static uint64_t page_above(uint64_t edge)
{
    uint64_t page = (edge + PAGE_OFFSET_MASK) & ~(uint64_t)PAGE_OFFSET_MASK;

    return page > RESERVED_END ? page : RESERVED_END;
}

/* Tries the page above `above` first, then the boundaries of all ranges. */
static bool room_find(const struct memory_plan *plan, uint64_t above, uint64_t bytes,
                      uint64_t *first)
{
    *first = page_above(above);
    if (room_at(plan, *first, bytes))
        return true;
    for (uint32_t i = 0; i < plan->count; i++) {
        *first =
            page_above(plan->range[i].usable ? plan->range[i].first : plan->range[i].last + 1u);
        if (room_at(plan, *first, bytes))
            return true;
    }
    return false;
}

bool memory_plan_add_trace(struct memory_plan *plan, const struct boot_module *module,
                           uint64_t slots_bytes)
{
    uint64_t first;

    reserve(plan, module->first, module->end);
    if (slots_bytes == 0)
        return true;
    if (slots_bytes > DIRECT_MAP_SIZE || !room_find(plan, module->end, slots_bytes, &first))
        return false;
    plan->slots = paddr((uint32_t)first);
    reserve(plan, first, page_above(first + slots_bytes));
    return true;
}

uint64_t memory_plan_ram_bytes(const struct memory_plan *plan)
{
    return memmap_ram_bytes(plan->range, plan->count);
}

#include "process_regions.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include "user_pages.h"

/* A range of whole pages of user space. */
struct range {
    uint32_t start;
    uint32_t end;
};

void process_assert_range(vaddr_t start, uint32_t bytes, const char *call)
{
    if (bytes == 0)
        machine_panic(call, "a range of 0 bytes", start.value);
    if (bytes - 1u > UINT32_MAX - start.value)
        machine_panic(call, "a range wraps around the end of 4 GiB", start.value);
}

/* Returns the pages of [start, start + bytes), cut off at the end of user space. */
static struct range pages_of(const struct mm *mm, vaddr_t start, uint32_t bytes)
{
    uint32_t last = start.value + (bytes - 1u);
    uint32_t end = last < mm->user_end ? (last & ~PAGE_OFFSET_MASK) + PAGE_SIZE : mm->user_end;
    uint32_t first = start.value < mm->user_end ? start.value & ~PAGE_OFFSET_MASK : mm->user_end;

    return (struct range){first, end};
}

static bool fail_address_space(struct mm *mm)
{
    mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
    return false;
}

bool process_region_add(struct mm *mm, struct process *process, uint32_t start, uint32_t end,
                        enum region_kind kind, bool writable)
{
    if (start == end)
        return true;
    if (region_overlaps(&process->regions, start, end))
        return fail_address_space(mm);
    if (!region_pool_reserve(mm, &process->regions))
        return false;
    region_add(&process->regions, start, end, kind, writable);
    return true;
}

bool process_map(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes,
                 bool writable)
{
    process_assert_live(mm, process, __func__);
    process_assert_range(start, bytes, __func__);
    struct range range = pages_of(mm, start, bytes);

    if (!user_space_holds(mm, start, bytes))
        return fail_address_space(mm);
    return process_region_add(mm, process, range.start, range.end, REGION_ANONYMOUS, writable);
}

static bool range_unmap(struct mm *mm, struct process *process, struct range range)
{
    if (region_cut_splits(&process->regions, range.start, range.end) &&
        !region_pool_reserve(mm, &process->regions))
        return false;
    region_cut(&process->regions, range.start, range.end);
    user_pages_drop(mm, process, range.start, range.end);
    return true;
}

bool process_unmap(struct mm *mm, struct process *process, vaddr_t start, uint32_t bytes)
{
    process_assert_live(mm, process, __func__);
    process_assert_range(start, bytes, __func__);
    return range_unmap(mm, process, pages_of(mm, start, bytes));
}

/* Tells if the heap may grow: no region overlaps the growth, and a free page follows it. */
static bool heap_has_room(const struct mm *mm, const struct process *process, struct range growth)
{
    return growth.end < mm->user_end &&
           !region_overlaps(&process->regions, growth.start, growth.end + PAGE_SIZE);
}

/* The heap stays one region, unless its last pages were unmapped. */
static bool heap_grow(struct mm *mm, struct process *process, struct range growth)
{
    struct region *last = region_find(&process->regions, growth.start - 1u);

    if (last != NULL && last->end == growth.start && last->kind == REGION_HEAP) {
        region_set_end(last, growth.end);
        return true;
    }
    return process_region_add(mm, process, growth.start, growth.end, REGION_HEAP, true);
}

bool process_setbrk(struct mm *mm, struct process *process, vaddr_t end)
{
    process_assert_live(mm, process, __func__);
    struct range growth = {align_up(process->heap_end.value, PAGE_SIZE), 0};
    bool moved = true;

    if (end.value < process->heap_start.value || end.value > mm->user_end)
        return fail_address_space(mm);
    growth.end = align_up(end.value, PAGE_SIZE);
    if (growth.end < growth.start)
        moved = range_unmap(mm, process, (struct range){growth.end, growth.start});
    else if (growth.end > growth.start)
        moved = heap_has_room(mm, process, growth) ? heap_grow(mm, process, growth)
                                                   : fail_address_space(mm);
    if (moved) {
        process->heap_end = end;
        process_seal(process);
    }
    return moved;
}

/* ---- faults ---- */

bool process_fail_access(struct mm *mm, const struct process *process, vaddr_t va,
                         uint32_t error_code, enum mm_access_fault why)
{
    const struct region *region = process != NULL ? region_find(&process->regions, va.value) : NULL;

    mm_fail(mm, MM_BAD_ACCESS, PFN_NONE);
    mm->failure.access = (struct mm_access){.va = va, .error_code = error_code, .why = why};
    if (region != NULL) {
        mm->failure.access.region_start = region->start;
        mm->failure.access.region_end = region->end;
        mm->failure.access.region_kind = region->kind;
    }
    return false;
}

/* A fault of a present page is a violation of its rights. */
bool process_page_in(struct mm *mm, struct process *process, vaddr_t va, uint32_t error_code)
{
    const struct region *region = region_find(&process->regions, va.value);

    if (region == NULL || region->start > va.value)
        return process_fail_access(mm, process, va, error_code, MM_ACCESS_NO_REGION);
    if ((error_code & FAULT_PRESENT) != 0 || ((error_code & FAULT_WRITE) != 0 && !region->writable))
        return process_fail_access(mm, process, va, error_code, MM_ACCESS_RIGHTS);
    return user_page_add(mm, process, va.value, region->writable);
}

bool process_fault(struct mm *mm, vaddr_t va, uint32_t error_code)
{
    struct process *process = mm->current;

    if (va.value < USER_START)
        return process_fail_access(mm, process, va, error_code, MM_ACCESS_NULL);
    if (va.value >= mm->user_end)
        return process_fail_access(mm, process, va, error_code, MM_ACCESS_KERNEL);
    if (process == NULL)
        return process_fail_access(mm, process, va, error_code, MM_ACCESS_NO_REGION);
    return process_page_in(mm, process, va, error_code);
}

#include <mm/framebuffer.h>
#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/process.h>
#include <mm/strategy.h>
#include <mm/tempmap.h>

#include "entries.h"
#include "owners.h"
#include "watched.h"

#include <stddef.h>

/* The memory manager that serves the machine's page faults. */
static struct mm *active;

vaddr_t mm_carve_address(struct mm *mm, uint32_t bytes)
{
    pfn_t start = memmap_carve(&mm->map, mm->low_end, bytes_to_pages(bytes));

    if (pfn_is_none(start))
        return VADDR_NONE;
    owner_set_range(mm, start, pfn_add(start, bytes_to_pages(bytes)), OWNER_METADATA);
    return direct_map_frame(start);
}

void *mm_carve(struct mm *mm, uint32_t bytes)
{
    vaddr_t start = mm_carve_address(mm, bytes);

    return vaddr_is_none(start) ? NULL : machine_pointer(start);
}

/* The seal of the members before framebuffer_device, which is the first that changes after
   mm_init(). */
static uint32_t mm_seal(const struct mm *mm)
{
    return MM_HARDENING >= HARDEN_FULL ? seal_words(mm, offsetof(struct mm, framebuffer_device))
                                       : 0;
}

bool mm_init(struct mm *mm, const struct strategy *strategy, const struct memmap *map)
{
    *mm = (struct mm){
        .strategy = strategy, .map = *map, .given = *map, .frames_total = memmap_frames(map)};
    mm->kmalloc = machine_watches_blocks() ? watched_kmalloc : strategy->kmalloc;
    mm->kfree = machine_watches_blocks() ? watched_kfree : strategy->kfree;
    mm->user_end = strategy->segments ? KSEG0_BASE : USER_END;
    mm->low_end = strategy_low_end(strategy);
    mm->boot_directory = machine_read_cr3();
    pfn_t tables = memmap_carve(&mm->map, mm->low_end, PGTABLE_KERNEL_FRAMES);
    if (pfn_is_none(tables))
        return false;
    pgtable_build_kernel(tables);
    mm->directory = pfn_to_paddr(tables);
    mm->heap_area_tables = direct_map_frame(pfn_add(tables, 1));
    mm->tempmap_table = direct_map_frame(pfn_add(tables, 1u + HEAP_AREA_TABLES));
    mm->failure.blocker = PFN_NONE;
    if (strategy->segments)
        machine_set_segments(mm->directory, true);
    machine_load_cr3(mm->directory);
    active = mm;
    if (!owners_init(mm) || !strategy->init(mm)) {
        mm_exit(mm);
        return false;
    }
    owner_set_range(mm, tables, pfn_add(tables, PGTABLE_KERNEL_FRAMES), OWNER_PAGE_TABLE);
    mm->metadata_frames = mm->frames_total - memmap_frames(&mm->map);
    mm->seal = mm_seal(mm);
    mm_count_frames_taken(mm, mm->metadata_frames);
    if (machine_watches_blocks())
        watched_start(mm);
    return true;
}

void mm_exit(struct mm *mm)
{
    machine_load_cr3(mm->boot_directory);
    if (mm_has_segments(mm))
        machine_set_segments(mm->directory, false);
    machine_flush_tlb(); /* loading CR3 keeps global entries: those of the heap area */
    active = NULL;
    if (machine_watches_blocks())
        machine_blocks_forget();
}

struct mm *mm_active(void)
{
    return active;
}

bool mm_frames_ready(struct mm *mm, uint32_t low, uint32_t user)
{
    return mm->strategy->frames_ready == NULL || mm->strategy->frames_ready(mm, low, user);
}

/* Strategies may back pages of kernel space at the first touch, too. User code may not touch
   them. */
bool mm_page_fault(vaddr_t va, uint32_t error_code)
{
    if (active == NULL)
        return false;
    bool kernel = va.value >= active->user_end && (error_code & FAULT_USER) == 0;
    if (kernel && active->strategy->page_fault != NULL)
        return active->strategy->page_fault(active, va, error_code);
    return process_fault(active, va, error_code);
}

uint64_t mm_free_bytes(struct mm *mm)
{
    return mm->strategy->free_bytes(mm);
}

void mm_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    bool watched = watched_enter();

    *blocks = (struct free_blocks){.frames = 0};
    mm->strategy->free_blocks(mm, blocks);
    watched_leave(watched);
}

void mm_free_ranges(struct mm *mm, void (*visit)(void *context, pfn_t start, pfn_t end),
                    void *context)
{
    struct free_blocks blocks = {.on_range = visit, .context = context};
    bool watched = watched_enter();

    mm->strategy->free_blocks(mm, &blocks);
    watched_leave(watched);
}

bool mm_translate(const struct mm *mm, vaddr_t va, paddr_t *pa)
{
    if (!mm_has_segments(mm) || !kseg_holds(va))
        return pgtable_translate(mm->directory, va, pa);
    *pa = kseg_inverse(va);
    return true;
}

static const char *check_all(struct mm *mm)
{
    const char *broken = memmap_check(&mm->map);

    if (mm->seal != mm_seal(mm))
        return "mm: a field that is set at the start has changed by itself";
    if (broken == NULL)
        broken = owners_check(mm);
    if (broken == NULL)
        broken = pgtable_check_kernel(paddr_to_pfn(mm->directory), mm->user_end);
    if (broken == NULL)
        broken = tempmap_check(mm);
    if (broken == NULL)
        broken = framebuffer_check(mm);
    if (broken == NULL)
        broken = process_check_all(mm);
    if (MM_HARDENING >= HARDEN_FULL && broken == NULL)
        broken = entries_check(mm);
    if (broken == NULL)
        broken = mm->strategy->check(mm);
    return broken != NULL ? broken : owners_check_free(mm);
}

const char *mm_check(struct mm *mm)
{
    bool watched = watched_enter();
    const char *broken = check_all(mm);

    watched_leave(watched);
    return broken;
}

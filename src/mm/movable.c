#include "movable.h"

#include <mm/pgtable.h>
#include <mm/process.h>
#include <mm/strategy.h>
#include <mm/tempmap.h>

#include "entries.h"
#include "owners.h"
#include "watched.h"

static uint32_t *holders_of(const struct movable *movable)
{
    return machine_pointer(movable->holders);
}

static uint32_t frames_kept(pfn_t first, pfn_t end)
{
    return (end.value < LOW_END_PFN ? end.value : LOW_END_PFN) - first.value;
}

uint32_t movable_bytes(pfn_t first, pfn_t end)
{
    return frames_kept(first, end) * (uint32_t)sizeof(uint32_t);
}

static uint32_t movable_seal(const struct movable *movable)
{
    return seal_words(movable, 3u * sizeof(uint32_t));
}

void movable_init(struct movable *movable, vaddr_t holders, pfn_t first, pfn_t end)
{
    *movable = (struct movable){
        .holders = holders, .first = first.value, .frames = frames_kept(first, end)};
    for (uint32_t i = 0; i < movable->frames; i++)
        holders_of(movable)[i] = HOLDER_NONE;
    if (MM_HARDENING >= HARDEN_FULL)
        movable->seal = movable_seal(movable);
}

/* HARDEN_FULL: panics unless the array is where it was. */
static void movable_guard(const struct movable *movable, const char *function)
{
    if (MM_HARDENING >= HARDEN_FULL && movable->seal != movable_seal(movable))
        machine_panic(function, "the bounds of the holders are smashed", movable->first);
}

void movable_set(struct movable *movable, pfn_t first, uint32_t holder)
{
    uint32_t index = first.value - movable->first;

    movable_guard(movable, __func__);
    if (index >= movable->frames)
        return;
    if (MM_HARDENING >= HARDEN_FULL)
        movable->tally ^= tally_of(index, holders_of(movable)[index]) ^ tally_of(index, holder);
    holders_of(movable)[index] = holder;
}

uint32_t movable_holder(const struct movable *movable, pfn_t frame)
{
    uint32_t index = frame.value - movable->first;

    movable_guard(movable, __func__);
    return index < movable->frames ? holders_of(movable)[index] : HOLDER_NONE;
}

/* Returns the page-table entry at a physical address. */
static uint32_t *entry_at(uint32_t place)
{
    return machine_pointer(direct_map(paddr(place)));
}

static void frame_copy(struct mm *mm, pfn_t from, pfn_t to)
{
    bool high = to.value >= LOW_END_PFN;
    vaddr_t page = high ? tempmap_claim(mm, to) : direct_map_frame(to);

    MM_ASSERT(!vaddr_is_none(page));
    copy_words(page, direct_map_frame(from), PAGE_SIZE);
    if (high)
        tempmap_release(mm, page);
}

/* Does the entry belong to the heap area, which every address space maps? */
static bool is_heap_area_entry(const struct mm *mm, uint32_t place)
{
    return place - heap_area_entry_place(mm->heap_area_tables, 0).value <
           HEAP_AREA_PAGES * (uint32_t)sizeof(uint32_t);
}

static bool entry_change(struct mm *mm, uint32_t place, pfn_t to)
{
    uint32_t *entry = entry_at(place);
    uint32_t first = heap_area_entry_place(mm->heap_area_tables, 0).value;

    uint32_t value = pfn_to_paddr(to).value | (*entry & ~PTE_FRAME_MASK);

    entry_changes(mm, paddr(place), *entry, value);
    machine_write_entry(entry, value);
    if (!is_heap_area_entry(mm, place))
        return true;
    machine_invlpg(
        vaddr(HEAP_AREA_BASE + (place - first) / (uint32_t)sizeof(uint32_t) * PAGE_SIZE));
    return false;
}

bool movable_move(struct mm *mm, uint32_t holder, pfn_t from, pfn_t to, uint32_t order)
{
    if (machine_watches_blocks())
        watched_pages_moved(to, order);
    for (uint32_t i = 0; i < 1u << order; i++)
        frame_copy(mm, pfn_add(from, i), pfn_add(to, i));
    if ((holder & HOLDER_COOKIE) == 0)
        return entry_change(mm, holder, to);
    mm->moved(mm->moved_context, holder / 2u, from, to);
    return false;
}

/* ---- the checker ---- */

static const char *check_holder(const struct mm *mm, pfn_t frame, uint32_t holder)
{
    enum frame_owner owner = (enum frame_owner)(owner_read(mm, frame) & OWNER_MASK);

    if ((holder & HOLDER_COOKIE) != 0)
        return owner == OWNER_PAGES_USER ? NULL
                                         : "movable: a frame with a cookie begins no user pages";
    if (owner != OWNER_USER && owner != OWNER_VMALLOC)
        return "movable: a frame that no page table may map has an entry for its holder";
    return paddr_to_pfn(paddr(*entry_at(holder))).value == frame.value
               ? NULL
               : "movable: a page's holder is an entry that does not map it";
}

/* Checks that the holder of each mapped page is the entry that maps it. */
static const char *check_entries(const struct movable *movable, paddr_t place, uint32_t count)
{
    const uint32_t *entries = entry_at(place.value);

    for (uint32_t i = 0; i < count; i++) {
        pfn_t frame = paddr_to_pfn(paddr(entries[i]));
        if ((entries[i] & PTE_PRESENT) != 0 && frame.value < LOW_END_PFN &&
            movable_holder(movable, frame) != place.value + i * sizeof(uint32_t))
            return "movable: a page is mapped by another entry than its holder";
    }
    return NULL;
}

static const char *check_process(const struct movable *movable, const struct process *process)
{
    const uint32_t *directory = pgtable_entries(process->directory);
    const char *broken = NULL;

    for (uint32_t i = 0; i < USER_DIRECTORY_ENTRIES && broken == NULL; i++)
        if ((directory[i] & PTE_PRESENT) != 0)
            broken =
                check_entries(movable, paddr(directory[i] & PTE_FRAME_MASK), PAGE_TABLE_ENTRIES);
    return broken;
}

static uint32_t holders_tally(const struct movable *movable)
{
    uint32_t tally = 0;

    for (uint32_t i = 0; i < movable->frames; i++)
        tally ^= tally_of(i, holders_of(movable)[i]);
    return tally;
}

const char *movable_check(const struct mm *mm, const struct movable *movable)
{
    if (MM_HARDENING >= HARDEN_FULL &&
        (movable->seal != movable_seal(movable) || movable->tally != holders_tally(movable)))
        return "movable: the holder of a frame has changed by itself";
    const char *broken =
        check_entries(movable, heap_area_entry_place(mm->heap_area_tables, 0), HEAP_AREA_PAGES);
    vaddr_t at = mm->processes;

    while (broken == NULL && !vaddr_is_none(at)) {
        const struct process *process = machine_pointer(at);
        broken = check_process(movable, process);
        at = process->next.value != mm->processes.value ? process->next : VADDR_NONE;
    }
    for (uint32_t i = 0; i < movable->frames && broken == NULL; i++) {
        uint32_t holder = holders_of(movable)[i];
        if (holder != HOLDER_NONE)
            broken = check_holder(mm, pfn(movable->first + i), holder);
    }
    return broken;
}

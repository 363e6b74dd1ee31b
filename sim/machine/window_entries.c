#include "machine/window_entries.h"

#include "machine/sparse.h"

static size_t entry_bytes(uint32_t bound)
{
    return ((size_t)bound + 1) * sizeof(struct window_entry);
}

#define OF_PAGE_BYTES       (FRAMES_MAX * sizeof(uint32_t))
#define OF_LARGE_PAGE_BYTES (LARGE_PAGES * sizeof(uint32_t))
#define OF_FRAME_BYTES      (FRAMES_MAX * sizeof(uint32_t))

bool window_entries_create(struct window_entries *entries, uint32_t bound)
{
    *entries = (struct window_entries){
        .entry = sparse_map(entry_bytes(bound)),
        .of_page = sparse_map(OF_PAGE_BYTES),
        .of_large_page = sparse_map(OF_LARGE_PAGE_BYTES),
        .of_frame = sparse_map(OF_FRAME_BYTES),
        .bound = bound,
        .unused = 1,
    };
    if (entries->entry && entries->of_page && entries->of_large_page && entries->of_frame)
        return true;
    window_entries_destroy(entries);
    return false;
}

void window_entries_destroy(struct window_entries *entries)
{
    sparse_unmap(entries->entry, entry_bytes(entries->bound));
    sparse_unmap(entries->of_page, OF_PAGE_BYTES);
    sparse_unmap(entries->of_large_page, OF_LARGE_PAGE_BYTES);
    sparse_unmap(entries->of_frame, OF_FRAME_BYTES);
}

static uint32_t *number_at(const struct window_entries *entries, vaddr_t va, uint32_t page_bytes)
{
    if (page_bytes == LARGE_PAGE_SIZE)
        return &entries->of_large_page[va.value >> LARGE_PAGE_SHIFT];
    return &entries->of_page[va.value >> PAGE_SHIFT];
}

static struct window_entry *entry_numbered(const struct window_entries *entries, uint32_t number)
{
    return number ? &entries->entry[number] : NULL;
}

struct window_entry *window_entries_find(const struct window_entries *entries, vaddr_t va)
{
    uint32_t large = *number_at(entries, va, LARGE_PAGE_SIZE);

    return entry_numbered(entries, large ? large : *number_at(entries, va, PAGE_SIZE));
}

struct window_entry *window_entries_overlap(const struct window_entries *entries, vaddr_t va,
                                            uint32_t page_bytes)
{
    for (uint32_t offset = 0; offset < page_bytes; offset += PAGE_SIZE) {
        struct window_entry *entry = window_entries_find(entries, vaddr_add(va, offset));
        if (entry)
            return entry;
    }
    return NULL;
}

struct window_entry *window_entries_oldest(const struct window_entries *entries)
{
    return entry_numbered(entries, entries->entry[0].newer);
}

struct window_entry *window_entries_next(const struct window_entries *entries,
                                         const struct window_entry *entry)
{
    return entry_numbered(entries, entry->newer);
}

static uint32_t first_frame(const struct window_entry *entry)
{
    return entry->pa.value >> PAGE_SHIFT;
}

/* Search the list of entries that begin at one frame, from entry `number` on. */
static struct window_entry *first_showing(const struct window_entries *entries, uint32_t number,
                                          pfn_t frame)
{
    struct window_entry *entry = entry_numbered(entries, number);

    while (entry && frame.value - first_frame(entry) >= entry->page_bytes >> PAGE_SHIFT)
        entry = entry_numbered(entries, entry->same_frame_next);
    return entry;
}

/* An entry that maps the frame begins at the frame itself (4 KiB) or at a multiple of 4 MiB. */
struct window_entry *window_entries_showing(const struct window_entries *entries, pfn_t frame,
                                            const struct window_entry *previous)
{
    uint32_t large = frame.value & ~((LARGE_PAGE_SIZE >> PAGE_SHIFT) - 1u);
    uint32_t number = previous ? previous->same_frame_next : entries->of_frame[frame.value];
    struct window_entry *entry = first_showing(entries, number, frame);

    if (entry || (previous && first_frame(previous) == large))
        return entry;
    return first_showing(entries, entries->of_frame[large], frame);
}

static uint32_t number_take(struct window_entries *entries)
{
    uint32_t number = entries->freed;

    if (number == 0)
        return entries->unused++;
    entries->freed = entries->entry[number].newer;
    return number;
}

/*   oldest <-> ... <-> newest <-> head <-> oldest     becomes
     oldest <-> ... <-> newest <-> added <-> head <-> oldest  */
void window_entries_add(struct window_entries *entries, const struct window_entry *added)
{
    uint32_t number = number_take(entries);
    struct window_entry *head = &entries->entry[0];
    struct window_entry *entry = &entries->entry[number];

    *entry = *added;
    entry->older = head->older;
    entry->newer = 0;
    entries->entry[head->older].newer = number;
    head->older = number;

    uint32_t *of_frame = &entries->of_frame[first_frame(entry)];
    entry->same_frame_next = *of_frame;
    entry->same_frame_previous = 0;
    if (*of_frame != 0)
        entries->entry[*of_frame].same_frame_previous = number;
    *of_frame = number;

    *number_at(entries, entry->va, entry->page_bytes) = number;
    entries->count++;
    entries->globals += entry->global;
}

void window_entries_remove(struct window_entries *entries, struct window_entry *entry)
{
    uint32_t *number = number_at(entries, entry->va, entry->page_bytes);

    entries->entry[entry->older].newer = entry->newer;
    entries->entry[entry->newer].older = entry->older;
    entry->newer = entries->freed;
    entries->freed = *number;

    if (entry->same_frame_next != 0)
        entries->entry[entry->same_frame_next].same_frame_previous = entry->same_frame_previous;
    if (entry->same_frame_previous != 0)
        entries->entry[entry->same_frame_previous].same_frame_next = entry->same_frame_next;
    else
        entries->of_frame[first_frame(entry)] = entry->same_frame_next;

    *number = 0;
    entries->count--;
    entries->globals -= entry->global;
}

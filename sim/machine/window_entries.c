#include "machine/window_entries.h"

#include "machine/sparse.h"

static size_t entry_bytes(uint32_t bound)
{
    return ((size_t)bound + 1) * sizeof(struct window_entry);
}

#define OF_PAGE_BYTES       (FRAMES_MAX * sizeof(uint32_t))
#define OF_LARGE_PAGE_BYTES (LARGE_PAGES * sizeof(uint32_t))

bool window_entries_create(struct window_entries *entries, uint32_t bound)
{
    *entries = (struct window_entries){
        .entry = sparse_map(entry_bytes(bound)),
        .of_page = sparse_map(OF_PAGE_BYTES),
        .of_large_page = sparse_map(OF_LARGE_PAGE_BYTES),
        .bound = bound,
        .unused = 1,
    };
    if (entries->entry && entries->of_page && entries->of_large_page)
        return true;
    window_entries_destroy(entries);
    return false;
}

void window_entries_destroy(struct window_entries *entries)
{
    sparse_unmap(entries->entry, entry_bytes(entries->bound));
    sparse_unmap(entries->of_page, OF_PAGE_BYTES);
    sparse_unmap(entries->of_large_page, OF_LARGE_PAGE_BYTES);
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

    *number = 0;
    entries->count--;
    entries->globals -= entry->global;
}

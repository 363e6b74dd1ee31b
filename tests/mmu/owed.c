#include "owed.h"

#include "machine/mmu.h"

#include <string.h>

void owed_start(struct owed *owed, const struct probe_case *head)
{
    owed->cr0 = head->cr0;
    owed->cr4 = head->cr4;
    owed->directory = head->directory;
    owed->steps = 0;
    owed->pages = 0;
    memset(owed->entry, 0, sizeof owed->entry);
}

static struct owed_page *page_find(const struct owed *owed, uint32_t va)
{
    for (uint32_t i = 0; i < owed->pages; i++)
        if (owed->page[i].va == (va & ~PAGE_OFFSET_MASK))
            return (struct owed_page *)&owed->page[i];
    return NULL;
}

void owed_watch(struct owed *owed, uint32_t va)
{
    bool late = owed->steps != 0;

    if (!page_find(owed, va))
        owed->page[owed->pages++] =
            (struct owed_page){.va = va & ~PAGE_OFFSET_MASK, .stale = late, .global = late};
}

struct owed_way owed_way_to(const struct owed *owed, uint32_t va)
{
    uint32_t directory = program_table_number(owed->directory);
    uint32_t entry = owed->entry[directory][directory_index(vaddr(va))];
    uint32_t table = probe_entry_frame(entry);

    return (struct owed_way){
        .directory_entry = entry,
        .table_entry = owed->entry[program_table_number(table)][table_index(vaddr(va))],
        .table = table,
        .large = (entry & PTE_LARGE) && (owed->cr4 & CR4_PSE),
    };
}

/* What is stale may be cached in several ways at once; what gets rid of one may leave another. */
static void make_stale(const struct owed *owed, struct owed_page *page, const struct owed_way *way)
{
    uint32_t last = way->large ? way->directory_entry : way->table_entry;
    bool partial = !(last & PTE_PRESENT);
    bool global = !partial && (last & PTE_GLOBAL) && (owed->cr4 & CR4_PGE);

    page->large = way->large && (!page->stale || page->large);
    page->partial = partial && (!page->stale || page->partial);
    page->global = global || (page->stale && page->global);
    page->stale = true;
}

/* Whether the way may be cached, and goes through an entry. */
static bool way_uses(const struct owed *owed, const struct owed_page *page,
                     const struct owed_way *way, uint32_t frame, uint32_t index)
{
    if (!(way->directory_entry & PTE_PRESENT))
        return false;
    if (frame == owed->directory && index == directory_index(vaddr(page->va)))
        return true;
    return !way->large && frame == way->table && index == table_index(vaddr(page->va));
}

static void entry_written(struct owed *owed, const struct probe_step *step)
{
    uint32_t *entry = &owed->entry[program_table_number(step->frame)][step->where];

    for (uint32_t i = 0; i < owed->pages && (*entry & PTE_PRESENT); i++) {
        struct owed_page *page = &owed->page[i];
        struct owed_way way = owed_way_to(owed, page->va);
        if (way_uses(owed, page, &way, step->frame, step->where))
            make_stale(owed, page, &way);
    }
    *entry = step->value;
}

/* Global pages stay; another directory has other entries on their way. */
static void directory_loaded(struct owed *owed, uint32_t directory)
{
    for (uint32_t i = 0; i < owed->pages; i++) {
        struct owed_page *page = &owed->page[i];
        struct owed_way way = owed_way_to(owed, page->va);
        if ((way.directory_entry & PTE_PRESENT) && directory != owed->directory)
            make_stale(owed, page, &way);
        page->stale = page->stale && page->global;
    }
    owed->directory = directory;
}

static void cr4_loaded(struct owed *owed, uint32_t cr4)
{
    uint32_t changed = owed->cr4 ^ cr4;

    for (uint32_t i = 0; i < owed->pages; i++) {
        struct owed_page *page = &owed->page[i];
        struct owed_way way = owed_way_to(owed, page->va);
        uint32_t large = PTE_PRESENT | PTE_LARGE;
        if ((changed & CR4_PSE) && (way.directory_entry & large) == large)
            make_stale(owed, page, &way);
        if (changed & CR4_PGE)
            page->stale = false;
    }
    owed->cr4 = cr4;
}

/* A large page goes whole; so does all that is kept of directories alone. */
static void page_invalidated(struct owed *owed, uint32_t va)
{
    for (uint32_t i = 0; i < owed->pages; i++) {
        struct owed_page *page = &owed->page[i];
        uint32_t apart = page->va ^ va;
        if (apart < PAGE_SIZE || (page->large && apart < LARGE_PAGE_SIZE) || page->partial)
            page->stale = false;
    }
}

void owed_step(struct owed *owed, const struct probe_step *step)
{
    owed->steps++;
    switch (step->kind) {
    case PROBE_WRITE_ENTRY:
        entry_written(owed, step);
        break;
    case PROBE_LOAD_CR3:
        directory_loaded(owed, step->frame);
        break;
    case PROBE_LOAD_CR0:
        owed->cr0 = step->value;
        break;
    case PROBE_LOAD_CR4:
        cr4_loaded(owed, step->value);
        break;
    case PROBE_INVLPG:
        page_invalidated(owed, step->where);
        break;
    }
}

const struct owed_page *owed_stale(const struct owed *owed, uint32_t va)
{
    const struct owed_page *page = page_find(owed, va);

    return page && page->stale ? page : NULL;
}

bool owed_is_paid(const struct program *program)
{
    static struct owed owed;

    owed_start(&owed, &program->head);
    for (uint32_t i = 0; i < program->head.steps; i++)
        if (program->step[i].kind == PROBE_ACCESS) {
            owed_watch(&owed, program->step[i].where);
            owed_watch(&owed, owed_access_last(&program->step[i]));
        }
    for (uint32_t i = 0; i < program->head.steps; i++) {
        const struct probe_step *step = &program->step[i];
        if (step->kind == PROBE_ACCESS &&
            (owed_stale(&owed, step->where) || owed_stale(&owed, owed_access_last(step))))
            return false;
        owed_step(&owed, step);
    }
    return true;
}

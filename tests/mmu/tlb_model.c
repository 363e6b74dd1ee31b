#include "tlb_model.h"

#include "machine/mmu.h"

#include <string.h>

void tlb_model_start(struct tlb_model *tlb, const struct probe_case *head)
{
    tlb->cr0 = head->cr0;
    tlb->cr4 = head->cr4;
    tlb->directory = head->directory;
    tlb->steps = 0;
    tlb->pages = 0;
    memset(tlb->entry, 0, sizeof tlb->entry);
}

static struct watched_page *page_find(const struct tlb_model *tlb, uint32_t va)
{
    for (uint32_t i = 0; i < tlb->pages; i++)
        if (tlb->page[i].va == (va & ~PAGE_OFFSET_MASK))
            return (struct watched_page *)&tlb->page[i];
    return NULL;
}

void tlb_model_watch(struct tlb_model *tlb, uint32_t va)
{
    bool late = tlb->steps != 0;

    if (!page_find(tlb, va))
        tlb->page[tlb->pages++] =
            (struct watched_page){.va = va & ~PAGE_OFFSET_MASK, .stale = late, .global = late};
}

struct table_walk tlb_model_walk(const struct tlb_model *tlb, uint32_t va)
{
    uint32_t directory = program_table_number(tlb->directory);
    uint32_t entry = tlb->entry[directory][directory_index(vaddr(va))];
    uint32_t table = probe_entry_frame(entry);

    return (struct table_walk){
        .directory_entry = entry,
        .table_entry = tlb->entry[program_table_number(table)][table_index(vaddr(va))],
        .table = table,
        .large = (entry & PTE_LARGE) && (tlb->cr4 & CR4_PSE),
    };
}

/* Several stale translations of a page may be cached at once, and an invalidation that drops one of
   them may leave another. So the page keeps the properties that are hardest to invalidate. */
static void make_stale(const struct tlb_model *tlb, struct watched_page *page,
                       const struct table_walk *walk)
{
    uint32_t last = walk->large ? walk->directory_entry : walk->table_entry;
    bool partial = !(last & PTE_PRESENT);
    bool global = !partial && (last & PTE_GLOBAL) && (tlb->cr4 & CR4_PGE);

    page->large = walk->large && (!page->stale || page->large);
    page->partial = partial && (!page->stale || page->partial);
    page->global = global || (page->stale && page->global);
    page->stale = true;
}

/* Returns true if the walk may be cached, and uses this entry. */
static bool walk_uses(const struct tlb_model *tlb, const struct watched_page *page,
                      const struct table_walk *walk, uint32_t frame, uint32_t index)
{
    if (!(walk->directory_entry & PTE_PRESENT))
        return false;
    if (frame == tlb->directory && index == directory_index(vaddr(page->va)))
        return true;
    return !walk->large && frame == walk->table && index == table_index(vaddr(page->va));
}

static void entry_written(struct tlb_model *tlb, const struct probe_step *step)
{
    uint32_t *entry = &tlb->entry[program_table_number(step->frame)][step->where];

    for (uint32_t i = 0; i < tlb->pages && (*entry & PTE_PRESENT); i++) {
        struct watched_page *page = &tlb->page[i];
        struct table_walk walk = tlb_model_walk(tlb, page->va);
        if (walk_uses(tlb, page, &walk, step->frame, step->where))
            make_stale(tlb, page, &walk);
    }
    *entry = step->value;
}

/* The load drops all except global pages, which become stale: another directory has other entries.
 */
static void directory_loaded(struct tlb_model *tlb, uint32_t directory)
{
    for (uint32_t i = 0; i < tlb->pages; i++) {
        struct watched_page *page = &tlb->page[i];
        struct table_walk walk = tlb_model_walk(tlb, page->va);
        if ((walk.directory_entry & PTE_PRESENT) && directory != tlb->directory)
            make_stale(tlb, page, &walk);
        page->stale = page->stale && page->global;
    }
    tlb->directory = directory;
}

static void cr4_loaded(struct tlb_model *tlb, uint32_t cr4)
{
    uint32_t changed = tlb->cr4 ^ cr4;

    for (uint32_t i = 0; i < tlb->pages; i++) {
        struct watched_page *page = &tlb->page[i];
        struct table_walk walk = tlb_model_walk(tlb, page->va);
        uint32_t large = PTE_PRESENT | PTE_LARGE;
        if ((changed & CR4_PSE) && (walk.directory_entry & large) == large)
            make_stale(tlb, page, &walk);
        if (changed & CR4_PGE)
            page->stale = false;
    }
    tlb->cr4 = cr4;
}

/* INVLPG drops a large page as a whole, and all cached directory entries. */
static void page_invalidated(struct tlb_model *tlb, uint32_t va)
{
    for (uint32_t i = 0; i < tlb->pages; i++) {
        struct watched_page *page = &tlb->page[i];
        uint32_t apart = page->va ^ va;
        if (apart < PAGE_SIZE || (page->large && apart < LARGE_PAGE_SIZE) || page->partial)
            page->stale = false;
    }
}

void tlb_model_step(struct tlb_model *tlb, const struct probe_step *step)
{
    tlb->steps++;
    switch (step->kind) {
    case PROBE_WRITE_ENTRY:
        entry_written(tlb, step);
        break;
    case PROBE_LOAD_CR3:
        directory_loaded(tlb, step->frame);
        break;
    case PROBE_LOAD_CR0:
        tlb->cr0 = step->value;
        break;
    case PROBE_LOAD_CR4:
        cr4_loaded(tlb, step->value);
        break;
    case PROBE_INVLPG:
        page_invalidated(tlb, step->where);
        break;
    }
}

const struct watched_page *tlb_model_stale(const struct tlb_model *tlb, uint32_t va)
{
    const struct watched_page *page = page_find(tlb, va);

    return page && page->stale ? page : NULL;
}

bool tlb_model_accepts(const struct program *program)
{
    static struct tlb_model tlb;

    tlb_model_start(&tlb, &program->head);
    for (uint32_t i = 0; i < program->head.steps; i++)
        if (program->step[i].kind == PROBE_ACCESS) {
            tlb_model_watch(&tlb, program->step[i].where);
            tlb_model_watch(&tlb, probe_access_last(&program->step[i]));
        }
    for (uint32_t i = 0; i < program->head.steps; i++) {
        const struct probe_step *step = &program->step[i];
        if (step->kind == PROBE_ACCESS &&
            (tlb_model_stale(&tlb, step->where) || tlb_model_stale(&tlb, probe_access_last(step))))
            return false;
        tlb_model_step(&tlb, step);
    }
    return true;
}

#include "steps.h"

#include "generator.h"
#include "machine/mmu.h"
#include "replay/random.h"

/* The longest act has two accesses to two pages each, after a change of an entry and four
   invalidations. */
#define ACT_STEPS_MAX 24u

/* The offsets in a page table at which an access may touch the image's own entries. */
#define OWN_FIRST (PROBE_OWN_ENTRY * 4u - 3u)
#define OWN_END   (PROBE_OWN_ENTRY * 4u + 8u)

static const uint32_t edges[] = {0, 1, 512, PROBE_OWN_ENTRY - 1u, PROBE_OWN_ENTRY + 2u, 1022, 1023};
#define EDGES (sizeof edges / sizeof edges[0])

uint32_t steps_random(struct steps *steps, uint32_t bound)
{
    return (random32(&steps->random) >> 4) % bound;
}

/* Small numbers are preferred, because a large page then covers the frames of tables and data. */
static uint32_t fresh_number(struct steps *steps)
{
    uint32_t number;

    do
        number = steps_random(steps, steps_random(steps, 2) ? 32 : PAGE_TABLE_ENTRIES);
    while (number == PROBE_OWN_ENTRY || number == PROBE_OWN_ENTRY + 1u);
    return number;
}

/* Mix the bits, so that neighbouring seeds give different cases (the finisher of MurmurHash3). */
static uint32_t spread(uint32_t value)
{
    value = (value ^ value >> 16) * 0x85ebca6bu;
    value = (value ^ value >> 13) * 0xc2b2ae35u;
    return value ^ value >> 16;
}

void steps_begin(struct steps *steps, struct program *program, struct coverage *coverage,
                 uint32_t seed)
{
    steps->program = program;
    steps->coverage = coverage;
    steps->random = spread(spread(seed) + program->head.number) | 1u;
    for (uint32_t i = 0; i < STEPS_NUMBERS; i++)
        steps->number[i] = i < EDGES ? edges[i] : fresh_number(steps);
    tlb_model_start(&steps->tlb, &program->head);
    for (uint32_t i = 0; i < STEPS_NUMBERS * STEPS_NUMBERS; i++)
        tlb_model_watch(&steps->tlb, steps->number[i / STEPS_NUMBERS] << LARGE_PAGE_SHIFT |
                                         steps->number[i % STEPS_NUMBERS] << PAGE_SHIFT);
    steps->next_recent = 0;
    for (uint32_t i = 0; i < STEPS_RECENT; i++)
        steps->recent[i] = steps_random_va(steps);
}

bool steps_have_room(const struct steps *steps)
{
    return steps->program->head.steps + ACT_STEPS_MAX <= PROBE_STEPS_MAX;
}

uint32_t steps_random_number(struct steps *steps)
{
    return steps->number[steps_random(steps, STEPS_NUMBERS)];
}

/* Returns an offset at either end of a page, across its end, at an entry, or anywhere. */
static uint32_t random_offset(struct steps *steps)
{
    static const uint32_t offsets[] = {0, 0xfff, 0xfff, 0xffd};
    uint32_t choice = steps_random(steps, 8);

    if (choice < 4)
        return offsets[choice];
    if (choice < 7)
        return steps_random_number(steps) * 4u + steps_random(steps, 2);
    return steps_random(steps, PAGE_SIZE);
}

uint32_t steps_random_va(struct steps *steps)
{
    uint32_t slot = steps_random_number(steps);
    uint32_t index = steps_random_number(steps);

    return slot << LARGE_PAGE_SHIFT | index << PAGE_SHIFT | random_offset(steps);
}

uint32_t steps_random_recent(struct steps *steps)
{
    return steps->recent[steps_random(steps, STEPS_RECENT)];
}

static void append(struct steps *steps, struct probe_step step)
{
    steps->program->step[steps->program->head.steps++] = step;
    tlb_model_step(&steps->tlb, &step);
}

void steps_write(struct steps *steps, uint32_t frame, uint32_t index, uint32_t value)
{
    append(steps, (struct probe_step){.kind = PROBE_WRITE_ENTRY,
                                      .frame = (uint16_t)frame,
                                      .where = index,
                                      .value = value});
}

void steps_load_cr3(struct steps *steps, uint32_t directory)
{
    append(steps, (struct probe_step){.kind = PROBE_LOAD_CR3, .frame = (uint16_t)directory});
}

void steps_load_cr0(struct steps *steps, uint32_t value)
{
    append(steps, (struct probe_step){.kind = PROBE_LOAD_CR0, .value = value});
}

void steps_load_cr4(struct steps *steps, uint32_t value)
{
    append(steps, (struct probe_step){.kind = PROBE_LOAD_CR4, .value = value});
}

void steps_invlpg(struct steps *steps, uint32_t va)
{
    append(steps, (struct probe_step){.kind = PROBE_INVLPG, .where = va});
}

/* Invalidate a stale page alone, with all pages that are not global, or with all pages. */
static void invalidate_stale(struct steps *steps, uint32_t va)
{
    const struct watched_page *page = tlb_model_stale(&steps->tlb, va);
    uint32_t choice = steps_random(steps, 8);

    if (!page)
        return;
    if (choice < 2 && !page->global) {
        steps_load_cr3(steps, steps->tlb.directory);
    } else if (choice < 3) {
        steps_load_cr4(steps, steps->tlb.cr4 ^ CR4_PGE);
        steps_load_cr4(steps, steps->tlb.cr4 ^ CR4_PGE);
    } else {
        steps_invlpg(steps, va);
    }
}

/* Returns an address near va whose access avoids the image's own entries and slots and the end of
   4 GiB. */
static uint32_t access_move(uint32_t va, uint32_t access)
{
    uint32_t offset = va & PAGE_OFFSET_MASK;
    uint32_t index = table_index(vaddr(va));
    uint32_t last_slot = directory_index(vaddr(va + PAGE_SIZE));

    if (offset >= OWN_FIRST && offset < OWN_END)
        return va & ~PAGE_OFFSET_MASK;
    if ((access & PROBE_ACCESS_KIND) != PROBE_READ32 || offset <= PAGE_SIZE - 4u)
        return va;
    /* The access reaches into the next page. */
    bool own = index == PROBE_OWN_ENTRY - 1u || last_slot == PROBE_OWN_ENTRY || va + 3u < va;
    return own ? va & ~3u : va;
}

/* Keep the address for later accesses; of pages that are not present, keep only a few. */
static void note_recent(struct steps *steps, uint32_t va)
{
    struct table_walk walk = tlb_model_walk(&steps->tlb, va);
    uint32_t last = walk.large ? PTE_PRESENT : walk.table_entry;

    if ((walk.directory_entry & last & PTE_PRESENT) || steps_random(steps, 8) == 0)
        steps->recent[steps->next_recent++ % STEPS_RECENT] = va;
}

void steps_access(struct steps *steps, uint32_t va, uint32_t access)
{
    struct probe_step step = {
        .kind = PROBE_ACCESS, .access = (uint8_t)access, .where = access_move(va, access)};

    if (steps->program->head.accesses == GENERATOR_CASE_ACCESSES)
        return;
    tlb_model_watch(&steps->tlb, step.where);
    tlb_model_watch(&steps->tlb, probe_access_last(&step));
    invalidate_stale(steps, step.where);
    invalidate_stale(steps, probe_access_last(&step));
    coverage_note(steps->coverage, &steps->tlb, &step);
    append(steps, step);
    steps->program->head.accesses++;
    note_recent(steps, step.where);
}

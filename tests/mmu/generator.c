#include "generator.h"

#include "machine/mmu.h"
#include "steps.h"

/* The combinations of flags of a directed access: P, R/W and U/S of both entries, PS, write, user.
 */
#define COMBINATIONS   512u
#define DIRECTED       20u /* directed accesses in a case, about */
#define CONTROL_STATES 8u

/* Flags on which no outcome depends, or that the CPU sets. */
#define OTHER_FLAGS                                                                                \
    (PTE_WRITE_THROUGH | PTE_CACHE_DISABLE | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | 0xe00u)

static uint32_t random_directory(struct steps *steps)
{
    return probe_table_frame(steps_random(steps, PROBE_DIRECTORIES));
}

/* Returns a frame for a directory entry. With PS it may be that of a large page, whose bits 13 to
   20 are clear. */
static uint32_t random_table(struct steps *steps, uint32_t flags)
{
    uint32_t choice = steps_random(steps, 8);

    if (flags & PTE_LARGE)
        return choice == 0 ? 512u + steps_random(steps, 2) : steps_random(steps, 2);
    if (choice == 0)
        return steps->tlb.directory;
    if (choice == 1)
        return random_directory(steps);
    return probe_table_frame(steps_random(steps, PROBE_TABLES));
}

static uint32_t random_page(struct steps *steps)
{
    uint32_t choice = steps_random(steps, 8);

    if (choice == 0)
        return steps_random(steps, PAGE_TABLE_ENTRIES);
    if (choice < 3)
        return probe_table_frame(steps_random(steps, PROBE_TABLES));
    return probe_data_frame(steps_random(steps, PROBE_DATA));
}

static uint32_t entry_for(struct steps *steps, uint32_t table, uint32_t flags)
{
    uint32_t frame = program_is_directory(table) ? random_table(steps, flags) : random_page(steps);

    return frame << PAGE_SHIFT | flags;
}

static uint32_t random_flags(struct steps *steps)
{
    uint32_t flags = steps_random(steps, 0x1000);

    return steps_random(steps, 4) ? flags | PTE_PRESENT : flags;
}

static void write_random(struct steps *steps, uint32_t table, uint32_t index)
{
    uint32_t flags = random_flags(steps);

    steps_write(steps, table, index, entry_for(steps, table, flags));
}

static void access_directed(struct steps *steps)
{
    uint32_t combination = steps->combination++ % COMBINATIONS;
    uint32_t va = steps_random_va(steps);

    if (steps_random(steps, 3) == 0)
        combination |= PTE_PRESENT | PTE_PRESENT << 3; /* otherwise few accesses would succeed */
    uint32_t large = combination & 0x40u ? PTE_LARGE : 0;
    uint32_t flags = (combination & 7u) | large | (steps_random(steps, 0x1000) & OTHER_FLAGS);
    uint32_t kind = combination & 0x80u           ? PROBE_WRITE8
                    : steps_random(steps, 3) == 0 ? PROBE_READ32
                                                  : PROBE_READ8;

    steps_write(steps, steps->tlb.directory, directory_index(vaddr(va)),
                entry_for(steps, steps->tlb.directory, flags));
    uint32_t table = tlb_model_walk(&steps->tlb, va).table;
    flags = (combination >> 3 & 7u) | (steps_random(steps, 0x1000) & OTHER_FLAGS);
    steps_write(steps, table, table_index(vaddr(va)), entry_for(steps, table, flags));
    steps_access(steps, va, kind | (combination & 0x100u ? PROBE_USER : 0));
}

static uint32_t random_access(struct steps *steps)
{
    static const uint32_t kinds[] = {PROBE_READ8, PROBE_READ8, PROBE_WRITE8, PROBE_WRITE8,
                                     PROBE_READ32};

    return kinds[steps_random(steps, 5)] | (steps_random(steps, 2) ? PROBE_USER : 0);
}

static void access_again(struct steps *steps)
{
    uint32_t near = steps_random(steps, 4) == 0 ? steps_random(steps, 2) << PAGE_SHIFT : 0;

    steps_access(steps, steps_random_recent(steps) ^ near, random_access(steps));
}

static void access_anywhere(struct steps *steps)
{
    steps_access(steps, steps_random_va(steps), random_access(steps));
}

/* Access a page that is absent, make it present, and access it again without an invalidation. */
static void access_as_it_appears(struct steps *steps)
{
    uint32_t va = steps_random_va(steps);
    uint32_t index = directory_index(vaddr(va));
    uint32_t table = steps->tlb.directory;

    if (steps_random(steps, 2) && (tlb_model_walk(&steps->tlb, va).directory_entry & PTE_PRESENT)) {
        table = tlb_model_walk(&steps->tlb, va).table;
        index = table_index(vaddr(va));
    }
    uint32_t absent = random_flags(steps) & ~PTE_PRESENT;
    uint32_t present = random_flags(steps) | PTE_PRESENT | PTE_WRITABLE;
    steps_write(steps, table, index, entry_for(steps, table, absent));
    steps_access(steps, va, random_access(steps));
    steps_write(steps, table, index, entry_for(steps, table, present));
    steps_access(steps, va, random_access(steps));
}

/* Change the rights, the frame, or only A and D in an entry of the walk to a recent address. */
static void access_changed(struct steps *steps)
{
    uint32_t va = steps_random_recent(steps);
    struct table_walk walk = tlb_model_walk(&steps->tlb, va);
    bool leaf = !walk.large && steps_random(steps, 3) != 0;
    uint32_t table = leaf ? walk.table : steps->tlb.directory;
    uint32_t index = leaf ? table_index(vaddr(va)) : directory_index(vaddr(va));
    uint32_t entry = leaf ? walk.table_entry : walk.directory_entry;

    if (steps_random(steps, 2))
        steps_write(steps, table, index,
                    entry ^ (steps_random(steps, 0x100) & (PTE_ACCESSED | PTE_DIRTY)));
    else
        write_random(steps, table, index);
    steps_access(steps, va, random_access(steps));
}

static void change_any(struct steps *steps)
{
    uint32_t table = steps_random(steps, 2) ? steps->tlb.directory
                                            : probe_table_frame(steps_random(steps, PROBE_TABLES));

    write_random(steps, table, steps_random_number(steps));
}

static void switch_directory(struct steps *steps)
{
    steps_load_cr3(steps, steps_random(steps, 2) ? steps->tlb.directory : random_directory(steps));
}

static void switch_controls(struct steps *steps)
{
    if (steps_random(steps, 2))
        steps_load_cr0(steps, steps->tlb.cr0 ^ CR0_WP);
    else
        steps_load_cr4(steps, steps->tlb.cr4 ^ (steps_random(steps, 2) ? CR4_PGE : CR4_PSE));
}

static void invalidate_any(struct steps *steps)
{
    steps_invlpg(steps, steps_random_va(steps));
}

static const struct {
    uint32_t weight;
    void (*act)(struct steps *steps);
} acts[] = {
    {40, access_directed},     {26, access_again},   {5, access_anywhere},
    {5, access_as_it_appears}, {10, access_changed}, {6, change_any},
    {3, switch_directory},     {3, switch_controls}, {2, invalidate_any},
};

static void act_any(struct steps *steps)
{
    uint32_t total = 0;
    uint32_t act = 0;

    for (uint32_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        total += acts[i].weight;
    uint32_t choice = steps_random(steps, total);
    while (choice >= acts[act].weight)
        choice -= acts[act++].weight;
    acts[act].act(steps);
}

void generator_make(struct program *program, uint32_t seed, uint32_t number,
                    struct coverage *coverage)
{
    static struct steps steps;

    program->head =
        (struct probe_case){.number = number,
                            .directory = number / CONTROL_STATES % PROBE_DIRECTORIES,
                            .cr0 = number & 1u ? CR0_WP : 0,
                            .cr4 = (number & 2u ? CR4_PSE : 0) | (number & 4u ? CR4_PGE : 0)};
    program->head.directory = probe_table_frame(program->head.directory);
    steps_begin(&steps, program, coverage, seed);
    steps.combination = number / CONTROL_STATES * DIRECTED;
    for (uint32_t i = 0; i < PROBE_TABLES; i++)
        change_any(&steps);
    while (program->head.accesses < GENERATOR_CASE_ACCESSES && steps_have_room(&steps))
        act_any(&steps);
}

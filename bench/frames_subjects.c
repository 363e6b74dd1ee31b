#include "frames_subjects.h"

#include "machine/machine.h"

#include <stdio.h>

struct frames_stack stack;
struct frames_sorted sorted;
struct frames_buddy buddy;

/* The metadata of the simulated machine, in memory that is not used otherwise. */
static const vaddr_t arrays = {DIRECT_MAP_BASE + (RESERVED_END_PFN << PAGE_SHIFT)};
static struct machine *machine;

bool simulated_open(const char *name)
{
    machine = machine_create(NULL);
    if (machine == NULL)
        fprintf(stderr, "bench: %s: %s\n", name, machine_error());
    return machine != NULL;
}

void simulated_close(void)
{
    machine_destroy(machine);
}

bool host_open(const char *name)
{
    (void)name;
    return true;
}

void host_close(void)
{
}

void stack_init(void)
{
    frames_stack_init(&stack, arrays, pfn(FIRST), pfn(FRAMES_MAX));
    frames_stack_add(&stack, pfn(LOW_END_PFN), pfn(FRAMES_MAX));
    frames_stack_add(&stack, pfn(DMA_END_PFN), pfn(LOW_END_PFN));
    frames_stack_add(&stack, pfn(FIRST), pfn(DMA_END_PFN));
}

void sorted_init(void)
{
    frames_sorted_init(&sorted, arrays, pfn(FRAMES_MAX));
    frames_sorted_add(&sorted, pfn(FIRST), pfn(FRAMES_MAX));
}

void buddy_init(void)
{
    frames_buddy_init(&buddy, arrays, pfn(FRAMES_MAX), pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(FIRST), pfn(FRAMES_MAX));
}

void one_zone_init(void)
{
    frames_buddy_init(&buddy, arrays, pfn(FRAMES_MAX), pfn(FRAMES_MAX));
    frames_buddy_add(&buddy, pfn(FIRST), pfn(FRAMES_MAX));
}

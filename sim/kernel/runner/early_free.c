#include "runner/early_free.h"

#include "runner/guest_memory.h"

#define ORDER_NONE 255u
#define ORDER_MOST 20u

/* An argument of the function at whose first instruction the guest is. false: its stack is not
   mapped. */
static bool argument_read(uint32_t number, uint32_t *value)
{
    uint32_t at = cpu_general(ESP) + 4u + 4u * number;
    struct mmu_walk walk;

    if (!mmu_peek(&cpu.machine.mmu, vaddr(at), MMU_READ, &walk))
        return false;
    *value = *(const uint32_t *)arena_pointer(&cpu.machine.arena, walk.pa);
    return true;
}

static bool frames_read(const struct control_stop *stop, uint32_t *frames)
{
    uint32_t order = 0;

    if (stop->order_argument != ORDER_NONE && !argument_read(stop->order_argument, &order))
        return false;
    *frames = 1u << order % 32u;
    return order <= ORDER_MOST;
}

/* [start, start + bytes) shows frames from `frame` on, and that is how the allocator sees them. */
static void map_add(uint32_t start, uint64_t bytes, uint32_t frame)
{
    struct mapped_frames *mapped = &cpu.machine.oracle->mapped;

    if (bytes != 0)
        mapped->map[mapped->maps++] =
            (struct permanent_map){.first = vaddr(start),
                                   .last = vaddr(start + (uint32_t)(bytes - 1u)),
                                   .pa = paddr(frame << PAGE_SHIFT)};
}

/* The first frame of the block. The address by which the guest names it does not count. false: it
   names none. */
static bool block_read(const struct control_stop *stop, uint32_t frames, uint32_t *first)
{
    struct mmu_walk walk;
    uint32_t argument;

    if (!argument_read(stop->argument, &argument))
        return false;
    *first = stop->argument_kind == FREE_FRAME ? argument : argument >> PAGE_SHIFT;
    if (stop->argument_kind != FREE_VIRTUAL)
        return *first < FRAMES_MAX;
    if (!mmu_peek(&cpu.machine.mmu, vaddr(argument), MMU_READ, &walk))
        return false;
    *first = walk.pa.value >> PAGE_SHIFT;
    map_add(argument & ~PAGE_OFFSET_MASK, (uint64_t)frames << PAGE_SHIFT, *first);
    return true;
}

void early_free_check(const struct control_stop *stop)
{
    uint32_t frames;
    uint32_t first;

    if (!cpu.machine.oracle || !frames_read(stop, &frames))
        return;
    cpu.machine.oracle->mapped.maps = 0;
    map_add(control->direct_map, control->direct_map_bytes, 0);
    if (block_read(stop, frames, &first))
        oracle_frames_freed(&cpu.machine, pfn(first), frames);
}

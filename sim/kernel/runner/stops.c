#include "runner/stops.h"

#include "runner/devices/devices.h"
#include "runner/guest_memory.h"
#include "runner/interrupt.h"

/* ---- early frees ---- */

#define ORDER_NONE 255u
#define ORDER_MOST 20u

/* Reads an argument of the function that the guest is about to enter. Returns false if the stack is
   not mapped. */
static bool argument_read(uint32_t number, uint32_t *value)
{
    uint32_t at = cpu_general(ESP) + 4u + 4u * number;
    struct mmu_walk walk;

    if (!mmu_peek(&cpu.machine.mmu, vaddr(at), MMU_READ, &walk))
        return false;
    *value = *(const uint32_t *)arena_pointer(&cpu.machine.arena, walk.pa);
    return true;
}

/* Reads the number of frames that the function frees. */
static bool frames_read(const struct control_stop *stop, uint32_t *frames)
{
    uint32_t order = 0;

    if (stop->order_argument != ORDER_NONE && !argument_read(stop->order_argument, &order))
        return false;
    *frames = 1u << order % 32u;
    return order <= ORDER_MOST;
}

/* Records that the allocator itself accesses the frames from `frame` on at [start, start + bytes),
   so that this mapping does not count as a use after the free. */
static void map_add(uint32_t start, uint64_t bytes, uint32_t frame)
{
    struct mapped_frames *mapped = &cpu.machine.oracle->mapped;

    if (bytes != 0)
        mapped->map[mapped->maps++] =
            (struct permanent_map){.first = vaddr(start),
                                   .last = vaddr(start + (uint32_t)(bytes - 1u)),
                                   .pa = paddr(frame << PAGE_SHIFT)};
}

/* Stores the first frame of the block that is freed. A virtual address that names the block does
   not count as a use of it. Returns false if the argument names no frame. */
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

/* Checks a call of a function that frees. Stops the guest with EVENT_EARLY_FREE if a TLB entry
   outside of the direct map still maps a frame of the block. */
static void early_free_check(const struct control_stop *stop)
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

/* ---- arrivals ---- */

/* An address at which the stop has already acted, so that the next arrival passes it: the parent
   continues after a report, or the handler returns after an interrupt. */
struct pass {
    bool active;
    uint32_t eip;
};

static struct pass report_pass;
static struct pass interrupt_pass;

bool stops_has(uint32_t va)
{
    for (uint32_t i = 0; i < control->stop_count && i < CONTROL_STOPS_MAX; i++)
        if (control->stops[i].enabled && control->stops[i].va == va)
            return true;
    return false;
}

void stops_resume(bool step_over)
{
    report_pass = (struct pass){.active = step_over, .eip = cpu_eip()};
}

static bool passes(struct pass *pass)
{
    if (!pass->active || pass->eip != cpu_eip())
        return false;
    pass->active = false;
    return true;
}

static bool is_due(const struct control_stop *stop)
{
    return stop->when == 0 || stop->arrivals == stop->when;
}

/* Returns `value` from the function that is about to begin, without executing it. */
static bool return_at_once(uint32_t value)
{
    uint32_t eip;

    if (!guest_pop(&eip, 4))
        return true;
    cpu_general_set(EAX, value);
    cpu_eip_set(eip);
    return true;
}

static bool stop_arrive(struct control_stop *stop, uint32_t number)
{
    switch (stop->action) {
    case STOP_REPORT:
        if (passes(&report_pass))
            return false;
        stop->arrivals++;
        cpu_stop(&(struct control_event){.kind = EVENT_STOP, .stop = number});
        return true;
    case STOP_RETURN:
        stop->arrivals++;
        return is_due(stop) && return_at_once(stop->value);
    case STOP_INTERRUPT:
        if (passes(&interrupt_pass) || !cpu_interrupts_on())
            return false;
        stop->arrivals++;
        if (!is_due(stop))
            return false;
        interrupt_pass = (struct pass){.active = true, .eip = cpu_eip()};
        interrupt_deliver_external(stop->value != 0 ? (uint8_t)stop->value
                                                    : devices_timer_vector());
        return true;
    case STOP_FREE:
        stop->arrivals++;
        early_free_check(stop);
        return false;
    default:
        stop->arrivals++;
        return false;
    }
}

bool stops_arrive(void)
{
    uint32_t eip = cpu_eip();

    for (uint32_t i = 0; i < control->stop_count && i < CONTROL_STOPS_MAX; i++)
        if (control->stops[i].enabled && control->stops[i].va == eip &&
            stop_arrive(&control->stops[i], i))
            return true;
    return false;
}

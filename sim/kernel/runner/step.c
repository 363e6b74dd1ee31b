#include "runner/step.h"

#include "runner/frames.h"
#include "runner/guest_memory.h"

#include <string.h>

#define OPEN_MAX 4u

/* A page that is mapped with all rights during the step, with its contents before the step. */
struct open_page {
    uint32_t va;
    uint32_t pa;
    unsigned char before[PAGE_SIZE];
};

static struct {
    bool active;
    uint32_t guest_trap_flag;
    uint32_t open_count;
    struct open_page open[OPEN_MAX];
} step;

bool step_active(void)
{
    return step.active;
}

uint32_t step_guest_trap_flag(void)
{
    return step.guest_trap_flag;
}

void step_one(void)
{
    if (!step.active) {
        step.guest_trap_flag = (uint32_t)cpu.host[REG_EFL] & FLAG_TF;
        step.open_count = 0;
    }
    step.active = true;
    cpu.host[REG_EFL] |= FLAG_TF;
}

static void open_page(uint32_t va)
{
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(va));

    if (!entry || step.open_count == OPEN_MAX)
        return;
    struct open_page *open = &step.open[step.open_count++];
    open->va = va & ~PAGE_OFFSET_MASK;
    open->pa = entry->pa.value + (open->va - entry->va.value);
    memcpy(open->before, arena_pointer(&cpu.machine.arena, paddr(open->pa)), PAGE_SIZE);
    frames_show_page(entry, va, true);
}

void step_store(uint32_t va)
{
    step_one();
    open_page(va);
}

void step_original(void)
{
    step_one();
    open_page(cpu_eip());
}

static void close_page(const struct open_page *open)
{
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(open->va));

    guest_memory_changed(open->pa, open->before, PAGE_SIZE);
    if (entry)
        frames_show_page(entry, open->va, false);
}

void step_end(void)
{
    cpu.host[REG_EFL] = (cpu.host[REG_EFL] & ~(greg_t)FLAG_TF) | step.guest_trap_flag;
    step.active = false;
    for (uint32_t i = 0; i < step.open_count; i++)
        close_page(&step.open[i]);
    step.open_count = 0;
}

#include "simulator.h"

#include "machine/machine.h"
#include <mm/machine.h>

static enum simulator_fault wrong;

static uint32_t *arena(void)
{
    return arena_pointer(&machine_current->arena, paddr(SIMULATOR_ARENA));
}

bool simulator_start(enum simulator_fault fault)
{
    wrong = fault;
    if (!machine_create(NULL))
        return false;
    probe_arena_fill(arena());
    return true;
}

static void directory_load(uint32_t frame)
{
    machine_load_cr3(paddr(SIMULATOR_ARENA + (frame << PAGE_SHIFT)));
}

static void cr0_load(uint32_t value)
{
    machine_load_cr0(machine_current, CR0_PG | (wrong == SIMULATOR_IGNORES_WP ? 0 : value));
}

static void step_run(const struct probe_step *step)
{
    switch (step->kind) {
    case PROBE_WRITE_ENTRY:
        probe_entries(arena(), step->frame)[step->where] = step->value + SIMULATOR_ARENA;
        break;
    case PROBE_LOAD_CR3:
        directory_load(step->frame);
        break;
    case PROBE_LOAD_CR0:
        cr0_load(step->value);
        break;
    case PROBE_LOAD_CR4:
        machine_load_cr4(machine_current, step->value);
        break;
    case PROBE_INVLPG:
        machine_invlpg(vaddr(step->where));
        break;
    }
}

/* A write is followed by a read of the same byte, which gives its value. */
static bool access_make(const struct probe_step *step, uint32_t *value)
{
    bool user = (step->access & PROBE_USER) && wrong != SIMULATOR_IGNORES_USER;
    vaddr_t va = vaddr(step->where);
    uint8_t byte = 0;

    if ((step->access & PROBE_ACCESS_KIND) == PROBE_READ32)
        return machine_load32(va, user, value);
    if ((step->access & PROBE_ACCESS_KIND) == PROBE_WRITE8 &&
        !(user ? machine_user_touch(va, true) : machine_touch(va, true)))
        return false;
    bool read = machine_load8(va, user, &byte);
    *value = byte;
    return read;
}

static uint32_t current_directory(void)
{
    return probe_entry_frame(machine_read_cr3().value);
}

static void look(uint32_t va, struct probe_outcome *outcome)
{
    probe_look(arena(), current_directory(), va, machine_current->mmu.cr4 & CR4_PSE, outcome);
}

/* Clear the D bit that an access has just set. */
static void clear_dirty(uint32_t va, const struct probe_outcome *before)
{
    uint32_t *entry = &probe_entries(arena(), current_directory())[directory_index(vaddr(va))];
    uint32_t frame = probe_entry_frame(*entry);

    *entry &= ~PTE_DIRTY | before->directory_entry;
    if (before->table_entry)
        probe_entries(arena(), frame)[table_index(vaddr(va))] &= ~PTE_DIRTY | before->table_entry;
}

static void access_run(const struct probe_step *step, struct probe_outcome *outcome)
{
    struct probe_outcome before;

    look(step->where, &before);
    *outcome = (struct probe_outcome){.end = 0};
    if (!access_make(step, &outcome->value)) {
        outcome->end = PROBE_FAULT | machine_current->error_code;
        outcome->value = machine_read_cr2().value;
    }
    if (wrong == SIMULATOR_SETS_NO_DIRTY)
        clear_dirty(step->where, &before);
    look(step->where, outcome);
}

void simulator_run(struct program *program, struct probe_outcome *outcome)
{
    probe_tables_clear(arena());
    directory_load(program->head.directory);
    cr0_load(program->head.cr0);
    machine_load_cr4(machine_current, program->head.cr4);
    machine_flush_tlb();
    for (uint32_t i = 0; i < program->head.steps; i++) {
        if (program->step[i].kind == PROBE_ACCESS)
            access_run(&program->step[i], outcome++);
        else
            step_run(&program->step[i]);
    }
    program->head.checksum = probe_checksum(arena());
}

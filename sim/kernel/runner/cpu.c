#include "runner/cpu.h"

#include "runner/frames.h"
#include "runner/segment.h"
#include "runner/step.h"

struct cpu cpu;

#define CR0_NW  0x20000000u
#define CR0_CD  0x40000000u
#define CR4_PAE 0x20u

/* VME PVI TSD DE PSE MCE PGE PCE OSFXSR OSXMMEXCPT. cpu_load_cr4() treats PAE separately. */
#define CR4_KNOWN 0x7dfu

uint32_t cpu_eflags(void)
{
    uint32_t native = (uint32_t)cpu.host[REG_EFL] & FLAGS_NATIVE;

    if (step_active())
        native = (native & ~FLAG_TF) | step_guest_trap_flag();
    return native | cpu.flags_kept | 2u;
}

void cpu_eflags_set(uint32_t value)
{
    uint32_t native = value & FLAGS_NATIVE;

    cpu.host[REG_EFL] =
        (cpu.host[REG_EFL] & ~(greg_t)(FLAGS_NATIVE | FLAG_NT | FLAG_AC | FLAG_RF)) | native;
    cpu.flags_kept = value & (FLAG_IF | FLAG_IOPL | FLAG_NT | FLAG_AC | FLAG_ID);
}

/* ---- rings ---- */

/* The parts of the address space that the TLB entries of supervisor and user pages cover. */
struct extents {
    uint32_t lowest_closed; /* the lowest page with an access that only the supervisor has */
    uint64_t users_end;     /* the exclusive end of the highest user page */
};

static struct extents window_extents(void)
{
    struct window_entries *entries = &cpu.machine.window.entries;
    struct extents extents = {.lowest_closed = UINT32_MAX & ~PAGE_OFFSET_MASK};

    for (struct window_entry *entry = window_entries_oldest(entries); entry;
         entry = window_entries_next(entries, entry)) {
        bool users = entry->allows & ACCESS_BIT(MMU_USER | MMU_READ);
        uint64_t end = (uint64_t)entry->va.value + entry->page_bytes;
        bool closed = entry->allows & 3u & ~(entry->allows >> 2);
        if (closed && entry->va.value < extents.lowest_closed)
            extents.lowest_closed = entry->va.value;
        if (users && end > extents.users_end)
            extents.users_end = end;
    }
    return extents;
}

/* If all supervisor pages lie above all user pages, a segment limit protects them, and nothing has
   to be unmapped. Otherwise they are unmapped. */
static void ring3_enter(void)
{
    static struct extents extents;
    static uint64_t changes_seen = UINT64_MAX;
    static int limits_hold = -1;

    if (limits_hold < 0)
        limits_hold = segment_host_checks_limits();
    if (changes_seen != cpu.machine.window.changes)
        extents = window_extents();
    changes_seen = cpu.machine.window.changes;
    if (limits_hold && extents.lowest_closed >= extents.users_end &&
        extents.lowest_closed >= LARGE_PAGE_SIZE) {
        cpu.user_is_limited = true;
        segment_host_set_user_end(extents.lowest_closed);
        window_set_user(&cpu.machine.window, true, 0);
    } else {
        cpu_hide_supervisor();
    }
}

void cpu_hide_supervisor(void)
{
    cpu.user_is_limited = false;
    segment_host_set_user_end(0);
    window_set_user(&cpu.machine.window, true, ARENA_BYTES);
}

void cpu_set_cpl(uint32_t cpl)
{
    bool was_user = cpu.cpl == 3;

    cpu.cpl = cpl;
    if (cpl == 3 && !was_user)
        ring3_enter();
    else if (cpl != 3 && was_user)
        window_set_user(&cpu.machine.window, false, 0);
    if (cpl != 3)
        cpu.user_is_limited = false;
}

/* ---- control registers ---- */

static void flush(bool keep_global)
{
    window_flush(&cpu.machine.window, keep_global);
    if (cpu.machine.oracle)
        oracle_invalidated(cpu.machine.oracle);
}

void cpu_forget_translations(void)
{
    flush(false);
    frames_tables_forget();
}

bool cpu_load_cr0(uint32_t value)
{
    uint32_t before = cpu.machine.mmu.cr0;
    uint32_t changed = before ^ value;

    if (((value & CR0_PG) && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
        return cpu_raise_error(VECTOR_GP, 0);
    if (!(value & CR0_PE)) {
        cpu_stop_text(EVENT_UNSUPPORTED, "real mode: CR0.PE was cleared");
        return false;
    }
    cpu.machine.mmu.cr0 = value | CR0_ET;
    if (changed & (CR0_PG | CR0_WP))
        cpu_forget_translations();
    if (changed & (CR0_TS | CR0_EM))
        frames_fpu_changed();
    return true;
}

bool cpu_load_cr3(uint32_t value)
{
    uint32_t before = cpu.machine.mmu.cr3;

    cpu.machine.mmu.cr3 = value;
    flush(true);
    frames_tables_forget();
    if (cpu.machine.oracle)
        oracle_cr3_loaded(&cpu.machine, before);
    return true;
}

bool cpu_load_cr4(uint32_t value)
{
    uint32_t before = cpu.machine.mmu.cr4;

    if (value & CR4_PAE) {
        cpu_stop_text(EVENT_UNSUPPORTED, "paging with PAE: CR4.PAE was set");
        return false;
    }
    if (value & ~CR4_KNOWN)
        return cpu_raise_error(VECTOR_GP, 0);
    cpu.machine.mmu.cr4 = value;
    if ((before ^ value) & (CR4_PSE | CR4_PGE))
        cpu_forget_translations();
    return true;
}

void cpu_invlpg(uint32_t linear)
{
    window_drop(&cpu.machine.window, vaddr(linear));
    if (cpu.machine.oracle)
        oracle_invalidated(cpu.machine.oracle);
}

/* ---- exceptions ---- */

bool cpu_raise(uint8_t vector)
{
    cpu.exception = (struct exception){.pending = true, .vector = vector};
    return false;
}

bool cpu_raise_error(uint8_t vector, uint32_t error)
{
    cpu.exception =
        (struct exception){.pending = true, .vector = vector, .has_error = true, .error = error};
    return false;
}

#define DR6_BS 0x00004000u

void cpu_raise_single_step(void)
{
    cpu.debug[6] |= DR6_BS;
    cpu_raise(VECTOR_DB);
}

bool cpu_raise_page_fault(uint32_t linear, uint32_t error)
{
    control->counters.faults++;
    cpu.machine.cr2 = vaddr(linear);
    window_drop(&cpu.machine.window, vaddr(linear));
    if (cpu.machine.oracle)
        oracle_page_fault(cpu.machine.oracle, vaddr(linear));
    return cpu_raise_error(VECTOR_PF, error);
}

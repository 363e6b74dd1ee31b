#include "runner/frames.h"

#include "runner/guest_memory.h"
#include "runner/stops.h"
#include "runner/sweep.h"
#include "runner/turn.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HLT             0xf4u
#define INSTRUCTION_MAX 15u

/* A file holds the copies of code, each at its frame's physical address. The copies for a disabled
   FPU lie 4 GiB above. */
#define CLOSED_OFFSET   ARENA_BYTES
#define CODE_BYTES      (2 * ARENA_BYTES)
#define CODE_FRAMES_MAX 8192u

/* A frame that has changed from code to data DROPS_MAX times is mixed. After MIXED_TRAPS traps it
   may become code again, because the guest may use it for something else by then. */
#define DROPS_MAX   16u
#define MIXED_TRAPS 100000u

struct history {
    uint32_t drops; /* the number of changes from code to data */
    uint32_t traps; /* the trap count at the last drop, or when the frame became mixed */
    uint32_t va;    /* the page at which the frame is mixed, or ANYWHERE */
};

#define ANYWHERE 1u /* not page aligned, so it differs from every page */

static int copies_fd;
static unsigned char *copies;
static uint64_t special[FRAMES_MAX / 64u];
static uint64_t tables[FRAMES_MAX / 64u];
static uint64_t mixed[FRAMES_MAX / 64u];
static bool any_mixed;
static struct history history[FRAMES_MAX];
static uint16_t code_number[FRAMES_MAX]; /* 1 and up; 0: no code */
static struct code_frame code_frames[CODE_FRAMES_MAX + 1u];
static uint32_t code_count; /* the number of elements in use */
static uint32_t table_frames[4096];
static uint32_t table_count;

static void overlay(struct window *window, const struct window_entry *entry);

bool frames_create(const char **reason)
{
    *reason = "cannot make a file in memory for copies of code";
    copies_fd = memfd_create("mmsim copies of code", MFD_CLOEXEC);
    if (copies_fd < 0 || ftruncate(copies_fd, (off_t)CODE_BYTES) != 0)
        return false;
    *reason = "cannot map the copies of code";
    copies =
        mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, copies_fd, 0);
    cpu.machine.window.overlay = overlay;
    return copies != MAP_FAILED;
}

struct code_frame *frames_code(uint32_t frame)
{
    return code_number[frame] == 0 ? NULL : &code_frames[code_number[frame]];
}

bool frames_is_special(uint32_t frame)
{
    return bit_get(special, frame);
}

bool frames_is_table(uint32_t frame)
{
    return bit_get(tables, frame);
}

static void special_update(uint32_t frame)
{
    bool was_special = bit_get(special, frame);

    if (code_number[frame] == 0 && !bit_get(tables, frame)) {
        bit_clear(special, frame);
        return;
    }
    bit_set(special, frame);
    if (!was_special)
        cpu.machine.window.changes++; /* its page is no longer at hand: guest_memory.h */
}

/* ---- mappings of the host ---- */

static unsigned char *arena_frame(uint32_t frame)
{
    return arena_pointer(&cpu.machine.arena, paddr(frame << PAGE_SHIFT));
}

static void map_page(uint32_t va, int rights, int fd, uint64_t offset)
{
    unsigned char *at = window_address(&cpu.machine.window, vaddr(va));
    int flags = MAP_FIXED | MAP_SHARED | MAP_NORESERVE | MAP_POPULATE;

    if (mmap(at, PAGE_SIZE, rights, flags, fd, (off_t)offset) == MAP_FAILED)
        turn_fail("the host cannot map a page at 0x%08x: %s", va, strerror(errno));
}

static void map_code(uint32_t va, const struct code_frame *code)
{
    bool closed = code->has_fpu && cpu_fpu_is_off();
    uint64_t offset = (uint64_t)code->frame << PAGE_SHIFT;

    map_page(va, PROT_READ | PROT_EXEC, copies_fd, offset + (closed ? CLOSED_OFFSET : 0));
}

#define ANY_WRITE (ACCESS_BIT(MMU_WRITE) | ACCESS_BIT(MMU_USER | MMU_WRITE))

/* Returns the host's rights for a page that is not mapped to a copy of code. */
static int rights_of(const struct window_entry *entry, uint32_t frame)
{
    if (entry->shown == 0)
        return PROT_NONE;
    return (entry->shown & ANY_WRITE) && !bit_get(special, frame) ? PROT_READ | PROT_WRITE
                                                                  : PROT_READ;
}

void frames_show_page(const struct window_entry *entry, uint32_t va, bool open)
{
    uint32_t page = va & ~PAGE_OFFSET_MASK;
    uint32_t pa = entry->pa.value + (page - entry->va.value);
    uint32_t frame = pa >> PAGE_SHIFT;
    const struct code_frame *code = frames_code(frame);

    if (open)
        map_page(page, PROT_READ | PROT_WRITE | PROT_EXEC, cpu.machine.window.memory_fd, pa);
    else if (code && code->va == page && entry->shown != 0)
        map_code(page, code);
    else
        map_page(page, rights_of(entry, frame), cpu.machine.window.memory_fd, pa);
}

/* Device memory in a large page must trap. */
static void hide_devices(const struct window_entry *entry)
{
    for (uint32_t at = 0; at < entry->page_bytes; at += PAGE_SIZE)
        if (!physical_is_memory(entry->pa.value + at))
            map_page(entry->va.value + at, PROT_NONE, cpu.machine.window.memory_fd, 0);
}

static void overlay(struct window *window, const struct window_entry *entry)
{
    uint32_t first = entry->pa.value >> PAGE_SHIFT;
    uint32_t count = entry->page_bytes >> PAGE_SHIFT;

    (void)window;
    for (uint32_t frame = first; frame < first + count; frame++) {
        if (count > 1 && frame % 64u == 0 && special[frame / 64u] == 0)
            frame += 63u; /* the whole word has no special frame */
        else if (bit_get(special, frame))
            frames_show_page(entry, entry->va.value + ((frame - first) << PAGE_SHIFT), false);
    }
    if (count > 1 && !(physical_is_memory(entry->pa.value) &&
                       physical_is_memory(entry->pa.value + entry->page_bytes - PAGE_SIZE)))
        hide_devices(entry);
}

/* Maps a frame again in all entries that show it, after it became special or ceased to be. */
static void show_frame(uint32_t frame)
{
    const struct window_entries *entries = &cpu.machine.window.entries;
    const struct window_entry *entry = NULL;

    if (cpu.interpreted)
        return;
    while ((entry = window_entries_showing(entries, pfn(frame), entry)) != NULL) {
        uint32_t offset = (frame << PAGE_SHIFT) - entry->pa.value;
        if (entry->shown != 0)
            frames_show_page(entry, entry->va.value + offset, false);
    }
}

/* ---- code ---- */

static void copy_page(struct code_frame *code)
{
    uint64_t at = (uint64_t)code->frame << PAGE_SHIFT;

    memcpy(copies + at, arena_frame(code->frame), PAGE_SIZE);
    code->has_fpu = false;
    for (uint32_t word = 0; word < PAGE_BITS_WORDS; word++) {
        code->has_fpu |= code->fpu[word] != 0;
        for (uint64_t bits = code->replaced[word]; bits != 0; bits &= bits - 1)
            copies[at + word * 64u + (uint32_t)__builtin_ctzll(bits)] = HLT;
    }
    if (!code->has_fpu)
        return;
    memcpy(copies + CLOSED_OFFSET + at, copies + at, PAGE_SIZE);
    for (uint32_t offset = 0; offset < PAGE_SIZE; offset++)
        if (bit_get(code->fpu, offset))
            copies[CLOSED_OFFSET + at + offset] = HLT;
}

static void code_drop(struct code_frame *code)
{
    uint32_t frame = code->frame;

    code_number[frame] = 0;
    special_update(frame);
    show_frame(frame);
}

static void become_mixed(struct code_frame *code)
{
    bit_set(mixed, code->frame);
    any_mixed = true;
    history[code->frame].traps = (uint32_t)control->counters.traps;
    history[code->frame].va = code->mixed ? code->va : ANYWHERE;
    code_drop(code);
}

/* Returns a free element, or replaces the elements in turn if none is free. */
static struct code_frame *code_new(uint32_t frame, uint32_t va)
{
    static uint32_t next;
    uint32_t number = code_count < CODE_FRAMES_MAX ? ++code_count : 1 + next++ % CODE_FRAMES_MAX;
    struct code_frame *code = &code_frames[number];

    if (code_number[code->frame] == number)
        code_drop(code);
    *code = (struct code_frame){.frame = frame, .va = va};
    code_number[frame] = (uint16_t)number;
    return code;
}

/* Returns the code frame that is executed in the page of va, or NULL. */
static struct code_frame *code_at(uint32_t va)
{
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(va));

    if (!entry)
        return NULL;
    struct code_frame *code = frames_code((entry->pa.value + (va - entry->va.value)) >> PAGE_SHIFT);
    return code && code->va == (va & ~PAGE_OFFSET_MASK) ? code : NULL;
}

static void sweep_and_show(struct code_frame *code)
{
    uint32_t frame = code->frame;

    sweep_page(code);
    if (code->mixed) {
        become_mixed(code);
        return;
    }
    copy_page(code);
    special_update(frame);
    show_frame(frame);
}

static bool is_mixed(uint32_t frame, uint32_t va)
{
    const struct history *past = &history[frame];

    return bit_get(mixed, frame) && (past->va == ANYWHERE || past->va == (va & ~PAGE_OFFSET_MASK));
}

/* Tells if the frame is mixed at va. Makes it ordinary again after MIXED_TRAPS traps. */
static bool stays_mixed(uint32_t frame, uint32_t va)
{
    uint32_t traps = (uint32_t)control->counters.traps - history[frame].traps;

    if (is_mixed(frame, va) && traps < MIXED_TRAPS)
        return true;
    if (bit_get(mixed, frame))
        history[frame].drops = 0;
    bit_clear(mixed, frame);
    return false;
}

/* Records that the instruction at eip is executed, and tells if this was known. */
static bool note_execution(struct code_frame *code, uint32_t va, uint32_t eip)
{
    uint32_t offset = eip & PAGE_OFFSET_MASK;
    bool known;

    if ((eip ^ va) & ~PAGE_OFFSET_MASK) {
        known = code->across == eip;
        code->across = eip;
        return known;
    }
    known = bit_get(code->start, offset);
    bit_set(code->known, offset);
    return known;
}

void frames_execute(uint32_t frame, uint32_t va, uint32_t eip)
{
    struct code_frame *code = frames_code(frame);
    uint32_t page = va & ~PAGE_OFFSET_MASK;

    if (stays_mixed(frame, va))
        return;
    if (!code)
        code = code_new(frame, page);
    else if (code->va != page)
        *code = (struct code_frame){.frame = frame, .va = page};
    if (note_execution(code, va, eip))
        show_frame(frame);
    else
        sweep_and_show(code);
}

void frames_arrive(uint32_t eip)
{
    struct code_frame *code = code_at(eip);

    if (code && !bit_get(code->start, eip & PAGE_OFFSET_MASK))
        frames_execute(code->frame, eip, eip);
}

static bool is_mixed_at(uint32_t va)
{
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(va));

    return entry && is_mixed((entry->pa.value + (va - entry->va.value)) >> PAGE_SHIFT, va);
}

bool frames_is_mixed_at(uint32_t eip)
{
    return any_mixed && (is_mixed_at(eip) || is_mixed_at(eip + INSTRUCTION_MAX - 1u));
}

static void note_drop(struct code_frame *code)
{
    struct history *past = &history[code->frame];
    uint32_t traps = (uint32_t)control->counters.traps;

    if (traps - past->traps >= MIXED_TRAPS)
        past->drops = 0;
    past->drops++;
    past->traps = traps;
    if (past->drops >= DROPS_MAX)
        become_mixed(code);
    else
        code_drop(code);
}

void frames_become_data(uint32_t frame, uint32_t eip)
{
    struct code_frame *code = frames_code(frame);

    if (code_at(eip) == code)
        become_mixed(code);
    else
        note_drop(code);
}

void frames_written(uint32_t frame)
{
    if (frames_code(frame))
        note_drop(frames_code(frame));
}

void frames_fpu_changed(void)
{
    for (uint32_t number = 1; number <= code_count; number++) {
        struct code_frame *code = &code_frames[number];
        if (code->has_fpu && frames_code(code->frame) == code && code_at(code->va) == code)
            show_frame(code->frame);
    }
}

void frames_forget_code(void)
{
    for (uint32_t number = 1; number <= code_count; number++)
        if (code_number[code_frames[number].frame] == number)
            code_drop(&code_frames[number]);
    code_count = 0;
    if (any_mixed)
        memset(mixed, 0, sizeof mixed);
    any_mixed = false;
}

void frames_forget_code_in(uint32_t frame)
{
    if (frames_code(frame))
        code_drop(frames_code(frame));
}

/* ---- tables ---- */

static void table_add(uint32_t frame)
{
    if (bit_get(tables, frame) || table_count == sizeof table_frames / sizeof table_frames[0])
        return;
    bit_set(tables, frame);
    table_frames[table_count++] = frame;
    special_update(frame);
    show_frame(frame);
}

void frames_walked(const struct mmu_walk *walk)
{
    if (!(cpu.machine.mmu.cr0 & CR0_PG))
        return;
    table_add(cpu.machine.mmu.cr3 >> PAGE_SHIFT);
    if (mmu_names_table(walk->directory_entry, cpu.machine.mmu.cr4))
        table_add(walk->directory_entry >> PAGE_SHIFT);
}

/* The tables stay mapped read-only; the next store to one traps and maps it writable. */
void frames_tables_forget(void)
{
    while (table_count > 0) {
        uint32_t frame = table_frames[--table_count];
        bit_clear(tables, frame);
        special_update(frame);
    }
}

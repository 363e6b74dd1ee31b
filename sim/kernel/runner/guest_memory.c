#include "runner/guest_memory.h"

#include "runner/devices/devices.h"
#include "runner/frames.h"
#include "runner/segment.h"

#include <string.h>

/* ---- segments ---- */

static bool segment_refuses(uint32_t number)
{
    return cpu_raise_error(number == SEG_SS ? VECTOR_SS : VECTOR_GP, 0);
}

/* Tells if the segment's type permits a read or write (Intel SDM vol. 3A, 3.4.5.1). */
static bool segment_permits(const struct segment *segment, bool write)
{
    bool flag = segment->rights & SEGMENT_TYPE_WRITABLE;

    if (segment->rights & SEGMENT_TYPE_CODE)
        return !write && flag;
    return !write || flag;
}

bool guest_linear(uint32_t number, uint32_t offset, uint32_t bytes, bool write, uint32_t *linear)
{
    const struct segment *segment = &cpu.segment[number];

    if (segment->rights == 0 || !segment_permits(segment, write) ||
        !segment_holds(segment, offset, bytes))
        return segment_refuses(number);
    *linear = segment->base + offset;
    return true;
}

/* ---- translation ---- */

bool physical_is_memory(uint32_t pa)
{
    static uint64_t first, end; /* the range of the last call, which is mostly the same one */

    if (pa - first < end - first)
        return true;
    for (uint32_t i = 0; i < control->range_count && i < CONTROL_RANGES_MAX; i++)
        if (pa >= control->ranges[i].first && pa < control->ranges[i].end) {
            first = control->ranges[i].first;
            end = control->ranges[i].end;
            return true;
        }
    return false;
}

/* Looks in the TLB first, as a native access would. */
static bool translate(uint32_t linear, uint32_t access, uint32_t *pa)
{
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(linear));
    struct mmu_walk walk;

    if (entry && (entry->allows & ACCESS_BIT(access))) {
        if (entry->withheld & ACCESS_BIT(access))
            oracle_window_trap(&cpu.machine, vaddr(linear), access);
        *pa = entry->pa.value + (linear - entry->va.value);
        return true;
    }
    if (cpu.machine.oracle)
        oracle_walk(&cpu.machine, vaddr(linear), access, true);
    if (!mmu_walk(&cpu.machine.mmu, vaddr(linear), access, &walk))
        return cpu_raise_page_fault(linear, walk.error_code);
    /* In native execution, only native accesses fill the window. */
    if (cpu.interpreted || cpu.interpreting)
        window_fill(&cpu.machine.window, vaddr(linear), &walk);
    if (cpu.machine.oracle)
        frames_walked(&walk);
    *pa = walk.pa.value;
    return true;
}

/* An access, split into at most two pieces that lie within a page. */
struct pieces {
    uint32_t count;
    uint32_t pa[2];
    uint32_t bytes[2];
};

static bool pieces_translate(struct pieces *pieces, uint32_t linear, uint32_t access,
                             uint32_t bytes)
{
    uint32_t first = PAGE_SIZE - (linear & PAGE_OFFSET_MASK);

    pieces->bytes[0] = bytes < first ? bytes : first;
    pieces->bytes[1] = bytes - pieces->bytes[0];
    pieces->count = pieces->bytes[1] == 0 ? 1 : 2;
    return translate(linear, access, &pieces->pa[0]) &&
           (pieces->count == 1 || translate(linear + first, access, &pieces->pa[1]));
}

/* ---- memory and devices ---- */

static void device_read(uint32_t pa, unsigned char *value, uint32_t bytes)
{
    while (bytes > 0) {
        uint32_t count = bytes >= 4 && pa % 4u == 0 ? 4 : bytes >= 2 && pa % 2u == 0 ? 2 : 1;
        uint32_t word = devices_memory_read(pa, count);
        memcpy(value, &word, count);
        pa += count;
        value += count;
        bytes -= count;
    }
}

static void device_write(uint32_t pa, const unsigned char *value, uint32_t bytes)
{
    while (bytes > 0) {
        uint32_t count = bytes >= 4 && pa % 4u == 0 ? 4 : bytes >= 2 && pa % 2u == 0 ? 2 : 1;
        uint32_t word = 0;
        memcpy(&word, value, count);
        devices_memory_write(pa, word, count);
        pa += count;
        value += count;
        bytes -= count;
    }
}

static unsigned char *memory_at(uint32_t pa)
{
    return arena_pointer(&cpu.machine.arena, paddr(pa));
}

static void physical_read(uint32_t pa, void *value, uint32_t bytes)
{
    if (physical_is_memory(pa))
        memcpy(value, memory_at(pa), bytes);
    else
        device_read(pa, value, bytes);
}

#define EMULATED_MAX 32u /* more than the widest emulated store, which has 16 bytes */

static void physical_write(uint32_t pa, const void *value, uint32_t bytes)
{
    unsigned char before[EMULATED_MAX];

    if (!physical_is_memory(pa)) {
        device_write(pa, value, bytes);
        return;
    }
    if (!frames_is_special(pa >> PAGE_SHIFT)) {
        memcpy(memory_at(pa), value, bytes);
        return;
    }
    memcpy(before, memory_at(pa), bytes);
    memcpy(memory_at(pa), value, bytes);
    guest_memory_changed(pa, before, bytes);
}

/* Reports each changed entry of a table to the oracle. */
static void table_changed(uint32_t pa, const unsigned char *before, uint32_t bytes)
{
    uint32_t end = pa + bytes;

    for (uint32_t at = pa & ~3u; at < end; at += 4) {
        uint32_t new_entry;
        memcpy(&new_entry, memory_at(at), 4);
        struct table_change change = {
            .at = paddr(at), .old_entry = new_entry, .new_entry = new_entry, .line = cpu_eip()};
        unsigned char *old = (unsigned char *)&change.old_entry;
        for (uint32_t i = 0; i < 4; i++)
            if (at + i >= pa && at + i < end)
                old[i] = before[at + i - pa];
        if (change.old_entry != change.new_entry)
            oracle_entry_written(&cpu.machine, &change);
    }
}

void guest_memory_changed(uint32_t pa, const void *before, uint32_t bytes)
{
    if (cpu.machine.oracle && frames_is_table(pa >> PAGE_SHIFT))
        table_changed(pa, before, bytes);
    if (frames_code(pa >> PAGE_SHIFT) && memcmp(before, memory_at(pa), bytes) != 0)
        frames_written(pa >> PAGE_SHIFT);
}

/* ---- pages at hand ---- */

struct guest_page guest_pages[ACCESS_BITS][GUEST_PAGES];

/* Caches the page of a successful access, if it may be cached. */
static void page_note(uint32_t linear, uint32_t access, uint32_t pa)
{
    const struct window_entry *entry =
        window_entries_find(&cpu.machine.window.entries, vaddr(linear));

    if (!entry || !(entry->allows & ~entry->withheld & ACCESS_BIT(access)) ||
        !physical_is_memory(pa) || frames_is_special(pa >> PAGE_SHIFT))
        return;
    *guest_page_slot(linear, access) =
        (struct guest_page){.changes = cpu.machine.window.changes + 1,
                            .page = linear & ~PAGE_OFFSET_MASK,
                            .memory = memory_at(pa & ~PAGE_OFFSET_MASK)};
}

/* ---- the guest's accesses ---- */

static bool read_as(uint32_t linear, void *value, uint32_t bytes, uint32_t access)
{
    const unsigned char *at_hand = guest_at_hand(linear, bytes, access);
    struct pieces pieces;

    if (at_hand) {
        memcpy(value, at_hand, bytes);
        return true;
    }
    if (!pieces_translate(&pieces, linear, access, bytes))
        return false;
    page_note(linear, access, pieces.pa[0]);
    physical_read(pieces.pa[0], value, pieces.bytes[0]);
    if (pieces.count == 2)
        physical_read(pieces.pa[1], (unsigned char *)value + pieces.bytes[0], pieces.bytes[1]);
    return true;
}

static bool write_as(uint32_t linear, const void *value, uint32_t bytes, uint32_t access)
{
    unsigned char *at_hand = guest_at_hand(linear, bytes, access);
    const unsigned char *from = value;
    struct pieces pieces;

    if (at_hand) {
        memcpy(at_hand, value, bytes);
        return true;
    }
    if (!pieces_translate(&pieces, linear, access, bytes))
        return false;
    page_note(linear, access, pieces.pa[0]);
    physical_write(pieces.pa[0], from, pieces.bytes[0]);
    if (pieces.count == 2)
        physical_write(pieces.pa[1], from + pieces.bytes[0], pieces.bytes[1]);
    return true;
}

bool guest_read(uint32_t linear, void *value, uint32_t bytes)
{
    return read_as(linear, value, bytes, cpu_access(false));
}

bool guest_write(uint32_t linear, const void *value, uint32_t bytes)
{
    return write_as(linear, value, bytes, cpu_access(true));
}

bool guest_system_read(uint32_t linear, void *value, uint32_t bytes)
{
    return read_as(linear, value, bytes, MMU_READ);
}

bool guest_system_write(uint32_t linear, const void *value, uint32_t bytes)
{
    return write_as(linear, value, bytes, MMU_WRITE);
}

bool guest_probe_write(uint32_t linear, uint32_t bytes)
{
    struct pieces pieces;

    return guest_at_hand(linear, bytes, cpu_access(true)) ||
           pieces_translate(&pieces, linear, cpu_access(true), bytes);
}

/* ---- code ---- */

bool guest_translate_code(uint32_t linear, uint32_t *pa)
{
    if (!translate(linear, cpu_access(false), pa))
        return false;
    page_note(linear, cpu_access(false), *pa);
    if (physical_is_memory(*pa))
        return true;
    cpu_stop_text(EVENT_UNSUPPORTED, "the kernel executes device memory at 0x%08x", linear);
    return false;
}

static const unsigned char *fetch_pointer(uint32_t va)
{
    struct window_entry *entry = window_entries_find(&cpu.machine.window.entries, vaddr(va));
    struct mmu_walk walk;

    if (entry && (entry->allows & ACCESS_BIT(cpu_access(false))))
        return memory_at(entry->pa.value + (va - entry->va.value));
    if (!mmu_peek(&cpu.machine.mmu, vaddr(va), cpu_access(false), &walk))
        return NULL;
    return memory_at(walk.pa.value);
}

uint32_t guest_fetch(uint32_t eip, unsigned char bytes[15])
{
    uint32_t va = cpu.segment[SEG_CS].base + eip;
    uint32_t first = PAGE_SIZE - (va & PAGE_OFFSET_MASK);
    uint32_t here = first < 15 ? first : 15;
    const unsigned char *from = fetch_pointer(va);

    if (!from)
        return 0;
    memcpy(bytes, from, here);
    if (here == 15)
        return 15;
    from = fetch_pointer(va + here);
    if (!from)
        return here;
    memcpy(bytes + here, from, 15 - here);
    return 15;
}

/* ---- the stack ---- */

static uint32_t stack_pointer_moved(uint32_t by)
{
    uint32_t esp = cpu_general(ESP);

    return cpu_stack_is_big() ? esp + by : (esp & ~0xffffu) | ((esp + by) & 0xffffu);
}

static uint32_t stack_offset(uint32_t esp)
{
    return cpu_stack_is_big() ? esp : esp & 0xffffu;
}

bool guest_push(uint32_t value, uint32_t bytes)
{
    uint32_t esp = stack_pointer_moved(0u - bytes);
    uint32_t linear;

    if (!guest_linear(SEG_SS, stack_offset(esp), bytes, true, &linear) ||
        !guest_write(linear, &value, bytes))
        return false;
    cpu_general_set(ESP, esp);
    return true;
}

bool guest_pop(uint32_t *value, uint32_t bytes)
{
    uint32_t linear;

    *value = 0;
    if (!guest_linear(SEG_SS, stack_offset(cpu_general(ESP)), bytes, false, &linear) ||
        !guest_read(linear, value, bytes))
        return false;
    cpu_general_set(ESP, stack_pointer_moved(bytes));
    return true;
}

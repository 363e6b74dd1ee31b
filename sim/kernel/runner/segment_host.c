#include "runner/segment_rules.h"

#include <asm/ldt.h>
#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The host's LDT is a cache of segments. An entry is found by its contents, and an entry that no
 * segment register selects may be overwritten. The first entries are the flat segments of ring 0,
 * which stay.
 */
#define ENTRIES 64u

enum { ENTRY_FLAT_CODE, ENTRY_FLAT_DATA, ENTRIES_FIXED };

/* CPUID names the hypervisor (Linux Documentation/virt/kvm/x86/cpuid.rst). */
#define CPUID_HYPERVISOR      0x80000000u /* of leaf 1, ECX */
#define CPUID_HYPERVISOR_NAME 0x40000000u
#define CPUID_NAME_TCGT       0x54474354u /* EBX: the first four letters */

#define MODIFY_LDT_WRITE   0x11
#define SELECTOR_OF(entry) ((uint16_t)((entry) << 3 | SELECTOR_LOCAL | 3u))
#define HOST_PAGE_LIMIT    0x100000u /* limits from here on are given in pages */

enum entry_kind {
    KIND_CODE = 1,
    KIND_DOWN = 2,      /* data that expands down */
    KIND_PROTECTED = 4, /* data: not writable; code: not readable */
    KIND_16_BIT = 8,    /* SS: SP is used; KIND_DOWN: the segment ends at 64 KiB */
    KIND_USED = 16
};

struct entry {
    uint32_t base, limit; /* the guest's base; the offset of the last byte, or for KIND_DOWN of the
                             byte before the first */
    uint32_t kind;
};

/* The last selection of a segment register, in rings 0-2 and in ring 3. */
struct selection {
    uint32_t base, limit;
    uint16_t rights;
    uint16_t selector;
};

#define RIGHTS_NONE 0x0100u /* rights that no segment has */

static struct entry entries[ENTRIES];
static uint32_t last_written;
static struct selection selections[SEGMENT_COUNT][2];
static uint32_t user_end;

/* ---- the contents of an entry ---- */

static const struct entry no_data = {0, UINT32_MAX, KIND_USED | KIND_DOWN};
static const struct entry no_code = {0u - RUNNER_BASE, 0, KIND_USED | KIND_CODE};

static uint32_t kind_of(uint32_t segment, uint32_t rights)
{
    bool code = rights & SEGMENT_TYPE_CODE;
    uint32_t kind = KIND_USED;

    if (segment == SEG_CS)
        return kind | KIND_CODE | (rights & SEGMENT_TYPE_WRITABLE ? 0 : KIND_PROTECTED);
    if (code || !(rights & SEGMENT_TYPE_WRITABLE))
        kind |= KIND_PROTECTED;
    if (!code && (rights & SEGMENT_TYPE_DOWN))
        kind |= KIND_DOWN;
    if ((segment == SEG_SS || (kind & KIND_DOWN)) && !(rights & SEGMENT_BIG))
        kind |= KIND_16_BIT;
    return kind;
}

/* Removes the addresses from `end` on from an entry. The rest has to start at offset 0, so a
   segment that wraps loses more, and one that expands down loses everything; the guest's accesses
   to the lost part trap. */
static struct entry cut(struct entry entry, uint32_t end)
{
    uint64_t top = entry.limit;

    if (entry.kind & KIND_DOWN)
        top = entry.kind & KIND_16_BIT ? 0xffffu : UINT32_MAX;
    if (entry.base + top < end)
        return entry;
    if (entry.base >= end || (entry.kind & KIND_DOWN))
        return entry.kind & KIND_CODE ? no_code : no_data;
    entry.limit = end - 1 - entry.base;
    return entry;
}

static struct entry entry_for(uint32_t segment, const struct segment *guest, uint32_t end)
{
    struct entry entry = {guest->base, guest->limit, kind_of(segment, guest->rights)};

    return end ? cut(entry, end) : entry;
}

/* ---- the host's table ---- */

/* A large limit is given in pages. If it is not the end of a page, it is rounded down, so the entry
   never allows too much. (Only a cut entry, or a hidden part set by the parent, has such a limit.)
 */
static unsigned int limit_field(const struct entry *entry)
{
    uint32_t pages = entry->limit >> 12;

    if (entry->limit < HOST_PAGE_LIMIT)
        return entry->limit;
    if (!(entry->kind & KIND_DOWN) && (entry->limit & 0xfffu) != 0xfffu)
        pages--;
    return pages;
}

static unsigned int contents_field(uint32_t kind)
{
    if (kind & KIND_CODE)
        return MODIFY_LDT_CONTENTS_CODE;
    return kind & KIND_DOWN ? MODIFY_LDT_CONTENTS_STACK : MODIFY_LDT_CONTENTS_DATA;
}

/* Returns 0, or an error number. */
static int write_entry(uint32_t number, const struct entry *entry)
{
    struct user_desc host = {
        .entry_number = number,
        .base_addr = entry->base + RUNNER_BASE,
        .limit = limit_field(entry),
        .seg_32bit = !(entry->kind & KIND_16_BIT),
        .contents = contents_field(entry->kind) & 3u,
        .read_exec_only = (entry->kind & KIND_PROTECTED) != 0,
        .limit_in_pages = entry->limit >= HOST_PAGE_LIMIT,
        .useable = 1,
    };
    /* The kernel returns errors as 32-bit numbers, which the C library takes for success. */
    int result = (int)syscall(SYS_modify_ldt, MODIFY_LDT_WRITE, &host, sizeof host);
    if (result != 0)
        return result == -1 ? errno : -result;
    entries[number] = *entry;
    return 0;
}

static bool is_selected(uint32_t number)
{
    for (uint32_t segment = 0; segment < SEGMENT_COUNT; segment++)
        for (uint32_t ring = 0; ring < 2; ring++)
            if (selections[segment][ring].selector == SELECTOR_OF(number))
                return true;
    return false;
}

_Static_assert(ENTRIES > ENTRIES_FIXED + 2 * SEGMENT_COUNT, "an entry is always free to write");

static uint32_t next_to_write(void)
{
    do
        last_written = last_written + 1 < ENTRIES ? last_written + 1 : ENTRIES_FIXED;
    while (is_selected(last_written));
    return last_written;
}

/* Returns the selector of an equal entry, which it writes if there is none. Stops the guest with
   EVENT_HOST if the host refuses. */
static uint16_t find_or_write(const struct entry *entry)
{
    uint32_t number;

    for (number = 0; number < ENTRIES; number++)
        if (entries[number].kind == entry->kind && entries[number].base == entry->base &&
            entries[number].limit == entry->limit)
            return SELECTOR_OF(number);
    number = next_to_write();
    int error = write_entry(number, entry);
    if (error == 0)
        return SELECTOR_OF(number);
    if ((entry->kind & KIND_16_BIT) && error == EINVAL)
        cpu_stop_text(EVENT_HOST, "A 16-bit stack segment needs a host kernel that was built with "
                                  "CONFIG_X86_16BIT");
    else
        cpu_stop_text(EVENT_HOST, "modify_ldt, for a segment at 0x%08x: %s", entry->base,
                      strerror(error));
    return 0;
}

/* ---- selections ---- */

static void forget_selections(uint32_t ring)
{
    for (uint32_t segment = 0; segment < SEGMENT_COUNT; segment++)
        selections[segment][ring] = (struct selection){.rights = RIGHTS_NONE};
}

/* On some hosts, such as a virtual machine without hardware support, modify_ldt succeeds but the
   processor's LDT stays empty. */
static bool processor_sees(uint32_t number)
{
    uint32_t selector = SELECTOR_OF(number), rights;
    bool valid;

    __asm__ volatile("lar %2, %0" : "=r"(rights), "=@ccz"(valid) : "r"(selector));
    return valid;
}

bool segment_host_create(void)
{
    const struct entry flat_code = {0, UINT32_MAX, KIND_USED | KIND_CODE};
    const struct entry flat_data = {0, UINT32_MAX, KIND_USED};

    memset(entries, 0, sizeof entries);
    last_written = ENTRIES_FIXED - 1;
    user_end = 0;
    forget_selections(0);
    forget_selections(1);
    return write_entry(ENTRY_FLAT_CODE, &flat_code) == 0 &&
           write_entry(ENTRY_FLAT_DATA, &flat_data) == 0 && processor_sees(ENTRY_FLAT_CODE);
}

bool segment_host_checks_limits(void)
{
    uint32_t eax, ebx, ecx, edx;

    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & CPUID_HYPERVISOR))
        return true;
    __cpuid(CPUID_HYPERVISOR_NAME, eax, ebx, ecx, edx);
    return ebx != CPUID_NAME_TCGT;
}

void segment_host_set_user_end(uint32_t end)
{
    if (end == user_end)
        return;
    user_end = end;
    forget_selections(1);
}

uint16_t segment_host_selector(uint32_t segment)
{
    const struct segment *guest = &cpu.segment[segment];
    bool user = cpu.cpl == 3;
    struct selection *last = &selections[segment][user];
    struct entry entry;
    uint16_t selector = 0;

    if (last->base == guest->base && last->limit == guest->limit && last->rights == guest->rights)
        return last->selector;
    if (guest->rights) {
        entry = entry_for(segment, guest, user ? user_end : 0);
        selector = find_or_write(&entry);
        if (!selector)
            return 0;
    }
    *last = (struct selection){guest->base, guest->limit, guest->rights, selector};
    return selector;
}

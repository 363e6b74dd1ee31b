/* The host's LDT: the properties that the processor reports for the selectors of the guest's
   segments. */
#include "kernel/stub_guest.h"
#include "support/test.h"

#include <asm/ldt.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODIFY_LDT_READ  0
#define MODIFY_LDT_WRITE 0x11

static bool host_permits;

static int reset(void **state)
{
    (void)state;
    stub_reset();
    host_permits = segment_host_create();
    return 0;
}

#define SKIP_WITHOUT_LDT()                                                                         \
    do {                                                                                           \
        if (!host_permits)                                                                         \
            skip();                                                                                \
    } while (0)

/* ---- what the processor says ---- */

struct native {
    uint32_t limit;
    uint32_t rights; /* as in struct segment */
    bool readable, writable;
};

static struct native ask_processor(uint16_t selector)
{
    uint32_t wide = selector, rights = 0, limit = 0;
    bool readable, writable, known;

    __asm__ volatile("lar %2, %0" : "=r"(rights), "=@ccz"(known) : "r"(wide));
    __asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"(wide) : "cc");
    __asm__ volatile("verr %w1" : "=@ccz"(readable) : "r"(wide));
    __asm__ volatile("verw %w1" : "=@ccz"(writable) : "r"(wide));
    if (!known)
        rights = limit = 0;
    return (struct native){limit, rights >> 8, readable, writable};
}

static uint32_t load_through(uint16_t selector, uint32_t offset)
{
    uint32_t value;

    __asm__ volatile("mov %w1, %%gs\n\tmov %%gs:(%2), %0\n\tmov %w3, %%gs"
                     : "=&r"(value)
                     : "r"((uint32_t)selector), "r"((uint64_t)offset), "r"(0)
                     : "memory");
    return value;
}

/* ---- one segment at a time ---- */

#define TYPE_AND_BIG 0x400fu /* of rights */

struct host_case {
    const char *name;
    uint32_t segment, cpl, user_end;
    struct segment guest;
    uint32_t limit, rights; /* limit and rights of the host's segment; only TYPE_AND_BIG of the
                               rights */
};

static const struct host_case host_cases[] = {
    {"flat code", SEG_CS, 0, 0, {8, 0xc09b, 0, 0xffffffff}, 0xffffffff, 0x400b},
    {"flat data", SEG_DS, 0, 0, {8, 0xc093, 0, 0xffffffff}, 0xffffffff, 0x4003},
    {"flat stack", SEG_SS, 0, 0, {8, 0xc093, 0, 0xffffffff}, 0xffffffff, 0x4003},
    {"ring 3, no end", SEG_DS, 3, 0, {8, 0xc0f3, 0, 0xffffffff}, 0xffffffff, 0x4003},
    {"the end is ring 3's", SEG_DS, 0, 0x80000000, {8, 0xc093, 0, 0xffffffff}, 0xffffffff, 0x4003},
    {"data to the end", SEG_ES, 3, 0x80000000, {8, 0xc0f3, 0, 0xffffffff}, 0x7fffffff, 0x4003},
    {"code to the end", SEG_CS, 3, 0x80000000, {8, 0xc0fb, 0, 0xffffffff}, 0x7fffffff, 0x400b},
    {"stack to the end", SEG_SS, 3, 0xc0000000, {8, 0xc0f3, 0, 0xffffffff}, 0xbfffffff, 0x4003},
    {"a limit before the end",
     SEG_DS,
     3,
     0x80000000,
     {8, 0xc0f3, 0, 0x7fffefff},
     0x7fffefff,
     0x4003},
    {"an end below 1 MiB", SEG_DS, 3, 0x9000, {8, 0xc0f3, 0, 0xffffffff}, 0x8fff, 0x4003},
    {"a base before the end",
     SEG_DS,
     3,
     0x80000000,
     {8, 0xc0f3, 0x40000000, 0xffffffff},
     0x3fffffff,
     0x4003},
    {"an odd base: less, not more",
     SEG_DS,
     3,
     0x80000000,
     {8, 0xc0f3, 0x40000800, 0xffffffff},
     0x3fffefff,
     0x4003},
    {"a base at the end: nothing",
     SEG_DS,
     3,
     0x80000000,
     {8, 0xc0f3, 0x80000000, 0xffffffff},
     0xffffffff,
     0x4007},
    {"a stack's base at the end: nothing",
     SEG_SS,
     3,
     0x80000000,
     {8, 0xc0f3, 0xc0000000, 0xfff},
     0xffffffff,
     0x4007},
    {"code at the end: nothing", SEG_CS, 3, 0x80000000, {8, 0xc0fb, 0x80000000, 0xfff}, 0, 0x400b},
    {"bytes", SEG_DS, 0, 0, {8, 0x4093, 0x5000, 0x1233}, 0x1233, 0x4003},
    {"the last limit in bytes", SEG_DS, 0, 0, {8, 0x4093, 0x5000, 0xfffff}, 0xfffff, 0x4003},
    {"the first limit in pages", SEG_DS, 0, 0, {8, 0xc093, 0x5000, 0x100fff}, 0x100fff, 0x4003},
    {"one page", SEG_DS, 0, 0, {8, 0xc093, 0x5000, 0xfff}, 0xfff, 0x4003},
    {"no such limit: less", SEG_DS, 0, 0, {8, 0x4093, 0, 0x1ffffe}, 0x1fefff, 0x4003},
    {"read-only data", SEG_DS, 0, 0, {8, 0xc091, 0, 0xffffffff}, 0xffffffff, 0x4001},
    {"readable code as data", SEG_DS, 0, 0, {8, 0xc09b, 0, 0xffffffff}, 0xffffffff, 0x4001},
    {"conforming code as data", SEG_DS, 0, 0, {8, 0xc09f, 0, 0xfff}, 0xfff, 0x4001},
    {"execute-only code", SEG_CS, 0, 0, {8, 0xc099, 0, 0xffffffff}, 0xffffffff, 0x4009},
    {"conforming code", SEG_CS, 0, 0, {8, 0xc09f, 0, 0xffffffff}, 0xffffffff, 0x400b},
    {"16-bit data", SEG_DS, 0, 0, {8, 0x0093, 0, 0xffff}, 0xffff, 0x4003},
    {"16-bit stack", SEG_SS, 0, 0, {8, 0x0093, 0, 0xffff}, 0xffff, 0x0003},
    {"down", SEG_SS, 0, 0, {8, 0xc097, 0, 0x7ffff}, 0x7ffff, 0x4007},
    {"down, in pages", SEG_SS, 0, 0, {8, 0xc097, 0, 0x107fff}, 0x107fff, 0x4007},
    {"down, no such limit: less", SEG_SS, 0, 0, {8, 0xc097, 0, 0x107ffe}, 0x107fff, 0x4007},
    {"down, 16 bits", SEG_DS, 0, 0, {8, 0x0097, 0, 0x7ff}, 0x7ff, 0x0007},
    {"down, and an end: nothing", SEG_DS, 3, 0x80000000, {8, 0xc0f7, 0, 0x7ff}, 0xffffffff, 0x4007},
    {"down, 16 bits before the end", SEG_DS, 3, 0x80000000, {8, 0x00f7, 0, 0x7ff}, 0x7ff, 0x0007},
};

/* Returns whether the host has CONFIG_X86_16BIT, which some distributions' kernels lack. */
static bool host_has_16_bit_segments(void)
{
    struct user_desc entry = {.entry_number = 100, .limit = 1, .useable = 1};

    return syscall(SYS_modify_ldt, MODIFY_LDT_WRITE, &entry, sizeof entry) == 0;
}

TEST(segments)
{
    SKIP_WITHOUT_LDT();
    for (size_t i = 0; i < LENGTH(host_cases); i++) {
        const struct host_case *each = &host_cases[i];
        struct native native;

        if (!(each->rights & SEGMENT_BIG) && !host_has_16_bit_segments())
            continue;
        cpu.cpl = each->cpl;
        segment_host_set_user_end(each->user_end);
        cpu.segment[each->segment] = each->guest;
        native = ask_processor(segment_host_selector(each->segment));
        assert_case(each->name, native.limit, each->limit);
        assert_case(each->name, native.rights & TYPE_AND_BIG, each->rights);
        assert_case(each->name, native.rights & 0xf0, 0xf0); /* present, DPL 3, not system */
        assert_case(each->name, native.writable, (each->rights & 0xa) == 2);
        assert_case(each->name, native.readable, (each->rights & 0xa) != 8);
    }
    assert_int_equal(stub.stops, 0);
}

TEST(unusable)
{
    SKIP_WITHOUT_LDT();
    cpu.segment[SEG_DS] = (struct segment){.selector = 3};
    assert_int_equal(segment_host_selector(SEG_DS), 0);
    assert_int_equal(segment_host_selector(SEG_DS), 0);
    assert_int_equal(segment_host_selector(SEG_ES), 15);
    cpu.segment[SEG_ES] = (struct segment){.selector = 0};
    assert_int_equal(segment_host_selector(SEG_ES), 0);
}

/* The host's linear address is the guest's plus RUNNER_BASE. */
TEST(bases)
{
    static const uint32_t guest_bases[] = {0, 0x1000, 0x00345678, 0x0ffff000};
    const uint32_t va = 0x10000000; /* of the guest */
    uint32_t *page;

    SKIP_WITHOUT_LDT();
    page = mmap((void *)(uintptr_t)(va + RUNNER_BASE), 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == MAP_FAILED)
        skip();
    for (size_t i = 0; i < LENGTH(guest_bases); i++) {
        page[3] = 0x13572468u + (uint32_t)i;
        cpu.segment[SEG_GS] = (struct segment){8, 0xc093, guest_bases[i], UINT32_MAX};
        assert_int_equal(load_through(segment_host_selector(SEG_GS), va + 12 - guest_bases[i]),
                         page[3]);
    }
    munmap(page, 4096);
}

/* ---- the cache ---- */

TEST(same_selectors)
{
    uint16_t code, data, user;

    SKIP_WITHOUT_LDT();
    code = segment_host_selector(SEG_CS);
    data = segment_host_selector(SEG_DS);
    assert_int_equal(code, 7);
    assert_int_equal(data, 15);
    for (uint32_t i = 0; i < SEGMENT_COUNT; i++)
        assert_int_equal(segment_host_selector(i), i == SEG_CS ? code : data);
    segment_host_set_user_end(0x80000000);
    stub_enter_ring(3);
    user = segment_host_selector(SEG_DS);
    assert_int_not_equal(user, data);
    assert_int_equal(segment_host_selector(SEG_ES), user);
    stub_enter_ring(0);
    assert_int_equal(segment_host_selector(SEG_DS), data);
    stub_enter_ring(3);
    assert_int_equal(segment_host_selector(SEG_DS), user);
    segment_host_set_user_end(0);
    assert_int_equal(segment_host_selector(SEG_DS), data);
    segment_host_set_user_end(0x80000000);
    assert_int_equal(segment_host_selector(SEG_DS), user);
}

/* There are many more segments than the host's table has entries: selected segments stay unchanged,
   and each new one is right. */
TEST(more_segments_than_entries)
{
    uint16_t stays, selector;

    SKIP_WITHOUT_LDT();
    cpu.segment[SEG_FS] = (struct segment){8, 0x4093, 0x7000, 0x777};
    stays = segment_host_selector(SEG_FS);
    for (uint32_t i = 0; i < 500; i++) {
        cpu.segment[SEG_GS] = (struct segment){8, 0x4093, i * 0x1000, i};
        cpu.segment[SEG_ES] = (struct segment){8, 0x4093, i * 0x1000, 0x10000 + i};
        selector = segment_host_selector(SEG_GS);
        assert_int_equal(ask_processor(segment_host_selector(SEG_ES)).limit, 0x10000 + i);
        assert_int_equal(ask_processor(selector).limit, i);
        assert_int_equal(segment_host_selector(SEG_GS), selector);
        assert_int_equal(segment_host_selector(SEG_CS), 7);
        assert_int_equal(segment_host_selector(SEG_FS), stays);
        assert_int_equal(ask_processor(stays).limit, 0x777);
    }
    assert_int_equal(stub.stops, 0);
}

TEST(sixteen_bits_refused)
{
    if (!host_permits || host_has_16_bit_segments())
        skip();
    cpu.segment[SEG_SS] = (struct segment){8, 0x0093, 0, 0xffff};
    assert_int_equal(segment_host_selector(SEG_SS), 0);
    assert_int_equal(stub.event.kind, EVENT_HOST);
    assert_non_null(strstr(stub.event.text, "CONFIG_X86_16BIT"));
}

/* ---- the processor as the model of LAR, LSL, VERR and VERW ---- */

TEST(same_as_processor)
{
    static unsigned char table[STUB_LDT_BYTES];
    uint32_t entries = 0;

    SKIP_WITHOUT_LDT();
    for (size_t i = 0; i < LENGTH(host_cases) && i < 24; i++) {
        cpu.segment[host_cases[i].segment] = host_cases[i].guest;
        segment_host_selector(host_cases[i].segment);
    }
    assert_true(syscall(SYS_modify_ldt, MODIFY_LDT_READ, table, sizeof table) > 0);
    stub_store(STUB_LDT, table, sizeof table);
    cpu.cpl = 3;
    for (uint16_t selector = 7; selector < sizeof table; selector = (uint16_t)(selector + 8)) {
        struct native native = ask_processor(selector);
        uint32_t rights = 0, limit = 0;

        entries += native.rights != 0;
        segment_access_rights(selector, &rights);
        segment_limit(selector, &limit);
        assert_int_equal(rights >> 8, native.rights);
        assert_int_equal(limit, native.limit);
        assert_int_equal(segment_verify(selector, false), native.readable);
        assert_int_equal(segment_verify(selector, true), native.writable);
    }
    assert_in_range(entries, 8, 32);
}

TEST_FIXTURES(reset, NULL)

/*
 * The compact form of instructions, and rows of MOVS and STOS, compared with instruction_emulate().
 * From the same random state both must leave the same registers, flags and memory; when the compact
 * form declines, it must have changed nothing. Some of 16 pages are not at hand, differently for
 * reads and writes.
 */
#include "kernel/instruction_stub.h"
#include "replay/random.h"
#include "runner/guest_memory.h"
#include "runner/instruction_quick.h"
#include "support/model_effort.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define CASES       400000u
#define CASES_EACH  20u /* at least, of each operation, executed and not declined */
#define ROWS        3000u
#define TLB_CHANGES 5u /* so far, when pages are noted */
#define PAGES       (STUB_BYTES / PAGE_SIZE)

static uint32_t random_state = 13;

static uint32_t random_below(uint32_t end)
{
    return random32_below(&random_state, end);
}

static bool chance(uint32_t one_in)
{
    return random_below(one_in) == 0;
}

/* ---- states ---- */

struct snapshot {
    uint32_t general[GENERAL_COUNT], eip, eflags;
    unsigned char memory[STUB_BYTES];
};

static struct snapshot before, quick_after, emulated_after;

static void take(struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        snapshot->general[i] = cpu_general(i);
    snapshot->eip = cpu_eip();
    snapshot->eflags = (uint32_t)cpu.host[REG_EFL];
    memcpy(snapshot->memory, stub_memory, STUB_BYTES);
}

static void put_back(const struct snapshot *snapshot)
{
    stub_reset();
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        cpu_general_set(i, snapshot->general[i]);
    cpu_eip_set(snapshot->eip);
    cpu.host[REG_EFL] = snapshot->eflags;
    memcpy(stub_memory, snapshot->memory, STUB_BYTES);
}

static bool is_same(const struct snapshot *left, const struct snapshot *right)
{
    return memcmp(left, right, sizeof *left) == 0;
}

static void randomize_memory(void)
{
    for (uint32_t at = 0; at < STUB_BYTES; at += 4)
        stub_store32(at, chance(2) ? random32(&random_state) : random_below(STUB_BYTES));
}

static void randomize_registers(void)
{
    stub_reset();
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        cpu_general_set(i, chance(4) ? random32(&random_state) : random_below(STUB_BYTES));
    cpu_general_set(ESP, chance(8) ? random32(&random_state) : 0x8000 + random_below(0x2000));
    cpu.host[REG_EFL] = random32(&random_state) & (FLAGS_STATUS | FLAG_DF);
}

/* one_in 0: no page is at hand. */
static void pages_at_hand(uint32_t one_in_is_not)
{
    memset(guest_pages, 0, sizeof guest_pages);
    for (uint32_t page = 0; page < PAGES && one_in_is_not != 0; page++)
        for (uint32_t write = 0; write < 2; write++)
            if (!chance(one_in_is_not))
                *guest_page_slot(page * PAGE_SIZE, write ? MMU_WRITE : MMU_READ) =
                    (struct guest_page){.changes = TLB_CHANGES + 1,
                                        .page = page * PAGE_SIZE,
                                        .memory = stub_memory + page * PAGE_SIZE};
}

/* Let guest_pages be valid for the present state of the TLB. Every reset makes another state. */
static void pages_are_good(void)
{
    cpu.machine.window.changes = TLB_CHANGES;
}

/* ---- the compact form ---- */

/* Bytes of an instruction; the upper half of a displacement is mostly 0. */
static void randomize_bytes(unsigned char *bytes)
{
    for (uint32_t i = 0; i < ZYDIS_MAX_INSTRUCTION_LENGTH; i++)
        bytes[i] = (unsigned char)(i > 3 && !chance(4) ? 0 : random32(&random_state));
    if (chance(6)) { /* two-byte opcodes: SETcc, CMOVcc, Jcc, MOVZX, IMUL */
        static const unsigned char opcodes[] = {0x40, 0x80, 0x90, 0xa8, 0xb0};
        bytes[0] = 0x0f;
        bytes[1] = (unsigned char)(opcodes[random_below(sizeof opcodes)] | random_below(16));
    }
}

static void print_case(const struct instruction *instruction)
{
    for (uint32_t i = 0; i < instruction->decoded.length; i++)
        print_error("%02x ", instruction->bytes[i]);
    print_error("(%s)\n", ZydisMnemonicGetString(instruction->decoded.mnemonic));
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        print_error("%u: before %08x, quick %08x, emulated %08x\n", i, before.general[i],
                    quick_after.general[i], emulated_after.general[i]);
    print_error("EIP %08x %08x %08x, flags %08x %08x %08x\n", before.eip, quick_after.eip,
                emulated_after.eip, before.eflags, quick_after.eflags, emulated_after.eflags);
}

/* Run one case. Returns whether the compact form executed it. */
static bool check_case(const struct instruction *instruction, const struct quick *quick)
{
    take(&before);
    pages_are_good();
    bool executed = quick_execute(quick);
    take(&quick_after);
    assert_false(cpu.exception.pending);
    if (!executed) {
        assert_true(is_same(&before, &quick_after));
        return false;
    }
    put_back(&before);
    enum outcome outcome = instruction_emulate(instruction);
    take(&emulated_after);
    if (outcome != OUTCOME_DONE || !is_same(&quick_after, &emulated_after))
        print_case(instruction);
    assert_int_equal(outcome, OUTCOME_DONE);
    assert_true(is_same(&quick_after, &emulated_after));
    return true;
}

TEST(compact_form_does_the_same)
{
    static uint32_t executed[QUICK_NONE + 1];
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    struct instruction instruction;
    struct quick quick;

    if (RUNNING_ON_VALGRIND) /* it does not see that a native copy was overwritten */
        skip();
    stub_reset();
    randomize_memory();
    for (uint32_t i = 0; i < CASES; i++) {
        randomize_bytes(bytes);
        if (!instruction_decode(bytes, sizeof bytes, &instruction))
            continue;
        quick_make(&instruction, &quick);
        if (quick.operation == QUICK_NONE)
            continue;
        randomize_registers();
        pages_at_hand(8);
        executed[quick.operation] += check_case(&instruction, &quick);
    }
    for (uint32_t operation = 0; operation < QUICK_NONE; operation++) {
        if (executed[operation] < CASES_EACH)
            print_error("operation %u: only %u cases\n", operation, executed[operation]);
        assert_true(executed[operation] >= CASES_EACH);
    }
}

/* Instructions for which the compact form must decline. */
TEST(what_has_none)
{
    static const unsigned char none[][4] = {
        {0x8e, 0xd8},       /* mov ds, ax */
        {0x0f, 0x20, 0xc0}, /* mov eax, cr0 */
        {0x66, 0x50},       /* push ax */
        {0x66, 0xc3},       /* ret, 16 bits */
        {0xcb},             /* retf */
        {0x67, 0x8b, 0x07}, /* mov eax, [bx] */
        {0x6b, 0xc1, 0x07}, /* imul eax, ecx, 7 */
        {0xf7, 0xe9},       /* imul ecx: EDX, too */
        {0x8f, 0x00},       /* pop [eax] */
        {0x66, 0x99},       /* cwd */
        {0xd1, 0xc0},       /* rol */
        {0xff, 0x28},       /* jmp far [eax] */
        {0x0f, 0x01, 0x38}, /* invlpg */
    };
    struct instruction instruction;
    struct quick quick;

    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_true(instruction_decode(none[i], sizeof none[i], &instruction));
        quick_make(&instruction, &quick);
        assert_int_equal(quick.operation, QUICK_NONE);
    }
}

/* After a change in the TLB no page is at hand. */
TEST(pages_hold_until_the_tlb_changes)
{
    stub_reset();
    pages_at_hand(UINT32_MAX);
    pages_are_good();
    assert_ptr_equal(guest_at_hand(0x3004, 4, MMU_READ), stub_memory + 0x3004);
    assert_ptr_equal(guest_at_hand(0x3ffc, 4, MMU_WRITE), stub_memory + 0x3ffc);
    assert_null(guest_at_hand(0x3ffd, 4, MMU_READ)); /* over the page's end */
    assert_null(guest_at_hand(0x3004, 4, MMU_USER | MMU_READ));
    assert_null(guest_at_hand(0x103004, 4, MMU_READ)); /* another page of the same slot */
    cpu.machine.window.changes++;
    assert_null(guest_at_hand(0x3004, 4, MMU_READ));
}

/* ---- rows ---- */

static void emulate_whole(const struct instruction *instruction, struct snapshot *after)
{
    enum outcome outcome;

    do
        outcome = instruction_emulate(instruction);
    while (outcome == OUTCOME_DONE && cpu_eip() == before.eip);
    take(after);
}

TEST(rows_do_the_same)
{
    static const unsigned char opcodes[] = {0xa4, 0xa5, 0xaa, 0xab};
    struct instruction instruction;

    stub_reset();
    randomize_memory();
    for (uint32_t i = 0; i < effort_operations(ROWS); i++) {
        const unsigned char bytes[3] = {chance(4) ? 0x66 : 0x90, 0xf3,
                                        opcodes[random_below(sizeof opcodes)]};
        uint32_t skip = bytes[0] == 0x90;
        assert_true(instruction_decode(bytes + skip, 3 - skip, &instruction));
        randomize_registers();
        cpu.host[REG_EFL] &= ~(greg_t)(chance(4) ? 0 : FLAG_DF);
        cpu_general_set(ECX, random_below(chance(4) ? 3000 : 40));
        cpu_general_set(ESI, random_below(STUB_BYTES));
        cpu_general_set(EDI, chance(3) ? cpu_general(ESI) + random_below(64) - 32
                                       : random_below(STUB_BYTES));
        cpu.segment[SEG_ES].limit = chance(4) ? random_below(STUB_BYTES) : UINT32_MAX;
        uint32_t limit = cpu.segment[SEG_ES].limit;
        take(&before);
        pages_at_hand(6);
        pages_are_good();
        emulate_whole(&instruction, &quick_after);
        put_back(&before);
        cpu.segment[SEG_ES].limit = limit;
        pages_at_hand(0);
        emulate_whole(&instruction, &emulated_after);
        if (!is_same(&quick_after, &emulated_after))
            print_case(&instruction);
        assert_true(is_same(&quick_after, &emulated_after));
    }
}

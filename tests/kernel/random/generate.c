#include "generate.h"

#include "program.h"
#include "special.h"
#include "string.h"
#include "templates.h"

#define CR0_PG 0x80000000u
#define CR0_WP 0x00010000u
#define CR0_TS 0x00000008u

unsigned char window_at_first[HEAP_AREA_PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
uint32_t window_rights[HEAP_AREA_PAGES], code_rights[CODE_PAGES];

/* ---- the window ---- */

/* A number that is normal as a float, and whose word makes a double normal. */
static uint32_t plain_float(void)
{
    return (chance(2) ? 0x80000000u : 0) | (0x3f000000u + below(0x02000000));
}

/* Zero, infinity (of float), a quiet NaN (of float and double), a signalling one (of float). */
static uint32_t float_word(uint32_t entry)
{
    static const uint32_t special[] = {0, 0x7f800000, 0x7ff80001, 0x7fa00001};

    return entry % 16 < 4 ? special[entry % 16] : plain_float();
}

static uint32_t window_word(uint32_t page, uint32_t index)
{
    static const uint32_t selectors[] = {
        SEL_USER_DATA, SEL_DATA3_READ_ONLY, SEL_DATA0,        SEL_DATA3_ABSENT,
        SEL_CODE3,     SEL_CONFORMING0,     SEL_LOCAL_DATA3,  SEL_TSS,
        0x1f8,         SEL_DATA3_SHIFTED,   SEL_LOCAL_ABSENT, 0};

    if (page == FLOAT_PAGE)
        return float_word(index / 4);
    if (page == POINTER_PAGE && index >= 512)
        return index % 2 ? PICK(selectors) | below(4) : below(0x10000);
    return chance(2) ? random_number() : below(0x8000);
}

void window_generate(uint32_t seed)
{
    uint32_t(*words)[PAGE_SIZE / 4] = (void *)window_at_first;

    random_seed(seed, 0xffffffffu);
    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page++)
        for (uint32_t i = 0; i < PAGE_SIZE / 4; i++)
            words[page][i] = window_word(page, i);
    memcpy(window, window_at_first, sizeof window);
}

/* ---- the state ---- */

static uint32_t any_rights(void)
{
    if (!chance(3))
        return PTE_PRESENT | PTE_WRITABLE | PTE_USER;
    return random_number() & (PTE_PRESENT | PTE_WRITABLE | PTE_USER);
}

static void generate_pages(void)
{
    for (uint32_t i = 0; i < HEAP_AREA_PAGES; i++)
        window_rights[i] = any_rights();
    for (uint32_t i = 0; i < 2; i++)
        window_rights[STACK_PAGE + i] = PTE_PRESENT | PTE_WRITABLE | PTE_USER;
    code_rights[0] = PTE_PRESENT | PTE_USER;
    code_rights[1] =
        chance(4) ? random_number() & (PTE_PRESENT | PTE_USER) : PTE_PRESENT | PTE_USER;
}

static uint32_t any_value(void)
{
    static const uint32_t limits[] = {0,          1,          0x7f,       0x80,       0xff,
                                      0x7fff,     0x8000,     0xffff,     0x7fffffff, 0x80000000,
                                      0xfffffffe, 0xffffffff, 0xffff8000, 0xffffff80};

    switch (below(4)) {
    case 0:
        return random_number();
    case 1:
        return PICK(limits);
    default:
        return below(0x4000);
    }
}

static void generate_registers(void)
{
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        before.general[i] = any_value();
    before.general[ESP] = STACK_PAGE * PAGE_SIZE + 0x400 + (below(0x1800) & ~3u);
    if (program.ring != 0 && chance(4))
        before.general[ESP] = chance(2) ? aim(32) : any_value();
    before.eflags = random_number() & 0x247ed5u & ~(chance(8) ? 0 : FLAG_NT);
    if (program.ring != 0 && chance(16))
        before.eflags |= FLAG_TF;
    before.eflags |= 2;
    program.cannot_return = before.eflags & FLAG_NT;
    program.may_trace = before.eflags & FLAG_TF;
}

/* Segments without limits: QEMU does not check them. */
static uint32_t data_selector(void)
{
    static const uint32_t own[] = {SEL_DATA0, SEL_DATA1 | 1, 0, SEL_USER_DATA | 3};

    switch (below(6)) {
    case 0:
        return SEL_DATA3_SHIFTED | 3;
    case 1:
        return SEL_LOCAL_DATA3 | 3;
    default:
        return own[program.ring];
    }
}

static void generate_segments(void)
{
    static const uint32_t codes[] = {SEL_CODE0, SEL_CODE1 | 1, 0, SEL_CODE3 | 3};
    static const uint32_t stacks[] = {SEL_DATA0, SEL_DATA1 | 1, 0, SEL_USER_DATA | 3};
    static const uint32_t user_stacks[] = {SEL_DATA3_SMALL | 3, SEL_LOCAL_DATA3 | 3};

    before.cs = codes[program.ring];
    before.ss = stacks[program.ring];
    if (program.ring == 3 && chance(4))
        before.ss = PICK(user_stacks);
    before.ds = data_selector();
    before.es = data_selector();
    before.fs = data_selector();
    before.gs = data_selector();
    /* The way to an outer ring makes it null. */
    program.keeps_gs = program.ring != 0 && chance(8);
    if (program.keeps_gs)
        before.gs = chance(2) ? SEL_DATA0 : 0;
}

/* Four x87 registers are in use. All exceptions are masked. */
static void generate_fpu(void)
{
    uint32_t top = below(8), used = 0x0f << top;

    program.st_count = 4;
    before_fpu.control = (uint16_t)(0x7f | below(4) << 10 | (chance(2) ? 3 : 2) << 8);
    before_fpu.status = (uint16_t)(top << 11);
    before_fpu.valid = (uint8_t)(used | used >> 8);
    before_fpu.mxcsr = 0x1f80 | below(4) << 13;
    for (uint32_t i = 0; i < 8; i++) {
        before_fpu.st[i][0] = random_number();
        before_fpu.st[i][1] = random_number() | 0x80000000u;
        before_fpu.st[i][2] = (0x3ff0 + below(32)) | (random_number() & 0x8000);
        for (uint32_t j = 0; j < 4; j++)
            before_fpu.xmm[i][j] = chance(8) ? random_number() : plain_float();
    }
}

static uint32_t any_cr0(void)
{
    uint32_t cr0 = CR0_PG | CR0_PE | CR0_NE;

    if (!chance(3))
        cr0 |= CR0_WP;
    if (chance(12)) /* not EM and TS: QEMU reports TS first, for SSE too */
        cr0 |= chance(2) ? CR0_EM : random_number() & (CR0_TS | CR0_MP);
    return cr0;
}

/* ---- the program ---- */

static const struct {
    special_write *write;
    uint32_t weight;
} specials[] = {
    {write_shift, 6},
    {write_double_shift, 2},
    {write_bit_string, 2},
    {write_scan, 1},
    {write_divide, 4},
    {write_string, 8},
    {write_all_registers, 2},
    {write_enter, 2},
    {write_leave, 1},
    {write_xlat, 1},
    {write_absolute, 2},
    {write_jump, 3},
    {write_indirect_jump, 2},
    {write_call, 2},
    {write_return, 2},
    {write_loop, 2},
    {write_far_jump, 2},
    {write_far_call, 2},
    {write_far_return, 3},
    {write_interrupt_return, 3},
    {write_interrupt, 3},
    {write_bound, 1},
    {write_sysenter, 1},
    {write_sysexit, 1},
    {write_segment_move, 4},
    {write_segment_pop, 4},
    {write_segment_push, 1},
    {write_segment_read, 1},
    {write_far_pointer_load, 2},
    {write_descriptor_look, 3},
    {write_table_store, 1},
    {write_table_load, 2},
    {write_popf, 4},
    {write_pushf, 2},
    {write_interrupt_flag, 3},
    {write_port, 2},
    {write_port_string, 1},
    {write_control_read, 1},
    {write_control_write, 2},
    {write_lmsw, 1},
    {write_smsw, 1},
    {write_privileged, 1},
    {write_x87, 8},
    {write_x87_load, 4},
    {write_x87_store, 4},
    {write_x87_control, 2},
    {write_mxcsr, 1},
};

static uint32_t specials_weight(void)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < sizeof specials / sizeof *specials; i++)
        sum += specials[i].weight;
    return sum;
}

static void write_special(void)
{
    static uint32_t sum;
    uint32_t i = 0, at;

    if (sum == 0)
        sum = specials_weight();
    for (at = below(sum); at >= specials[i].weight; i++)
        at -= specials[i].weight;
    specials[i].write();
}

#define INSTRUCTION_BYTES_MAX 40u /* with what goes before it */

static void generate_program(void)
{
    uint32_t instructions = 1 + below(INSTRUCTIONS_MAX);

    program.start = chance(6) ? PAGE_SIZE - 1 - below(16) : below(PAGE_SIZE - PROGRAM_BYTES_MAX);
    while (program.instructions < instructions && !program.ends &&
           program.count < PROGRAM_BYTES_MAX - INSTRUCTION_BYTES_MAX) {
        if (chance(2))
            write_special();
        else
            template_write(&templates[below(template_count)]);
        program.instructions++;
    }
}

static uint32_t any_ring(void)
{
    static const unsigned char rings[] = {0, 0, 0, 1, 3, 3, 3, 3};

    return PICK(rings);
}

void case_generate(uint32_t seed, uint32_t number)
{
    random_seed(seed, number);
    program = (struct program){.ring = any_ring()};
    generate_pages();
    generate_registers();
    generate_segments();
    generate_fpu();
    before.cr0 = any_cr0();
    generate_program();
    if (program.may_be_refused || (before.cr0 & (CR0_TS | CR0_EM)))
        code_rights[1] = PTE_PRESENT | PTE_USER;
    before.esp = before.general[ESP];
    before.eip = program.start;
}

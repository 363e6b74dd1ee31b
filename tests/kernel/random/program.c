#include "program.h"
#include "replay/random.h"

struct program program;

/* ---- numbers ---- */

static uint32_t random_state;

uint32_t random_number(void)
{
    return random32(&random_state);
}

void random_seed(uint32_t seed, uint32_t number)
{
    random_state = (seed * 0x9e3779b1u) ^ (number * 0x85ebca6bu + 0x27d4eb2fu);
    if (random_state == 0)
        random_state = 1;
    for (uint32_t i = 0; i < 4; i++)
        random_number();
}

uint32_t below(uint32_t n)
{
    return random_number() % n;
}

bool chance(uint32_t n)
{
    return below(n) == 0;
}

/* ---- bytes ---- */

void put(uint32_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        program.bytes[program.count++] = (unsigned char)(value >> 8 * i);
}

uint32_t any_register(void)
{
    uint32_t number = below(GENERAL_COUNT);

    return number == ESP && program.ring == 0 ? EBP : number;
}

void set_register(uint32_t number, uint32_t value)
{
    if (program.instructions == 0) {
        before.general[number] = value;
    } else {
        put(0xb8 + number, 1);
        put(value, 4);
    }
}

void leaves_undefined(uint32_t flags)
{
    program.undefined = flags;
    program.undefined_at = program.count;
    program.ends = program.ends || flags;
}

void rewrites_memory(void)
{
    program.rewrites[program.rewrite_count++] = program.count;
}

void changes_fpu_early(void)
{
    program.early[program.early_count++] = program.count;
}

void changes_flags_early(void)
{
    program.early_flags[program.early_flags_count++] = program.count;
}

/* ---- addresses ---- */

static uint32_t any_offset(uint32_t bytes)
{
    if (chance(5))
        return PAGE_SIZE - below(bytes + 2);
    return below(PAGE_SIZE - bytes);
}

uint32_t aim(uint32_t bytes)
{
    return below(HEAP_AREA_PAGES) * PAGE_SIZE + any_offset(bytes);
}

uint32_t aim_float(uint32_t bytes)
{
    return FLOAT_PAGE * PAGE_SIZE + below(PAGE_SIZE / 16) * 16 + (bytes < 8 ? below(4) * 4 : 0);
}

uint32_t aim_stack(void)
{
    return (STACK_PAGE + 1) * PAGE_SIZE + 0x400 + (below(0x400) & ~3u);
}

static struct {
    uint32_t segment; /* the prefix; 0: none */
    bool short_address;
} prefixes;

void choose_prefixes(bool may_read_code)
{
    static const unsigned char segments[] = {0x26, 0x36, 0x3e, 0x64, 0x65};

    prefixes.segment = chance(4) ? PICK(segments) : 0;
    if (prefixes.segment == 0x65 && program.keeps_gs)
        prefixes.segment = 0x64;
    if (may_read_code && chance(16))
        prefixes.segment = 0x2e;
    prefixes.short_address = chance(6);
}

void choose_exact_prefixes(void)
{
    choose_prefixes(false);
    prefixes.short_address = false;
}

static uint32_t selector_base(uint32_t selector)
{
    switch (selector & ~3u) {
    case SEL_DATA3_SHIFTED:
        return DATA3_SHIFTED_BASE;
    case SEL_LOCAL_DATA3:
        return LOCAL_DATA3_BASE;
    default:
        return 0;
    }
}

uint32_t prefixed_base(void)
{
    switch (prefixes.segment) {
    case 0x26:
        return selector_base(before.es);
    case 0x36:
        return selector_base(before.ss);
    case 0x64:
        return selector_base(before.fs);
    case 0x65:
        return selector_base(before.gs);
    default:
        return selector_base(before.ds);
    }
}

uint32_t stack_base(void)
{
    return selector_base(before.ss);
}

void put_exact_memory(uint32_t reg, uint32_t linear)
{
    put(reg << 3 | EBP, 1);
    put(linear - prefixed_base(), 4);
}

void put_prefixes(void)
{
    if (prefixes.short_address)
        put(0x67, 1);
    if (prefixes.segment)
        put(prefixes.segment, 1);
}

void put_registers(uint32_t reg, uint32_t rm)
{
    put(0xc0 | reg << 3 | rm, 1);
}

/* The sum of registers that r/m names with 16-bit addresses. */
static uint32_t short_base(uint32_t rm)
{
    static const unsigned char bases[8] = {EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX};
    static const unsigned char indices[4] = {ESI, EDI, ESI, EDI};

    return before.general[bases[rm]] + (rm < 4 ? before.general[indices[rm]] : 0);
}

static void put_short_memory(uint32_t reg, uint32_t offset)
{
    uint32_t rm = below(8);

    switch (below(4)) {
    case 0: /* the displacement alone */
        put(reg << 3 | 6, 1);
        put(offset, 2);
        break;
    case 1:
        put(0x40 | reg << 3 | rm, 1);
        put(random_number(), 1);
        break;
    default:
        put(0x80 | reg << 3 | rm, 1);
        put(offset - short_base(rm), 2);
    }
}

static void put_indexed(uint32_t reg, uint32_t offset)
{
    uint32_t base = below(8), index = below(8), scale = below(4);
    uint32_t sum = before.general[base];

    if (index != ESP)
        sum += before.general[index] << scale;
    put(0x80 | reg << 3 | ESP, 1);
    put(scale << 6 | index << 3 | base, 1);
    put(offset - sum, 4);
}

static void put_based(uint32_t reg, uint32_t offset, uint32_t mod)
{
    uint32_t base = below(8);

    if (base == ESP || (mod == 0 && base == EBP))
        base = ESI;
    put(mod << 6 | reg << 3 | base, 1);
    if (mod == 1)
        put(random_number(), 1);
    else if (mod == 2)
        put(offset - before.general[base], 4);
}

void put_memory(uint32_t reg, uint32_t offset)
{
    if (prefixes.short_address) {
        put_short_memory(reg, offset);
        return;
    }
    switch (below(8)) {
    case 0:
        put_based(reg, offset, 0);
        break;
    case 1:
        put_based(reg, offset, 1);
        break;
    case 2:
    case 3:
        put_based(reg, offset, 2);
        break;
    case 4:
    case 5:
        put_indexed(reg, offset);
        break;
    default: /* the displacement alone */
        put(reg << 3 | EBP, 1);
        put(offset, 4);
    }
}

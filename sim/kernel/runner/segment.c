#include "runner/guest_memory.h"
#include "runner/segment_rules.h"

_Static_assert(SEGMENT_FLAT_CODE ==
                   (SEGMENT_GRANULAR | SEGMENT_BIG | SEGMENT_PRESENT | SEGMENT_NOT_SYSTEM |
                    SEGMENT_TYPE_CODE | SEGMENT_TYPE_WRITABLE | SEGMENT_TYPE_ACCESSED),
               "the rights are at the places that they have in a descriptor");

/* ---- descriptors ---- */

bool segment_descriptor_at(uint16_t selector, uint32_t *linear)
{
    bool local = selector & SELECTOR_LOCAL;
    uint32_t offset = selector & SELECTOR_INDEX;
    uint32_t limit = local ? cpu.ldt.limit : cpu.gdt.limit;

    *linear = (local ? cpu.ldt.base : cpu.gdt.base) + offset;
    return offset + (DESCRIPTOR_BYTES - 1) <= limit && (!local || cpu.ldt.rights);
}

bool segment_descriptor(uint16_t selector, uint8_t vector, uint32_t descriptor[2])
{
    uint32_t linear;

    if (!segment_descriptor_at(selector, &linear))
        return selector_raise(vector, selector);
    return guest_system_read(linear, descriptor, DESCRIPTOR_BYTES);
}

/*
 *       31          24 23 22 21 20 19    16 15 14 13 12 11   8 7         0
 *      +--------------+--+--+--+--+--------+--+-----+--+------+-----------+
 * [1]  | base 31-24   |G |D |L |A | limit  |P | DPL |S | type | base 23-16|
 *      +--------------+--+--+--+--+--------+--+-----+--+------+-----------+
 * [0]  | base 15-0                | limit 15-0                            |
 *      +--------------------------+---------------------------------------+
 */
struct segment segment_of_descriptor(uint16_t selector, const uint32_t descriptor[2])
{
    uint32_t low = descriptor[0], high = descriptor[1];
    struct segment segment = {
        .selector = selector,
        .rights = (uint16_t)(high >> 8 & 0xf0ffu),
        .base = low >> 16 | (high & 0xffu) << 16 | (high & 0xff000000u),
        .limit = (low & 0xffffu) | (high & 0xf0000u),
    };

    if (segment.rights & SEGMENT_GRANULAR)
        segment.limit = segment.limit << 12 | 0xfffu;
    return segment;
}

bool segment_fetch(uint16_t selector, uint8_t vector, struct segment *segment)
{
    uint32_t descriptor[2];

    if (!segment_descriptor(selector, vector, descriptor))
        return false;
    *segment = segment_of_descriptor(selector, descriptor);
    return true;
}

/* Stores the byte of a descriptor that holds the type, S, DPL and P. */
static bool store_type(const struct segment *segment)
{
    uint8_t type = (uint8_t)segment->rights;
    uint32_t linear;

    segment_descriptor_at(segment->selector, &linear);
    return guest_system_write(linear + 5, &type, sizeof type);
}

bool segment_mark_accessed(struct segment *segment)
{
    if (segment->rights & SEGMENT_TYPE_ACCESSED)
        return true;
    segment->rights |= SEGMENT_TYPE_ACCESSED;
    return store_type(segment);
}

enum outcome segment_unsupported(const char *what, uint16_t selector)
{
    cpu_stop_text(EVENT_UNSUPPORTED, "The runner does not emulate %s (selector 0x%04x, EIP 0x%08x)",
                  what, selector, cpu_eip());
    return OUTCOME_DONE;
}

/* ---- SS, DS, ES, FS, GS ---- */

bool segment_check_stack(uint16_t selector, uint32_t ring, uint8_t vector, struct segment *stack)
{
    const uint32_t kind = SEGMENT_NOT_SYSTEM | SEGMENT_TYPE_CODE | SEGMENT_TYPE_WRITABLE;

    if (selector_is_null(selector))
        return cpu_raise_error(vector, 0);
    if (!segment_fetch(selector, vector, stack))
        return false;
    if ((selector & SELECTOR_RPL) != ring || segment_dpl(stack) != ring ||
        (stack->rights & kind) != (SEGMENT_NOT_SYSTEM | SEGMENT_TYPE_WRITABLE))
        return selector_raise(vector, selector);
    if (!(stack->rights & SEGMENT_PRESENT))
        return selector_raise(VECTOR_SS, selector);
    return segment_mark_accessed(stack);
}

/* Tells if the current ring may use the segment by a selector with this RPL (5.5). */
static bool privilege_suffices(const struct segment *segment, uint16_t selector)
{
    uint32_t dpl = segment_dpl(segment);

    return segment_is_conforming(segment) || (cpu.cpl <= dpl && (selector & SELECTOR_RPL) <= dpl);
}

/* Tells if the segment is data or readable code. */
static bool is_readable(const struct segment *segment)
{
    return (segment->rights & SEGMENT_NOT_SYSTEM) &&
           (segment->rights & (SEGMENT_TYPE_CODE | SEGMENT_TYPE_WRITABLE)) != SEGMENT_TYPE_CODE;
}

static bool check_data(uint16_t selector, struct segment *data)
{
    if (!segment_fetch(selector, VECTOR_GP, data))
        return false;
    if (!is_readable(data) || !privilege_suffices(data, selector))
        return selector_raise(VECTOR_GP, selector);
    if (!(data->rights & SEGMENT_PRESENT))
        return selector_raise(VECTOR_NP, selector);
    return segment_mark_accessed(data);
}

bool segment_load(uint32_t segment, uint16_t selector)
{
    struct segment loaded = {.selector = selector};

    if (segment == SEG_SS) {
        if (!segment_check_stack(selector, cpu.cpl, VECTOR_GP, &loaded))
            return false;
        cpu.inhibited = true;
    } else if (!selector_is_null(selector) && !check_data(selector, &loaded)) {
        return false;
    }
    cpu.segment[segment] = loaded;
    return true;
}

/* ---- CS ---- */

bool segment_check_return(uint16_t selector, struct segment *code)
{
    uint32_t ring = selector & SELECTOR_RPL;
    uint32_t dpl;

    if (selector_is_null(selector))
        return cpu_raise_error(VECTOR_GP, 0);
    if (!segment_fetch(selector, VECTOR_GP, code))
        return false;
    dpl = segment_dpl(code);
    if (!segment_is_code(code) || ring < cpu.cpl ||
        (segment_is_conforming(code) ? dpl > ring : dpl != ring))
        return selector_raise(VECTOR_GP, selector);
    if (!(code->rights & SEGMENT_PRESENT))
        return selector_raise(VECTOR_NP, selector);
    return segment_mark_accessed(code);
}

/* Makes a data segment unusable if the outer ring after a return may not use it. */
static void drop_inner_segment(struct segment *segment)
{
    if (segment->rights && segment_dpl(segment) < cpu.cpl && !segment_is_conforming(segment))
        *segment = (struct segment){0};
}

void segment_set_code(const struct segment *code, uint32_t cpl)
{
    bool outer = cpl > cpu.cpl;

    cpu.segment[SEG_CS] = *code;
    cpu.segment[SEG_CS].selector = (uint16_t)((code->selector & ~SELECTOR_RPL) | cpl);
    if (cpl == cpu.cpl)
        return;
    cpu_set_cpl(cpl);
    if (outer) {
        drop_inner_segment(&cpu.segment[SEG_ES]);
        drop_inner_segment(&cpu.segment[SEG_DS]);
        drop_inner_segment(&cpu.segment[SEG_FS]);
        drop_inner_segment(&cpu.segment[SEG_GS]);
    }
}

/* ---- LDTR and TR ---- */

/* Reads a system descriptor of the GDT, and checks that it has one of two types. */
static bool check_system(uint16_t selector, uint32_t type, uint32_t other_type,
                         struct segment *segment)
{
    uint32_t found;

    if (selector & SELECTOR_LOCAL)
        return selector_raise(VECTOR_GP, selector);
    if (!segment_fetch(selector, VECTOR_GP, segment))
        return false;
    found = segment->rights & SYSTEM_TYPE_MASK;
    if (found != type && found != other_type)
        return selector_raise(VECTOR_GP, selector);
    if (!(segment->rights & SEGMENT_PRESENT))
        return selector_raise(VECTOR_NP, selector);
    return true;
}

bool segment_load_ldt(uint16_t selector)
{
    struct segment table = {.selector = selector};

    if (cpu.cpl != 0)
        return cpu_raise_error(VECTOR_GP, 0);
    if (!selector_is_null(selector) && !check_system(selector, SYSTEM_LDT, SYSTEM_LDT, &table))
        return false;
    cpu.ldt = table;
    return true;
}

bool segment_load_task(uint16_t selector)
{
    struct segment task;

    if (cpu.cpl != 0 || selector_is_null(selector))
        return cpu_raise_error(VECTOR_GP, 0);
    if (!check_system(selector, SYSTEM_TASK, SYSTEM_TASK_16, &task))
        return false;
    task.rights |= SYSTEM_BUSY;
    if (!store_type(&task))
        return false;
    cpu.task = task;
    return true;
}

/* ---- LAR, LSL, VERR, VERW ---- */

#define TYPE_BIT(type) (1u << (type))
#define LIMIT_TYPES                                                                                \
    (TYPE_BIT(SYSTEM_TASK_16) | TYPE_BIT(SYSTEM_LDT) | TYPE_BIT(SYSTEM_TASK_16_BUSY) |             \
     TYPE_BIT(SYSTEM_TASK) | TYPE_BIT(SYSTEM_TASK_BUSY))
#define RIGHTS_TYPES                                                                               \
    (LIMIT_TYPES | TYPE_BIT(SYSTEM_CALL_GATE_16) | TYPE_BIT(SYSTEM_TASK_GATE) |                    \
     TYPE_BIT(SYSTEM_CALL_GATE))

/* Reads a descriptor, and tells if the program may inspect it: one of code, of data, or of the
   given system types. */
static bool visible_descriptor(uint16_t selector, uint32_t system_types, uint32_t descriptor[2],
                               struct segment *segment)
{
    uint32_t linear;

    if (selector_is_null(selector) || !segment_descriptor_at(selector, &linear) ||
        !guest_system_read(linear, descriptor, DESCRIPTOR_BYTES))
        return false;
    *segment = segment_of_descriptor(selector, descriptor);
    return ((segment->rights & SEGMENT_NOT_SYSTEM) ||
            (system_types & TYPE_BIT(segment->rights & 0xfu))) &&
           privilege_suffices(segment, selector);
}

bool segment_access_rights(uint16_t selector, uint32_t *rights)
{
    uint32_t descriptor[2];
    struct segment segment;

    if (!visible_descriptor(selector, RIGHTS_TYPES, descriptor, &segment))
        return false;
    *rights = descriptor[1] & 0x00f0ff00u;
    return true;
}

bool segment_limit(uint16_t selector, uint32_t *limit)
{
    uint32_t descriptor[2];
    struct segment segment;

    if (!visible_descriptor(selector, LIMIT_TYPES, descriptor, &segment))
        return false;
    *limit = segment.limit;
    return true;
}

bool segment_verify(uint16_t selector, bool write)
{
    uint32_t descriptor[2];
    struct segment segment;

    if (!visible_descriptor(selector, 0, descriptor, &segment))
        return false;
    if (!write)
        return is_readable(&segment);
    return !(segment.rights & SEGMENT_TYPE_CODE) && (segment.rights & SEGMENT_TYPE_WRITABLE);
}

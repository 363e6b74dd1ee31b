#include "runner/instruction_quick.h"

#include "runner/guest_memory.h"
#include "runner/instruction_emulation.h"

/* ---- operands ---- */

static uint32_t offset_of(const struct quick *quick)
{
    uint32_t offset = quick->displacement;

    if (quick->base != QUICK_NO_REGISTER)
        offset += cpu_general(quick->base);
    if (quick->index != QUICK_NO_REGISTER)
        offset += cpu_general(quick->index) << quick->scale_shift;
    return offset;
}

/* Returns memory in a segment. NULL if it is not at hand, the segment is not writable data that
   expands up, or the access may exceed its limit. */
static unsigned char *segment_memory(uint32_t number, uint32_t offset, uint32_t bytes, bool write)
{
    const struct segment *segment = &cpu.segment[number];
    const uint32_t kind = SEGMENT_TYPE_CODE | SEGMENT_TYPE_DOWN | SEGMENT_TYPE_WRITABLE;

    if ((segment->rights & kind) != SEGMENT_TYPE_WRITABLE || segment->limit < bytes - 1 ||
        offset > segment->limit - (bytes - 1))
        return NULL;
    return guest_at_hand(segment->base + offset, bytes, cpu_access(write));
}

static uint32_t load(const unsigned char *memory, uint32_t bytes)
{
    uint32_t value = 0;

    if (bytes == 4)
        memcpy(&value, memory, 4);
    else if (bytes == 2)
        memcpy(&value, memory, 2);
    else
        value = *memory;
    return value;
}

static void store(unsigned char *memory, uint32_t bytes, uint32_t value)
{
    if (bytes == 4)
        memcpy(memory, &value, 4);
    else if (bytes == 2)
        memcpy(memory, &value, 2);
    else
        *memory = (unsigned char)value;
}

static uint32_t value_mask(uint32_t bytes)
{
    return 0xffffffffu >> (32 - 8 * bytes);
}

static void register_store(const struct quick_operand *operand, uint32_t value)
{
    uint32_t mask = value_mask(operand->bytes);
    uint32_t rest = cpu_general(operand->number) & ~(mask << operand->shift);

    cpu_general_set(operand->number, rest | (value & mask) << operand->shift);
}

/* Stores an operand's value, and its address if it is in memory. Returns false if it is not at
 * hand. */
static bool operand_load(const struct quick *quick, const struct quick_operand *operand, bool write,
                         unsigned char **memory, uint32_t *value)
{
    switch (operand->kind) {
    case QUICK_REGISTER:
        *value = cpu_general(operand->number) >> operand->shift & value_mask(operand->bytes);
        return true;
    case QUICK_MEMORY:
        *memory = segment_memory(quick->segment, offset_of(quick), operand->bytes, write);
        if (!*memory)
            return false;
        *value = load(*memory, operand->bytes);
        return true;
    default:
        *value = quick->immediate;
        return true;
    }
}

static void result_store(const struct quick *quick, unsigned char *memory, uint32_t value)
{
    if (quick->to.kind == QUICK_MEMORY)
        store(memory, quick->to.bytes, value);
    else
        register_store(&quick->to, value);
}

static bool source_load(const struct quick *quick, uint32_t *value)
{
    unsigned char *memory;

    return operand_load(quick, &quick->from, false, &memory, value);
}

/* ---- operations ---- */

static uint32_t status(void)
{
    return (uint32_t)cpu.host[REG_EFL];
}

static bool arithmetic(const struct quick *quick)
{
    bool writes = quick->operation != QUICK_CMP && quick->operation != QUICK_TEST;
    uint32_t flags = status(), left, right = 0, kept;
    unsigned char *memory = NULL;

    if (!operand_load(quick, &quick->to, writes, &memory, &left) ||
        (quick->from.kind != QUICK_ABSENT && !source_load(quick, &right)))
        return false;
    if (quick->operation >= QUICK_SHL && quick->operation <= QUICK_SAR)
        right &= 31u;
    kept = flags & ~FLAGS_STATUS;
    uint32_t result = quick_arithmetic(quick->operation, quick->to.bytes, left, right, &flags);
    cpu.host[REG_EFL] = (greg_t)(kept | (flags & FLAGS_STATUS));
    if (writes)
        result_store(quick, memory, result);
    return true;
}

static bool complement(const struct quick *quick)
{
    unsigned char *memory = NULL;
    uint32_t value;

    if (!operand_load(quick, &quick->to, true, &memory, &value))
        return false;
    result_store(quick, memory, ~value);
    return true;
}

/* Writes the destination without reading it. */
static bool move(const struct quick *quick, uint32_t value)
{
    unsigned char *memory = NULL;

    if (quick->to.kind == QUICK_MEMORY) {
        memory = segment_memory(quick->segment, offset_of(quick), quick->to.bytes, true);
        if (!memory)
            return false;
    }
    result_store(quick, memory, value);
    return true;
}

static bool move_from(const struct quick *quick, bool is_signed)
{
    uint32_t value;

    if (!source_load(quick, &value))
        return false;
    if (is_signed)
        value = quick->from.bytes == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    return move(quick, value);
}

/* CMOVcc reads its source even if it does not move it. */
static bool move_if(const struct quick *quick)
{
    uint32_t value;

    if (!source_load(quick, &value))
        return false;
    if (condition_is_met(quick->condition, status()))
        register_store(&quick->to, value);
    return true;
}

/* ---- the stack ---- */

static unsigned char *stack_memory(uint32_t esp, bool write)
{
    return cpu_stack_is_big() ? segment_memory(SEG_SS, esp, 4, write) : NULL;
}

static bool push(uint32_t value)
{
    uint32_t esp = cpu_general(ESP) - 4;
    unsigned char *memory = stack_memory(esp, true);

    if (!memory)
        return false;
    store(memory, 4, value);
    cpu_general_set(ESP, esp);
    return true;
}

static bool push_operand(const struct quick *quick)
{
    unsigned char *memory;
    uint32_t value;

    return operand_load(quick, &quick->to, false, &memory, &value) && push(value);
}

static bool pop(const struct quick *quick)
{
    const unsigned char *memory = stack_memory(cpu_general(ESP), false);

    if (!memory)
        return false;
    uint32_t value = load(memory, 4);
    cpu_general_set(ESP, cpu_general(ESP) + 4);
    register_store(&quick->to, value);
    return true;
}

static bool leave(void)
{
    uint32_t ebp = cpu_general(EBP);
    const unsigned char *memory = stack_memory(ebp, false);

    if (!memory)
        return false;
    cpu_general_set(EBP, load(memory, 4));
    cpu_general_set(ESP, ebp + 4);
    return true;
}

/* ---- branches: they set EIP to the target minus their length, which quick_execute() adds ---- */

static bool branch(const struct quick *quick, uint32_t target)
{
    if (target > cpu.segment[SEG_CS].limit)
        return false;
    cpu_eip_set(target - quick->length);
    return true;
}

static bool target_load(const struct quick *quick, uint32_t *target)
{
    unsigned char *memory;

    if (!operand_load(quick, &quick->to, false, &memory, target))
        return false;
    if (quick->to.kind == QUICK_IMMEDIATE)
        *target += cpu_eip() + quick->length;
    return *target <= cpu.segment[SEG_CS].limit;
}

static bool jump(const struct quick *quick)
{
    uint32_t target;

    return target_load(quick, &target) && branch(quick, target);
}

static bool call(const struct quick *quick)
{
    uint32_t target;

    return target_load(quick, &target) && push(cpu_eip() + quick->length) && branch(quick, target);
}

static bool return_near(const struct quick *quick)
{
    const unsigned char *memory = stack_memory(cpu_general(ESP), false);

    if (!memory || !branch(quick, load(memory, 4)))
        return false;
    cpu_general_set(ESP, cpu_general(ESP) + 4 + quick->immediate);
    return true;
}

/* ---- dispatch ---- */

static bool execute(const struct quick *quick)
{
    switch ((enum quick_operation)quick->operation) {
    case QUICK_MOV:
        return move_from(quick, false);
    case QUICK_MOVSX:
        return move_from(quick, true);
    case QUICK_LEA:
        register_store(&quick->to, offset_of(quick));
        return true;
    case QUICK_JCC:
        return !condition_is_met(quick->condition, status()) || jump(quick);
    case QUICK_PUSH:
        return push_operand(quick);
    case QUICK_POP:
        return pop(quick);
    case QUICK_CALL:
        return call(quick);
    case QUICK_RET:
        return return_near(quick);
    case QUICK_JMP:
        return jump(quick);
    case QUICK_LEAVE:
        return leave();
    case QUICK_NOT:
        return complement(quick);
    case QUICK_SETCC:
        return move(quick, condition_is_met(quick->condition, status()));
    case QUICK_CMOVCC:
        return move_if(quick);
    case QUICK_CDQ:
        cpu_general_set(EDX, 0u - (cpu_general(EAX) >> 31));
        return true;
    case QUICK_NOP:
        return true;
    case QUICK_NONE:
        return false;
    default:
        return arithmetic(quick);
    }
}

bool quick_execute(const struct quick *quick)
{
    if (!execute(quick))
        return false;
    cpu_eip_set(cpu_eip() + quick->length);
    return true;
}

#include "call_frames.h"
#include "trace/memory.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_DW

#include "dwarf_file.h"

#include <dwarf.h>

#define DWARF_EIP        8 /* the i386 ABI's number of the return address */
#define EXPRESSION_DEPTH 16u

struct frame_file {
    struct dwarf_file dwarf;
    Dwarf_CFI *debug_frame, *eh_frame; /* NULL: the file has no such section */
};

struct call_frames {
    size_t count;
    struct frame_file *file;
};

/* One step to a caller: a frame's description and the state to which it is applied. */
struct step {
    const struct call_state *state;
    uint32_t cfa; /* canonical frame address: ESP before the call pushed its return address */
    guest_reader *read;
    void *context;
};

/* ---- expressions (DWARF 5, 2.5), as compilers use them for frames ---- */

struct expression {
    const struct step *step;
    uint32_t stack[EXPRESSION_DEPTH];
    uint32_t depth;
    bool is_value; /* the result is the value itself, not its address */
};

static bool push(struct expression *expression, uint32_t value)
{
    if (expression->depth == EXPRESSION_DEPTH)
        return false;
    expression->stack[expression->depth++] = value;
    return true;
}

static bool push_register(struct expression *expression, uint64_t number, uint32_t offset)
{
    return number < GENERAL_COUNT &&
           push(expression, expression->step->state->general[number] + offset);
}

static bool dereference(struct expression *expression)
{
    const struct step *step = expression->step;
    uint32_t address;

    if (expression->depth == 0)
        return false;
    address = expression->stack[--expression->depth];
    return step->read(step->context, address, &expression->stack[expression->depth++],
                      sizeof address);
}

static bool combine(struct expression *expression, uint8_t operation)
{
    if (expression->depth < 2)
        return false;
    uint32_t right = expression->stack[--expression->depth];
    uint32_t *left = &expression->stack[expression->depth - 1u];

    switch (operation) {
    case DW_OP_plus:
        *left += right;
        return true;
    case DW_OP_minus:
        *left -= right;
        return true;
    case DW_OP_and:
        *left &= right;
        return true;
    case DW_OP_shl:
        *left = right < 32u ? *left << right : 0;
        return true;
    case DW_OP_ge:
        *left = (int32_t)*left >= (int32_t)right;
        return true;
    default:
        return false;
    }
}

static bool apply(struct expression *expression, const Dwarf_Op *op)
{
    if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
        return push(expression, op->atom - (uint32_t)DW_OP_lit0);
    if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
        return push_register(expression, op->atom - (uint64_t)DW_OP_breg0, (uint32_t)op->number);
    if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31) {
        expression->is_value = true;
        return push_register(expression, op->atom - (uint64_t)DW_OP_reg0, 0);
    }
    switch (op->atom) {
    case DW_OP_call_frame_cfa:
        return push(expression, expression->step->cfa);
    case DW_OP_plus_uconst:
        return push(expression, (uint32_t)op->number) && combine(expression, DW_OP_plus);
    case DW_OP_bregx:
        return push_register(expression, op->number, (uint32_t)op->number2);
    case DW_OP_addr:
    case DW_OP_const1u:
    case DW_OP_const1s:
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_constu:
    case DW_OP_consts:
        return push(expression, (uint32_t)op->number);
    case DW_OP_deref:
        return dereference(expression);
    case DW_OP_stack_value:
        expression->is_value = true;
        return true;
    default:
        return combine(expression, op->atom);
    }
}

static bool evaluate(struct expression *expression, const Dwarf_Op *ops, size_t count,
                     uint32_t *result)
{
    for (size_t i = 0; i < count; i++)
        if (!apply(expression, &ops[i]))
            return false;
    if (expression->depth == 0)
        return false;
    *result = expression->stack[expression->depth - 1u];
    return true;
}

/* ---- a frame ---- */

static bool find_cfa(struct step *step, Dwarf_Frame *frame)
{
    struct expression expression = {.step = step};
    Dwarf_Op *ops;
    size_t count;

    return dwarf_frame_cfa(frame, &ops, &count) == 0 &&
           evaluate(&expression, ops, count, &step->cfa);
}

/* Find the caller's value of a register. Returns false when it is not known. */
static bool find_register(const struct step *step, Dwarf_Frame *frame, int number, uint32_t *value)
{
    struct expression expression = {.step = step};
    Dwarf_Op memory[3];
    Dwarf_Op *ops;
    size_t count;

    if (dwarf_frame_register(frame, number, memory, &ops, &count) != 0 || ops == NULL)
        return false;
    if (count == 0) { /* unchanged by the function */
        *value = number < (int)GENERAL_COUNT ? step->state->general[number] : 0;
        return number < (int)GENERAL_COUNT;
    }
    if (!evaluate(&expression, ops, count, value))
        return false;
    return expression.is_value || step->read(step->context, *value, value, sizeof *value);
}

static bool apply_frame(struct step *step, Dwarf_Frame *frame, struct call_state *caller)
{
    bool is_signal = false;

    if (!find_cfa(step, frame))
        return false;
    *caller = *step->state;
    for (int i = 0; i < (int)GENERAL_COUNT; i++)
        if (i != ESP)
            find_register(step, frame, i, &caller->general[i]);
    caller->general[ESP] = step->cfa;
    dwarf_frame_info(frame, NULL, NULL, &is_signal);
    caller->is_return_address = !is_signal;
    return find_register(step, frame, DWARF_EIP, &caller->eip);
}

static bool step_by(Dwarf_CFI *cfi, struct step *step, struct call_state *caller)
{
    Dwarf_Frame *frame = NULL;
    uint32_t va = step->state->eip - (step->state->is_return_address ? 1u : 0u);

    if (cfi == NULL || dwarf_cfi_addrframe(cfi, va, &frame) != 0)
        return false;
    bool found = apply_frame(step, frame, caller);
    free(frame);
    return found;
}

static void open_file(struct frame_file *file)
{
    if (file->dwarf.opened)
        return;
    dwarf_file_open(&file->dwarf);
    if (file->dwarf.dwarf != NULL)
        file->debug_frame = dwarf_getcfi(file->dwarf.dwarf);
    if (file->dwarf.elf != NULL)
        file->eh_frame = dwarf_getcfi_elf(file->dwarf.elf);
}

bool call_frames_step(struct call_frames *frames, struct call_state *state, guest_reader *read,
                      void *context)
{
    struct call_state caller;
    struct step step = {.state = state, .read = read, .context = context};

    for (size_t i = 0; i < frames->count; i++) {
        struct frame_file *file = &frames->file[i];
        open_file(file);
        if (step_by(file->debug_frame, &step, &caller) || step_by(file->eh_frame, &step, &caller)) {
            *state = caller;
            return true;
        }
    }
    return false;
}

/* ---- the files ---- */

struct call_frames *call_frames_create(void)
{
    return memory_zeroed(1, sizeof(struct call_frames));
}

void call_frames_add(struct call_frames *frames, const struct elf_file *file)
{
    frames->file = memory_resize(frames->file, frames->count + 1u, sizeof *frames->file);
    frames->file[frames->count++] = (struct frame_file){.dwarf = {.file = file}};
}

void call_frames_destroy(struct call_frames *frames)
{
    if (frames == NULL)
        return;
    for (size_t i = 0; i < frames->count; i++) {
        if (frames->file[i].eh_frame != NULL)
            dwarf_cfi_end(frames->file[i].eh_frame);
        dwarf_file_close(&frames->file[i].dwarf);
    }
    free(frames->file);
    free(frames);
}

#else

struct call_frames {
    size_t count;
};

struct call_frames *call_frames_create(void)
{
    return memory_zeroed(1, sizeof(struct call_frames));
}

void call_frames_add(struct call_frames *frames, const struct elf_file *file)
{
    (void)file;
    frames->count++;
}

void call_frames_destroy(struct call_frames *frames)
{
    free(frames);
}

bool call_frames_step(struct call_frames *frames, struct call_state *state, guest_reader *read,
                      void *context)
{
    (void)frames;
    (void)state;
    (void)read;
    (void)context;
    return false;
}

#endif

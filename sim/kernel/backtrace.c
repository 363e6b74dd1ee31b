#include "backtrace.h"
#include "trace/printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PUSH_EBP 0x55u
#define RET      0xc3u

struct walk {
    const struct backtrace_guest *guest;
    struct call_frames *frames;
    const struct symbols *symbols;
    struct call_state state;
    bool in_handler; /* the walk is in the handler of guest->handled */
};

/* ---- one step ---- */

static bool read32(const struct walk *walk, uint32_t va, uint32_t *value)
{
    return va % 4u == 0 && walk->guest->read(walk->guest->context, va, value, sizeof *value);
}

/* Without symbols every address counts as code. */
static bool is_code(const struct walk *walk, uint32_t va)
{
    const struct symbol *symbol =
        symbols_at(walk->symbols, symbols_linked_address(walk->symbols, va));

    return walk->symbols->count == 0 || (symbol != NULL && symbol->kind != SYMBOL_OBJECT);
}

/*
 * Returns the distance from ESP to the return address while EBP is the caller's; -1 when EBP is the
 * function's own.
 *
 *     f:  push %ebp         0      return address at ESP
 *         mov  %esp, %ebp   4      above the EBP that was pushed
 *         ...              -1
 *         ret               0
 */
static int return_address_offset(const struct walk *walk)
{
    uint32_t eip = walk->state.eip;
    uint32_t linked = symbols_linked_address(walk->symbols, eip);
    const struct symbol *symbol = symbols_at(walk->symbols, linked);
    unsigned char at = 0;
    unsigned char before = 0;

    if (walk->state.is_return_address)
        return -1;
    if (!is_code(walk, eip)) /* the call's target is not a function */
        return 0;
    walk->guest->read(walk->guest->context, eip, &at, 1);
    if (at == RET || (symbol != NULL && symbol->va == linked))
        return 0;
    walk->guest->read(walk->guest->context, eip - 1u, &before, 1);
    return symbol != NULL && linked - symbol->va == 1u && before == PUSH_EBP ? 4 : -1;
}

static bool step_without_frame(struct walk *walk, uint32_t offset)
{
    uint32_t at = walk->state.general[ESP] + offset;

    if (!read32(walk, at, &walk->state.eip))
        return false;
    walk->state.general[ESP] = at + 4u;
    walk->state.is_return_address = true;
    return true;
}

/*
 * EBP ->  the caller's EBP, which must be a higher address
 *             return address
 */
static bool step_by_ebp(struct walk *walk)
{
    uint32_t ebp = walk->state.general[EBP];
    uint32_t frame[2];

    if (ebp < walk->state.general[ESP] || !read32(walk, ebp, &frame[0]) ||
        !read32(walk, ebp + 4u, &frame[1]))
        return false;
    walk->state.general[ESP] = ebp + 8u;
    walk->state.general[EBP] = frame[0];
    walk->state.eip = frame[1];
    walk->state.is_return_address = true;
    return true;
}

static bool step_any(struct walk *walk)
{
    if (is_code(walk, walk->state.eip) &&
        call_frames_step(walk->frames, &walk->state, walk->guest->read, walk->guest->context))
        return true;
    int offset = return_address_offset(walk);
    return offset >= 0 ? step_without_frame(walk, (uint32_t)offset) : step_by_ebp(walk);
}

/* Step to the caller. Its frame must be at a higher address, and the call must return to code. */
static bool step_to_caller(struct walk *walk)
{
    uint32_t esp = walk->state.general[ESP];

    return step_any(walk) && walk->state.general[ESP] > esp && walk->state.eip != 0 &&
           is_code(walk, walk->state.eip - (walk->state.is_return_address ? 1u : 0u));
}

/* Returns whether the frame that the CPU pushed is still on the stack. */
static bool is_in_handler(const struct walk *walk, const struct control_exception *handled)
{
    uint32_t eip;

    return handled != NULL && walk->state.general[ESP] <= handled->frame &&
           read32(walk, handled->frame, &eip) && eip == handled->eip;
}

/*
 *     ESP ->  frames of the handler
 *             EIP, CS, EFLAGS         pushed by the CPU: here the handler's callers end
 *             frames of the interrupted function
 */
static bool step(struct walk *walk)
{
    const struct control_exception *handled = walk->guest->handled;

    if (step_to_caller(walk) && !(walk->in_handler && walk->state.general[ESP] > handled->frame))
        return true;
    if (!walk->in_handler)
        return false;
    walk->in_handler = false;
    memcpy(walk->state.general, handled->general, sizeof walk->state.general);
    walk->state.eip = handled->eip;
    walk->state.is_return_address = false;
    return true;
}

size_t backtrace_walk(const struct backtrace_guest *guest, struct call_frames *frames,
                      const struct symbols *symbols,
                      struct backtrace_call call[BACKTRACE_FRAMES_MAX])
{
    struct walk walk = {guest, frames, symbols, guest->state, false};
    size_t count = 0;

    walk.in_handler = is_in_handler(&walk, guest->handled);
    do
        call[count++] = (struct backtrace_call){walk.state.eip, walk.state.is_return_address};
    while (count < BACKTRACE_FRAMES_MAX && step(&walk));
    return count;
}

/* ---- text ---- */

/* Write the name of an address. Returns its length. */
static size_t put_symbol(const struct symbols *symbols, uint32_t va, uint32_t looked_up,
                         char text[WHERE_BYTES])
{
    const struct symbol *symbol = symbols_at(symbols, looked_up);
    int more = 0;

    if (symbol == NULL)
        return (size_t)snprintf(text, WHERE_BYTES, "0x%08" PRIx32, va);
    size_t used = printable_copy(text, WHERE_BYTES / 2u, symbol->name, strlen(symbol->name));
    if (va != symbol->va)
        more = snprintf(text + used, WHERE_BYTES - used, "+0x%" PRIx32, va - symbol->va);
    return used + (size_t)more;
}

static char *put_where(const struct symbols *symbols, struct lines *lines, uint32_t va,
                       uint32_t looked_up, char text[WHERE_BYTES])
{
    uint32_t linked = symbols_linked_address(symbols, looked_up);
    size_t used = put_symbol(symbols, va + (linked - looked_up), linked, text);
    struct source_line line;
    char file[WHERE_BYTES / 4u];

    if (lines_find(lines, linked, &line)) {
        printable_copy(file, sizeof file, line.file, strlen(line.file));
        snprintf(text + used, WHERE_BYTES - used, " (%s:%" PRIu32 ")", file, line.line);
    }
    return text;
}

char *where_text(const struct symbols *symbols, struct lines *lines, uint32_t va,
                 char text[WHERE_BYTES])
{
    return put_where(symbols, lines, va, va, text);
}

char *where_caller_text(const struct symbols *symbols, struct lines *lines, uint32_t va,
                        char text[WHERE_BYTES])
{
    return put_where(symbols, lines, va, va - 1u, text);
}

char *backtrace_text(const struct backtrace_call *call, size_t count, const struct symbols *symbols,
                     struct lines *lines, char *text, size_t text_bytes)
{
    char where[WHERE_BYTES];
    char line[WHERE_BYTES + 16u];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (call[i].is_return_address)
            where_caller_text(symbols, lines, call[i].eip, where);
        else
            where_text(symbols, lines, call[i].eip, where);
        size_t bytes = (size_t)snprintf(line, sizeof line, "#%zu %s\n", i, where);
        if (used + bytes >= text_bytes)
            break;
        memcpy(text + used, line, bytes + 1u);
        used += bytes;
    }
    return text;
}

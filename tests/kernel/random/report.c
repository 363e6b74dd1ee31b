#include "report.h"

#include "console.h"
#include "generate.h"
#include "program.h"
#include "string.h"

/* QEMU sets neither C1 of the x87 status word, which says how a result was rounded, nor DE, that an
   operand was denormal. */
#define STATUS_COMPARED 0xfdfdu
#define MXCSR_COMPARED  0xfffdu

#define VECTOR_PAGE_FAULT 14u
#define ERROR_PRESENT     1u
#define ERROR_WRITE       2u

#define OPERAND_BYTES_MAX 8u /* that are read and written: CMPXCHG8B */

#define INSTRUCTION_BYTES_MAX 15u

static uint32_t hash;
static bool is_verbose;

static void fold(uint32_t value)
{
    hash = (hash ^ value) * 0x01000193u;
    hash ^= hash >> 15;
}

static void fold_words(const void *of, uint32_t bytes)
{
    const uint32_t *words = of;

    for (uint32_t i = 0; i < bytes / 4; i++)
        fold(words[i]);
}

/* ---- the state ---- */

/* A fault of the instruction itself has not changed them. */
static uint32_t undefined_flags(void)
{
    return after.eip == program.start + program.undefined_at ? 0 : program.undefined;
}

static bool is_at(const uint32_t *offsets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (after.eip == program.start + offsets[i])
            return true;
    return false;
}

static bool is_rewrite_fault(void)
{
    return after.vector == VECTOR_PAGE_FAULT && is_at(program.rewrites, program.rewrite_count);
}

/*
 * A fault of ADD and the like with memory. For QEMU, it is one of the read that goes before the
 * write, if memory may not be read either. Where the operand may lie in two pages, not even the
 * page is compared.
 */
static void drop_rewrite_fault(void)
{
    uint32_t offset = after.cr2 % PAGE_SIZE;

    after.error &= ~ERROR_WRITE;
    if (offset == 0 || offset > PAGE_SIZE - OPERAND_BYTES_MAX) {
        after.cr2 = (after.cr2 + OPERAND_BYTES_MAX - 1) & ~(PAGE_SIZE - 1u);
        after.error &= ~ERROR_PRESENT;
    }
}

/* What QEMU does not do as the manual says, and real processors do: it pushes RF clear, and it does
   not set the exponents when MMX registers are written. */
static void drop_known_differences(void)
{
    after.eflags &= ~FLAG_RF;
    if (is_at(program.early_flags, program.early_flags_count) && after.vector == VECTOR_PAGE_FAULT)
        after.eflags &= ~FLAGS_STATUS;
    if (is_rewrite_fault())
        drop_rewrite_fault();
    for (uint32_t i = 0; i < 8; i++)
        after_fpu.st[i][2] &= program.uses_mmx ? 0 : 0xffff;
}

static void fold_fpu(void)
{
    if (is_at(program.early, program.early_count)) {
        memset(&after_fpu, 0, sizeof after_fpu);
        return;
    }
    after_fpu.status &= STATUS_COMPARED;
    after_fpu.mxcsr &= MXCSR_COMPARED;
    fold(after_fpu.control | (uint32_t)after_fpu.status << 16);
    fold(after_fpu.valid);
    fold(after_fpu.mxcsr);
    for (uint32_t i = 0; i < 8; i++)
        fold_words(after_fpu.st[i], 12);
    fold_words(after_fpu.xmm, sizeof after_fpu.xmm);
}

/* Are the A and D bits of a page of the window compared? Not where QEMU read an operand before it
   could not write it, which may be in two pages. */
static bool is_window_compared(uint32_t page)
{
    uint32_t faulting = after.cr2 / PAGE_SIZE;

    return !is_rewrite_fault() || page + 1 < faulting || page > faulting + 1;
}

/* QEMU may know of an exception before it has read all of the instruction; the runner may read more
 * than that. */
static bool is_code_compared(uint32_t page)
{
    return page == 0 || program.start + program.count + INSTRUCTION_BYTES_MAX <= PAGE_SIZE;
}

static void fold_entries(void)
{
    for (uint32_t i = 0; i < HEAP_AREA_PAGES; i++)
        if (is_window_compared(i))
            fold(sandbox_window_entry(i));
    for (uint32_t i = 0; i < CODE_PAGES; i++)
        if (is_code_compared(i))
            fold(sandbox_code_entry(i));
}

static void fold_descriptor(uint32_t at, uint32_t value)
{
    fold(at);
    fold(value);
    if (is_verbose)
        kprintf("descriptor %x: %x\n", at, value);
}

/* ---- memory ---- */

/* The first word from `index` on that is not as before; the end: none. */
static uint32_t next_difference(const uint32_t *now, const uint32_t *at_first, uint32_t index)
{
    uint32_t count = PAGE_SIZE / 4 - index;
    bool differs;

    now += index;
    at_first += index;
    if (count == 0)
        return PAGE_SIZE / 4;
    __asm__ volatile("repe cmpsl"
                     : "+S"(now), "+D"(at_first), "+c"(count), "=@ccne"(differs)
                     :
                     : "memory");
    return PAGE_SIZE / 4 - count - differs;
}

static void fold_page(uint32_t page)
{
    uint32_t *now = (uint32_t *)window[page];
    const uint32_t *at_first = (const uint32_t *)window_at_first[page];
    uint32_t i = 0;

    while ((i = next_difference(now, at_first, i)) < PAGE_SIZE / 4) {
        fold(page * PAGE_SIZE + i * 4);
        fold(now[i]);
        if (is_verbose)
            kprintf("memory %x: %x\n", page * PAGE_SIZE + i * 4, now[i]);
        now[i] = at_first[i];
    }
}

/* ---- the case, for people ---- */

static void print_bytes(void)
{
    kprintf("code at %x:", CODE_BASE + program.start);
    for (uint32_t i = 0; i < program.count; i++) {
        kprintf(" ");
        console_putc("0123456789abcdef"[program.bytes[i] >> 4]);
        console_putc("0123456789abcdef"[program.bytes[i] & 15]);
    }
    kprintf("\n");
}

static void print_words(const char *name, const void *of, uint32_t count)
{
    const uint32_t *words = of;

    kprintf("%s", name);
    for (uint32_t i = 0; i < count; i++)
        kprintf(" %x", words[i]);
    kprintf("\n");
}

static void print_state(const char *when, const struct state *state)
{
    kprintf("%s eax %x ecx %x edx %x ebx %x esp %x ebp %x esi %x edi %x\n", when,
            state->general[EAX], state->general[ECX], state->general[EDX], state->general[EBX],
            state->general[ESP], state->general[EBP], state->general[ESI], state->general[EDI]);
    kprintf("%s eip %x eflags %x cs %x ss %x ds %x es %x fs %x gs %x cr0 %x\n", when, state->eip,
            state->eflags, state->cs, state->ss, state->ds, state->es, state->fs, state->gs,
            state->cr0);
}

static void print_fpu(const char *when, const struct fpu_state *fpu)
{
    kprintf("%s fcw %x fsw %x ftw %x mxcsr %x\n", when, fpu->control, fpu->status, fpu->valid,
            fpu->mxcsr);
    for (uint32_t i = 0; i < 8; i++)
        print_words(when, fpu->st[i], 3);
    for (uint32_t i = 0; i < 8; i++)
        print_words(when, fpu->xmm[i], 4);
}

static void print_before(uint32_t number)
{
    kprintf("case %u\n", number);
    print_bytes();
    kprintf("undefined flags %x\n", program.undefined);
    print_state("before", &before);
    print_fpu("before", &before_fpu);
}

static void print_after(void)
{
    kprintf("vector %x error %x cr2 %x dr6 %x\n", after.vector, after.error, after.cr2, after.dr6);
    print_state("after ", &after);
    print_fpu("after ", &after_fpu);
    for (uint32_t i = 0; i < HEAP_AREA_PAGES; i++)
        if (is_window_compared(i))
            kprintf("window page %u rights %x\n", i, sandbox_window_entry(i) & 0xfff);
    for (uint32_t i = 0; i < CODE_PAGES; i++)
        if (is_code_compared(i))
            kprintf("code page %u rights %x\n", i, sandbox_code_entry(i) & 0xfff);
}

uint32_t report_case(uint32_t hash_before, uint32_t number, bool verbose)
{
    hash = hash_before;
    is_verbose = verbose;
    after.eflags &= ~undefined_flags();
    drop_known_differences();
    fold_words(&after, sizeof after);
    fold_fpu();
    fold_entries();
    if (verbose) {
        print_before(number);
        print_after();
    }
    for (uint32_t i = 0; i < HEAP_AREA_PAGES; i++)
        if (sandbox_window_entry(i) & PTE_DIRTY)
            fold_page(i);
    sandbox_each_change(fold_descriptor);
    return hash;
}

uint32_t report_window(uint32_t hash_before)
{
    hash = hash_before;
    is_verbose = false;
    for (uint32_t i = 0; i < HEAP_AREA_PAGES; i++)
        fold_page(i);
    return hash;
}

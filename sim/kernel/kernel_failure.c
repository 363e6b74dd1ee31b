/* The last failure in parts, made from the event that ended the run, the present page tables, and
   the names in the kernel's files. */
#include "kernel/kernel_failure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/kernel_state.h"
#include "machine/stale_use.h"
#include "trace/printable.h"

#define VECTOR_PAGE_FAULT     14u
#define INSTRUCTION_BYTES_MAX 15u
#define PART_BYTES            256u

/* ---- addresses and entries ---- */

struct table_walk kernel_table_walk(const struct kernel *kernel, uint32_t va)
{
    const struct control_registers *registers = &kernel->registers;
    struct table_walk walk = {.paging = (registers->cr0 & CR0_PG) != 0};

    if (!walk.paging)
        return walk;
    memcpy(&walk.directory_entry,
           kernel_memory(kernel, mmu_directory_entry_at(registers->cr3, vaddr(va)).value), 4);
    walk.has_table_entry = mmu_names_table(walk.directory_entry, registers->cr4);
    if (walk.has_table_entry)
        memcpy(&walk.table_entry,
               kernel_memory(kernel, mmu_table_entry_at(walk.directory_entry, vaddr(va)).value), 4);
    return walk;
}

/* Copy text of the kernel, and replace characters that cannot be printed. */
static void set_text(char text[FAILURE_TEXT_BYTES], const char *from)
{
    printable_copy(text, FAILURE_TEXT_BYTES, from, strlen(from));
}

static void set_where(struct kernel *kernel, char text[FAILURE_TEXT_BYTES], uint32_t va)
{
    char where[WHERE_BYTES];

    set_text(text, where_text(&kernel->symbols, kernel->lines, va, where));
}

/* Set the place of the call of the function at EIP: its return address is on top of the stack. */
static void set_where_called(struct kernel *kernel, char text[FAILURE_TEXT_BYTES])
{
    const struct control_registers *registers = &kernel->registers;
    char where[WHERE_BYTES];
    uint32_t to;

    if (!kernel_peek(kernel, registers->segment[SEG_SS].base + registers->general[ESP], &to,
                     sizeof to)) {
        set_where(kernel, text, registers->eip);
        return;
    }
    set_text(text, where_caller_text(&kernel->symbols, kernel->lines, to, where));
}

static void set_access(struct kernel_failure *failure, uint32_t va, const char *access)
{
    failure->has_address = true;
    failure->address = va;
    failure->access = access;
}

/* ---- exceptions (Intel SDM vol. 3A, table 6-1) ---- */

static const struct {
    const char *name;
    bool has_error_code;
} exceptions[] = {
    [0] = {"divide error", false},
    [1] = {"debug exception", false},
    [2] = {"non-maskable interrupt", false},
    [3] = {"breakpoint", false},
    [4] = {"overflow", false},
    [5] = {"bound range exceeded", false},
    [6] = {"invalid opcode", false},
    [7] = {"device not available", false},
    [8] = {"double fault", true},
    [9] = {"coprocessor segment overrun", false},
    [10] = {"invalid TSS", true},
    [11] = {"segment not present", true},
    [12] = {"stack fault", true},
    [13] = {"general protection", true},
    [14] = {"page fault", true},
    [16] = {"x87 floating-point error", false},
    [17] = {"alignment check", true},
    [18] = {"machine check", false},
    [19] = {"SIMD floating-point exception", false},
};

#define EXCEPTIONS (sizeof exceptions / sizeof exceptions[0])

static const char *exception_name(uint32_t vector)
{
    return vector < EXCEPTIONS && exceptions[vector].name != NULL ? exceptions[vector].name
                                                                  : "interrupt";
}

static bool exception_has_error_code(uint32_t vector)
{
    return vector < EXCEPTIONS && exceptions[vector].has_error_code;
}

/* ---- faults ---- */

static const char *why_page_fault(const struct table_walk *walk, uint32_t error_code)
{
    if (error_code & FAULT_RESERVED)
        return "a reserved bit is set in the directory entry";
    if (!(walk->directory_entry & PTE_PRESENT))
        return "no page table is present";
    if (!(error_code & FAULT_PRESENT))
        return "the page is not present";
    if (error_code & FAULT_WRITE)
        return "the page is read-only";
    return "the page belongs to the supervisor";
}

/* Returns whether the fetch of the instruction at EIP faulted. The address is then EIP, or the
   start of the page in which the instruction ends. */
static bool is_fetch(uint32_t fault_address, uint32_t eip)
{
    return fault_address == eip ||
           ((fault_address & PAGE_OFFSET_MASK) == 0 && fault_address - eip < INSTRUCTION_BYTES_MAX);
}

static const char *page_fault_access(const struct control_exception *exception)
{
    return exception->error_code & FAULT_WRITE                  ? "write"
           : is_fetch(exception->fault_address, exception->eip) ? "execute"
                                                                : "read";
}

static void page_fault_text(struct kernel *kernel, const struct control_exception *exception,
                            char text[PART_BYTES])
{
    uint32_t address = exception->fault_address, error_code = exception->error_code;
    struct table_walk walk = kernel_table_walk(kernel, address);

    snprintf(text, PART_BYTES,
             "page fault: %s %s at 0x%08" PRIx32 ": %s (error code 0x%" PRIx32 ")",
             error_code & FAULT_USER ? "user" : "kernel", page_fault_access(exception), address,
             why_page_fault(&walk, error_code), error_code);
}

static void exception_text(struct kernel *kernel, const struct control_exception *exception,
                           char text[PART_BYTES])
{
    if (exception->vector == VECTOR_PAGE_FAULT)
        page_fault_text(kernel, exception, text);
    else if (exception_has_error_code(exception->vector))
        snprintf(text, PART_BYTES, "%s (exception %" PRIu32 ", error code 0x%" PRIx32 ")",
                 exception_name(exception->vector), exception->vector, exception->error_code);
    else
        snprintf(text, PART_BYTES, "%s (exception %" PRIu32 ")", exception_name(exception->vector),
                 exception->vector);
}

/* The access of the failure is that of this exception. */
static void set_exception_access(struct kernel_failure *failure,
                                 const struct control_exception *exception)
{
    if (exception->vector == VECTOR_PAGE_FAULT)
        set_access(failure, exception->fault_address, page_fault_access(exception));
}

/* Describe the exception that ended the run. */
static void event_text(struct kernel *kernel, struct kernel_failure *failure, char text[PART_BYTES])
{
    const struct control_exception exception = {.vector = kernel->event.vector,
                                                .error_code = kernel->event.error_code,
                                                .fault_address = kernel->event.fault_address,
                                                .eip = kernel->registers.eip};

    set_exception_access(failure, &exception);
    exception_text(kernel, &exception, text);
}

static void name_exception(struct kernel *kernel, const char *which,
                           const struct control_exception *exception, char line[FAILURE_TEXT_BYTES])
{
    char text[PART_BYTES], where[WHERE_BYTES];

    exception_text(kernel, exception, text);
    snprintf(line, FAILURE_TEXT_BYTES, "%s: %s at %.128s", which, text,
             where_text(&kernel->symbols, kernel->lines, exception->eip, where));
}

/* A failure in an exception's handler is only understood together with that exception. When
   handlers have raised exceptions themselves, the outermost exception is the most useful. */
static void note_handled(struct kernel *kernel, struct kernel_failure *failure)
{
    const struct control_registers *registers = &kernel->registers;
    char which[64];

    if (!registers->handled.in_progress)
        return;
    if (!failure->has_address) /* the failure is no access of its own */
        set_exception_access(failure, &registers->handled);
    name_exception(kernel, "last exception", &registers->handled, failure->exception);
    if (registers->handlers_nested < 2)
        return;
    snprintf(which, sizeof which, "first of %" PRIu32 " nested exceptions",
             registers->handlers_nested);
    name_exception(kernel, which, &registers->first_handled, failure->first_exception);
}

static void note_fault(struct kernel *kernel, struct kernel_failure *failure)
{
    char text[PART_BYTES];

    event_text(kernel, failure, text);
    snprintf(failure->what, sizeof failure->what, "%s; no interrupt descriptor table is loaded",
             text);
}

static void note_triple_fault(struct kernel *kernel, struct kernel_failure *failure)
{
    char text[PART_BYTES];

    event_text(kernel, failure, text);
    snprintf(failure->what, sizeof failure->what,
             "triple fault: neither this exception nor a double fault can be delivered: %s", text);
    note_handled(kernel, failure);
}

static void note_escape(struct kernel *kernel, struct kernel_failure *failure)
{
    failure->kind = "escape";
    set_text(failure->what, kernel->event.text);
}

static void note_stray_return(struct kernel *kernel, struct kernel_failure *failure)
{
    (void)kernel;
    set_access(failure, CONTROL_RETURN_ADDRESS, "execute");
    snprintf(failure->what, sizeof failure->what,
             "a jump to 0x%08x, where calls of the test return to; no call is under way",
             CONTROL_RETURN_ADDRESS);
}

/* ---- panics, and the clock ---- */

static void note_panic(struct kernel *kernel, struct kernel_failure *failure)
{
    const struct control_registers *registers = &kernel->registers;
    char text[PART_BYTES] = "", where[WHERE_BYTES];
    uint32_t argument;

    where_text(&kernel->symbols, kernel->lines, registers->eip, where);
    where[strcspn(where, "+ ")] = '\0';
    if (kernel_peek(kernel, registers->segment[SEG_SS].base + registers->general[ESP] + 4u,
                    &argument, sizeof argument))
        kernel_read_string(kernel, argument, text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    snprintf(failure->what, sizeof failure->what, "panic: %.128s(%s%.256s%s)", where,
             text[0] != '\0' ? "\"" : "", printable(text).text, text[0] != '\0' ? "\"" : "");
    set_where_called(kernel, failure->where);
    note_handled(kernel, failure);
}

static void note_limit(struct kernel *kernel, struct kernel_failure *failure)
{
    char text[FAILURE_TEXT_BYTES + KERNEL_ERROR_BYTES];

    snprintf(text, sizeof text, "still running after %g s%s%s", kernel->limit_seconds,
             kernel->error[0] != '\0' ? "; " : "", kernel->error);
    set_text(failure->what, text);
    note_handled(kernel, failure);
}

static void note_error(struct kernel *kernel, struct kernel_failure *failure)
{
    set_text(failure->what, kernel->error);
}

/* ---- the TLB ---- */

static void stale_missing(const struct control_stale *stale, char text[FAILURE_TEXT_BYTES])
{
    uint32_t page = stale->va & PTE_FRAME_MASK;
    const char *cr3 =
        stale->global ? "; a load of CR3 keeps the entry, which is global" : ", or a load of CR3";

    if (stale->kind == STALE_TABLE)
        snprintf(text, FAILURE_TEXT_BYTES, "invlpg of any address, or a load of CR3");
    else if (stale->kind == STALE_LARGE_PAGE)
        snprintf(text, FAILURE_TEXT_BYTES, "invlpg 0x%08" PRIx32 " (any address in its 4 MiB)%s",
                 page & PDE_LARGE_MASK, cr3);
    else
        snprintf(text, FAILURE_TEXT_BYTES, "invlpg 0x%08" PRIx32 "%s", page, cr3);
}

static void set_changed_at(struct kernel *kernel, struct kernel_failure *failure)
{
    if (kernel->event.stale.changed_at != 0)
        set_where(kernel, failure->changed_at, kernel->event.stale.changed_at);
}

static void note_stale(struct kernel *kernel, struct kernel_failure *failure)
{
    const struct control_stale *stale = &kernel->event.stale;
    const char *access = stale->access & MMU_WRITE ? "write" : "read";

    set_access(failure, stale->va, access);
    set_changed_at(kernel, failure);
    stale_missing(stale, failure->missing);
    snprintf(failure->what, sizeof failure->what, "stale %s: %s %s at 0x%08" PRIx32,
             stale->kind == STALE_TABLE ? "directory entry" : "TLB entry",
             stale->access & MMU_USER ? "user" : "kernel", access, stale->va);
}

/* Describe what the CPU remembers of the frame. */
static void early_free_memory(const struct control_stale *stale, char text[PART_BYTES])
{
    if (stale->kind == STALE_DIRECTORY)
        snprintf(text, PART_BYTES, "CR3 names it as the page directory");
    else if (stale->kind == STALE_TABLE)
        snprintf(text, PART_BYTES, "directory entry %u names it as a page table",
                 directory_index(vaddr(stale->va)));
    else
        snprintf(text, PART_BYTES, "the TLB has an entry for it, at 0x%08" PRIx32, stale->va);
}

static void note_early_free(struct kernel *kernel, struct kernel_failure *failure)
{
    const struct control_stale *stale = &kernel->event.stale;
    char memory[PART_BYTES];

    failure->kind = "early_free";
    failure->has_address = true;
    failure->address = stale->kind == STALE_DIRECTORY ? stale->frame << PAGE_SHIFT : stale->va;
    set_changed_at(kernel, failure);
    if (stale->kind == STALE_DIRECTORY)
        set_text(failure->missing, "a load of CR3 with another directory");
    else
        stale_missing(stale, failure->missing);
    early_free_memory(stale, memory);
    snprintf(failure->what, sizeof failure->what,
             "early free: frame 0x%05" PRIx32 " is freed while %s", stale->frame, memory);
    set_where_called(kernel, failure->where);
}

/* ---- the choice of the description ---- */

struct maker {
    enum kernel_outcome outcome;
    uint32_t event; /* EVENT_NONE: any */
    void (*note)(struct kernel *kernel, struct kernel_failure *failure);
};

/* The first entry that matches the failure is used. */
static const struct maker makers[] = {
    {KERNEL_PANIC, EVENT_NONE, note_panic},
    {KERNEL_TRIPLE_FAULT, EVENT_NONE, note_triple_fault},
    {KERNEL_FAULT, EVENT_ESCAPED, note_escape},
    {KERNEL_FAULT, EVENT_RETURNED, note_stray_return},
    {KERNEL_FAULT, EVENT_NONE, note_fault},
    {KERNEL_STALE_TLB, EVENT_EARLY_FREE, note_early_free},
    {KERNEL_STALE_TLB, EVENT_NONE, note_stale},
    {KERNEL_LIMIT, EVENT_NONE, note_limit},
    {KERNEL_ERROR, EVENT_NONE, note_error},
};

static const struct maker *find_maker(const struct kernel *kernel)
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (makers[i].outcome == kernel->ended &&
            (makers[i].event == EVENT_NONE || makers[i].event == kernel->event.kind))
            return &makers[i];
    return NULL;
}

const struct kernel_failure *kernel_last_failure(struct kernel *kernel)
{
    struct kernel_failure *failure = &kernel->failure;
    const struct maker *maker = find_maker(kernel);

    if (maker == NULL)
        return NULL;
    if (kernel->failure_made)
        return failure;
    *failure = (struct kernel_failure){.kind = kernel_outcome_name(kernel->ended)};
    set_where(kernel, failure->where, kernel->registers.eip);
    maker->note(kernel, failure);
    kernel->failure_made = true;
    return failure;
}

/*
 * The lines of a log of kmem events that are about processes (processes.h). A call is one of
 *
 *     sys_brk(brk: 9b09880)                    sys_brk -> 0x9b09880          ftrace
 *     sys_enter_brk: brk: 0x09b09880           sys_exit_brk: 0x9b09880       perf, trace-cmd
 *     sys_enter: NR 45 (9b09880, 0, 0, ...)    sys_exit: NR 45 = 162568320   raw_syscalls
 *
 * The numbers of raw_syscalls are those of 32-bit x86 Linux.
 */
#include "kmem_fields.h"
#include "log_fields.h"

#include <mm/layout.h>
#include <string.h>

static const struct word address_key = WORD("address=");
static const struct word error_code_key = WORD("error_code=");
static const struct word pid_key = WORD("pid=");
static const struct word old_pid_key = WORD("old_pid=");
static const struct word child_pid_key = WORD("child_pid=");
static const struct word clone_flags_key = WORD("clone_flags=");
static const struct word curr_key = WORD("curr=");
static const struct word type_key = WORD("type=");
static const struct word member_key = WORD("member=");
static const struct word size_key = WORD("size=");
static const struct word file_key = WORD("file=");
static const struct word addr_key = WORD("addr=");
static const struct word len_key = WORD("len=");
static const struct word flags_key = WORD("flags=");
static const struct word low_key = WORD("low=");
static const struct word end_key = WORD("end=");

#define FAULT_WRITE 2u /* the error code's W bit (Intel SDM vol. 3A, 4.7) */
#define PID_MAX     UINT32_MAX

static const struct {
    struct word name;
    uint32_t number; /* arch/x86/entry/syscalls/syscall_32.tbl; 0: it has another name there */
    enum process_call call;
} calls[] = {
    {WORD("mmap_pgoff"), 192, CALL_MMAP}, {WORD("mmap2"), 0, CALL_MMAP},
    {WORD("mmap"), 0, CALL_MMAP},         {WORD("munmap"), 91, CALL_MUNMAP},
    {WORD("brk"), 45, CALL_BRK},          {WORD("mprotect"), 125, CALL_MPROTECT},
    {WORD("mremap"), 163, CALL_MREMAP},   {WORD("madvise"), 219, CALL_MADVISE},
    {WORD("clone"), 120, CALL_CLONE},     {WORD("clone3"), 435, CALL_CLONE3},
    {WORD("fork"), 2, CALL_FORK},         {WORD("vfork"), 190, CALL_VFORK},
    {WORD("execve"), 11, CALL_EXEC},      {WORD("execveat"), 358, CALL_EXEC},
    {WORD("exit"), 1, CALL_OTHER},        {WORD("exit_group"), 252, CALL_OTHER},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static enum process_call call_named(struct word name)
{
    for (size_t i = 0; i < CALLS; i++) {
        if (name.bytes > 0 && words_equal(name, calls[i].name))
            return calls[i].call;
    }
    return CALL_NONE;
}

static enum process_call call_numbered(uint64_t number)
{
    for (size_t i = 0; i < CALLS; i++) {
        if (number != 0 && calls[i].number == number)
            return calls[i].call;
    }
    return CALL_NONE;
}

/* ---- arguments and results ---- */

/* Takes a hexadecimal number, with or without 0x, that ends at a comma, a parenthesis or a blank.
 */
static const char *take_hexadecimal(const char *at, const char *end, uint64_t *number)
{
    const char *stop = at;

    while (stop < end && *stop != ',' && *stop != ')' && *stop != ' ')
        stop++;
    return kmem_pointer((struct word){at, (size_t)(stop - at)}, number) ? stop : NULL;
}

/* Takes "0, len: 2000, prot: 3)", the arguments of a call. Those that are missing are 0. */
static bool take_arguments(struct import *import, const char *at,
                           uint64_t arguments[CALL_ARGUMENTS])
{
    const char *end = import->line.rest.end;

    memset(arguments, 0, CALL_ARGUMENTS * sizeof(*arguments));
    for (uint32_t i = 0; i < CALL_ARGUMENTS; i++) {
        const char *stop = take_hexadecimal(at, end, &arguments[i]);
        const char *comma;
        const char *colon;

        if (stop == NULL)
            return kmem_fail(import, "%s: an argument is no hexadecimal number",
                             word_show(import->line.event).text);
        comma = memchr(stop, ',', (size_t)(end - stop));
        if (comma == NULL)
            return true;
        at = line_skip_blanks(comma + 1, end);
        colon = memmem(at, (size_t)(end - at), ": ", 2);
        comma = memchr(at, ',', (size_t)(end - at));
        if (colon != NULL && (comma == NULL || colon < comma))
            at = colon + 2;
    }
    return true;
}

/* A call whose arguments are of no use here. */
static bool has_no_arguments(enum process_call call)
{
    return call >= CALL_CLONE3;
}

static bool begin_call(struct import *import, enum process_call call, const char *at)
{
    uint64_t arguments[CALL_ARGUMENTS] = {0};

    if (!has_no_arguments(call) && !take_arguments(import, at, arguments))
        return false;
    processes_call(&import->kmem.processes, import->line.pid, call, arguments);
    return true;
}

/* A result as an address: the last 4095 are errors. A 32-bit kernel prints 32 bits, or a decimal
   number that is negative from 2^31 on. */
static int64_t result_of(int64_t printed)
{
    if (printed < -4095)
        return printed & UINT32_MAX;
    return printed > UINT32_MAX - 4095 && printed <= UINT32_MAX ? printed - UINT32_MAX - 1
                                                                : printed;
}

static bool end_call(struct import *import, enum process_call call, const char *at)
{
    uint64_t result;

    if (take_hexadecimal(at, import->line.rest.end, &result) == NULL)
        return kmem_fail(import, "%s: the result is no hexadecimal number",
                         word_show(import->line.event).text);
    processes_return(&import->kmem.processes, import->line.pid, call, result_of((int64_t)result));
    return true;
}

/* "NR 45 (9b09880, 0, 0, 0, 0, 0)", "NR 45 = -12" */
static bool on_raw_call(struct import *import, bool enters)
{
    const char *end = import->line.rest.end;
    const char *at = import->line.rest.at;
    enum process_call call;
    uint64_t number;

    at = line_starts(at, end, "NR ") ? line_take_number(at + 3, end, &number) : NULL;
    if (at == NULL || !line_starts(at, end, enters ? " (" : " = "))
        return kmem_fail(import, "%s: expected 'NR' and the number of a call",
                         word_show(import->line.event).text);
    call = call_numbered(number);
    if (call == CALL_NONE || import->kmem.map.base > UINT32_MAX)
        import->kmem.counts[COUNT_OTHER_EVENTS]++;
    else if (enters)
        return begin_call(import, call, at + 2);
    else {
        bool negative = line_starts(at + 3, end, "-");

        if (line_take_number(at + 3 + negative, end, &number) == NULL)
            return kmem_fail(import, "sys_exit: the result is no number");
        processes_return(&import->kmem.processes, import->line.pid, call,
                         result_of(negative ? -(int64_t)number : (int64_t)number));
    }
    return true;
}

static struct word word_between(const char *at, const char *end)
{
    return (struct word){at, (size_t)(end - at)};
}

/* A line of a call with its name. */
struct named_call {
    enum process_call call; /* CALL_NONE: it is of no use here */
    bool enters;
    const char *at; /* its first argument, or its result */
};

/* "sys_enter_brk: brk: 0x09b09880", "sys_exit_brk: 0x9b09880", as perf and trace-cmd print them. */
static struct named_call parse_event_of_call(struct word event, struct line_rest rest)
{
    bool enters = words_start(event, "sys_enter_");
    size_t prefix = strlen(enters ? "sys_enter_" : "sys_exit_");
    const char *colon = memmem(rest.at, (size_t)(rest.end - rest.at), ": ", 2);

    return (struct named_call){
        .call = call_named(word_between(event.text + prefix, event.text + event.bytes)),
        .enters = enters,
        .at = enters && colon != NULL ? colon + 2 : rest.at,
    };
}

/* "sys_brk(brk: 9b09880)", of which the event is "sys_brk(brk"; "sys_fork()"; "sys_brk ->
 * 0x9b09880".
 */
static struct named_call parse_call(struct word event, struct line_rest rest)
{
    const char *name = event.text + strlen("sys_");
    const char *end = event.text + event.bytes;
    const char *parenthesis = memchr(name, '(', (size_t)(end - name));

    if (parenthesis != NULL)
        return (struct named_call){call_named(word_between(name, parenthesis)), true, rest.at};
    if (line_starts(rest.at, rest.end, "-> "))
        return (struct named_call){call_named(word_between(name, end)), false,
                                   rest.at + strlen("-> ")};
    return (struct named_call){CALL_NONE, false, rest.at};
}

static bool on_named_call(struct import *import, bool *known)
{
    struct word event = import->line.event;
    bool is_event = words_start(event, "sys_enter_") || words_start(event, "sys_exit_");
    struct named_call call = is_event ? parse_event_of_call(event, import->line.rest)
                                      : parse_call(event, import->line.rest);

    *known = call.call != CALL_NONE;
    if (!*known)
        return true;
    return call.enters ? begin_call(import, call.call, call.at)
                       : end_call(import, call.call, call.at);
}

/* ---- events ---- */

/* The address of the kernel's own fault may be a name; that of a user's is a number. */
static bool on_fault(struct import *import, bool kernel)
{
    struct word text;
    uint64_t address;
    uint64_t code;

    if (!kmem_take_word(import, address_key, &text) ||
        !kmem_take_pointer(import, error_code_key, &code))
        return false;
    if (!kmem_pointer(text, &address) || (kernel && address >= USER_END))
        import->kmem.counts[COUNT_OTHER_EVENTS]++;
    else
        processes_fault(&import->kmem.processes, import->line.pid, address,
                        (code & FAULT_WRITE) != 0, kernel);
    return true;
}

static bool on_user_fault(struct import *import)
{
    return on_fault(import, false);
}

static bool on_kernel_fault(struct import *import)
{
    return on_fault(import, true);
}

static bool on_new_task(struct import *import)
{
    uint64_t child;
    uint64_t flags;

    if (!kmem_take_number(import, pid_key, PID_MAX, &child) ||
        !kmem_take_pointer(import, clone_flags_key, &flags))
        return false;
    processes_new_task(&import->kmem.processes, import->line.pid, child, flags);
    return true;
}

static bool on_fork(struct import *import)
{
    uint64_t parent;
    uint64_t child;

    if (!kmem_take_number(import, pid_key, PID_MAX, &parent) ||
        !kmem_take_number(import, child_pid_key, PID_MAX, &child))
        return false;
    processes_fork(&import->kmem.processes, parent, child);
    return true;
}

static bool on_exec(struct import *import)
{
    uint64_t pid;
    uint64_t old_pid;

    if (!kmem_take_number(import, pid_key, PID_MAX, &pid) ||
        !kmem_take_number(import, old_pid_key, PID_MAX, &old_pid))
        return false;
    processes_exec(&import->kmem.processes, pid, old_pid);
    return true;
}

static bool on_exit(struct import *import)
{
    uint64_t pid;

    if (!kmem_take_number(import, pid_key, PID_MAX, &pid))
        return false;
    processes_exit(&import->kmem.processes, pid);
    return true;
}

/* "mm_id=0 curr=1 type=MM_ANONPAGES size=69632B", "mm_id=0 curr=1 member=1 size=151552": a count of
   anonymous pages, of the current process. */
static bool on_rss_stat(struct import *import)
{
    struct line_rest *rest = &import->line.rest;
    struct word curr;
    struct word type;
    struct word size;
    uint64_t bytes;

    import->kmem.counts[COUNT_OTHER_EVENTS]++;
    if (!kmem_take_field(rest, curr_key, &curr) || !word_is(curr, "1") ||
        !((kmem_take_field(rest, type_key, &type) && word_is(type, "MM_ANONPAGES")) ||
          (kmem_take_field(rest, member_key, &type) && word_is(type, "1"))) ||
        !kmem_take_field(rest, size_key, &size))
        return true;
    size.bytes -= size.bytes > 0 && size.text[size.bytes - 1] == 'B';
    if (kmem_number(size, &bytes))
        processes_compare(&import->kmem.processes, import->line.pid, bytes / PAGE_SIZE);
    return true;
}

/* The probe on mmap_region(): flags are those of the region. */
static bool on_map_region(struct import *import)
{
    uint64_t file;
    uint64_t start;
    uint64_t bytes;
    uint64_t flags;

    if (!kmem_take_pointer(import, file_key, &file) ||
        !kmem_take_pointer(import, addr_key, &start) ||
        !kmem_take_pointer(import, len_key, &bytes) ||
        !kmem_take_pointer(import, flags_key, &flags))
        return false;
    processes_map(&import->kmem.processes, import->line.pid, start, bytes, file != 0, flags);
    return true;
}

/* The probe on vm_brk_flags(), with which execve maps the zeros of a program. */
static bool on_map_bss(struct import *import)
{
    uint64_t start;
    uint64_t bytes;

    if (!kmem_take_pointer(import, addr_key, &start) || !kmem_take_pointer(import, len_key, &bytes))
        return false;
    processes_map(&import->kmem.processes, import->line.pid, start, bytes, false, PROCESS_VM_WRITE);
    return true;
}

/* The probe on expand_stack(). */
static bool on_map_stack(struct import *import)
{
    uint64_t start;
    uint64_t end;

    if (!kmem_take_pointer(import, low_key, &start) || !kmem_take_pointer(import, end_key, &end))
        return false;
    processes_grow_stack(&import->kmem.processes, import->line.pid, start, end);
    return true;
}

static bool on_raw_enter(struct import *import)
{
    return on_raw_call(import, true);
}

static bool on_raw_exit(struct import *import)
{
    return on_raw_call(import, false);
}

static const struct {
    struct word name;
    bool (*handle)(struct import *import);
} events[] = {
    {WORD("page_fault_user"), on_user_fault},
    {WORD("rss_stat"), on_rss_stat},
    {WORD("page_fault_kernel"), on_kernel_fault},
    {WORD("map_region"), on_map_region},
    {WORD("task_newtask"), on_new_task},
    {WORD("sched_process_fork"), on_fork},
    {WORD("sched_process_exec"), on_exec},
    {WORD("sched_process_exit"), on_exit},
    {WORD("map_bss"), on_map_bss},
    {WORD("map_stack"), on_map_stack},
    {WORD("sys_enter"), on_raw_enter},
    {WORD("sys_exit"), on_raw_exit},
};

bool kmem_process_handle(struct import *import, bool *known)
{
    struct word event = import->line.event;

    *known = true;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (words_equal(event, events[i].name))
            return events[i].handle(import);
    }
    if (words_start(event, "sys_"))
        return on_named_call(import, known);
    *known = false;
    return true;
}

/* ---- frames ---- */

/* "GFP_KERNEL_ACCOUNT|__GFP_HIGHMEM|__GFP_ZERO": GFP_PGTABLE_USER, as no other request is. */
static bool is_page_table(struct word flags)
{
    static const char *const texts[] = {"GFP_KERNEL_ACCOUNT|__GFP_ZERO",
                                        "GFP_KERNEL_ACCOUNT|__GFP_HIGHMEM|__GFP_ZERO",
                                        "GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO",
                                        "GFP_KERNEL_ACCOUNT|__GFP_HIGHMEM|__GFP_COMP|__GFP_ZERO"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (word_is(flags, texts[i]))
            return true;
    }
    return false;
}

static bool is_zeroed(struct word flags)
{
    return memmem(flags.text, flags.bytes, "GFP_ZERO", strlen("GFP_ZERO")) != NULL;
}

bool kmem_process_takes(struct import *import, const struct page_request *request, struct word gfp)
{
    struct kmem *kmem = &import->kmem;

    if (request->context != '.' && request->context != '?')
        return false;
    if (request->order == 0 && kmem->slabs_open == 0 && is_page_table(gfp)) {
        kmem->counts[COUNT_PROCESS_TABLES]++;
        return true;
    }
    if (request->page_class != PAGES_USER ||
        !processes_take_frame(&kmem->processes, request->pid, request->order, is_zeroed(gfp)))
        return false;
    kmem->counts[COUNT_PROCESS_PAGES]++;
    return true;
}

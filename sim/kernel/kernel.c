/* Creation and destruction of a kernel, its options, its errors and its output. */
#include "kernel/kernel_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/kernel_ranges.h"
#include "kernel/pc_tables.h"
#include "trace/memory.h"
#include "trace/printable.h"

#define RAM_BYTES     (UINT64_C(64) << 20)
#define LIMIT_SECONDS 60.0

/* ---- errors ---- */

static _Thread_local char create_error[KERNEL_ERROR_BYTES];

const char *kernel_create_error(void)
{
    return create_error;
}

bool kernel_fail_with(struct kernel *kernel, const char *format, ...)
{
    char text[KERNEL_ERROR_BYTES];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    printable_copy(kernel->error, sizeof kernel->error, text, strlen(text));
    return false;
}

const char *kernel_error(const struct kernel *kernel)
{
    return kernel->error;
}

/* ---- outcomes ---- */

static const char *const outcome_names[] = {
    [KERNEL_DONE] = "done",           [KERNEL_RETURNED] = "returned",
    [KERNEL_UNTIL] = "until",         [KERNEL_EXIT] = "exit",
    [KERNEL_HALT] = "halt",           [KERNEL_PANIC] = "panic",
    [KERNEL_FAULT] = "fault",         [KERNEL_TRIPLE_FAULT] = "triple_fault",
    [KERNEL_LIMIT] = "limit",         [KERNEL_ERROR] = "error",
    [KERNEL_STALE_TLB] = "stale_tlb",
};

const char *kernel_outcome_name(enum kernel_outcome outcome)
{
    return (unsigned)outcome <= KERNEL_ERROR ? outcome_names[outcome] : "unknown";
}

enum kernel_outcome kernel_ended(const struct kernel *kernel)
{
    return kernel->refused ? KERNEL_ERROR : kernel->ended;
}

uint32_t kernel_exit_value(const struct kernel *kernel)
{
    return kernel->exit_value;
}

uint64_t kernel_result64(const struct kernel *kernel)
{
    return kernel->result64;
}

/* ---- output ---- */

void kernel_take_output(void *context, const char *bytes, size_t count)
{
    struct kernel *kernel = context;
    struct kernel_output *kept = &kernel->kept;

    if (kernel->output != NULL) {
        kernel->output(kernel->context, bytes, count);
        return;
    }
    kept->bytes = memory_reach(kept->bytes, &kept->capacity, kept->count + count, 1);
    memcpy(kept->bytes + kept->count, bytes, count);
    kept->count += count;
    kept->bytes[kept->count] = '\0';
}

const char *kernel_output(const struct kernel *kernel)
{
    return kernel->kept.bytes != NULL ? kernel->kept.bytes : "";
}

size_t kernel_output_bytes(const struct kernel *kernel)
{
    return kernel->kept.count;
}

struct kernel_counters kernel_counters(const struct kernel *kernel)
{
    struct control_counters counters;

    memcpy(&counters, &kernel->process.control->counters, sizeof counters);
    return (struct kernel_counters){.traps = counters.traps,
                                    .fills = counters.fills,
                                    .faults = counters.faults,
                                    .interrupts = counters.interrupts,
                                    .unknown_ports = counters.unknown_ports,
                                    .seconds = kernel->seconds};
}

/* ---- creation ---- */

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(create_error, sizeof create_error, format, list);
    va_end(list);
    return false;
}

static bool take_options(struct kernel *kernel, const struct kernel_options *options)
{
    uint64_t ram_bytes = options->ram_bytes != 0 ? options->ram_bytes : RAM_BYTES;
    bool mapped =
        options->memmap != NULL
            ? pc_memmap_load(&kernel->map, options->memmap, create_error, sizeof create_error)
            : pc_memmap_for_ram(&kernel->map, ram_bytes, create_error, sizeof create_error);

    if (!mapped)
        return false;
    if (!(options->limit_seconds >= 0.0))
        return refuse("limit_seconds is %g: a limit is not negative, and 0 is %g seconds",
                      options->limit_seconds, LIMIT_SECONDS);
    if (!kernel_ranges_of_map(kernel->range, &kernel->range_count, &kernel->map))
        return refuse("the memory map has more than %u separate ranges", CONTROL_RANGES_MAX);
    kernel->ram_bytes = options->memmap != NULL ? pc_memmap_ram_bytes(&kernel->map) : ram_bytes;
    kernel->limit_seconds = options->limit_seconds > 0.0 ? options->limit_seconds : LIMIT_SECONDS;
    kernel->fill = options->fill;
    kernel->check_tlb = options->check_tlb;
    kernel->interpret = options->interpret;
    kernel->output = options->output;
    kernel->context = options->context;
    return true;
}

/* Fill the RAM except its first page, which has the BIOS data area. */
static void fill_ram(struct kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->map.count && kernel->fill != 0; i++) {
        const struct memmap_range *range = &kernel->map.range[i];
        uint64_t first = range->first < PAGE_SIZE ? PAGE_SIZE : range->first;
        uint64_t end = range->last < ARENA_BYTES ? range->last + 1u : ARENA_BYTES;

        if (!range->usable || first >= end)
            continue;
        arena_note_writes(&kernel->arena, paddr((uint32_t)first), (uint32_t)(end - first));
        memset(kernel_memory(kernel, (uint32_t)first), kernel->fill, end - first);
    }
}

static bool make_machine(struct kernel *kernel, bool patient)
{
    const char *reason;

    if (!arena_create(&kernel->arena, &reason)) {
        kernel->arena = (struct arena){.fd = -1};
        return refuse("%s: %s; a kernel needs memfd_create() and 4 GiB of address space", reason,
                      strerror(errno));
    }
    /* Without seals the runner could shrink the file, and the parent's next access would raise
       SIGBUS. */
    if (fcntl(kernel->arena.fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
        return refuse("cannot seal the file in memory: %s", strerror(errno));
    if (!runner_process_create(&kernel->process, patient, &reason))
        return refuse("%s: %s", reason, strerror(errno));
    memcpy(kernel->process.control->ranges, kernel->range, sizeof kernel->range);
    kernel->process.control->range_count = kernel->range_count;
    kernel->process.control->ram_bytes = kernel->ram_bytes;
    kernel->process.control->check_tlb = kernel->check_tlb;
    kernel->process.control->interpret = kernel->interpret;
    fill_ram(kernel);
    pc_tables_build(kernel->arena.memory);
    return true;
}

static bool start_runner(struct kernel *kernel)
{
    struct runner_program program;

    if (!runner_program_find(&program))
        return refuse("this mmsim was built without Zydis, and cannot run kernels: install "
                      "Debian's libzydis-dev, and build it again");
    return runner_process_start(&kernel->process, &program, kernel->arena.fd, create_error,
                                sizeof create_error);
}

struct kernel *kernel_create(const struct kernel_options *options)
{
    static const struct kernel_options by_default = {.ram_bytes = 0};
    const struct kernel_options *chosen = options != NULL ? options : &by_default;
    struct kernel *kernel = memory_zeroed(1, sizeof *kernel);

    create_error[0] = '\0';
    kernel->arena.fd = -1;
    kernel->timer_slot = CONTROL_STOPS_MAX;
    kernel->lines = lines_create();
    kernel->frames = call_frames_create();
    kernel_registers_reset(&kernel->registers);
    if (take_options(kernel, chosen) && make_machine(kernel, chosen->patient) &&
        start_runner(kernel))
        return kernel;
    kernel_destroy(kernel);
    return NULL;
}

bool kernel_is_interpreted(const struct kernel *kernel)
{
    return kernel->process.control->interpreted;
}

static void free_files(struct kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->module_count; i++) {
        file_bytes_free(&kernel->module_file[i]);
        free((void *)(uintptr_t)kernel->module[i].path);
        free((void *)(uintptr_t)kernel->module[i].words);
    }
    for (size_t i = 0; i < kernel->file_count; i++) {
        elf_file_close(kernel->file[i]);
        free(kernel->file[i]);
    }
}

void kernel_destroy(struct kernel *kernel)
{
    if (kernel == NULL)
        return;
    runner_process_destroy(&kernel->process);
    if (kernel->arena.fd >= 0)
        arena_destroy(&kernel->arena);
    kernel_checkpoint_free(kernel->checkpoint);
    call_frames_destroy(kernel->frames);
    lines_destroy(kernel->lines);
    symbols_free(&kernel->symbols);
    free_files(kernel);
    free(kernel->words);
    free(kernel->kept.bytes);
    free(kernel->report);
    free(kernel);
}

/* `mmsim kernel`: a foreign kernel on the simulated machine. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "machine/numbers.h"
#include "machine/pc_memmap.h"
#include "report/kernel_json.h"
#include "trace/memory.h"

#define CALL_WORDS_MAX 65u /* a symbol and the arguments that kernel_call_arguments() takes */
#define LIMIT_MAX      1e6
#define BLANKS         " \t"

/* ---- output ---- */

/* Write the output as it arrives, for a person who watches a kernel boot. */
static void write_output(void *context, const char *bytes, size_t count)
{
    (void)context;
    fwrite(bytes, 1, count, stdout);
    fflush(stdout);
}

/* ---- options ---- */

static bool read_limit(const struct arguments *arguments, double *seconds)
{
    const char *text = arguments->value[OPTION_LIMIT];
    char *end;

    if (text == NULL)
        return true;
    *seconds = strtod(text, &end);
    if (isdigit((unsigned char)text[0]) && *end == '\0' && *seconds > 0.0 && *seconds <= LIMIT_MAX)
        return true;
    bad_input("--limit %s: expected a number of seconds above 0, up to %.0f", text, LIMIT_MAX);
    return false;
}

/* The file of a map is also read here, so that an error in it is reported as bad input, and not as
   a failed run. */
static bool read_fill(const struct arguments *arguments, uint8_t *fill)
{
    const char *text = arguments->value[OPTION_FILL], *reason;
    uint32_t number = 0;

    if (text != NULL && (!number32_parse(text, &number, &reason) || number > UINT8_MAX)) {
        bad_input("--fill %s: expected a byte, 0 to 255 or 0x00 to 0xff", text);
        return false;
    }
    *fill = (uint8_t)number;
    return true;
}

static bool read_options(const struct arguments *arguments, struct kernel_options *options)
{
    struct pc_memmap map;

    if (arguments_have(arguments, OPTION_RAM) && arguments_have(arguments, OPTION_MEMMAP)) {
        bad_input("--ram and --memmap exclude each other: give one of them");
        return false;
    }
    if (arguments_have(arguments, OPTION_HOOKS) && !arguments_have(arguments, OPTION_CHECK_TLB)) {
        bad_input("--hooks needs --check-tlb: frames that are freed too early are found by it");
        return false;
    }
    options->memmap = arguments->value[OPTION_MEMMAP];
    options->check_tlb = arguments_have(arguments, OPTION_CHECK_TLB);
    options->output = arguments_have(arguments, OPTION_JSON) ? NULL : write_output;
    return size_of_arguments(arguments, OPTION_RAM, PC_RAM_MIN, PC_RAM_MAX, &options->ram_bytes) &&
           (options->memmap == NULL || memmap_read(options->memmap, &map)) &&
           read_limit(arguments, &options->limit_seconds) && read_fill(arguments, &options->fill);
}

/* ---- files ---- */

static bool took(struct kernel *kernel, enum kernel_outcome outcome)
{
    if (outcome != KERNEL_ERROR)
        return true;
    bad_input("%s", kernel_error(kernel));
    return false;
}

/* Parse "FILE WORDS,FILE WORDS". */
static bool load_modules(struct kernel *kernel, const char *list)
{
    bool good = true;
    char *copy = list != NULL ? strdup(list) : NULL;
    char *rest = copy;

    for (char *module; good && rest != NULL && (module = strsep(&rest, ",")) != NULL;) {
        char *words = module + strcspn(module, BLANKS);

        if (*words != '\0')
            *words++ = '\0';
        good = took(kernel, kernel_module(kernel, module, words));
    }
    free(copy);
    return good;
}

static bool load(struct kernel *kernel, const struct arguments *arguments)
{
    const char *append = arguments->value[OPTION_APPEND];
    const char *panic = arguments->value[OPTION_PANIC];
    const char *hooks = arguments->value[OPTION_HOOKS];
    const char *until = arguments->value[OPTION_UNTIL];
    uint32_t va;

    if (append != NULL)
        kernel_append(kernel, append);
    if (!took(kernel, kernel_load(kernel, arguments->words[0])) ||
        !load_modules(kernel, arguments->value[OPTION_MODULE]))
        return false;
    if (panic != NULL && !took(kernel, kernel_panic_symbol(kernel, panic)))
        return false;
    if (until != NULL && !kernel_symbol(kernel, until, &va))
        return took(kernel, KERNEL_ERROR);
    return hooks == NULL || took(kernel, kernel_hooks_file(kernel, hooks));
}

/* ---- calls ---- */

struct call {
    const char *symbol;
    uint32_t argument[CALL_WORDS_MAX];
    size_t count;
};

static bool read_argument(struct kernel *kernel, const char *word, uint32_t *argument)
{
    const char *reason;

    if (!isdigit((unsigned char)word[0])) {
        if (kernel_symbol(kernel, word, argument))
            return true;
        bad_input("--call: %s", kernel_error(kernel));
        return false;
    }
    if (number32_parse(word, argument, &reason))
        return true;
    bad_input("--call: %s: %s", word, reason);
    return false;
}

/* Parse "SYMBOL ARG ...", which is cut into words. */
static bool read_call(struct kernel *kernel, char *text, struct call *call)
{
    char *rest = NULL;
    uint32_t va;

    *call = (struct call){.symbol = strtok_r(text, BLANKS, &rest)};
    if (call->symbol == NULL) {
        bad_input("--call: a symbol is missing; write 'SYMBOL ARG ...'");
        return false;
    }
    if (!read_argument(kernel, call->symbol, &va))
        return false;
    for (char *word; (word = strtok_r(NULL, BLANKS, &rest)) != NULL;) {
        if (call->count == CALL_WORDS_MAX - 1u) {
            bad_input("--call %s: more than %u arguments", call->symbol, CALL_WORDS_MAX - 1u);
            return false;
        }
        if (!read_argument(kernel, word, &call->argument[call->count++]))
            return false;
    }
    return true;
}

/* Parse all calls of --call before the first one is made. */
struct calls {
    char *text;
    struct call *call;
    size_t count, capacity;
};

static bool read_calls(struct kernel *kernel, const char *list, struct calls *calls)
{
    *calls = (struct calls){.text = list != NULL ? strdup(list) : NULL};
    char *rest = calls->text;

    for (char *text; rest != NULL && (text = strsep(&rest, ";")) != NULL; calls->count++) {
        calls->call =
            memory_reach(calls->call, &calls->capacity, calls->count, sizeof calls->call[0]);
        if (!read_call(kernel, text, &calls->call[calls->count]))
            return false;
    }
    return true;
}

static void free_calls(struct calls *calls)
{
    free(calls->call);
    free(calls->text);
}

/* Make the calls, until one does not return. Print the results, unless they are for JSON. */
static void make_calls(const struct calls *calls, struct kernel_json *run, bool print)
{
    for (size_t i = 0; i < calls->count; i++) {
        const struct call *call = &calls->call[i];
        uint32_t result =
            kernel_call_arguments(run->kernel, call->symbol, call->argument, call->count);

        if (kernel_ended(run->kernel) != KERNEL_RETURNED)
            return;
        run->has_result = true;
        run->result = result;
        if (print)
            printf("%s: 0x%08x\n", call->symbol, result);
    }
}

/* ---- the run ---- */

static bool has_failed(enum kernel_outcome outcome)
{
    return outcome == KERNEL_PANIC || outcome == KERNEL_TRIPLE_FAULT || outcome == KERNEL_FAULT ||
           outcome == KERNEL_STALE_TLB || outcome == KERNEL_LIMIT || outcome == KERNEL_ERROR;
}

/* Say which request of the kernel was not met, and that the instructions were emulated, so that
 * their time is not taken for the processor's. This is said on a terminal, or if it may be why the
 * run failed. A script then finds only reports on standard error. */
static void say_how_it_runs(const struct kernel *kernel)
{
    bool too_slow = kernel_ended(kernel) == KERNEL_LIMIT;
    const char *note = kernel_boot_note(kernel);

    if (note[0] != '\0' && (has_failed(kernel_ended(kernel)) || isatty(STDERR_FILENO)))
        fprintf(stderr, "mmsim: note: %s\n", note);
    if (kernel_is_interpreted(kernel) && (too_slow || isatty(STDERR_FILENO)))
        fputs("mmsim: note: this host does not allow 32-bit code segments (modify_ldt), so each "
              "instruction was emulated, which is much slower\n",
              stderr);
}

/* Set the initial state. Returns false after a message if it cannot be set. */
static bool start(struct kernel *kernel, const struct arguments *arguments)
{
    const char *until = arguments->value[OPTION_UNTIL];
    bool boots = arguments_have(arguments, OPTION_BOOT) || until != NULL ||
                 !arguments_have(arguments, OPTION_CALL);

    if (!took(kernel, boots ? kernel_boot(kernel) : kernel_set_boot_state(kernel, NULL)))
        return false;
    if (until != NULL)
        kernel_run_until(kernel, until);
    else if (boots)
        kernel_run(kernel);
    return true;
}

static int finish(const struct kernel_json *run, const struct arguments *arguments)
{
    bool failed = has_failed(kernel_ended(run->kernel));

    if (arguments_have(arguments, OPTION_JSON))
        kernel_print_json(run, stdout);
    fflush(stdout);
    if (failed && kernel_report(run->kernel)[0] != '\0')
        fprintf(stderr, "mmsim: %s", kernel_report(run->kernel));
    else if (failed)
        bad_input("%s", kernel_error(run->kernel));
    return failed ? STATUS_FAILED : STATUS_DONE;
}

static int run_with(struct kernel *kernel, const struct arguments *arguments)
{
    struct kernel_json run = {.kernel = kernel};
    struct calls calls = {.count = 0};
    int status = STATUS_BAD_INPUT;

    if (load(kernel, arguments) && read_calls(kernel, arguments->value[OPTION_CALL], &calls) &&
        start(kernel, arguments)) {
        if (!has_failed(kernel_ended(kernel)))
            make_calls(&calls, &run, !arguments_have(arguments, OPTION_JSON));
        status = finish(&run, arguments);
        say_how_it_runs(kernel);
    }
    free_calls(&calls);
    return status;
}

static int run(const struct arguments *arguments)
{
    struct kernel_options options = {.ram_bytes = 0};

    if (!read_options(arguments, &options))
        return STATUS_BAD_INPUT;
    struct kernel *kernel = kernel_create(&options);
    if (kernel == NULL) {
        bad_input("%s", kernel_create_error());
        return STATUS_FAILED;
    }
    int status = run_with(kernel, arguments);
    kernel_destroy(kernel);
    return status;
}

const struct command command_kernel = {
    .name = "kernel",
    .synopsis = "kernel ELF [--boot] [--until SYMBOL] [--call CALL] [--ram SIZE | --memmap FILE] "
                "[--module FILE] [--append WORDS] [--fill BYTE] [--check-tlb [--hooks FILE]] "
                "[--panic SYMBOL] "
                "[--limit SECONDS] [--json]",
    .summary = "run another i386 kernel, or functions of it, unmodified",
    .operands = {{"ELF", VALUE_FILE, "the kernel, a 32-bit ELF file for the i386", ONCE}},
    .options = MACHINE_OPTIONS | OPTION_BIT(BOOT) | OPTION_BIT(UNTIL) | OPTION_BIT(CALL) |
               OPTION_BIT(MODULE) | OPTION_BIT(APPEND) | OPTION_BIT(FILL) | OPTION_BIT(CHECK_TLB) |
               OPTION_BIT(HOOKS) | OPTION_BIT(PANIC) | OPTION_BIT(LIMIT) | OPTION_BIT(JSON),
    .option_help = {[OPTION_RAM] =
                        "size of the machine's RAM, such as 512M; the memory map is that "
                        "of a PC in QEMU. Default: 64M"},
    .notes = "Without --boot and --call, the kernel is booted. With --call alone, none of its boot "
             "code runs: its program headers say where its memory is mapped. What the kernel "
             "writes to its serial port or to port 0xe9 is standard output. A write to port 0xf4 "
             "and a hlt with interrupts off end the run; a panic, a triple fault, a fault that no "
             "handler takes, a stale TLB entry and the end of the time are failures, with a report "
             "on standard error and exit status 1.",
    .examples = "mmsim kernel kernel.elf --ram 128M --panic panic\n"
                "mmsim kernel kernel.elf --until kmain --check-tlb --json\n"
                "mmsim kernel kernel.elf --call 'page_init; page_alloc 1'\n",
    .run = run,
};

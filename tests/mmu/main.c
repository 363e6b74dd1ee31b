/*
 * Compares the simulated MMU with that of QEMU: the simulator and the booted image execute the same
 * random programs.
 *
 *     mmu --script QEMU.sh --image IMAGE --module FILE [--seed S] [--accesses N] [--case C]
 *         [--break wp|user|dirty]
 *
 * Prints one line if they agree. Otherwise prints the shortest program that shows a difference, and
 * ends with 1.
 */
#include "generator.h"
#include "machine/machine.h"
#include "module.h"
#include "print.h"
#include "shrink.h"
#include "simulator.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ACCESSES 100000u

/* With so many accesses, each combination of flags occurs often. */
#define COVERED_ACCESSES DEFAULT_ACCESSES

struct options {
    const char *script, *image, *module;
    uint32_t seed;
    uint32_t first_case, cases;
    const char *broken; /* NULL if the simulator is not made wrong */
};

static const struct {
    const char *name;
    enum simulator_fault fault;
} faults[] = {
    {"wp", SIMULATOR_IGNORES_WP},
    {"user", SIMULATOR_IGNORES_USER},
    {"dirty", SIMULATOR_SETS_NO_DIRTY},
};

static void usage(void)
{
    fputs("usage: mmu --script QEMU.sh --image IMAGE --module FILE [--seed S] [--accesses N] "
          "[--case C] [--break wp|user|dirty]\n",
          stderr);
    exit(2);
}

static uint32_t number_parse(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 0);

    if (end == text || *end != '\0' || value > UINT32_MAX)
        usage();
    return (uint32_t)value;
}

static uint32_t cases_for(uint32_t accesses)
{
    return accesses / GENERATOR_CASE_ACCESSES + (accesses % GENERATOR_CASE_ACCESSES != 0);
}

static enum simulator_fault fault_parse(const char *name)
{
    for (size_t i = 0; name && i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(faults[i].name, name) == 0)
            return faults[i].fault;
    if (name)
        usage();
    return SIMULATOR_SOUND;
}

static void option_take(struct options *options, int name, const char *value)
{
    switch (name) {
    case 's':
        options->seed = number_parse(value);
        break;
    case 'a':
        options->cases = cases_for(number_parse(value));
        break;
    case 'c':
        options->first_case = number_parse(value);
        options->cases = 1;
        break;
    case 'b':
        options->broken = value;
        break;
    case 'q':
        options->script = value;
        break;
    case 'i':
        options->image = value;
        break;
    case 'm':
        options->module = value;
        break;
    default:
        usage();
    }
}

static struct options options_parse(int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},   {"accesses", required_argument, NULL, 'a'},
        {"case", required_argument, NULL, 'c'},   {"break", required_argument, NULL, 'b'},
        {"script", required_argument, NULL, 'q'}, {"image", required_argument, NULL, 'i'},
        {"module", required_argument, NULL, 'm'}, {NULL, 0, NULL, 0}};
    struct options options = {.seed = 1, .cases = cases_for(DEFAULT_ACCESSES)};
    int name;

    while ((name = getopt_long(argc, argv, "", known, NULL)) != -1)
        option_take(&options, name, optarg);
    if (optind != argc || !options.script || !options.image || !options.module ||
        options.cases == 0)
        usage();
    return options;
}

static void cases_make(const struct options *options, struct coverage *coverage)
{
    static struct program program;
    struct module module;

    module_begin(&module, options->module);
    for (uint32_t i = 0; i < options->cases; i++) {
        generator_make(&program, options->seed, options->first_case + i, coverage);
        if (!tlb_model_accepts(&program)) {
            fprintf(stderr, "mmu: case %" PRIu32 " accesses a page that it has to invalidate\n",
                    program.head.number);
            exit(1);
        }
        module_add(&module, &program);
    }
    module_end(&module);
}

static void difference_show(const struct options *options, const struct boot_difference *first)
{
    const struct shrink_setting setting = {options->script, options->image, options->module};
    static struct coverage ignored;
    static struct program program;
    struct boot_difference difference = *first;

    generator_make(&program, options->seed, difference.number, &ignored);
    shrink_run(&setting, &program, &difference);
    printf("the shortest program that shows a difference has %" PRIu32 " steps:\n",
           program.head.steps);
    print_difference(stdout, &program, &difference);
    printf("again: make test-mmu SEED=0x%" PRIx32 " CASE=%" PRIu32 "%s%s\n", options->seed,
           difference.number, options->broken ? " BREAK=" : "",
           options->broken ? options->broken : "");
}

int main(int argc, char **argv)
{
    static struct coverage coverage;
    struct options options = options_parse(argc, argv);
    struct boot_report report;

    if (!simulator_start(fault_parse(options.broken))) {
        fprintf(stderr, "%s\n", machine_error());
        return 1;
    }
    printf("mmu: seed 0x%" PRIx32 ", ", options.seed);
    fflush(stdout);
    cases_make(&options, &coverage);
    boot_run(options.script, options.image, options.module, &report);
    printf("%" PRIu32 " accesses, %" PRIu32 " of %u combinations of flags, %" PRIu32
           " differences\n",
           report.accesses, coverage_count(&coverage), COVERAGE_COMBINATIONS, report.differences);
    if (report.differences != 0)
        difference_show(&options, &report.first[0]);
    free(report.first);
    machine_destroy(machine_current);
    if (report.accesses >= COVERED_ACCESSES && coverage_count(&coverage) < COVERAGE_COMBINATIONS) {
        fputs("mmu: a combination was not reached\n", stderr);
        return 1;
    }
    return report.differences != 0;
}

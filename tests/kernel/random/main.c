/*
 * Executes random instructions and prints what came of them. On the command line:
 *
 *     seed=N     the cases are those of this seed; 1
 *     first=N    the number of the first case; 0
 *     cases=N    how many; 64
 *     verbose=1  prints each case in full, not only a hash of every 16
 */
#include "console.h"
#include "generate.h"
#include "multiboot.h"
#include "pic.h"
#include "program.h"
#include "report.h"
#include "string.h"

#define CASES_A_LINE 16u

void main(const struct multiboot_info *info);

/* The number behind NAME= on the command line. */
static uint32_t option(const char *line, const char *name, uint32_t otherwise)
{
    size_t length = strlen(name);
    uint32_t value = 0;

    for (; *line; line++)
        if (memcmp(line, name, length) == 0 && line[length] == '=')
            break;
    if (!*line)
        return otherwise;
    for (line += length + 1; *line >= '0' && *line <= '9'; line++)
        value = value * 10 + (uint32_t)(*line - '0');
    return value;
}

static void code_write(const void *bytes, uint32_t count)
{
    memcpy((unsigned char *)code + program.start, bytes, count);
}

static uint32_t execute_case(uint32_t hash, uint32_t seed, uint32_t number, bool verbose)
{
    case_generate(seed, number);
    sandbox_reset(window_rights, code_rights);
    code_write(program.bytes, program.count);
    sandbox_run();
    memset((unsigned char *)code + program.start, 0xcc, program.count);
    return report_case(hash, number, verbose);
}

static void execute_cases(uint32_t seed, uint32_t first, uint32_t cases, bool verbose)
{
    uint32_t hash = 0;

    for (uint32_t number = first; number < first + cases; number++) {
        hash = execute_case(hash, seed, number, verbose);
        if (number % CASES_A_LINE == CASES_A_LINE - 1) {
            kprintf("%u %x\n", number - (CASES_A_LINE - 1), report_window(hash));
            hash = 0;
        }
    }
}

void main(const struct multiboot_info *info)
{
    const char *line = (const char *)info->cmdline;
    uint32_t seed = option(line, "seed", 1);
    uint32_t first = option(line, "first", 0);
    uint32_t cases = option(line, "cases", 64);
    bool verbose = option(line, "verbose", 0) != 0;

    console_init();
    pic_init();
    sandbox_init();
    window_generate(seed);
    execute_cases(seed, first, cases, verbose);
    kprintf("done\n");
    machine_exit(0);
}

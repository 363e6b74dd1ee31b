#include "instructions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_BYTES 4096u

/* The simulated machine needs exact registers at each access that may fault. */
#define CALLGRIND                                                                                  \
    "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=bench_timed "       \
    "--px-default=allregs-at-mem-access --px-file-backed=allregs-at-mem-access"

/* callgrind says "Collected : N" on standard error, the program "operations N" on standard output.
 */
static double count_one(const char *command)
{
    char line[512];
    double instructions = NAN;
    double operations = NAN;
    FILE *pipe = popen(command, "r");

    if (pipe == NULL)
        return NAN;
    while (fgets(line, sizeof(line), pipe) != NULL) {
        const char *collected = strstr(line, "Collected :");
        if (collected != NULL)
            instructions = strtod(collected + strlen("Collected :"), NULL);
        else if (strncmp(line, "operations ", 11) == 0)
            operations = strtod(line + 11, NULL);
    }
    pclose(pipe);
    return operations > 0 ? instructions / operations : NAN;
}

static bool is_counted(const struct bench_table *table, uint32_t row, uint32_t column)
{
    return table->column[column].counted && table->subject[row].work[column].run != NULL;
}

bool bench_count(const struct bench_table *table, const char *program, char *const *traces,
                 int trace_count, struct bench_figures *figures)
{
    char command[COMMAND_BYTES];

    if (system("valgrind --version > /dev/null 2>&1") != 0) {
        fputs("bench: no valgrind, which counts instructions; Debian's package is valgrind\n",
              stderr);
        return false;
    }
    for (uint32_t row = 0; row < table->subjects; row++)
        for (uint32_t column = 0; column < table->columns; column++) {
            int length = snprintf(command, sizeof(command), "%s '%s' --count %s %u %u 2>&1",
                                  CALLGRIND, program, table->name, (unsigned)row, (unsigned)column);
            for (int i = 0; i < trace_count && length < (int)sizeof(command); i++)
                length += snprintf(command + length, sizeof(command) - (size_t)length, " '%s'",
                                   traces[i]);
            figures->at[row][column] = NAN;
            if (is_counted(table, row, column) && length < (int)sizeof(command))
                figures->at[row][column] = count_one(command);
        }
    return true;
}

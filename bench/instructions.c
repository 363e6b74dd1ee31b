#include "instructions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_BYTES 4096u

bool bench_has_valgrind(void)
{
    if (system("valgrind --version > /dev/null 2>&1") == 0)
        return true;
    fputs("bench: no valgrind, which counts instructions; Debian's package is valgrind\n", stderr);
    return false;
}

/* callgrind prints "Collected : N" on standard error; the program prints "operations N" on standard
   output. */
static double count_one(char *command)
{
    size_t length = strlen(command);
    char line[512];
    double instructions = NAN;
    double operations = NAN;

    snprintf(command + length, COMMAND_BYTES - length, " 2>&1");
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
    command[length] = 0;
    if (operations > 0)
        return instructions / operations;
    fprintf(stderr, "bench: no count; see what this says: %s\n", command);
    return NAN;
}

static bool is_counted(const struct bench_table *table, uint32_t row, uint32_t column)
{
    return table->column[column].counted && table->subject[row].work[column].run != NULL;
}

bool bench_count(const struct bench_table *table, const char *program,
                 struct bench_figures *figures)
{
    char command[COMMAND_BYTES];

    if (!bench_has_valgrind())
        return false;
    for (uint32_t row = 0; row < table->subjects; row++)
        for (uint32_t column = 0; column < table->columns; column++) {
            int length = snprintf(command, sizeof(command), "%s '%s' --count %s %u %u",
                                  BENCH_CALLGRIND("bench_timed"), program, table->name,
                                  (unsigned)row, (unsigned)column);
            bench_require(length < (int)COMMAND_BYTES, "the program's path is too long");
            figures->at[row][column] =
                is_counted(table, row, column) ? count_one(command) : (double)NAN;
        }
    return true;
}

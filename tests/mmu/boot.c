#include "boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES    512u
#define COMMAND_BYTES 4096u
#define SAID_BYTES    8192u

static bool difference_parse(const char *line, struct boot_difference *difference)
{
    struct probe_outcome *expected = &difference->simulator;
    struct probe_outcome *came = &difference->image;

    *difference = (struct boot_difference){.step = BOOT_CHECKSUM};
    if (sscanf(line,
               "difference: case %" SCNu32 " step %" SCNu32 ": expected %" SCNx32 " %" SCNx32
               " %" SCNx32 " %" SCNx32 ", came %" SCNx32 " %" SCNx32 " %" SCNx32 " %" SCNx32,
               &difference->number, &difference->step, &expected->end, &expected->value,
               &expected->directory_entry, &expected->table_entry, &came->end, &came->value,
               &came->directory_entry, &came->table_entry) == 10)
        return true;
    return sscanf(line,
                  "difference: case %" SCNu32 " checksum: expected %" SCNx32 ", came %" SCNx32,
                  &difference->number, &expected->value, &came->value) == 3;
}

static void difference_add(struct boot_report *report, const struct boot_difference *difference)
{
    size_t bytes = (report->cases + 1u) * sizeof *difference;

    if (report->cases != 0 && report->first[report->cases - 1u].number == difference->number)
        return;
    report->first = realloc(report->first, bytes);
    if (!report->first)
        abort();
    report->first[report->cases++] = *difference;
}

/* Returns true if the line is the last of the report. */
static bool line_read(const char *line, struct boot_report *report)
{
    struct boot_difference difference;

    if (difference_parse(line, &difference))
        difference_add(report, &difference);
    return sscanf(line, "mmu: %" SCNu32 " accesses, %" SCNu32 " differences", &report->accesses,
                  &report->differences) == 2;
}

void boot_run(const char *script, const char *image, const char *module, struct boot_report *report)
{
    static char said[SAID_BYTES];
    char command[COMMAND_BYTES];
    char line[LINE_BYTES];
    bool ended = false;
    size_t said_bytes = 0;

    const char *slash = strrchr(module, '/');
    *report = (struct boot_report){.first = NULL};
    snprintf(command, sizeof command, "CPUS=2 '%s' '%s' 64M 'mmu=%s' '%s' 2>&1", script, image,
             slash ? slash + 1 : module, module);
    FILE *output = popen(command, "r");
    while (output && fgets(line, sizeof line, output)) {
        ended = line_read(line, report) || ended;
        if (said_bytes + strlen(line) < sizeof said)
            said_bytes += (size_t)sprintf(said + said_bytes, "%s", line);
    }
    if (output)
        pclose(output);
    if (ended)
        return;
    fprintf(stderr, "%sthe image made no report; it was booted by\n    %s\n", said, command);
    exit(1);
}

#include "report/progress_bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_CELLS 20u

static void put_time(char *text, size_t bytes, uint64_t seconds)
{
    if (seconds < 3600u)
        snprintf(text, bytes, ", %" PRIu64 ":%02" PRIu64 " to go", seconds / 60u, seconds % 60u);
    else
        snprintf(text, bytes, ", %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " to go", seconds / 3600u,
                 seconds / 60u % 60u, seconds % 60u);
}

struct progress_text progress_text(uint32_t done, uint32_t jobs, uint64_t work_done, uint64_t work,
                                   uint64_t elapsed_ms)
{
    double part = work != 0 ? (double)work_done / (double)work : 1.0;
    char bar[BAR_CELLS + 1u];
    char time[40] = "";
    struct progress_text line;

    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', (size_t)(part * BAR_CELLS));
    bar[BAR_CELLS] = '\0';
    if (work_done != 0)
        put_time(time, sizeof time,
                 (uint64_t)((double)elapsed_ms * (1.0 - part) / part / 1000.0 + 0.5));
    snprintf(line.text, sizeof line.text, "[%s] %u of %u jobs%s", bar, done, jobs, time);
    return line;
}

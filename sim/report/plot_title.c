#include "report/plot.h"

#include <stdio.h>
#include <string.h>

#include "report/trace_name.h"

#define NAMES_MAX 4u /* more names would not fit above a drawing */

struct names {
    struct trace_name name[NAMES_MAX];
    uint32_t count; /* the number of different names, which may be larger than NAMES_MAX */
};

static void names_add(struct names *names, const char *path)
{
    struct trace_name name = trace_name_short(path);
    uint32_t kept = names->count < NAMES_MAX ? names->count : NAMES_MAX;

    for (uint32_t i = 0; i < kept; i++)
        if (trace_names_equal(names->name[i], name))
            return;
    if (names->count < NAMES_MAX)
        names->name[names->count] = name;
    names->count++;
}

static struct plot_title title_of(const struct names *names)
{
    struct plot_title title = {""};
    size_t used = 0;

    if (names->count > NAMES_MAX)
        snprintf(title.text, sizeof title.text, "%u traces", (unsigned)names->count);
    for (uint32_t i = 0; names->count <= NAMES_MAX && i < names->count; i++) {
        snprintf(title.text + used, sizeof title.text - used, "%s%.*s", i == 0 ? "" : ", ",
                 names->name[i].bytes, names->name[i].text);
        used = strlen(title.text);
    }
    return title;
}

struct plot_title plot_series_title(const struct series_table *table)
{
    struct names names = {.count = 0};

    for (size_t i = 0; i < table->count; i++) {
        const struct series_run *run = &table->runs[i];
        names_add(&names, run->trace != NULL ? run->trace : run->file);
    }
    return title_of(&names);
}

/* The results of one trace are next to each other. */
struct plot_title plot_sweep_title(const struct sweep_results *results)
{
    struct names names = {.count = 0};

    for (uint32_t i = 0; i < results->count; i++)
        if (i == 0 || strcmp(results->list[i].trace, results->list[i - 1u].trace) != 0)
            names_add(&names, results->list[i].trace);
    return title_of(&names);
}

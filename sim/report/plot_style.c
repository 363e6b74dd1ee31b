#include "report/plot_style.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *strategy;
    struct plot_style style;
} known[] = {
    {"window", {"#7a7a7a", "solid"}},  {"primary", {"#d55e00", "solid"}},
    {"brk", {"#0072b2", "solid"}},     {"zoned", {"#cc79a7", "solid"}},
    {"kseg0", {"#e69f00", "(6,6)"}},   {"jump", {"#56b4e9", "(7,9)"}},
    {"migrate", {"#009e73", "(2,7)"}},
};

static const struct plot_style others[] = {
    {"#000000", "solid"}, {"#8c564b", "solid"}, {"#5e3c99", "solid"}, {"#b2182b", "solid"}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct plot_style plot_style_of(const char *strategy, uint32_t nth)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (strcmp(known[i].strategy, strategy) == 0)
            return known[i].style;
    return others[nth % COUNT(others)];
}

struct plot_style plot_style_upon(struct plot_style style, uint32_t below)
{
    static const char *const dashes[] = {"(6,6)", "(3,9)", "(9,4,2,4)", "(1,5)"};

    if (below != 0 && strcmp(style.dash, "solid") == 0)
        style.dash = dashes[(below - 1u) % COUNT(dashes)];
    return style;
}

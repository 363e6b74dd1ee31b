#include <mm/strategy.h>

#define STRATEGY(name) extern const struct strategy strategy_##name;
#include "strategy_table.h"
#undef STRATEGY

const struct strategy *const mm_strategies[] = {
#define STRATEGY(name) &strategy_##name,
#include "strategy_table.h"
#undef STRATEGY
    NULL,
};

static bool names_equal(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

const struct strategy *mm_strategy_find(const char *name)
{
    const struct strategy *const *strategy = mm_strategies;

    while (*strategy != NULL && !names_equal((*strategy)->name, name))
        strategy++;
    return *strategy;
}

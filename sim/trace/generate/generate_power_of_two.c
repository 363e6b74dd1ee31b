/* Ordinary traffic whose every size is a little more than a power of two. */
#include "generate.h"
#include "generator.h"

#define LEAST_POWER 16u

/*
 * The power of two at or below what is asked for, and up to a sixteenth of it more: what rounds up
 * to powers of two wastes nearly half. Single pages become blocks of a page and a little.
 */
static void shape(struct random *random, struct birth *birth)
{
    uint32_t power = LEAST_POWER;

    if (birth->kind == EVENT_PAGES && birth->order > 0)
        return;
    if (birth->kind == EVENT_PAGES) {
        birth->kind = EVENT_KMALLOC;
        birth->page_class = PAGES_LOW;
        birth->bytes = PAGE_SIZE;
    }
    if (birth->bytes > power)
        power = 1u << (31u - (uint32_t)__builtin_clz(birth->bytes));
    birth->bytes = power + random_between(random, 1, power / 16);
}

void generate_power_of_two(struct generator *generator)
{
    struct birth birth;

    while (!generator_is_full(generator)) {
        if (generator_bury(generator))
            continue;
        mix_draw(&generator->mix, &generator->random, &birth);
        shape(&generator->random, &birth);
        generator_bear(generator, &birth);
    }
}

/* Profiles of ordinary traffic: as it is, with a leak, and with sizes that are awkward. */
#include "generate.h"
#include "generator.h"

/* ---- churn ---- */

void generate_churn(struct generator *generator)
{
    while (!generator_is_full(generator))
        generator_traffic(generator);
}

/* ---- leak: one site never frees, a KiB in sixteen events ---- */

#define EVENTS_A_LEAK 16u

void generate_leak(struct generator *generator)
{
    const struct allocation leak = {
        .kind = EVENT_KMALLOC, .bytes = 1024, .site = generator_site(generator, "leaky_driver")};

    while (!generator_is_full(generator)) {
        generator_traffic(generator);
        if (random_one_in(&generator->random, EVENTS_A_LEAK))
            generator_allocate(generator, &leak);
    }
}

/* ---- power-of-two: every size is a little more than a power of two ---- */

#define LEAST_POWER 16u

/*
 * Makes a size the power of two at or below it, plus up to a sixteenth. Rounding such a size up to
 * a power of two wastes nearly half. A single page becomes a block of a page and a little more.
 */
static void shape(struct random *random, struct allocation *allocation)
{
    uint32_t power = LEAST_POWER;

    if (allocation->kind == EVENT_PAGES && allocation->order > 0)
        return;
    if (allocation->kind == EVENT_PAGES) {
        allocation->kind = EVENT_KMALLOC;
        allocation->page_class = PAGES_LOW;
        allocation->bytes = PAGE_SIZE;
    }
    if (allocation->bytes > power)
        power = 1u << (31u - (uint32_t)__builtin_clz(allocation->bytes));
    allocation->bytes = power + random_between(random, 1, power / 16);
}

void generate_power_of_two(struct generator *generator)
{
    struct allocation allocation;

    while (!generator_is_full(generator)) {
        if (generator_free_expired(generator))
            continue;
        workload_draw(&generator->workload, &generator->random, &allocation);
        shape(&generator->random, &allocation);
        generator_allocate_expiring(generator, &allocation);
    }
}

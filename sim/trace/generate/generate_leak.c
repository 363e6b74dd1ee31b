/* Ordinary traffic, and one site that never frees: a KiB in sixteen events. */
#include "generate.h"
#include "generator.h"

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

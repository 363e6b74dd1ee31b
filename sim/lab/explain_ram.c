/* The least RAM with which a request passes, by bisection: three sizes at a time, for there is more
 * than one processor. */
#include "lab/explain_parts.h"
#include "lab/ram.h"

#define TRIED_MAX 5u
#define SECTIONS  4u

/* What is added to the RAM of the run, before the most that there can be. */
static const uint64_t ladder[TRIED_MAX - 1u] = {16u << 20, 64u << 20, 256u << 20, 1u << 30};

struct sizes {
    uint64_t bytes[TRIED_MAX]; /* ascending */
    uint32_t count;
};

/* Try all; where between them does the request begin to pass: *fails < *passes; false: none does.
 */
static bool try_sizes(const struct explain_request *request, uint64_t event,
                      const struct sizes *sizes, uint64_t *fails, uint64_t *passes)
{
    struct explain_change changes[TRIED_MAX];
    static struct explain_trial trials[TRIED_MAX];
    struct memmap maps[TRIED_MAX];

    for (uint32_t i = 0; i < sizes->count; i++) {
        ram_map(&maps[i], sizes->bytes[i]); /* a trial without room where there can't be such */
        changes[i] = (struct explain_change){request->strategy, &maps[i], NULL};
    }
    explain_try(request->trace, event, changes, trials, sizes->count, request->finished);
    for (uint32_t i = 0; i < sizes->count; i++) {
        if (trials[i].end == TRIAL_PASSED) {
            *passes = sizes->bytes[i];
            return true;
        }
        *fails = sizes->bytes[i];
    }
    return false;
}

static struct sizes first_sizes(uint64_t ram_bytes, uint64_t most_bytes)
{
    struct sizes sizes = {.count = 0};

    for (uint32_t i = 0; i < TRIED_MAX - 1u; i++)
        if (ram_bytes + ladder[i] < most_bytes)
            sizes.bytes[sizes.count++] = ram_bytes + ladder[i];
    sizes.bytes[sizes.count++] = most_bytes;
    return sizes;
}

static struct sizes sizes_between(uint64_t fails, uint64_t passes)
{
    struct sizes sizes = {.count = 0};
    uint64_t steps = (passes - fails) / EXPLAIN_RAM_STEP;
    uint64_t before = 0;

    for (uint64_t i = 1; i < SECTIONS; i++) {
        uint64_t step = steps * i / SECTIONS;
        if (step != before)
            sizes.bytes[sizes.count++] = fails + step * EXPLAIN_RAM_STEP;
        before = step;
    }
    return sizes;
}

void explain_find_ram(const struct explain_request *request, uint64_t event,
                      struct explain_ram *ram)
{
    uint64_t fails = request->ram_bytes;
    uint64_t passes = 0;

    *ram = (struct explain_ram){.tried = !request->memmap_given &&
                                         fails + EXPLAIN_RAM_STEP <= RAM_CHOSEN_MAX};
    if (!ram->tried)
        return;
    ram->most_bytes = fails + (RAM_CHOSEN_MAX - fails) / EXPLAIN_RAM_STEP * EXPLAIN_RAM_STEP;
    struct sizes sizes = first_sizes(fails, ram->most_bytes);
    ram->found = try_sizes(request, event, &sizes, &fails, &passes);
    while (ram->found && passes - fails > EXPLAIN_RAM_STEP) {
        sizes = sizes_between(fails, passes);
        (void)try_sizes(request, event, &sizes, &fails, &passes);
    }
    ram->least_bytes = passes;
}

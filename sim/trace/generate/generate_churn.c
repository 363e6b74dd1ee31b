/* Ordinary traffic and nothing else, at a steady level. */
#include "generate.h"
#include "generator.h"

void generate_churn(struct generator *generator)
{
    while (!generator_is_full(generator))
        generator_traffic(generator);
}

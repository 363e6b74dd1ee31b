#include "slab.h"

#include "descriptors.h"

static struct cpu cpu;

void percpu_init(void)
{
    descriptors_set_percpu((uint32_t)&cpu, sizeof cpu);
    __asm__ volatile("movw %w0, %%gs" : : "r"(SEL_PERCPU) : "memory");
}

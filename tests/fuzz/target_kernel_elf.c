#include "fuzz/laws.h"

#include "support/kernel_laws.h"

void fuzz_kernel_elf(const char *name, const uint8_t *data, size_t bytes)
{
    (void)name;
    law_kernel_file("kernel.elf", data, bytes);
}

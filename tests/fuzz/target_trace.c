#include "fuzz/laws.h"

#include "support/scratch.h"

void fuzz_trace(const char *name, const uint8_t *data, size_t bytes)
{
    (void)name;
    law_trace(scratch_bytes("in", data, bytes));
}

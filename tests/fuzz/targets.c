#include "fuzz/fuzz.h"

#include <string.h>

const struct fuzz_target fuzz_targets[] = {
    {"ftrace", fuzz_import},    {"perf", fuzz_import},
    {"trace-cmd", fuzz_import}, {"mdriver", fuzz_import},
    {"mtrace", fuzz_import},    {"ltrace", fuzz_import},
    {"heaptrack", fuzz_import}, {"esp-idf", fuzz_import},
    {"valgrind", fuzz_import},  {"oom", fuzz_import},
    {"trace", fuzz_trace},      {"records", fuzz_records},
    {"sweep", fuzz_sweep},      {"series", fuzz_series},
    {"memmap", fuzz_memmap},    {"dump", fuzz_dump},
    {"words", fuzz_words},      {"kernel_elf", fuzz_kernel_elf},
    {"history", fuzz_history},  {NULL, NULL},
};

const struct fuzz_target *fuzz_target_find(const char *name)
{
    for (const struct fuzz_target *target = fuzz_targets; target->name != NULL; target++)
        if (strcmp(target->name, name) == 0)
            return target;
    return NULL;
}

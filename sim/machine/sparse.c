#include "machine/sparse.h"

#include <stddef.h>
#include <sys/mman.h>

void *sparse_map(uint64_t bytes)
{
    void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return table == MAP_FAILED ? NULL : table;
}

void sparse_unmap(void *table, uint64_t bytes)
{
    if (table)
        munmap(table, bytes);
}

#include "fuzz/laws.h"

#include <string.h>

#include "machine/dump.h"
#include "support/scratch.h"

#define REGISTERS 3u

struct scan {
    const struct dump *dump;
    uint32_t registers[REGISTERS]; /* CR3, CR4, an address */
    uint64_t end;                  /* of the range before */
    bool mapped;                   /* the address is in a range */
};

static void walk(const struct scan *scan, uint64_t va, struct dump_walk *walk)
{
    dump_walk(scan->dump, scan->registers[0], scan->registers[1], vaddr((uint32_t)va), walk);
}

/* The address at either end of a range leads to a page as the range has it. */
static void law_range_end(const struct scan *scan, const struct mmu_range *range, uint64_t va)
{
    struct dump_walk step;

    walk(scan, va, &step);
    if (range->flags & MMU_RESERVED) {
        assert_int_equal(step.end, WALK_RESERVED);
        return;
    }
    assert_int_equal(step.end, WALK_PAGE);
    assert_int_equal(step.rights, range->flags & MMU_RIGHTS);
    assert_int_equal(step.page_bytes, range->page_bytes);
    if (!(range->flags & MMU_SELF_MAP))
        assert_int_equal(step.pa.value, (uint32_t)(range->pa.value + (va - range->va.value)));
}

static void law_range(void *context, const struct mmu_range *range)
{
    struct scan *scan = context;
    uint64_t end = range->va.value + range->bytes;

    assert_true(range->bytes > 0 && range->bytes % range->page_bytes == 0);
    assert_true(range->va.value >= scan->end && end <= UINT64_C(1) << 32);
    law_range_end(scan, range, range->va.value);
    law_range_end(scan, range, end - 1u);
    scan->mapped =
        scan->mapped || (range->va.value <= scan->registers[2] && scan->registers[2] < end);
    scan->end = end;
}

/* What one address leads to, and what all of them lead to, agree. */
static void law_scan(struct scan *scan)
{
    struct mmu_tables tables = dump_tables(scan->dump, scan->registers[0], scan->registers[1]);
    struct dump_walk step;

    mmu_scan(&tables, MMU_MERGE_PAGES, law_range, scan);
    walk(scan, scan->registers[2], &step);
    assert_int_equal(scan->mapped, step.end == WALK_PAGE || step.end == WALK_RESERVED);
}

void fuzz_dump(const char *name, const uint8_t *data, size_t bytes)
{
    struct sim_error error = {.text = ""};
    struct dump dump;
    struct scan scan = {.dump = &dump};

    (void)name;
    if (bytes < sizeof scan.registers)
        return;
    memcpy(scan.registers, data, sizeof scan.registers);
    data += sizeof scan.registers;
    bytes -= sizeof scan.registers;
    const char *path = scratch_bytes("dump", data, bytes);
    if (!dump_open(&dump, path, error.text, sizeof error.text)) {
        law_error(&error, path);
        return;
    }
    law_scan(&scan);
    dump_close(&dump);
}

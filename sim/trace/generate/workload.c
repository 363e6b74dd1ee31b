#include "workload.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * ---- the built-in workload ----
 *
 * The traffic of a kernel as the bundled traces show it, without their phases: sizes are those of
 * kernel caches, most allocations are freed soon, and most of the bytes that stay are pages.
 */

#define CHANCES 256u

struct row {
    const char *site;
    uint8_t kind;
    uint8_t page_class;
    uint8_t order;
    uint8_t chances; /* in CHANCES */
    uint32_t least_bytes;
    uint32_t most_bytes;
    uint32_t half_life; /* events */
};

#define KMALLOC(site, chances, least, most, half_life)                                             \
    {                                                                                              \
        site, EVENT_KMALLOC, PAGES_LOW, 0, chances, least, most, half_life                         \
    }
#define PAGES(site, chances, order, page_class, half_life)                                         \
    {                                                                                              \
        site, EVENT_PAGES, page_class, order, chances, 0, 0, half_life                             \
    }

static const struct row rows[] = {
    KMALLOC("names_cache", 42, 4096, 4096, 4),
    KMALLOC("kstrdup", 16, 5, 16, 3000),
    KMALLOC("anon_vma_chain", 18, 32, 32, 6000),
    KMALLOC("path_segments", 14, 17, 64, 40),
    KMALLOC("anon_vma", 12, 56, 56, 6000),
    KMALLOC("vm_area", 14, 88, 88, 6000),
    KMALLOC("filp", 26, 192, 192, 60),
    KMALLOC("dentry", 18, 128, 128, 60000),
    KMALLOC("skb", 18, 232, 256, 24),
    KMALLOC("inode", 8, 376, 576, 90000),
    KMALLOC("seq_buffer", 10, 65, 512, 80),
    KMALLOC("skb_data", 5, 513, 1600, 50),
    KMALLOC("task_struct", 1, 1856, 1856, 9000),
    KMALLOC("pipe_buffers", 1, 640, 640, 2000),
    KMALLOC("readdir", 1, 8192, 32768, 100),
    PAGES("anon_page", 32, 0, PAGES_USER, 9000),
    PAGES("page_cache", 10, 0, PAGES_USER, 120000),
    PAGES("page_table", 5, 0, PAGES_LOW, 6000),
    PAGES("thread_stack", 2, 1, PAGES_LOW, 9000),
    PAGES("skb_frags", 1, 3, PAGES_LOW, 300),
    PAGES("receive_ring", 1, 2, PAGES_LOW, 3000),
    {"module_alloc", EVENT_VMALLOC, PAGES_LOW, 0, 1, 4096, 65536, 1500},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROW_COUNT <= KERNEL_ROWS_MAX, "there is a site for each row");

static uint64_t mean_bytes(const struct row *row)
{
    if (row->kind == EVENT_PAGES)
        return (uint64_t)PAGE_SIZE << row->order;
    return (row->least_bytes + row->most_bytes) / 2;
}

static void builtin_workload_start(struct workload *workload, struct trace_writer *writer)
{
    uint64_t byte_events = 0; /* bytes times mean lifetime, summed over CHANCES allocations */
    uint32_t place = 0;

    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];

        workload->kernel.sites[i] = trace_writer_site(writer, row->site, strlen(row->site));
        for (uint32_t chance = 0; chance < row->chances; chance++)
            workload->kernel.row_at[place++] = (uint8_t)i;
        byte_events += row->chances * mean_bytes(row) * row->half_life * 3 / 2;
    }
    assert(place == CHANCES);
    /* J. Little's law, 1961: half an allocation an event, times bytes, times lifetime */
    workload->level_bytes = byte_events / CHANCES / 2;
}

static void builtin_workload_draw(const struct builtin_workload *kernel, struct random *random,
                                  struct allocation *allocation)
{
    uint32_t i = kernel->row_at[random_below(random, CHANCES)];
    const struct row *row = &rows[i];

    *allocation =
        (struct allocation){.kind = row->kind,
                            .page_class = row->page_class,
                            .order = row->order,
                            .bytes = random_between(random, row->least_bytes, row->most_bytes),
                            .site = kernel->sites[i],
                            .lifetime = (uint32_t)random_lifetime(random, row->half_life)};
}

/* ---- any workload ---- */

uint64_t allocation_bytes(const struct allocation *allocation)
{
    return allocation->kind == EVENT_PAGES ? (uint64_t)PAGE_SIZE << allocation->order
                                           : allocation->bytes;
}

void workload_start(struct workload *workload, struct trace_writer *writer)
{
    *workload = (struct workload){0};
    builtin_workload_start(workload, writer);
    workload->live_bytes = workload->level_bytes;
}

bool workload_start_like(struct workload *workload, const char *path, struct trace_writer *writer,
                         struct sim_error *error)
{
    *workload = (struct workload){0};
    if (!recorded_load(workload, path, RECORDED_ALLOCATIONS_MAX, writer, error))
        return false;
    workload->live_bytes = workload->level_bytes;
    return true;
}

void workload_free(struct workload *workload)
{
    free(workload->recorded.allocations);
    *workload = (struct workload){0};
}

/* lifetime * live / level, limited so that it differs from LIFETIME_UNKNOWN. */
static uint32_t scale(const struct workload *workload, uint32_t lifetime)
{
    uint64_t scaled = lifetime * workload->live_bytes / workload->level_bytes;

    return scaled < LIFETIME_UNKNOWN ? (uint32_t)scaled : LIFETIME_UNKNOWN - 1;
}

void workload_draw(struct workload *workload, struct random *random, struct allocation *allocation)
{
    if (workload->recorded.count > 0)
        recorded_draw(&workload->recorded, random, allocation);
    else
        builtin_workload_draw(&workload->kernel, random, allocation);
    if (workload->live_bytes != workload->level_bytes && allocation->lifetime != LIFETIME_UNKNOWN)
        allocation->lifetime = scale(workload, allocation->lifetime);
}

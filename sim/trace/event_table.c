#include "event_table.h"
#include "live_set.h"

#include <sys/mman.h>

struct loading {
    struct event_table *table;
    uint64_t announced; /* events, by the header */
    struct live_set live;
};

uint64_t event_table_bytes(const struct trace *trace)
{
    uint64_t bytes;

    /* The header may lie. */
    return __builtin_mul_overflow(trace->header.events, sizeof(struct packed_event), &bytes)
               ? UINT64_MAX
               : bytes;
}

static struct packed_event pack(const struct event *event)
{
    bool process = event->kind == EVENT_PROCESS;

    return (struct packed_event){
        .slot = event->slot,
        .site = event->site,
        .first = process ? (uint32_t)event->id : event->bytes,
        .second = process ? (uint32_t)(event->id >> 32) : event->address,
        .kind = event->kind,
        .page_class = event->page_class,
        .order = event->order,
        .write = event->write,
    };
}

static const char *add(void *context, const struct event *event)
{
    struct loading *loading = context;
    struct event_table *table = loading->table;

    if (table->count == loading->announced)
        return "the header announces fewer events";
    table->event[table->count++] = pack(event);
    return live_set_apply(&loading->live, event);
}

/* Large pages, because the host's page faults would cost more than the decoding. */
static struct packed_event *table_map(uint64_t bytes)
{
    void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (table == MAP_FAILED)
        return NULL;
    (void)madvise(table, bytes, MADV_HUGEPAGE);
    return table;
}

bool event_table_load(struct event_table *table, const struct trace *trace)
{
    struct loading loading = {.table = table, .announced = trace->header.events};
    struct sim_error error;

    *table = (struct event_table){0};
    if (loading.announced == 0 || (table->event = table_map(event_table_bytes(trace))) == NULL)
        return false;
    table->capacity = loading.announced;
    bool whole = trace_walk(trace, add, &loading, &error);
    live_set_free(&loading.live);
    if (!whole)
        event_table_free(table);
    return whole;
}

void event_table_free(struct event_table *table)
{
    if (table->event != NULL)
        munmap(table->event, table->capacity * sizeof(struct packed_event));
    *table = (struct event_table){0};
}

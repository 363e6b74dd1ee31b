#include "ftrace_events.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ZERO_SIZE_PTR 0x10u /* what kmalloc(0) returns */

bool ftrace_fail(struct import *import, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(import->reason, sizeof(import->reason), format, arguments);
    va_end(arguments);
    return false;
}

static bool take_field(struct import *import, const char *key, struct word *value)
{
    if (ftrace_take_field(&import->line.rest, key, value))
        return true;
    return ftrace_fail(import, "%s without %s in its place", word_show(import->line.event).text,
                       key);
}

static bool take_pointer(struct import *import, const char *key, uint64_t *pointer)
{
    struct word value;

    if (!take_field(import, key, &value))
        return false;
    if (ftrace_pointer(value, pointer))
        return true;
    return ftrace_fail(import, "%s: %s is followed by '%s': expected a hexadecimal number",
                       word_show(import->line.event).text, key, word_show(value).text);
}

static bool take_number(struct import *import, const char *key, uint64_t most, uint64_t *number)
{
    struct word value;

    if (!take_field(import, key, &value))
        return false;
    if (ftrace_number(value, number) && *number <= most)
        return true;
    return ftrace_fail(import, "%s: %s is followed by '%s': expected a number up to %" PRIu64,
                       word_show(import->line.event).text, key, word_show(value).text, most);
}

/* A site's name: blanks and control characters would end it, or the line. */
static uint32_t intern_site(struct import *import, const char *prefix, struct word name)
{
    char text[128];
    size_t bytes = strlen(prefix);

    memcpy(text, prefix, bytes);
    for (size_t i = 0; i < name.bytes && bytes < sizeof(text); i++) {
        char c = name.text[i];

        text[bytes++] = (unsigned char)c <= 0x20 || c == 0x7f ? '_' : c;
    }
    return bytes > 0 ? trace_writer_site(import->writer, text, bytes) : SITE_NONE;
}

/* "ext4_find_extent+0x34a/0x3f0": the function. */
static struct word function_of(struct word call_site)
{
    const char *plus = memchr(call_site.text, '+', call_site.bytes);

    if (plus != NULL)
        call_site.bytes = (size_t)(plus - call_site.text);
    return call_site;
}

static void alloc_object(struct import *import, uint64_t address, uint64_t given_bytes,
                         const struct event *event)
{
    struct ftrace *ftrace = &import->ftrace;
    uint64_t number;
    uint32_t handle;
    uint32_t block;

    if (address == 0) {
        ftrace->counts[COUNT_FAILED_OBJECT]++;
        return;
    }
    if (address == ZERO_SIZE_PTR || event->bytes == 0) {
        ftrace->counts[COUNT_ZERO_SIZE]++;
        return;
    }
    if (id_map_remove(&ftrace->objects, address, &handle)) {
        ftrace->counts[COUNT_MISSED_OBJECT]++;
        event_queue_end(&ftrace->queue, EVENT_KFREE, handle);
    }
    block = ftrace_pages_hold(ftrace, address, given_bytes);
    handle = event_queue_make(&ftrace->queue, event, VERDICT_WRITE, 0, &number);
    id_map_add(&ftrace->objects, address, handle);
    if (block != 0)
        ftrace->blocks[block].handle = handle;
}

static void free_object(struct import *import, uint64_t address)
{
    struct ftrace *ftrace = &import->ftrace;
    uint32_t handle;

    if (address == 0)
        ftrace->counts[COUNT_KFREE_NULL]++;
    else if (address == ZERO_SIZE_PTR)
        ftrace->counts[COUNT_ZERO_SIZE]++;
    else if (id_map_remove(&ftrace->objects, address, &handle))
        event_queue_end(&ftrace->queue, EVENT_KFREE, handle);
    else
        ftrace->counts[COUNT_OLD_OBJECT]++;
}

static bool is_dma(struct word gfp)
{
    return ftrace_has_flag(gfp, "GFP_DMA") || ftrace_has_flag(gfp, "__GFP_DMA");
}

static bool on_object(struct import *import, uint64_t large_from)
{
    struct event event = {.kind = EVENT_KMALLOC};
    struct word call_site;
    struct word gfp;
    uint64_t address;
    uint64_t bytes;
    uint64_t given_bytes;

    if (!take_field(import, "call_site=", &call_site) || !take_pointer(import, "ptr=", &address) ||
        !take_number(import, "bytes_req=", UINT32_MAX, &bytes) ||
        !take_number(import, "bytes_alloc=", UINT32_MAX, &given_bytes) ||
        !take_field(import, "gfp_flags=", &gfp))
        return false;
    event.bytes = (uint32_t)bytes;
    event.class = is_dma(gfp) ? PAGES_DMA : PAGES_LOW;
    event.site = intern_site(import, "", function_of(call_site));
    alloc_object(import, address, given_bytes >= large_from ? given_bytes : 0, &event);
    return true;
}

static bool on_kmalloc(struct import *import)
{
    return on_object(import, 0);
}

/* A cache's object is never a run of pages of its own, however large. */
static bool on_cache_alloc(struct import *import)
{
    return on_object(import, UINT64_MAX);
}

static bool on_free(struct import *import)
{
    uint64_t address;

    if (!take_pointer(import, "ptr=", &address))
        return false;
    free_object(import, address);
    return true;
}

static bool on_bulk_alloc(struct import *import)
{
    struct event event = {.kind = EVENT_KMALLOC};
    struct word name;
    uint64_t address;
    uint64_t bytes;

    if (!take_pointer(import, "ptr=", &address) ||
        !take_number(import, "objsize=", UINT32_MAX, &bytes) || !take_field(import, "name=", &name))
        return false;
    event.bytes = (uint32_t)bytes;
    event.site = intern_site(import, "", name);
    alloc_object(import, address, 0, &event);
    return true;
}

static enum page_class page_class_of(struct word gfp)
{
    static const char *const user[] = {"GFP_HIGHUSER_MOVABLE", "GFP_HIGHUSER",
                                       "__GFP_HIGHMEM",        "__GFP_MOVABLE",
                                       "GFP_TRANSHUGE",        "GFP_TRANSHUGE_LIGHT"};

    for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++) {
        if (ftrace_has_flag(gfp, user[i]))
            return PAGES_USER;
    }
    return is_dma(gfp) ? PAGES_DMA : PAGES_LOW;
}

/* The frames [frame, frame + 2^order); pfn of a failed allocation can be anything. */
static bool take_frames(struct import *import, uint64_t page, uint64_t *frame, uint64_t *order)
{
    if (!take_number(import, "pfn=", UINT64_MAX, frame) ||
        !take_number(import, "order=", 63, order))
        return false;
    if (page == 0 || *order > ORDER_MAX || *frame <= FRAME_MAP_END - (1u << *order))
        return true;
    return ftrace_fail(import, "%s: frame number 0x%" PRIx64 " lies beyond 64 GiB",
                       word_show(import->line.event).text, *frame);
}

static bool on_page_alloc(struct import *import)
{
    struct page_request request = {.pid = import->line.pid, .context = import->line.context};
    struct word gfp;

    if (!take_pointer(import, "page=", &request.page) ||
        !take_frames(import, request.page, &request.frame, &request.order) ||
        !take_field(import, "gfp_flags=", &gfp))
        return false;
    request.class = page_class_of(gfp);
    request.site = intern_site(import, "comm:", import->line.task);
    ftrace_pages_alloc(&import->ftrace, &request);
    return true;
}

static bool on_page_free(struct import *import)
{
    uint64_t page;
    uint64_t frame;
    uint64_t order;

    if (!take_pointer(import, "page=", &page) || !take_frames(import, UINT64_MAX, &frame, &order))
        return false;
    ftrace_pages_free(&import->ftrace, page, frame, order);
    return true;
}

static bool on_page_free_batched(struct import *import)
{
    import->ftrace.counts[COUNT_BATCHED]++;
    return true;
}

static bool on_probe(struct import *import)
{
    import->ftrace.counts[COUNT_PROBES]++;
    return true;
}

static bool on_slab_new(struct import *import)
{
    ftrace_slab_open(&import->ftrace);
    return on_probe(import);
}

static bool on_slab_new_ret(struct import *import)
{
    uint64_t page;

    if (!take_pointer(import, "slab=", &page))
        return false;
    ftrace_slab_made(&import->ftrace, page);
    return on_probe(import);
}

static bool on_slab_free(struct import *import)
{
    uint64_t page;

    if (!take_pointer(import, "slab=", &page))
        return false;
    ftrace_slab_free(&import->ftrace, page);
    return on_probe(import);
}

static bool on_allocate_slab(struct import *import)
{
    ftrace_slab_expect(&import->ftrace, import->line.pid, import->line.context);
    return on_probe(import);
}

static bool on_marker(struct import *import)
{
    struct line_rest rest = import->line.rest;
    size_t bytes = (size_t)(rest.end - rest.at);
    char text[MARK_TEXT_MAX];

    if (bytes > sizeof(text))
        bytes = sizeof(text);
    for (size_t i = 0; i < bytes; i++) {
        char c = rest.at[i];

        text[i] = (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
    }
    event_queue_mark(&import->ftrace.queue, text, bytes);
    import->in_marker = true;
    return true;
}

/* By frequency: it is searched from the front. */
static const struct {
    const char *name;
    bool (*handle)(struct import *import);
} events[] = {
    {"kmem_cache_alloc", on_cache_alloc},
    {"kmem_cache_free", on_free},
    {"mm_page_alloc", on_page_alloc},
    {"mm_page_free", on_page_free},
    {"mm_page_free_batched", on_page_free_batched},
    {"kfree", on_free},
    {"kmalloc", on_kmalloc},
    {"bulk_alloc", on_bulk_alloc},
    {"bulk_free1", on_free},
    {"bulk_free2", on_free},
    {"slab_new", on_slab_new},
    {"slab_new_ret", on_slab_new_ret},
    {"slab_free", on_slab_free},
    {"allocate_slab", on_allocate_slab},
    {"__free_slab", on_probe},
    {"mm_page_alloc_extfrag", on_probe},
    {"mm_page_alloc_zone_locked", on_probe},
    {"mm_page_pcpu_drain", on_probe},
    {"bulk_free_large", on_free},
    {"tracing_mark_write", on_marker},
    {"kmalloc_node", on_kmalloc},
    {"kmem_cache_alloc_node", on_cache_alloc},
};

bool ftrace_event_handle(struct import *import)
{
    import->events_met++;
    import->in_marker = false;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (word_is(import->line.event, events[i].name))
            return events[i].handle(import);
    }
    import->ftrace.counts[COUNT_OTHER_EVENTS]++;
    return true;
}

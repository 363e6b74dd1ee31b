#include "kmem_fields.h"

#include <inttypes.h>
#include <string.h>

/* The fields that are read. */
static const struct word call_site_key = WORD("call_site=");
static const struct word ptr_key = WORD("ptr=");
static const struct word bytes_req_key = WORD("bytes_req=");
static const struct word bytes_alloc_key = WORD("bytes_alloc=");
static const struct word gfp_flags_key = WORD("gfp_flags=");
static const struct word objsize_key = WORD("objsize=");
static const struct word name_key = WORD("name=");
static const struct word page_key = WORD("page=");
static const struct word pfn_key = WORD("pfn=");
static const struct word order_key = WORD("order=");
static const struct word slab_key = WORD("slab=");

#define ZERO_SIZE_PTR 0x10u /* what kmalloc(0) returns */

static const struct word no_prefix = WORD("");
static const struct word task_prefix = WORD("comm:");

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
    struct kmem *kmem = &import->kmem;
    uint64_t number;
    uint32_t handle;
    uint32_t block;

    kmem->allocations++;
    if (address == 0) {
        kmem->counts[COUNT_FAILED_OBJECT]++;
        return;
    }
    if (address == ZERO_SIZE_PTR || event->bytes == 0) {
        kmem->counts[COUNT_ZERO_SIZE]++;
        return;
    }
    kmem->kept++;
    if (id_map_remove(&kmem->objects, address, &handle)) {
        kmem->counts[COUNT_MISSED_OBJECT]++;
        event_queue_end(&kmem->queue, EVENT_KFREE, handle);
    }
    block = kmem_pages_hold(kmem, address, given_bytes);
    handle = event_queue_make(&kmem->queue, event, VERDICT_WRITE, 0, &number);
    id_map_add(&kmem->objects, address, handle);
    if (block != 0)
        kmem->blocks[block].handle = handle;
}

static void free_object(struct import *import, uint64_t address)
{
    struct kmem *kmem = &import->kmem;
    uint32_t handle;

    if (address == 0)
        kmem->counts[COUNT_KFREE_NULL]++;
    else if (address == ZERO_SIZE_PTR)
        kmem->counts[COUNT_ZERO_SIZE]++;
    else if (id_map_remove(&kmem->objects, address, &handle))
        event_queue_end(&kmem->queue, EVENT_KFREE, handle);
    else
        kmem->counts[COUNT_OLD_OBJECT]++;
}

/* The event has been handled: a block that waited for it is decided. */
static void settle(struct import *import)
{
    kmem_slab_settle(&import->kmem, import->line.pid, import->line.context);
}

/* An object of a cache always lies in a slab, however large it is. */
static bool on_object(struct import *import, bool of_cache)
{
    struct event event = {.kind = EVENT_KMALLOC};
    struct word call_site;
    struct word gfp;
    uint64_t address;
    uint64_t bytes;
    uint64_t given_bytes = 0;

    if (!kmem_take_word(import, call_site_key, &call_site) ||
        !kmem_take_pointer(import, ptr_key, &address) ||
        !kmem_take_number(import, bytes_req_key, UINT32_MAX, &bytes) ||
        (!of_cache && !kmem_take_number(import, bytes_alloc_key, UINT32_MAX, &given_bytes)) ||
        !kmem_take_word(import, gfp_flags_key, &gfp))
        return false;
    event.bytes = (uint32_t)bytes;
    event.page_class = gfp_page_class(&import->gfp, gfp) == PAGES_DMA ? PAGES_DMA : PAGES_LOW;
    event.site = site_name_intern(import->writer, no_prefix, function_of(call_site));
    alloc_object(import, address, given_bytes, &event);
    settle(import);
    return true;
}

static bool on_kmalloc(struct import *import)
{
    return on_object(import, false);
}

static bool on_cache_alloc(struct import *import)
{
    return on_object(import, true);
}

static bool on_free(struct import *import)
{
    uint64_t address;

    if (!kmem_take_pointer(import, ptr_key, &address))
        return false;
    settle(import);
    free_object(import, address);
    return true;
}

static bool on_bulk_alloc(struct import *import)
{
    struct event event = {.kind = EVENT_KMALLOC};
    struct word name;
    uint64_t address;
    uint64_t bytes;

    if (!kmem_take_pointer(import, ptr_key, &address) ||
        !kmem_take_number(import, objsize_key, UINT32_MAX, &bytes) ||
        !kmem_take_word(import, name_key, &name))
        return false;
    event.bytes = (uint32_t)bytes;
    event.site = site_name_intern(import->writer, no_prefix, name);
    alloc_object(import, address, 0, &event);
    settle(import);
    return true;
}

/* Takes the frames [frame, frame + 2^order), or one frame. The pfn of a failed allocation has no
   meaning. */
static bool take_frames(struct import *import, uint64_t page, bool ordered, uint64_t *frame,
                        uint64_t *order)
{
    *order = 0;
    if (!kmem_take_number(import, pfn_key, UINT64_MAX, frame) ||
        (ordered && !kmem_take_number(import, order_key, 63, order)))
        return false;
    if (page == 0 || *order > ORDER_MAX || *frame <= FRAME_MAP_END - (1u << *order))
        return true;
    return kmem_fail(import, "%s: frame number 0x%" PRIx64 " lies beyond 4 PiB",
                     word_show(import->line.event).text, *frame);
}

/* Takes the address of the struct page; 0: the allocation failed. A line of raw fields has no
   page=; there a failed allocation has the greatest frame number that the kernel can print. */
static bool take_page(struct import *import, uint64_t *page)
{
    struct word value;
    uint64_t frame;

    if (kmem_take_field(&import->line.rest, page_key, &value))
        return kmem_pointer(value, page) || kmem_bad_pointer(import, page_key, value);
    if (!kmem_take_number(import, pfn_key, UINT64_MAX, &frame))
        return false;
    *page = frame == UINT32_MAX || frame == UINT64_MAX ? 0 : UINT64_MAX;
    import->line.rest.at = import->fields;
    return true;
}

/* The task that asked for pages. */
static uint32_t task_site(struct import *import)
{
    return import->line.task.bytes == 0
               ? SITE_NONE
               : site_name_intern(import->writer, task_prefix, import->line.task);
}

static bool on_page_alloc(struct import *import)
{
    struct page_request request = {.pid = import->line.pid, .context = import->line.context};
    struct word gfp;

    if (!take_page(import, &request.page) ||
        !take_frames(import, request.page, true, &request.frame, &request.order) ||
        !kmem_take_word(import, gfp_flags_key, &gfp))
        return false;
    request.page_class = gfp_page_class(&import->gfp, gfp);
    request.site = task_site(import);
    settle(import);
    if (processes_are_known(&import->kmem.processes) && request.page != 0)
        request.of_process = kmem_process_takes(import, &request, gfp);
    kmem_pages_alloc(&import->kmem, &request);
    return true;
}

/* Only mm_pagevec_free, whose order is 0, may have no order=. */
static bool free_pages(struct import *import, bool batched)
{
    uint64_t page;
    uint64_t frame;
    uint64_t order;
    bool ordered = !batched || kmem_has_field(import, order_key);

    if (!take_page(import, &page) || !take_frames(import, UINT64_MAX, ordered, &frame, &order))
        return false;
    settle(import);
    kmem_pages_free(&import->kmem, page, frame, order, batched);
    return true;
}

static bool on_page_free(struct import *import)
{
    return free_pages(import, false);
}

/* Linux before 3.3 calls it mm_pagevec_free; its order is 0, and need not be printed. */
static bool on_page_free_batched(struct import *import)
{
    return free_pages(import, true);
}

static bool on_probe(struct import *import)
{
    import->kmem.counts[COUNT_PROBES]++;
    return true;
}

static bool on_stack(struct import *import)
{
    import->kmem.counts[COUNT_STACK]++;
    return true;
}

static bool on_slab_new(struct import *import)
{
    kmem_slab_open(&import->kmem);
    return on_probe(import);
}

static bool on_slab_new_ret(struct import *import)
{
    uint64_t page;

    if (!kmem_take_pointer(import, slab_key, &page))
        return false;
    kmem_slab_made(&import->kmem, page);
    return on_probe(import);
}

static bool on_slab_free(struct import *import)
{
    uint64_t page;

    if (!kmem_take_pointer(import, slab_key, &page))
        return false;
    kmem_slab_free(&import->kmem, page);
    return on_probe(import);
}

static bool on_allocate_slab(struct import *import)
{
    kmem_slab_expect(&import->kmem, import->line.pid, import->line.context);
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
    event_queue_mark(&import->kmem.queue, text, bytes);
    return true;
}

/* trace-cmd prints a marker as "print:    tracing_mark_write: text". */
static bool on_print(struct import *import)
{
    struct line_rest *rest = &import->line.rest;
    const char *colon = memmem(rest->at, (size_t)(rest->end - rest->at), ": ", 2);

    if (colon != NULL)
        rest->at = colon + 2;
    return on_marker(import);
}

#define EVENT(name, handle)                                                                        \
    {                                                                                              \
        WORD(name), handle                                                                         \
    }

/* Ordered by frequency, because the search starts at the front. */
static const struct {
    struct word name;
    bool (*handle)(struct import *import);
} events[] = {
    EVENT("kmem_cache_alloc", on_cache_alloc),
    EVENT("kmem_cache_free", on_free),
    EVENT("mm_page_alloc", on_page_alloc),
    EVENT("mm_page_free", on_page_free),
    EVENT("mm_page_free_batched", on_page_free_batched),
    EVENT("kfree", on_free),
    EVENT("kmalloc", on_kmalloc),
    EVENT("bulk_alloc", on_bulk_alloc),
    EVENT("bulk_free1", on_free),
    EVENT("bulk_free2", on_free),
    EVENT("slab_new", on_slab_new),
    EVENT("slab_new_ret", on_slab_new_ret),
    EVENT("slab_free", on_slab_free),
    EVENT("__free_slab", on_probe),
    EVENT("mm_page_alloc_extfrag", on_probe),
    EVENT("mm_page_alloc_zone_locked", on_probe),
    EVENT("mm_page_pcpu_drain", on_probe),
    EVENT("bulk_free_large", on_free),
    EVENT("tracing_mark_write", on_marker),
    EVENT("kmalloc_node", on_kmalloc),
    EVENT("kmem_cache_alloc_node", on_cache_alloc),
    EVENT("mm_page_free_direct", on_page_free),
    EVENT("mm_pagevec_free", on_page_free_batched),
    EVENT("print", on_print),
    EVENT("kernel_stack", on_stack),
    EVENT("user_stack", on_stack),
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

bool kmem_event_is_marker(struct word event)
{
    static const struct word names[] = {WORD("tracing_mark_write"), WORD("print")};

    return words_equal(event, names[0]) || words_equal(event, names[1]);
}

static size_t find_event(struct word name)
{
    size_t i = 0;

    while (i < EVENTS && !words_equal(name, events[i].name))
        i++;
    return i;
}

bool kmem_event_is_known(struct word event)
{
    return find_event(event) < EVENTS;
}

/* A line of the function tracer, or "<stack trace>". */
static bool on_function(struct import *import)
{
    static const struct word allocate_slab = WORD("allocate_slab");
    struct word name = import->line.event;
    bool known = false;

    if (words_start(name, "sys_")) {
        if (!kmem_process_handle(import, &known))
            return false;
        if (known)
            return true;
    }
    if (words_start(name, "<stack") || words_start(name, "<user"))
        return on_stack(import);
    if (words_equal(name, allocate_slab))
        return on_allocate_slab(import);
    import->kmem.counts[COUNT_FUNCTIONS]++;
    return true;
}

/* Events of the kmem family name an object or a page. */
static bool on_unknown(struct import *import)
{
    static const struct word families[] = {WORD("kmalloc"), WORD("kfree"), WORD("kmem_cache_"),
                                           WORD("mm_page")};
    struct word name = import->line.event;
    bool known;

    if (!kmem_process_handle(import, &known))
        return false;
    if (known)
        return true;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (words_start(name, families[i].text) &&
            (kmem_has_field(import, ptr_key) || kmem_has_field(import, pfn_key)))
            return kmem_fail(import, "unknown event '%s' of the kmem family", word_show(name).text);
    import->kmem.counts[COUNT_OTHER_EVENTS]++;
    return true;
}

bool kmem_event_goes_on(const char *text, const char *end)
{
    static const struct word others[] = {WORD("node="), WORD("accounted="), WORD("migratetype="),
                                         WORD("cold=")};
    static const struct word *const keys[] = {
        &call_site_key, &ptr_key,   &bytes_req_key, &bytes_alloc_key, &gfp_flags_key,
        &name_key,      &page_key,  &pfn_key,       &order_key,       &others[0],
        &others[1],     &others[2], &others[3]};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (line_starts(text, end, keys[i]->text))
            return true;
    return false;
}

bool kmem_event_handle(struct import *import)
{
    size_t i;

    import->events_met++;
    import->fields = import->line.rest.at;
    if (import->line.kind == LINE_FUNCTION)
        return on_function(import);
    i = find_event(import->line.event);
    return i < EVENTS ? events[i].handle(import) : on_unknown(import);
}

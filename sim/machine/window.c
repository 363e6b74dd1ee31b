#include "machine/window.h"

#include "machine/panic.h"
#include "machine/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__has_include) && __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(address, bytes) ((void)(address), (void)(bytes))
#define RUNNING_ON_VALGRIND                       0
#endif

#define WINDOW_BYTES (UINT64_C(1) << 32)

/* Guards on either side, which are never mapped: they catch a pointer that runs off an end of the 4
   GiB. */
#define GUARD_BYTES       (UINT64_C(1) << 20)
#define RESERVATION_BYTES (GUARD_BYTES + WINDOW_BYTES + GUARD_BYTES)

/* With more entries than this, a single mapping over the whole window costs less than dropping
   entries one by one. */
#define DROP_EACH_MAX 64u

/* Valgrind checks an access before the trap can map its page, so unmapped pages must count as
   accessible. */
static void expect_traps(void *address, size_t bytes)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(address, bytes);
}

static bool map(unsigned char *address, size_t bytes, int rights, int flags, int fd, uint64_t at)
{
    if (machine_watching)
        return watch_map(address, bytes, rights, flags, fd, at);
    bool mapped = mmap(address, bytes, rights, flags, fd, (off_t)at) != MAP_FAILED;
    expect_traps(address, bytes);
    return mapped;
}

static bool map_nothing(const struct window *window, unsigned char *address, size_t bytes)
{
    if (window->memory_fd < 0)
        return true;
    return map(address, bytes, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
               -1, 0);
}

/* Returns the accesses that an entry allows to the code that runs now. */
static uint32_t accesses_shown(const struct window *window, const struct window_entry *entry)
{
    uint32_t ring = window->user ? MMU_USER : MMU_SUPERVISOR;
    uint32_t ours = ACCESS_BIT(ring | MMU_READ) | ACCESS_BIT(ring | MMU_WRITE);
    uint32_t shown = entry->allows & ~entry->withheld & ours;

    return shown & ACCESS_BIT(ring | MMU_READ) ? shown : 0;
}

#define SUPERVISOR_ACCESSES (ACCESS_BIT(MMU_READ) | ACCESS_BIT(MMU_WRITE))
#define WRITES              (ACCESS_BIT(MMU_WRITE) | ACCESS_BIT(MMU_USER | MMU_WRITE))

/* Map an entry with the accesses that are allowed now. */
static bool map_entry(struct window *window, struct window_entry *entry)
{
    unsigned char *address = window_address(window, entry->va);
    int rights = PROT_READ;

    entry->shown = accesses_shown(window, entry);
    if (window->memory_fd < 0)
        return true;
    if (entry->shown == 0)
        return map_nothing(window, address, entry->page_bytes);
    if (entry->shown & WRITES)
        rights |= PROT_WRITE;
    /* A small page will be used at once: without MAP_POPULATE the host would take a second fault
       for it. */
    int populate = entry->page_bytes == PAGE_SIZE ? MAP_POPULATE : 0;
    bool mapped =
        map(address, entry->page_bytes, rights, MAP_FIXED | MAP_SHARED | MAP_NORESERVE | populate,
            window->memory_fd, entry->pa.value);
    if (mapped && window->overlay)
        window->overlay(window, entry);
    return mapped;
}

static uint32_t entries_bound(uint32_t asked)
{
    if (asked != 0)
        return asked < WINDOW_ENTRIES_MIN ? WINDOW_ENTRIES_MIN : asked;
    return RUNNING_ON_VALGRIND ? WINDOW_ENTRIES_VALGRIND : WINDOW_ENTRIES_DEFAULT;
}

bool window_create(struct window *window, int memory_fd, uint32_t bound, const char **reason)
{
    *window = (struct window){.memory_fd = memory_fd};
    *reason = "cannot map the table of window entries";
    if (!window_entries_create(&window->entries, entries_bound(bound)))
        return false;

    *reason = "cannot reserve 4 GiB of address space for the window";
    unsigned char *reservation = mmap(NULL, RESERVATION_BYTES, PROT_NONE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reservation == MAP_FAILED) {
        window_entries_destroy(&window->entries);
        return false;
    }
    expect_traps(reservation, RESERVATION_BYTES);
    window->base = reservation + GUARD_BYTES;
    return true;
}

/* Only the hole is left out of the mapping; accesses in it trap, too. */
bool window_create_native(struct window *window, int memory_fd, uint32_t bound, uint32_t rotation,
                          const char **reason)
{
    *window = (struct window){.memory_fd = memory_fd, .rotation = rotation};
    *reason = "cannot map the table of window entries";
    if (!window_entries_create(&window->entries, entries_bound(bound)))
        return false;
    *reason = "the lowest 4 GiB of the process cannot be had";
    void *wanted = (void *)(uintptr_t)WINDOW_HOLE_BYTES;
    void *got = mmap(wanted, WINDOW_BYTES - WINDOW_HOLE_BYTES, PROT_NONE,
                     MAP_FIXED_NOREPLACE | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got != wanted) {
        window_entries_destroy(&window->entries);
        return false;
    }
    return true;
}

bool window_create_unmapped(struct window *window, uint32_t bound, const char **reason)
{
    *window = (struct window){.memory_fd = -1};
    *reason = "cannot map the table of window entries";
    return window_entries_create(&window->entries, entries_bound(bound));
}

bool window_reaches(const struct window *window, vaddr_t va)
{
    return (uintptr_t)window_address(window, va) >= WINDOW_HOLE_BYTES;
}

void window_destroy(struct window *window)
{
    munmap(window->base - GUARD_BYTES, RESERVATION_BYTES);
    window_entries_destroy(&window->entries);
}

enum window_place window_locate(const struct window *window, const void *address, vaddr_t *va)
{
    uint64_t offset = (uintptr_t)address - (uintptr_t)window->base;

    if (offset < WINDOW_BYTES) {
        *va = vaddr((uint32_t)offset - window->rotation);
        return WINDOW_INSIDE;
    }
    return offset + GUARD_BYTES < RESERVATION_BYTES ? WINDOW_BEYOND : WINDOW_OUTSIDE;
}

static void flush_at_once(struct window *window, bool keep_global);

/* Returns false when all entries were dropped, because the host had no mapping left for one more
   hole. */
static bool entry_drop(struct window *window, struct window_entry *entry)
{
    bool dropped = map_nothing(window, window_address(window, entry->va), entry->page_bytes);

    window_entries_remove(&window->entries, entry);
    window->changes++;
    if (!dropped)
        flush_at_once(window, false);
    return dropped;
}

static void entry_evict(struct window *window)
{
    window->evictions++;
    entry_drop(window, window_entries_oldest(&window->entries));
}

/* Drop the entries that overlap a new page. The page's mapping replaces entries that it covers
   completely. */
static void entries_give_way(struct window *window, const struct window_entry *fill)
{
    struct window_entry *old;

    while ((old = window_entries_overlap(&window->entries, fill->va, fill->page_bytes)) != NULL) {
        if (old->page_bytes > fill->page_bytes)
            entry_drop(window, old);
        else
            window_entries_remove(&window->entries, old);
    }
    if (window->entries.count == window->entries.bound)
        entry_evict(window);
}

void window_fill(struct window *window, vaddr_t va, const struct mmu_walk *walk)
{
    uint32_t offset_mask = walk->page_bytes - 1u;
    struct window_entry fill = {
        .va = vaddr(va.value & ~offset_mask),
        .pa = paddr(walk->pa.value & ~offset_mask),
        .page_bytes = walk->page_bytes,
        .global = walk->global,
        .writable = walk->allows & ACCESS_BIT(MMU_WRITE),
        .allows = walk->allows,
        .directory_entry = walk->directory_entry,
        .table_entry = walk->table_entry,
    };

    entries_give_way(window, &fill);
    if (!map_entry(window, &fill)) {
        flush_at_once(window, false);
        if (!map_entry(window, &fill))
            panic_raise("the host cannot map a page of the window at 0x%08x: %s", fill.va.value,
                        strerror(errno));
    }
    window_entries_add(&window->entries, &fill);
    window->fills++;
    window->changes++;
    if (window->mapped)
        mapped_frames_add_page(window->mapped, fill.va, fill.pa, fill.page_bytes);
    if (machine_watching)
        watch_frame_shown(fill.va, fill.pa);
}

bool window_show(struct window *window, struct window_entry *entry)
{
    if (map_entry(window, entry))
        return true;
    flush_at_once(window, false);
    return false;
}

bool window_withhold(struct window *window, struct window_entry *entry, uint32_t accesses)
{
    entry->withheld = accesses;
    window->changes++;
    return window_show(window, entry);
}

void window_set_user(struct window *window, bool user, uint64_t end)
{
    struct window_entry *entry = window_entries_oldest(&window->entries);

    window->user = user;
    if (!user)
        return;
    for (; entry; entry = window_entries_next(&window->entries, entry)) {
        uint32_t user_may = entry->allows / ACCESS_BIT(MMU_USER);
        bool shows_too_much = entry->shown & SUPERVISOR_ACCESSES & ~user_may;
        if (shows_too_much && entry->va.value < end && !window_show(window, entry))
            return;
    }
}

void window_drop(struct window *window, vaddr_t va)
{
    struct window_entry *entry = window_entries_find(&window->entries, va);

    if (entry)
        entry_drop(window, entry);
}

void window_drop_pages(struct window *window, vaddr_t start, uint32_t pages)
{
    uint32_t small = 0;

    for (uint32_t i = 0; i < pages; i++) {
        struct window_entry *entry =
            window_entries_find(&window->entries, vaddr_add(start, i << PAGE_SHIFT));
        if (!entry)
            continue;
        if (entry->page_bytes != PAGE_SIZE) {
            entry_drop(window, entry);
            continue;
        }
        window_entries_remove(&window->entries, entry);
        window->changes++;
        small++;
    }
    if (small != 0 &&
        !map_nothing(window, window_address(window, start), (size_t)pages << PAGE_SHIFT))
        flush_at_once(window, false);
}

static bool comes_back(const struct window *window, const struct window_entry *entry)
{
    return window->comes_back && entry->page_bytes == LARGE_PAGE_SIZE && window->comes_back(entry);
}

static bool map_nothing_between(const struct window *window, uint64_t start, uint64_t end)
{
    return start == end || map_nothing(window, window->base + start, end - start);
}

/* Map nothing, with one mapping for each gap between the large pages that come back, or for the
   whole window. */
static bool clear_mappings(const struct window *window)
{
    uint64_t start = window->rotation == 0 ? 0 : WINDOW_HOLE_BYTES;

    for (uint64_t va = 0; window->comes_back && va < WINDOW_BYTES; va += LARGE_PAGE_SIZE) {
        const struct window_entry *entry =
            window_entries_find(&window->entries, vaddr((uint32_t)va));
        if (!entry || !comes_back(window, entry))
            continue;
        if (!map_nothing_between(window, start, va))
            return false;
        start = va + LARGE_PAGE_SIZE;
    }
    return map_nothing_between(window, start, WINDOW_BYTES);
}

/* Replace the mappings by few, then map the entries that stay again. */
static void flush_at_once(struct window *window, bool keep_global)
{
    struct window_entry *entry = window_entries_oldest(&window->entries);

    window->changes++;
    if (!clear_mappings(window))
        panic_raise("the host cannot clear the window: %s", strerror(errno));
    while (entry) {
        struct window_entry *next = window_entries_next(&window->entries, entry);
        bool stays =
            comes_back(window, entry) || (keep_global && entry->global && map_entry(window, entry));
        if (!stays)
            window_entries_remove(&window->entries, entry);
        entry = next;
    }
}

static void flush_one_by_one(struct window *window, bool keep_global)
{
    struct window_entry *entry = window_entries_oldest(&window->entries);

    while (entry) {
        struct window_entry *next = window_entries_next(&window->entries, entry);
        bool stays = (keep_global && entry->global) || comes_back(window, entry);
        if (!stays && !entry_drop(window, entry))
            return;
        entry = next;
    }
}

void window_flush(struct window *window, bool keep_global)
{
    uint32_t kept = keep_global ? window->entries.globals : 0;
    uint32_t dropped = window->entries.count - kept;

    if (dropped == 0)
        return;
    if (dropped > DROP_EACH_MAX && dropped > kept)
        flush_at_once(window, keep_global);
    else
        flush_one_by_one(window, keep_global);
}

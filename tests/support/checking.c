#include "support/checking.h"

#include <stdio.h>
#include <string.h>

void checking_machine(stale_use_handler *handler)
{
    struct machine_options options = {
        .check_tlb = true, .on_stale_use = handler, .watch = MACHINE_WATCH_NOTHING};

    machine_destroy(machine_current);
    assert_non_null(machine_create(&options));
}

uint32_t *memory(uint32_t pa)
{
    return arena_pointer(&machine_current->arena, paddr(pa));
}

uint32_t frame_of(uint32_t page)
{
    return FRAMES + page * 2 * PAGE_SIZE;
}

uint32_t directory_at(uint32_t va)
{
    return machine_current->mmu.cr3 + (va >> LARGE_PAGE_SHIFT) * 4u;
}

void map_pages(uint32_t pages, uint32_t flags)
{
    *memory(directory_at(BASE)) = TABLE | SMALL | PTE_USER;
    for (uint32_t page = 0; page < pages; page++) {
        memory(TABLE)[page] = frame_of(page) | flags;
        *memory(frame_of(page)) = frame_of(page);
    }
}

/* The line of the write in change_at(), three lines below. */
const uint32_t checking_change_line = __LINE__ + 3;
void change_at(uint32_t va, uint32_t value)
{
    machine_write_entry((uint32_t *)machine_pointer(vaddr(va)), value);
}

void change(uint32_t entry_pa, uint32_t value)
{
    change_at(entry_pa + DIRECT_MAP_BASE, value);
}

void change_page(uint32_t page, uint32_t value)
{
    change(TABLE + page * 4u, value);
}

void invalidate(enum invalidation invalidation)
{
    switch (invalidation) {
    case INVLPG:
        machine_invlpg(vaddr(BASE + 0xabc));
        break;
    case INVLPG_ELSEWHERE:
        machine_invlpg(vaddr(BASE + PAGE_SIZE));
        break;
    case CR3:
        machine_load_cr3(machine_read_cr3());
        break;
    case FLUSH:
        machine_flush_tlb();
        break;
    case CONTROL:
        machine_load_cr4(machine_current, CR4_PSE);
        break;
    }
}

/* An access that the oracle may report. Nobody resolves its page faults. */
struct use {
    uint32_t va;
    uint32_t access;
    bool through_window;
};

static void use_page(void *context)
{
    const struct use *use = context;
    uint32_t value;

    if (!use->through_window) {
        bool user = use->access & MMU_USER;
        bool write = use->access & MMU_WRITE;
        (void)(write ? machine_store32(vaddr(use->va), user, 1)
                     : machine_load32(vaddr(use->va), user, &value));
    } else if (use->access & MMU_WRITE) {
        window_write(use->va, 1);
    } else {
        window_read(use->va);
    }
}

const char *panic_of(uint32_t va, uint32_t access, bool through_window)
{
    struct use use = {va, access, through_window};

    return machine_catch_panic(use_page, &use);
}

void assert_passes(uint32_t va, uint32_t access, bool through_window)
{
    const char *panic = panic_of(va, access, through_window);

    if (panic)
        fail_msg("%s", panic);
}

/* Fails the test unless the panic is the prefix and the line, whose %L and %W stand for the place
 * of the last change and for the way of the access. */
static void assert_panic(const char *panic, const char *prefix, const char *line,
                         bool through_window)
{
    char expected[512];
    size_t length = (size_t)snprintf(expected, sizeof expected, "%s", prefix);
    char place[64];

    snprintf(place, sizeof place, "tests/support/checking.c:%u", checking_change_line);
    for (; *line != '\0'; line++) {
        if (*line == '%')
            length += (size_t)snprintf(expected + length, sizeof expected - length, "%s",
                                       *++line == 'L'   ? place
                                       : through_window ? " through the window"
                                                        : "");
        else
            expected[length++] = *line;
    }
    expected[length] = '\0';
    assert_non_null(panic);
    assert_string_equal(panic, expected);
}

void assert_reported(uint32_t va, uint32_t access, bool through_window, const char *line)
{
    assert_panic(panic_of(va, access, through_window), "", line, through_window);
}

/* ---- frees ---- */

struct freed {
    uint32_t first;
    uint32_t frames;
};

static void give_back(void *context)
{
    const struct freed *freed = context;

    machine_frames_freed(pfn(freed->first), freed->frames);
}

const char *panic_of_free(uint32_t first, uint32_t frames)
{
    struct freed freed = {first, frames};

    return machine_catch_panic(give_back, &freed);
}

void assert_free_passes(uint32_t first, uint32_t frames)
{
    const char *panic = panic_of_free(first, frames);

    if (panic)
        fail_msg("%s", panic);
}

void assert_free_reported(uint32_t first, uint32_t frames, const char *line)
{
    char prefix[80];

    snprintf(prefix, sizeof prefix, "panic: early free: frame 0x%05x is given back while ", first);
    assert_panic(panic_of_free(first, frames), prefix, line, false);
}

/* Checks every area of kernel space on the real machine. */
#include "selftest.h"

#include "pci.h"
#include "serial.h"
#include "user.h"
#include <mm/framebuffer.h>
#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/tempmap.h>

#define VIDEO_VECTOR    (DIRECT_MAP_BASE + 0x10u * 4u) /* of real mode's int 10h */
#define VIDEO_RAM       (DIRECT_MAP_BASE + 0xb8000u)
#define VIDEO_BIOS      (DIRECT_MAP_BASE + 0xc0000u)
#define KERNEL          (DIRECT_MAP_BASE + 0x100000u)
#define ROM_SIGNATURE   0xaa55u
#define MULTIBOOT_MAGIC 0x1badb002u /* boot.S puts it where the image starts */

static volatile uint32_t *word_at(uint32_t va)
{
    return machine_pointer(vaddr(va));
}

/* Tells if the memory keeps a written value; restores the previous one. */
static bool keeps_writes(uint32_t va)
{
    uint32_t before = *word_at(va);

    *word_at(va) = ~before;
    bool kept = *word_at(va) == ~before;
    *word_at(va) = before;
    return kept;
}

static const char *check_low_memory(bool display)
{
    EXPECT(!machine_touch(vaddr(0), false), "the page at address 0 can be read");
    EXPECT(!machine_touch(vaddr(PAGE_SIZE - 1u), true), "the page at address 0 can be written");
    EXPECT(*word_at(KERNEL) == MULTIBOOT_MAGIC, "the kernel is not at 0xc0100000");
    if (!display)
        return NULL;
    EXPECT(*word_at(VIDEO_VECTOR) != 0, "no interrupt vectors at 0xc0000000");
    EXPECT(keeps_writes(VIDEO_RAM), "no video RAM at 0xc00b8000");
    EXPECT((*word_at(VIDEO_BIOS) & 0xffffu) == ROM_SIGNATURE, "no video BIOS at 0xc00c0000");
    return NULL;
}

static const char *check_framebuffer(struct mm *mm, paddr_t memory, uint32_t bytes)
{
    uint32_t shown = bytes < FRAMEBUFFER_SIZE ? bytes : FRAMEBUFFER_SIZE;
    uint32_t used = mm->counters.frames_used;

    EXPECT(!vaddr_is_none(framebuffer_map(mm, memory, shown)), "the frame buffer is refused");
    EXPECT(framebuffer_check(mm) == NULL, "the frame buffer is not mapped as it should be");
    EXPECT(keeps_writes(FRAMEBUFFER_BASE), "the frame buffer does not keep what is written");
    EXPECT(keeps_writes(FRAMEBUFFER_BASE + shown - 4u), "nor does its end");
    framebuffer_unmap(mm);
    EXPECT(!machine_touch(vaddr(FRAMEBUFFER_BASE), false), "it can be read when it is unmapped");
    return mm->counters.frames_used == used ? NULL : "the frame buffer lost frames";
}

/* A write through one mapping of a frame is visible through another. */
static const char *check_tempmap_frame(struct mm *mm, pfn_t frame)
{
    vaddr_t first = tempmap_claim(mm, frame);
    vaddr_t second = tempmap_claim(mm, frame);

    EXPECT(!vaddr_is_none(second), "a temporary mapping is refused");
    *word_at(first.value) = 0x600df00du;
    EXPECT(*word_at(second.value) == 0x600df00du, "two mappings of a frame show different memory");
    tempmap_release(mm, first);
    EXPECT(!machine_touch(first, false), "a temporary mapping can be read after its release");
    machine_zero_frame(frame);
    EXPECT(*word_at(second.value) == 0, "a frame filled with zeros is not zero");
    tempmap_release(mm, second);
    return NULL;
}

static const char *check_tempmap_exhaustion(struct mm *mm, pfn_t frame)
{
    vaddr_t page = VADDR_NONE;

    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        page = tempmap_claim(mm, frame);
    EXPECT(page.value == TEMPMAP_BASE + (TEMPMAP_PAGES - 1u) * PAGE_SIZE,
           "there are no 16 temporary mappings");
    EXPECT(vaddr_is_none(tempmap_claim(mm, frame)), "there is a 17th temporary mapping");
    for (uint32_t i = 0; i < TEMPMAP_PAGES; i++)
        tempmap_release(mm, vaddr(TEMPMAP_BASE + i * PAGE_SIZE));
    return tempmap_claimed(mm) == 0 ? NULL : "a temporary mapping stays claimed";
}

static const char *check_tempmap(struct mm *mm)
{
    pfn_t low = pages_alloc(mm, 0, PAGES_LOW);
    pfn_t any = pages_alloc(mm, 0, PAGES_USER); /* a HIGH frame if there is one */
    const char *broken = check_tempmap_frame(mm, low);

    if (broken == NULL)
        broken = check_tempmap_frame(mm, any);
    if (broken == NULL)
        broken = check_tempmap_exhaustion(mm, any);
    pages_free(mm, any, 0);
    pages_free(mm, low, 0);
    return broken;
}

/* The tables have the same contents through the recursive entry and through the direct map. */
static const char *check_recursive_slot(const struct mm *mm)
{
    const uint32_t *heap_area_tables = machine_pointer(mm->heap_area_tables);
    uint32_t window_seen = PAGE_TABLES + (HEAP_AREA_BASE >> PAGE_SHIFT) * 4u;

    EXPECT((*word_at(PAGE_DIRECTORY + RECURSIVE_ENTRY * 4u) & PTE_FRAME_MASK) ==
               mm->directory.value,
           "the directory is not at 0xfffff000");
    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page += PAGE_TABLE_ENTRIES - 1u)
        EXPECT(*word_at(window_seen + page * 4u) == heap_area_tables[page],
               "a page table is not where the recursive entry should have it");
    return NULL;
}

static const char *check_started(struct mm *mm)
{
    paddr_t memory = paddr(0);
    uint32_t bytes = 0;
    bool display = pci_find_display(&memory, &bytes);
    const char *broken = check_low_memory(display);

    if (broken == NULL && display)
        broken = check_framebuffer(mm, memory, bytes);
    if (broken == NULL)
        broken = check_tempmap(mm);
    if (broken == NULL)
        broken = check_recursive_slot(mm);
    if (broken == NULL && mm_has_segments(mm))
        broken = selftest_segments(mm);
    return broken;
}

const char *selftest_layout(const struct strategy *strategy, const struct memmap *map)
{
    static struct mm mm;

    if (!mm_init(&mm, strategy, map))
        return "the memory map has no room for its metadata";
    user_page_map(&mm);
    vaddr_t block = kmalloc(&mm, PAGE_SIZE, PAGES_LOW);
    const char *broken = machine_touch(block, true) ? check_started(&mm) : "no first block";
    kfree(&mm, block);
    if (broken == NULL)
        broken = mm_check(&mm);
    mm_exit(&mm);
    if (broken == NULL && machine_touch(vaddr(KSEG0_BASE), false))
        broken = "a segment outlives its memory manager";
    return broken;
}

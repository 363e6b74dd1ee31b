/* The way up, and the self-test. */
#include "higher.h"

#include "check.h"
#include "console.h"
#include "cpu.h"
#include "descriptors.h"
#include "pic.h"
#include "string.h"
#include "ticks.h"

void main(uint32_t magic, uint32_t info);

__attribute__((noinline)) void kernel_ready(void)
{
    __asm__ volatile("");
}

/* ---- frames and pages ---- */

static void test_frames(void)
{
    uint32_t before = frame_free_count();
    uint32_t a = frame_alloc();
    uint32_t b = frame_alloc();

    check("the lowest frames come first", a && b > a);
    check("two frames are counted", frame_free_count() == before - 2);
    frame_free(a);
    check("a free frame is given again", frame_alloc() == a);
    frame_free(a);
    frame_free(b);
    check("frames come back", frame_free_count() == before);
    check("no frame is the kernel's", a >= direct_map_pa(kernel_end));
}

static void test_pages(void)
{
    uint32_t here = (uint32_t)test_pages & ~(uint32_t)(PAGE_SIZE - 1);
    uint32_t va = BUFFERS_END - 32 * PAGE_SIZE; /* where nothing else comes to be */
    uint32_t frame = frame_alloc();

    check("the kernel is in the direct map", page_frame(here) == direct_map_pa((void *)here));
    check("nothing is at 0", !page_frame(0));
    check("a page is mapped", map_page(va, frame, PTE_WRITABLE) && page_frame(va) == frame);
    memset((void *)va, 0x77, PAGE_SIZE);
    check("the direct map has it, too", memory_is(direct_map(frame), 0x77, PAGE_SIZE));
    check("a page is unmapped", unmap_page(va) == frame && !page_frame(va));
    frame_free(frame);
}

/* ---- heap ---- */

static void test_blocks(void)
{
    char *a = kmalloc(100);
    char *b = kmalloc(200);
    char *c = kmalloc(300);

    memset(a, 0xaa, 100);
    memset(b, 0xbb, 200);
    memset(c, 0xcc, 300);
    check("blocks do not overlap",
          memory_is(a, 0xaa, 100) && memory_is(b, 0xbb, 200) && memory_is(c, 0xcc, 300));
    check("the blocks are in order", !heap_check());
    kfree(a);
    kfree(b);
    check("two free blocks are one", kmalloc(300) == a && !heap_check());
    kfree(a);
    kfree(c);
    check("all that is free is one", kmalloc(PAGE_SIZE - 100) == a);
    kfree(a);
}

/* The heap gives its pages back, a buffer takes their frames, and the heap gets others. */
static void test_shrink_and_grow(void)
{
    const size_t size = 3 * PAGE_SIZE;
    uint32_t before = frame_free_count();
    struct buffer buffer;
    char *block = kmalloc(size);

    check("the heap grows", block && frame_free_count() == before - 3);
    memset(block, 0xaa, size);
    kfree(block);
    check("the heap shrinks", frame_free_count() == before);
    check("a buffer takes the frames", buffer_create(&buffer, 2));
    memset((void *)buffer.va, 0xbb, 2 * PAGE_SIZE);
    check("the buffer holds", memory_is((void *)buffer.va, 0xbb, 2 * PAGE_SIZE));
    block = kmalloc(size);
    check("the heap grows again", block && !heap_check());
    memset(block, 0xcc, size);
    check("the block holds", memory_is(block, 0xcc, size));
    kfree(block);
    buffer_destroy(&buffer);
    buffer_destroy(&buffer); /* it has no pages any more */
    check("heap and buffer give all back", frame_free_count() == before);
}

/* Many small blocks, and a check that walks them all. */
static void test_many(void)
{
    char *previous = NULL;
    unsigned blocks = 0;

    for (; blocks < 1000; blocks++) {
        char **block = kmalloc(sizeof *block);

        *block = previous;
        previous = (char *)block;
    }
    check("a thousand blocks are in order", !heap_check());
    while (previous) {
        char *block = previous;

        previous = *(char **)block;
        kfree(block);
    }
    check("none is left", !heap_check() && kmalloc(PAGE_SIZE - 100) == (char *)HEAP_START + 16);
    kfree((char *)HEAP_START + 16);
}

/* The heap grows until it meets a buffer. */
static void test_collision(void)
{
    const size_t size = 256 * 1024;
    uint32_t before = frame_free_count();
    struct buffer buffer;
    char *blocks = NULL;
    char *block;

    buffer_create(&buffer, 4);
    memset((void *)buffer.va, 0x55, 4 * PAGE_SIZE);
    while ((block = kmalloc(size)) != NULL) {
        memset(block, 0xee, size);
        *(char **)block = blocks;
        blocks = block;
    }
    check("the heap ends where the buffers begin", heap_end() <= buffers_start());
    check("the buffer is intact", memory_is((void *)buffer.va, 0x55, 4 * PAGE_SIZE));
    while (blocks) {
        block = blocks;
        blocks = *(char **)block;
        kfree(block);
    }
    buffer_destroy(&buffer);
    check("all frames come back", frame_free_count() == before && !heap_check());
}

/* ---- interrupts ---- */

static void use_heap(void)
{
    char *a = kmalloc(40);
    char *b = kmalloc(400);

    memset(a, 0xab, 40);
    memset(b, 0xba, 400);
    kfree(a);
    kfree(b);
}

/* The handler and the kernel use the heap at the same time. How often is not said: it varies. */
static void test_interrupts(void)
{
    timer_start(100);
    while (ticks_waiting() < 5) {
        for (unsigned i = 0; i < 10; i++)
            use_heap();
        wait_for_interrupt();
    }
    cli();
    check("the heap stands interrupts", !heap_check());
    check("no tick was overwritten", ticks_drain());
    check("no tick is left", !heap_check() && ticks_waiting() == 0);
}

static void print_memory_map(void)
{
    for (unsigned i = 0; i < boot_info.ranges; i++) {
        const struct boot_range *range = &boot_info.range[i];

        kprintf("range %x%x +%x%x type %u\n", (uint32_t)(range->base >> 32), (uint32_t)range->base,
                (uint32_t)(range->length >> 32), (uint32_t)range->length, range->type);
    }
}

/* A physical address is no pointer: it was one only as long as the low addresses were mapped. */
static uint32_t info_flags(uint32_t info)
{
#ifdef BUG_NO_CR3_LOAD
    return *(volatile uint32_t *)info;
#else
    return *(volatile uint32_t *)direct_map(info);
#endif
}

void main(uint32_t magic, uint32_t info)
{
    uint32_t at_start, flags;

    console_init();
    flags = info_flags(info);
    boot_info_read(magic, info);
    frames_init();
    paging_init();
    descriptors_init();
    pic_init();
    heap_init();
    kernel_ready();

    kprintf("higher: a kernel at 0xc0000000\n");
    if (boot_info_has_word("memmap"))
        print_memory_map();
    at_start = frame_free_count();
    kprintf("free frames at start: %u\n", at_start);
    check("the loader's words are still there", info_flags(info) == flags);
    test_frames();
    test_pages();
    test_blocks();
    test_shrink_and_grow();
    test_many();
    test_collision();
    test_interrupts();
    kprintf("free frames at end: %u\n", frame_free_count());
    check("no frame was lost", frame_free_count() == at_start);
    check_exit();
}

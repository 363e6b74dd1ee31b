/* The way up, and the self-test. */
#include "slab.h"

#include "check.h"
#include "console.h"
#include "cpu.h"
#include "descriptors.h"
#include "multiboot.h"
#include "pic.h"
#include "string.h"
#include "ticks.h"

void main(uint32_t magic, uint32_t info);

__attribute__((noinline)) void kernel_ready(void)
{
    __asm__ volatile("");
}

/* ---- pages ---- */

static void test_pages(void)
{
    uint32_t before = pages_free_count();
    char *a = pages_alloc(0);
    char *b = pages_alloc(0);
    char *c = pages_alloc(3);

    check("blocks are distinct", a && b && c && a != b && c != a && c != b);
    check("a block is aligned to its size", (uint32_t)c % (8 * PAGE_SIZE) == 0);
    check("pages are counted", pages_free_count() == before - 10);
    memset(a, 0xaa, PAGE_SIZE);
    memset(b, 0xbb, PAGE_SIZE);
    memset(c, 0xcc, 8 * PAGE_SIZE);
    check("blocks do not overlap", memory_is(a, 0xaa, PAGE_SIZE) && memory_is(b, 0xbb, PAGE_SIZE));
    pages_free(a, 0);
    pages_free(c, 3);
    pages_free(b, 0);
    check("pages come back", pages_free_count() == before);
    a = pages_alloc(ORDERS - 1);
    check("free buddies are one block", a != NULL);
    pages_free(a, ORDERS - 1);
}

/* ---- caches ---- */

#define OBJECTS 100u

static void test_cache(void)
{
    static char *object[OBJECTS];
    uint32_t before = pages_free_count();
    struct cache cache;
    bool intact = true;

    cache_init(&cache, 96);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        object[i] = cache_alloc(&cache);
        memset(object[i], (int)i, 96);
    }
    for (uint32_t i = 0; i < OBJECTS; i++)
        intact = intact && memory_is(object[i], (int)i, 96);
    check("objects do not overlap", intact);
    check("a hundred objects need three slabs", pages_free_count() == before - 3);
    cache_free(&cache, object[50]);
    check("a free object is given again", cache_alloc(&cache) == object[50]);
    for (uint32_t i = 0; i < OBJECTS; i++)
        cache_free(&cache, object[i]);
    check("empty slabs go back", pages_free_count() == before);
}

/* ---- address spaces ---- */

static void test_space(void)
{
    uint32_t before = pages_free_count();
    uint32_t *space = space_create();
    char *page = pages_alloc(0);
    uint32_t pa = direct_map_pa(page);

    check("a new space is empty", space && !space_frame(space, USER_MAPS));
    check("a page is mapped", space_map(space, USER_MAPS, pa, PTE_WRITABLE | PTE_USER));
    check("it is not mapped twice", !space_map(space, USER_MAPS, pa, PTE_USER));
    space_use(space);
    memset((void *)USER_MAPS, 0x77, PAGE_SIZE);
    check("a space in use has its pages", memory_is(page, 0x77, PAGE_SIZE));
    check("a page is unmapped", space_unmap(space, USER_MAPS) == pa);
    pages_free(page, 0);
    space_destroy(space);
    check("a space gives all back", pages_free_count() == before);
}

static void test_stacks(void)
{
    uint32_t before = pages_free_count();
    uint32_t a = stack_create();
    uint32_t b = stack_create();

    check("kernel stacks are distinct", a && b && a != b);
    check("below a stack nothing is mapped",
          !space_frame(kernel_directory, a - STACK_BYTES - 1) &&
              !space_frame(kernel_directory, b - STACK_BYTES - 1));
    stack_destroy(a);
    stack_destroy(b);
    check("stacks give all back", pages_free_count() == before);
}

/* ---- interrupts and threads. How often the timer comes is not said: it varies. ---- */

static void test_interrupts(void)
{
    while (ticks_waiting() < 5) {
        for (unsigned i = 0; i < 10; i++)
            ticks_use();
        wait_for_interrupt();
    }
    cli();
    check("no tick was overwritten", ticks_drain());
}

static void test_program(void)
{
    uint32_t before = pages_free_count();
    int status[2];

    run_program(status);
    check("the first thread has no complaint", status[0] == 0);
    check("the second thread has no complaint", status[1] == 0);
    check("ticks are as they were recorded", ticks_drain());
    check("the process gives all back", pages_free_count() == before);
}

void main(uint32_t magic, uint32_t info)
{
    const struct multiboot_info *boot = direct_map(info);
    uint32_t at_start;

    console_init();
    if (magic != MULTIBOOT_LOADER_MAGIC || !(boot->flags & MULTIBOOT_HAS_MEMORY))
        panic("not loaded by a multiboot loader");
    pages_init((1u << 20) + (boot->mem_upper_kib << 10));
    descriptors_init();
    percpu_init();
    pic_init();
    stacks_init();
    ticks_init();
    fpu_init();
    threads_init();
    syscall_init();
    kernel_ready();

    kprintf("slab: a kernel with threads in ring 3\n");
    at_start = pages_free_count();
    kprintf("free frames at start: %u\n", at_start);
    test_pages();
    test_cache();
    test_space();
    test_stacks();
    timer_start(1000);
    test_interrupts();
    test_program();
    test_program();
    kprintf("free frames at end: %u\n", pages_free_count());
    check("no frame was lost", pages_free_count() == at_start);
    check_exit();
}

/* The way up, and the self-test. */
#include "recursive.h"

#include "check.h"
#include "console.h"
#include "cpu.h"
#include "descriptors.h"
#include "multiboot.h"
#include "pic.h"
#include "string.h"

void main(uint32_t magic, const struct multiboot_info *info);

__attribute__((noinline)) void kernel_ready(void)
{
    __asm__ volatile("");
}

/* ---- frames ---- */

static void test_frames(void)
{
    uint32_t before = frame_free_count();
    uint32_t a = frame_alloc();
    uint32_t b = frame_alloc();

    check("two frames are two", a && b && a != b);
    check("two frames are counted", frame_free_count() == before - 2);
    frame_free(a);
    frame_free(b);
    check("frames come back", frame_free_count() == before);
}

/* ---- page tables ---- */

/* What frames are filled with. A table entry of FILL_A is present: 0x03030303. */
#define FILL_A 0x03
#define FILL_B 0x5a

static void test_address_space(void)
{
    uint32_t here = (uint32_t)test_address_space & ~(PAGE_SIZE - 1);

    check("the directory maps itself", page_frame(0xfffff000) == read_cr3());
    check("the kernel is where it is loaded", page_frame(here) == here);
    check("a read at 0 faults", !probe_read(0));
    check("a read above the low memory faults", !probe_read(IDENTITY_END));
}

static void fill_at(uint32_t va, uint32_t frame, int byte)
{
    map_page(va, frame, PTE_WRITABLE);
    memset((void *)va, byte, PAGE_SIZE);
}

/* Two pages in one table: one goes, the other stays. */
static void test_neighbours(uint32_t a, uint32_t b)
{
    uint32_t before = frame_free_count();

    fill_at(SCRATCH_START, a, FILL_A);
    fill_at(SCRATCH_START + PAGE_SIZE, b, FILL_B);
    check("two pages need one table", frame_free_count() == before - 1);
    check("a page is unmapped", unmap_page(SCRATCH_START) == a && !page_frame(SCRATCH_START));
    check("its neighbour stays", memory_is((void *)(SCRATCH_START + PAGE_SIZE), FILL_B, PAGE_SIZE));
    unmap_page(SCRATCH_START + PAGE_SIZE);
    check("the last page takes the table along", frame_free_count() == before);
}

/* One frame after another at the same address, while its table stays. */
static void test_replacement(uint32_t a, uint32_t b)
{
    fill_at(SCRATCH_START + PAGE_SIZE, a, FILL_A);
    fill_at(SCRATCH_START, a, FILL_A);
    unmap_page(SCRATCH_START);
    fill_at(SCRATCH_START, b, FILL_B);
    check("a page takes the place of another", memory_is((void *)SCRATCH_START, FILL_B, PAGE_SIZE));
    unmap_page(SCRATCH_START);
    unmap_page(SCRATCH_START + PAGE_SIZE);
}

/* One table after another for the same addresses, in different frames. */
static void test_table_replacement(uint32_t a)
{
    uint32_t b;

    fill_at(SCRATCH_START, a, FILL_A);
    unmap_page(SCRATCH_START);
    b = frame_alloc(); /* the first table's frame, most likely */
    fill_at(SCRATCH_START, b, FILL_B);
    check("a table takes the place of another",
          memory_is((void *)SCRATCH_START, FILL_B, PAGE_SIZE));
    frame_free(unmap_page(SCRATCH_START));
}

static void test_tables(void)
{
    uint32_t before = frame_free_count();
    uint32_t a = frame_alloc();
    uint32_t b = frame_alloc();

    test_address_space();
    test_neighbours(a, b);
    test_replacement(a, b);
    test_table_replacement(a);
    frame_free(a);
    frame_free(b);
    check("tables and frames come back", frame_free_count() == before);
}

/* ---- heap ---- */

#define LARGEST 65528u /* with its header, 64 KiB */

static void test_blocks(void)
{
    char *a = kmalloc(100);
    char *b = kmalloc(100);

    memset(a, 0xaa, 100);
    memset(b, 0xbb, 100);
    check("blocks do not overlap", memory_is(a, 0xaa, 100) && memory_is(b, 0xbb, 100));
    kfree(a);
    check("a free block is used again", kmalloc(90) == a);
    check("what is too large is refused", !kmalloc(1u << 20));
    kfree(a);
    kfree(b);
}

/* Pages inside a block of 64 KiB: no header is in them. */
static void test_demand(void)
{
    uint32_t before = frame_free_count();
    char *block = kmalloc(LARGEST);
    char *first = (char *)(((uint32_t)block + PAGE_SIZE) & ~(PAGE_SIZE - 1));
    char *second = first + PAGE_SIZE;

    check("a block takes no frame", frame_free_count() >= before - 1);
    before = frame_free_count();
    check("new memory is zero", memory_is(first, 0, PAGE_SIZE) && memory_is(second, 0, PAGE_SIZE));
    check("reading takes no frame", frame_free_count() == before);
    memset(first, 0xcc, PAGE_SIZE);
    check("what is written stays", memory_is(first, 0xcc, PAGE_SIZE));
    kfree(block);
}

static void test_full(void)
{
    unsigned blocks = 0;
    char *block;

    while ((block = kmalloc(LARGEST)) != NULL) {
        memset(block, 0xdd, LARGEST);
        blocks++;
    }
    check("the heap fills up", blocks > 50);
    check("the log is intact", memcmp(log_text(), "recursive: ready\n", 18) == 0);
}

static void test_heap(void)
{
    uint32_t before = frame_free_count();

    test_blocks();
    test_demand();
    test_full();
    heap_release();
    check("the heap's frames come back", frame_free_count() == before);
}

void main(uint32_t magic, const struct multiboot_info *info)
{
    uint32_t at_start;

    console_init();
    if (magic != MULTIBOOT_LOADER_MAGIC || !(info->flags & MULTIBOOT_HAS_MEMORY))
        panic("not loaded by a multiboot loader");
    frames_init((1u << 20) + (info->mem_upper_kib << 10));
    descriptors_init();
    pic_init(); /* no interrupt comes: all are masked */
    paging_init();
    heap_init();
    log_init();
    log_write("recursive: ready\n");
    kernel_ready();

    kprintf("recursive: a kernel with its page tables at 0xffc00000\n");
    at_start = frame_free_count();
    kprintf("free frames at start: %u\n", at_start);
    test_frames();
    test_tables();
    test_heap();
    kprintf("free frames at end: %u\n", frame_free_count());
    check("no frame was lost", frame_free_count() == at_start);
    check_exit();
}

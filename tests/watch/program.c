/*
 * PROGRAM STRATEGY MISTAKE...: a kernel that makes mistakes with its memory. test_watch.c runs it
 * under Valgrind, and compiled with AddressSanitizer.
 */
#include "machine/machine.h"
#include <mm/mm.h>
#include <mm/slab.h>
#include <mm/tempmap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 40u

static struct mm mm;

static void require(bool fact, const char *what)
{
    if (fact)
        return;
    fprintf(stderr, "program: %s\n", what);
    exit(3);
}

/* ---- test_watch.c recognises reports by the names of these functions in their stacks ---- */

static __attribute__((noinline)) vaddr_t allocates(uint32_t bytes)
{
    vaddr_t block = kmalloc(&mm, bytes, PAGES_LOW);

    require(!vaddr_is_none(block), "no block");
    return block;
}

static __attribute__((noinline)) vaddr_t resizes(vaddr_t block, uint32_t bytes)
{
    vaddr_t resized = krealloc(&mm, block, bytes);

    require(!vaddr_is_none(resized), "no larger block");
    return resized;
}

static __attribute__((noinline)) void frees(vaddr_t block)
{
    kfree(&mm, block);
}

static __attribute__((noinline)) void reads(vaddr_t block, int64_t offset)
{
    const volatile unsigned char *bytes = machine_pointer(block);

    if (bytes[offset] == 77)
        puts("77");
}

static __attribute__((noinline)) void writes(vaddr_t block, int64_t offset)
{
    volatile unsigned char *bytes = machine_pointer(block);

    bytes[offset] = 77;
}

static void fills(vaddr_t block, uint32_t bytes)
{
    memset(machine_pointer(block), 1, bytes);
}

/* ---- the mistakes ---- */

static void read_past(void)
{
    vaddr_t block = allocates(100);

    fills(block, 100);
    reads(block, 100);
}

static void read_past_one_of_many(void)
{
    vaddr_t block[BLOCKS];

    for (uint32_t i = 0; i < BLOCKS; i++) {
        block[i] = allocates(64);
        fills(block[i], 64);
    }
    reads(block[BLOCKS / 2], 64);
}

static void read_before(void)
{
    vaddr_t block = allocates(5000);

    fills(block, 5000);
    reads(block, -1);
}

static void write_past(void)
{
    vaddr_t block = allocates(24);

    fills(block, 24);
    writes(block, 24);
}

static void read_freed(void)
{
    vaddr_t block = allocates(200);

    fills(block, 200);
    frees(block);
    reads(block, 100);
}

static void write_freed(void)
{
    vaddr_t block = allocates(20000);

    fills(block, 20000);
    frees(block);
    writes(block, 0);
}

static void read_unknown(void)
{
    vaddr_t block = allocates(100);

    fills(block, 50);
    reads(block, 49);
    reads(block, 50);
}

static void read_unknown_after_resize(void)
{
    vaddr_t block = allocates(100);
    vaddr_t behind = allocates(100);

    fills(block, 50);
    fills(behind, 100);
    block = resizes(block, 30000);
    reads(block, 49);
    reads(block, 50);
}

static void read_past_resized(void)
{
    vaddr_t block = resizes(allocates(100), 60);

    fills(block, 60);
    reads(block, 60);
}

static void read_moved(void)
{
    vaddr_t block = allocates(100);
    vaddr_t behind = allocates(100);

    fills(block, 100);
    fills(behind, 100);
    require(resizes(block, 30000).value != block.value, "the block did not move");
    reads(block, 10);
}

static void read_past_usable(void)
{
    vaddr_t block = allocates(100);
    uint32_t usable = ksize(&mm, block);

    fills(block, usable);
    reads(block, usable);
}

static __attribute__((noinline)) vaddr_t vmallocs(uint32_t bytes)
{
    vaddr_t block = vmalloc(&mm, bytes);

    require(!vaddr_is_none(block), "no block of vmalloc");
    return block;
}

static void read_past_vmalloc(void)
{
    vaddr_t block = vmallocs(10000);

    fills(block, 10000);
    reads(block, 10000);
}

static void read_unknown_vmalloc(void)
{
    vaddr_t block = vmallocs(10000);

    fills(block, 5000);
    reads(block, 4999);
    reads(block, 9000);
}

static void read_vfreed(void)
{
    vaddr_t block = vmallocs(10000);
    vaddr_t behind = vmallocs(10000);

    fills(block, 10000);
    fills(behind, 10000);
    vfree(&mm, block);
    reads(block, 5000);
}

static __attribute__((noinline)) vaddr_t takes_page(pfn_t *frame)
{
    *frame = pages_alloc(&mm, 0, PAGES_LOW);
    require(!pfn_is_none(*frame), "no page");
    return direct_map_frame(*frame);
}

static void read_unknown_page(void)
{
    pfn_t frame;
    vaddr_t page = takes_page(&frame);

    fills(page, 1000);
    reads(page, 999);
    reads(page, 1000);
}

static void read_freed_page(void)
{
    pfn_t frame;
    vaddr_t page = takes_page(&frame);

    fills(page, PAGE_SIZE);
    pages_free(&mm, frame, 0);
    reads(page, 123);
}

static void read_never_allocated(void)
{
    reads(vaddr(DIRECT_MAP_BASE + 0x600000u), 0);
}

static void free_twice(void)
{
    vaddr_t block = allocates(100);

    frees(block);
    frees(block);
}

/* ---- mistakes with objects of a cache, under strategies with slabs ---- */

static struct slab_cache *objects;

static __attribute__((noinline)) vaddr_t takes_object(void)
{
    objects = slab_cache_create(zoned_slabs(&mm), "objects", 40, 8);
    vaddr_t object = slab_alloc(&mm, zoned_slabs(&mm), objects);

    require(!vaddr_is_none(object), "no object");
    fills(object, 40);
    return object;
}

static void read_past_object(void)
{
    reads(takes_object(), 40);
}

static void read_freed_object(void)
{
    vaddr_t object = takes_object();

    slab_free(&mm, zoned_slabs(&mm), objects, object);
    reads(object, 8);
}

/* ---- correct code, in which the tools must find no mistake ---- */

static void blocks_come_and_go(void)
{
    vaddr_t block[BLOCKS];

    for (uint32_t i = 0; i < BLOCKS; i++) {
        uint32_t bytes = 1u + i * i * 13u;
        block[i] = allocates(bytes);
        fills(block[i], bytes);
        reads(block[i], bytes - 1u);
    }
    for (uint32_t i = 0; i < BLOCKS; i += 2) {
        block[i] = resizes(block[i], 1u + i * 700u);
        fills(block[i], 1u + i * 700u);
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        reads(block[i], 0);
        frees(block[i]);
    }
}

/* The same bytes are used at every address at which the kernel may use them. */
static void frames_are_shared(void)
{
    vaddr_t area = vmallocs(3u * PAGE_SIZE);
    paddr_t pa;

    fills(area, 3u * PAGE_SIZE);
    require(mm_translate(&mm, vaddr_add(area, PAGE_SIZE), &pa), "the area is not mapped");
    if (pa.value < DIRECT_MAP_SIZE)
        reads(direct_map(pa), 5);
    vfree(&mm, area);

    vaddr_t block = allocates(300);
    fills(block, 300);
    require(mm_translate(&mm, block, &pa), "the block is not mapped");
    if (pa.value < DIRECT_MAP_SIZE)
        reads(direct_map(pa), 5);
    frees(block);
}

static void pages_come_and_go(void)
{
    pfn_t frame;
    vaddr_t page = takes_page(&frame);

    fills(page, PAGE_SIZE);
    vaddr_t again = tempmap_claim(&mm, frame);
    reads(again, 100);
    writes(again, 100);
    reads(page, 100);
    tempmap_release(&mm, again);
    pages_free(&mm, frame, 0);

    pfn_t user = pages_alloc(&mm, 0, PAGES_USER);
    require(!pfn_is_none(user), "no page for a process");
    if (user.value < LOW_END_PFN)
        fills(direct_map_frame(user), PAGE_SIZE);
    pages_free(&mm, user, 0);
}

/* A flush of the TLB does not make the tools forget which bytes are initialised. */
static void the_tlb_is_flushed(void)
{
    vaddr_t block = allocates(10000);

    fills(block, 10000);
    machine_flush_tlb();
    reads(block, 9999);
    machine_store8(vaddr_add(block, 17), false, 3);
    reads(block, 17);
    frees(block);
}

static void none(void)
{
    blocks_come_and_go();
    frames_are_shared();
    pages_come_and_go();
    the_tlb_is_flushed();
    require(mm_check(&mm) == NULL, "the check finds something");
    allocates(1000); /* a block that the kernel never frees is no leak of the host */
}

/* ---- the program ---- */

static const struct {
    const char *name;
    void (*make)(void);
} mistakes[] = {
    {"none", none},
    {"read_past", read_past},
    {"read_past_one_of_many", read_past_one_of_many},
    {"read_before", read_before},
    {"write_past", write_past},
    {"read_freed", read_freed},
    {"write_freed", write_freed},
    {"read_unknown", read_unknown},
    {"read_unknown_after_resize", read_unknown_after_resize},
    {"read_past_resized", read_past_resized},
    {"read_moved", read_moved},
    {"read_past_usable", read_past_usable},
    {"read_past_vmalloc", read_past_vmalloc},
    {"read_unknown_vmalloc", read_unknown_vmalloc},
    {"read_vfreed", read_vfreed},
    {"read_unknown_page", read_unknown_page},
    {"read_freed_page", read_freed_page},
    {"read_never_allocated", read_never_allocated},
    {"free_twice", free_twice},
    {"read_past_object", read_past_object},
    {"read_freed_object", read_freed_object},
};

static const struct strategy *strategy;

static void make_mistake(void *context)
{
    const size_t *number = context;
    struct memmap map = {.count = 1, .range[0] = {pfn(RESERVED_END_PFN), pfn(0x2000)}};

    require(mm_init(&mm, strategy, &map), "no room for the metadata");
    mistakes[*number].make();
    mm_exit(&mm);
}

/* Run a mistake on a machine of its own. A mistake that the tools do not prevent, such as a touch
   of an unmapped page, ends in a panic of the machine. */
static void run_on_machine(size_t number)
{
    require(machine_create(NULL) != NULL, machine_error());
    const char *panic = machine_catch_panic(make_mistake, &number);
    if (panic != NULL)
        fprintf(stderr, "%s\n", panic);
    machine_destroy(machine_current);
}

/* Print the name of the mistake, and run it in a process of its own, because the tools describe an
   address by all blocks that they have ever seen there. */
static void run(size_t number)
{
    int status = 0;

    fprintf(stderr, "mistake %s\n", mistakes[number].name);
    pid_t child = fork();
    require(child >= 0, "no process");
    if (child == 0) {
        run_on_machine(number);
        exit(0);
    }
    require(waitpid(child, &status, 0) == child && WIFEXITED(status), "the process was ended");
    require(WEXITSTATUS(status) != 3, "the mistake could not be made");
}

int main(int argc, char **argv)
{
    require(argc >= 3, "usage: program STRATEGY MISTAKE...");
    strategy = mm_strategy_find(argv[1]);
    require(strategy != NULL, "no such strategy");
    for (int i = 2; i < argc; i++)
        for (size_t number = 0; number < sizeof mistakes / sizeof *mistakes; number++)
            if (strcmp(mistakes[number].name, argv[i]) == 0)
                run(number);
    fprintf(stderr, "mistake end\n");
    return 0;
}

#include "heap_subjects.h"
#include "tables.h"

#include "machine/machine.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define DIRECT_START_PFN DMA_END_PFN
#define KERNEL_RAM_BYTES (UINT64_C(1) << 30)

struct heap direct_heap;
struct mm kernel;

static struct machine *machine;
static uint64_t glibc_before_bytes; /* that the program itself uses */

/* ---- simulated memory ---- */

static bool machine_open(const char *name)
{
    machine = machine_create(NULL);
    if (machine == NULL)
        fprintf(stderr, "bench: %s: %s\n", name, machine_error());
    return machine != NULL;
}

static bool direct_open(const char *name)
{
    if (!machine_open(name))
        return false;
    return direct_restart(DIRECT_BYTES);
}

bool direct_restart(uint32_t bytes)
{
    uint32_t pages = bytes >> PAGE_SHIFT;

    heap_init(&direct_heap, direct_map_frame(pfn(DIRECT_START_PFN)));
    if (pages > 0)
        heap_extend(&direct_heap, pages << PAGE_SHIFT);
    return pages > 0;
}

static bool kernel_open(const char *name)
{
    const struct memmap_range ram = {0x100000, KERNEL_RAM_BYTES - 1u, true};
    struct memmap map;

    if (!machine_open(name))
        return false;
    if (memmap_build(&map, &ram, 1) && mm_init(&kernel, mm_strategy_find(name), &map))
        return true;
    fprintf(stderr, "bench: %s: the strategy does not start\n", name);
    machine_destroy(machine);
    return false;
}

static void direct_close(void)
{
    machine_destroy(machine);
}

static void kernel_close(void)
{
    mm_exit(&kernel);
    machine_destroy(machine);
}

/* ---- glibc ---- */

#define NEVER_BYTES (1 << 30)

/* Begin with a heap that has returned the memory that the program itself freed. All blocks come
   from one area, which is not given back and grows by what a request needs. */
static bool glibc_open(const char *name)
{
    (void)name;
    mallopt(M_MMAP_THRESHOLD, NEVER_BYTES);
    mallopt(M_TRIM_THRESHOLD, NEVER_BYTES);
    mallopt(M_TOP_PAD, 0);
    malloc_trim(0);
    struct mallinfo2 info = mallinfo2();
    glibc_before_bytes = info.uordblks + info.hblkhd;
    return true;
}

static void glibc_close(void)
{
}

uint64_t glibc_span_bytes(uint64_t highest)
{
    struct mallinfo2 info = mallinfo2();

    (void)highest;
    return info.arena + info.hblkhd - glibc_before_bytes;
}

/* ---- the rows ---- */

struct heap_row heap_rows[BENCH_SUBJECTS_MAX] = {
    [HEAP_DIRECT] = {"heap.h", HEAP_KIND_DIRECT, direct_open, direct_close},
    [HEAP_WINDOW] = {"window", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_PRIMARY] = {"primary", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_BRK] = {"brk", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_ZONED] = {"zoned", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_KSEG0] = {"kseg0", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_JUMP] = {"jump", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_MIGRATE] = {"migrate", HEAP_KIND_KERNEL, kernel_open, kernel_close},
    [HEAP_GLIBC] = {"glibc", HEAP_KIND_GLIBC, glibc_open, glibc_close},
    [HEAP_JEMALLOC] = {"jemalloc", HEAP_KIND_LOADED, jemalloc_open, loaded_close},
    [HEAP_MIMALLOC] = {"mimalloc", HEAP_KIND_LOADED, mimalloc_open, loaded_close},
    [HEAP_CLASS_LISTS] = {"class lists", HEAP_KIND_CLASSES, heap_classes_open, heap_classes_close},
};
uint32_t heap_rows_count = HEAP_SUBJECTS;

_Static_assert(HEAP_SUBJECTS + HEAP_PLUGS_MAX <= BENCH_SUBJECTS_MAX,
               "the heaps of --heap fit into a table");

/* The open functions find a heap by its name, so there is only one of each name. */
void heap_rows_load(const char *argument)
{
    const struct heap_plug *plug = heap_plug_load(argument);

    for (uint32_t i = 0; i < heap_rows_count; i++)
        if (strcmp(heap_rows[i].name, plug->name) == 0) {
            fprintf(stderr, "bench: --heap %s: there is already a row %s\n", argument, plug->name);
            exit(1);
        }
    heap_rows[heap_rows_count++] = (struct heap_row){
        plug->name, plug->is_region ? HEAP_KIND_REGION : HEAP_KIND_LOADED, plug->open, plug->close};
}

void heap_rows_fill(struct bench_table *table, const struct bench_work *const works[HEAP_KINDS])
{
    table->subjects = heap_rows_count;
    for (uint32_t i = 0; i < heap_rows_count; i++) {
        const struct heap_row *row = &heap_rows[i];
        table->subject[i] = (struct bench_subject){row->name, row->open, row->close,
                                                   works != NULL ? works[row->kind] : NULL};
    }
}

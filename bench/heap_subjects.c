#include "heap_subjects.h"

#include "machine/machine.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define DIRECT_START_PFN DMA_END_PFN
#define DIRECT_BYTES     (512u << 20)
#define KERNEL_RAM_BYTES (UINT64_C(1) << 30)

struct heap direct_heap;
struct mm kernel;
void *(*jemalloc_alloc_function)(size_t);
void (*jemalloc_free_function)(void *);
void *(*mimalloc_alloc_function)(size_t);
void (*mimalloc_free_function)(void *);

static struct machine *machine;
static int (*jemalloc_control)(const char *, void *, size_t *, void *, size_t);
static uint64_t span_before_bytes; /* for malloc(): memory that the program itself uses */

/* ---- simulated memory ---- */

static bool machine_open(const char *name)
{
    machine = machine_create(NULL);
    if (machine == NULL)
        fprintf(stderr, "bench: %s: %s\n", name, machine_error());
    return machine != NULL;
}

bool direct_open(const char *name)
{
    if (!machine_open(name))
        return false;
    heap_init(&direct_heap, direct_map_frame(pfn(DIRECT_START_PFN)));
    heap_extend(&direct_heap, DIRECT_BYTES);
    return true;
}

bool kernel_open(const char *name)
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

void direct_close(void)
{
    machine_destroy(machine);
}

void kernel_close(void)
{
    mm_exit(&kernel);
    machine_destroy(machine);
}

uint64_t direct_span_bytes(void)
{
    return direct_heap.top - direct_heap.start;
}

uint64_t kernel_span_bytes(void)
{
    return kernel.counters.heap_span_bytes;
}

/* ---- malloc ---- */

/* Begin with a heap that has returned the memory that the program itself freed. */
bool glibc_open(const char *name)
{
    (void)name;
    malloc_trim(0);
    struct mallinfo2 info = mallinfo2();
    span_before_bytes = info.uordblks + info.hblkhd;
    return true;
}

void libc_close(void)
{
}

uint64_t glibc_span_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.arena + info.hblkhd - span_before_bytes;
}

/* Returns the bytes in active pages, as jemalloc counts them. A new epoch refreshes its counts. */
uint64_t jemalloc_span_bytes(void)
{
    uint64_t epoch = 1;
    size_t active = 0;
    size_t bytes = sizeof(active);

    jemalloc_control("epoch", NULL, NULL, &epoch, sizeof(epoch));
    jemalloc_control("stats.active", &active, &bytes, NULL, 0);
    return active - span_before_bytes;
}

/* POSIX lets a function's address pass through a void pointer; ISO C has no cast for it. */
static bool find_function(void *library, const char *symbol, void *function)
{
    void *found = dlsym(library, symbol);

    memcpy(function, &found, sizeof(found));
    return found != NULL;
}

static void *library_open(const char *name, const char *file, const char *package)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

    if (library == NULL)
        fprintf(stderr, "bench: no %s (%s); Debian's package is %s\n", name, dlerror(), package);
    return library;
}

bool jemalloc_open(const char *name)
{
    static bool tried;
    static bool usable;

    if (!tried) {
        void *library = library_open(name, "libjemalloc.so.2", "libjemalloc2");
        tried = true;
        usable = library != NULL && find_function(library, "malloc", &jemalloc_alloc_function) &&
                 find_function(library, "free", &jemalloc_free_function) &&
                 find_function(library, "mallctl", &jemalloc_control);
    }
    span_before_bytes = 0;
    span_before_bytes = usable ? jemalloc_span_bytes() : 0;
    return usable;
}

bool mimalloc_open(const char *name)
{
    static bool tried;
    static bool usable;

    if (!tried) {
        void *library = library_open(name, "libmimalloc.so.2", "libmimalloc2.0");
        tried = true;
        usable = library != NULL && find_function(library, "mi_malloc", &mimalloc_alloc_function) &&
                 find_function(library, "mi_free", &mimalloc_free_function);
    }
    return usable;
}
